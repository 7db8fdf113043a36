"""What a customer reads about each measure: a plain result, without words or figures that are ours alone.

Rapport and the CSM's rating are told without their value, and growth of the contract without an amount. How a figure
picks its words and its number stands here; the words stand in `said`, by language.
"""

from collections.abc import Callable
from math import isclose

from dashboards import formats
from dashboards.public.said.words import Words
from scoring.catalog import Element, Measure, Unit
from scoring.core.curves import Linear, Percentile, Table, TargetCurve, Thresholds
from scoring.queries.lines import MeasureLine

ICONS = {
    Element.ENGAGEMENT: "calendar-check",
    Element.USAGE: "users",
    Element.ADOPTION: "rocket",
    Element.BILLING: "receipt",
    Element.RELATIONSHIP: "handshake",
    Element.SENTIMENT: "message-square-text",
    Element.ADVOCACY: "megaphone",
    Element.JOURNEY: "route",
    Element.PERFORMANCE: "zap",
    Element.OUTCOME: "target",
    Element.CUSTOM: "gauge",
}
# Below this a whole percent would hide too much, as with the share of errors.
FINE_RATIO = 0.1
FULL_POINTS = 100.0

Case = Callable[[float], int]
Number = Callable[[float], str]


def always(value: float) -> int:
    return 0


def counted(value: float) -> int:
    """One, or more."""
    return 0 if round(value) == 1 else 1


def counted_or_none(value: float) -> int:
    return counted(value) if round(value) else 2


def direction(value: float) -> int:
    """Above, below or at 1, to the percent."""
    change = round((value - 1) * 100)
    return 0 if change > 0 else 1 if change < 0 else 2


def some_or_none(value: float) -> int:
    return 0 if value > 0 else 1


def percent(value: float) -> str:
    return formats.percent(value)


def fine_percent(value: float) -> str:
    return formats.percent(value, places=1)


def change(value: float) -> str:
    return formats.percent(abs(value - 1))


def whole(value: float) -> str:
    return formats.plain(round(value))


def one_place(value: float) -> str:
    return formats.plain(value, places=1)


def two_places(value: float) -> str:
    return formats.plain(value, places=2)


def of_four(value: float) -> str:
    return formats.plain(round(value * 4))


# What is not here is a share, told as a percentage.
HOW: dict[str, tuple[Case, Number]] = {
    "training_taken": (counted, whole),
    "months_since_ebr": (counted, whole),
    "days_since_touchpoint": (counted, whole),
    "duration_index": (always, one_place),
    "duration_trend": (direction, change),
    "active_users": (counted, whole),
    "days_since_login": (counted_or_none, whole),
    "usage_trend": (direction, change),
    "error_share": (always, fine_percent),
    "rating_index": (always, two_places),
    "time_to_first_value": (counted, whole),
    "days_overdue": (counted_or_none, whole),
    "overdue_share": (some_or_none, percent),
    "balance_share": (some_or_none, percent),
    "failed_payments": (some_or_none, whole),
    "seats_change": (direction, change),
    "paying_share": (some_or_none, percent),
    "days_to_renewal": (counted_or_none, whole),
    "contract_term": (counted, whole),
    "upsell_terms": (some_or_none, percent),
    "arr_change": (direction, change),
    "persona_coverage": (always, of_four),
    "level_coverage": (always, of_four),
    "people_in_touch": (counted, whole),
    "nps": (always, formats.signed),
    "nps_change": (always, formats.signed),
    "csat": (always, two_places),
    "tickets_unresolved": (some_or_none, one_place),
    "ticket_volume": (always, one_place),
    "advocacy_acts": (counted, whole),
    "tenure_months": (counted, whole),
    "months_in_phase": (counted, whole),
}


def told(measure: Measure, value: float, *, words: Words) -> str:
    """A value of the measure as a sentence."""
    if measure.key not in words.answers:
        return f"{amount(value, measure.unit, words=words)}."
    if measure.unit is Unit.POSTURE:
        return words.answers[measure.key][0].format(posture(value, words=words))
    case, number = HOW.get(measure.key, (always, percent))
    return words.answers[measure.key][case(value)].format(number(value))


def posture(value: float, *, words: Words) -> str:
    return words.postures[int(value)] if 0 <= value < len(words.postures) else formats.plain(value)


def amount(value: float, unit: Unit, *, words: Words) -> str:
    """A value in its unit: 62%, 34 days, 4.55 of 5, +18."""
    match unit:
        case Unit.SHARE | Unit.RATIO:
            return formats.percent(value, places=1 if 0 < value < FINE_RATIO else 0)
        case Unit.DAYS | Unit.MONTHS:
            return words.units[unit][counted(value)].format(whole(value))
        case Unit.HOURS:
            return words.units[unit][0 if isclose(value, 1) else 1].format(one_place(value))
        case Unit.RATING:
            return words.units[unit][0].format(two_places(value))
        case Unit.PER_100_SEATS:
            return words.units[unit][0].format(one_place(value))
        case Unit.NPS:
            return formats.signed(value)
        case Unit.POSTURE:
            return posture(value, words=words)
        case _:
            return formats.plain(value, places=0 if value == int(value) else 2)


def answer(line: MeasureLine, *, month: int, words: Words) -> str:
    """The result of one measure in a sentence or two."""
    measure = line.item.measure
    if line.value is None:
        return words.no_data.get(str(line.item.missing), words.no_data["leave_out"])
    said = told(measure, line.value, words=words)
    if line.target is None:
        return said
    return f"{said} {words.goal.format(month, amount(line.target, measure.unit, words=words))}"


def raise_to(line: MeasureLine, *, words: Words, has_points: bool) -> str:
    """What would give the measure all its points, in its own words; empty where it has them or is not known."""
    full = full_value(line)
    if line.value is None or line.points is None or line.points >= FULL_POINTS or full is None:
        return ""
    said = told(line.item.measure, full, words=words).rstrip(".")
    # A value so near to the full one that both read alike would be advised to become itself.
    if said == told(line.item.measure, line.value, words=words).rstrip("."):
        return ""
    return (words.raises if has_points else words.raises_band).format(said)


def full_value(line: MeasureLine) -> float | None:
    """The value from which the live card gives 100 points; None where others decide it."""
    match line.item.curve:
        case Thresholds(healthy=full) | Linear(full=full):
            return full
        case TargetCurve():
            return line.target or None
        case Table(points_by_value=points):
            best = [value for value, given in points if given >= FULL_POINTS]
            return min(best, default=None)
        case _:
            return None


def is_of_peers(line: MeasureLine) -> bool:
    """Whether its points are a rank among others: who watches them sees others come and go."""
    return isinstance(line.item.curve, Percentile)
