"""How a measure's value, its curve and a flag's reason read."""

from datetime import date, timedelta

from dashboards import formats
from scoring.catalog import Measure, Unit, UnknownMeasure, measure
from scoring.core.curves import Curve, Linear, Percentile, TargetCurve, Thresholds
from scoring.queries.lines import RaisedFlag

# Below this a whole percent would hide too much, as with the share of errors.
FINE_RATIO = 0.1
POSTURES = ("opted out", "in legal review", "silent", "renews by itself", "renewed early")
SOURCES = {
    "usage": "Usage",
    "touchpoints": "Touchpoints",
    "surveys": "Surveys",
    "surveys and tickets": "Surveys and tickets",
    "surveys and readings": "Surveys and entered ratings",
    "contacts": "Contacts",
    "contracts": "Contracts",
    "invoices": "Invoices",
    "tickets": "Tickets",
    "milestones": "Milestones",
    "outcomes": "Outcomes",
    "readings": "Entered readings",
    "formula": "Formula",
    "accounts": "Account history",
}

REASONS = {
    "sponsor_left": "A decision maker, buyer or champion left in the last 180 days, and nobody has followed.",
    "no_owner": "Nobody owns the account.",
    "decision_maker_detractor": "A decision maker answered 6 or less to the last NPS survey.",
    "opted_out": "Notice was given, or the contract says that it will not be renewed.",
    "legal_involved": "Lawyers are involved, or the contract is in legal review.",
}


def value_text(value: float, unit: Unit) -> str:
    """A value in its unit: 62%, 110%, 34 days, 4.55 of 5, +18."""
    match unit:
        case Unit.SHARE | Unit.RATIO:
            return formats.percent(value, places=1 if 0 < value < FINE_RATIO else 0)
        case Unit.DAYS:
            return formats.span(round(value))
        case Unit.MONTHS:
            return f"{round(value)} {'month' if round(value) == 1 else 'months'}"
        case Unit.HOURS:
            return f"{formats.plain(value, places=1)} hours"
        case Unit.RATING:
            return f"{formats.plain(value, places=2)} of 5"
        case Unit.NPS:
            return formats.signed(value)
        case Unit.PER_100_SEATS:
            return f"{formats.plain(value, places=1)} per 100 seats"
        case Unit.POSTURE:
            return POSTURES[int(value)] if 0 <= value < len(POSTURES) else formats.plain(value)
        case Unit.COUNT:
            return formats.plain(value, places=0 if value == int(value) else 2)


def source_text(measure: Measure) -> str:
    """Where a value comes from and over which days: Usage, last 28 days."""
    source = SOURCES.get(measure.source, measure.source.capitalize())
    if measure.window_words:
        return f"{source}, {measure.window_words}"
    return f"{source}, last {measure.window_days} days" if measure.window_days else source


def curve_text(curve: Curve, *, measure: Measure, target: float | None, month: int) -> str:
    """How the value becomes points, in a few words."""
    match curve:
        case Thresholds():
            at_risk, healthy = (value_text(cut, measure.unit) for cut in (curve.at_risk, curve.healthy))
            return f"Thresholds {at_risk}, {healthy}"
        case Linear():
            return f"Range {value_text(curve.zero, measure.unit)} to {value_text(curve.full, measure.unit)}"
        case TargetCurve():
            expected = "none yet" if target is None else value_text(target, measure.unit)
            return f"Target curve, month {month}: {expected}"
        case Percentile():
            return "Percentile among peers"
        case _:
            return "Stated points per value"


def flag_reason(raised: RaisedFlag, *, as_of: date, last_ebr_on: date | None, ebr_months: int) -> str:
    """Why a flag is on, in words made of the fact that turned it on."""
    fact, name = raised.fact, raised.flag.rule.fact if raised.flag else raised.key
    if name == "ebr_overdue":
        last = f"The last EBR was on {formats.day(last_ebr_on)}" if last_ebr_on else "There was no EBR yet"
        return f"{last}; one is due every {ebr_months} months."
    if name in REASONS:
        return REASONS[name]
    if fact is None:
        return ""
    if name == "days_since_login":
        return f"Nobody has logged in for {formats.span(round(fact))}."
    if name == "days_key_feature_unused":
        return f"Nobody has used one of the key features for {formats.span(round(fact))}."
    if name == "days_overdue":
        return f"The oldest unpaid invoice is {formats.span(round(fact))} late."
    if name == "usage_trend":
        return f"Usage of the last 28 days is {formats.percent(1 - fact)} below that of the 28 days before."
    if name == "score_drop_30_days":
        return f"The score is {formats.plain(fact, places=1)} points below that of 30 days before."
    if name.startswith("days_since_"):
        return f"Since {formats.day(as_of - timedelta(days=round(fact)))}."
    try:
        known = measure(name)
    except UnknownMeasure:
        return ""
    return f"{known.label}: {value_text(fact, known.unit)}."
