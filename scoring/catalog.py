"""Every built-in measure, declared once. Definitions: the table "Built-in measures" of the scoring contract.

A measure's `about` says what the figure is; missing (NaN) always means that we do not know, and why is said there
when it is not simply "nothing was recorded".
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from scoring.core.arrays import Floats
from scoring.custom import READING_PREFIX, CustomMeasures, Declared, custom_measures
from scoring.extract.facts import Facts

CUSTOM_PREFIX = "custom:"


class Element(StrEnum):
    """What a measure tells about."""

    ENGAGEMENT = "engagement"
    USAGE = "usage"
    ADOPTION = "adoption"
    BILLING = "billing"
    RELATIONSHIP = "relationship"
    SENTIMENT = "sentiment"
    ADVOCACY = "advocacy"
    JOURNEY = "journey"
    PERFORMANCE = "performance"
    OUTCOME = "outcome"
    CUSTOM = "custom"


class Unit(StrEnum):
    """How a value is read and shown."""

    SHARE = "share"
    RATIO = "ratio"
    DAYS = "days"
    MONTHS = "months"
    HOURS = "hours"
    RATING = "of 5"
    NPS = "NPS"
    PER_100_SEATS = "per 100 seats"
    COUNT = "count"
    POSTURE = "posture"


@dataclass(frozen=True)
class Measure:
    key: str
    label: str
    question: str  # as the customer is asked to read it
    element: Element
    unit: Unit
    window_days: int | None
    is_higher_better: bool
    is_leading: bool
    source: str
    about: str
    compute: Callable[[Facts], Floats]
    window_words: str = ""  # of a custom one, which has no count of days
    is_judgment: bool = False  # what our own people judge about people, as a custom measure
    is_retired: bool = False  # to be read, and not to be put into new scorecards


class UnknownMeasure(KeyError):
    """A scorecard names a measure that the catalog does not have."""


DECLARED = [
    Measure(
        "touchpoint_cadence", "Touchpoint cadence", "Do we meet as often as we agreed?", Element.ENGAGEMENT, Unit.RATIO,
        90, True, True, "touchpoints",
        "Held in 90 days ÷ expected by the segment's cadence. Missing before one cadence has passed.",
        lambda facts: facts.engagement.touchpoint_cadence(),
    ),
    Measure(
        "touchpoint_cancel_rate", "Cancelled touchpoints", "Do our meetings take place?", Element.ENGAGEMENT,
        Unit.SHARE, 90, False, True, "touchpoints",
        "Cancelled ÷ (held + cancelled) in 90 days. Missing where none was held or cancelled.",
        lambda facts: facts.engagement.cancel_rate(),
    ),
    Measure(
        "months_since_ebr", "Months since the EBR", "When did we last review results together?", Element.ENGAGEMENT,
        Unit.MONTHS, None, False, False, "touchpoints",
        "Whole months since the last executive business review held, or since the start where there was none.",
        lambda facts: facts.engagement.months_since_ebr(),
    ),
    Measure(
        "days_since_touchpoint", "Days since a touchpoint", "When did we last speak?", Element.ENGAGEMENT, Unit.DAYS,
        None, False, True, "touchpoints", "Days since the last touchpoint held, or since the start.",
        lambda facts: facts.engagement.days_since_touchpoint(),
    ),
    Measure(
        "duration_index", "Time per user and day", "How long do people work with it each day?", Element.USAGE,
        Unit.HOURS, 15, True, True, "usage",
        "The median of hours per active user and day over 15 days. Missing where the source measures no time.",
        lambda facts: facts.usage.duration_index(),
    ),
    Measure(
        "duration_trend", "Trend of time per user", "Do people work with it more, or less?", Element.USAGE, Unit.RATIO,
        30, True, True, "usage",
        "Time per user and day of 15 days ÷ that of the 15 days before. Missing where either is.",
        lambda facts: facts.usage.duration_trend(),
    ),
    Measure(
        "retention_index", "Retention index", "Do people come back week after week?", Element.USAGE, Unit.SHARE, 84,
        True, True, "usage",
        "Users of a weekly cohort who are back k weeks later, over 12 weeks, later weeks weighted more.",
        lambda facts: facts.usage.retention_index(),
    ),
    Measure(
        "seat_utilisation", "Seat utilization", "Are your teams using it?", Element.USAGE, Unit.SHARE, 28, True, True,
        "usage", "Distinct active users in 28 days ÷ licensed seats. Missing where the source names no users.",
        lambda facts: facts.usage.seat_utilisation(),
    ),
    Measure(
        "stickiness", "Stickiness", "How often do people come back?", Element.USAGE, Unit.SHARE, 28, True, True,
        "usage", "Mean daily active users ÷ active users of 28 days.", lambda facts: facts.usage.stickiness(),
    ),
    Measure(
        "days_since_login", "Days since a login", "Is it in use?", Element.USAGE, Unit.DAYS, None, False, True, "usage",
        "Days from the last active day of any user to the last day that is known.",
        lambda facts: facts.usage.days_since_login,
    ),
    Measure(
        "usage_trend", "Usage trend", "Is use growing or shrinking?", Element.USAGE, Unit.RATIO, 56, True, True,
        "usage",
        "Events per known day in 28 days ÷ those in the 28 days before. Missing in the first 56 days of an account.",
        lambda facts: facts.usage.usage_trend(),
    ),
    Measure(
        "loyalty_index", "Loyalty index", "Do people stay with it?", Element.USAGE, Unit.SHARE, 180, True, False,
        "usage", "1 − users quiet for over 30 days ÷ users ever active in 180 days.",
        lambda facts: facts.usage.loyalty_index(),
    ),
    Measure(
        "error_share", "Errors per use", "Does it work when people use it?", Element.PERFORMANCE, Unit.RATIO, 28, False,
        True, "usage", "Errors ÷ events in 28 days. Our own definition, for sources that count errors.",
        lambda facts: facts.usage.error_share(),
    ),
    Measure(
        "rating_index", "Store rating", "How do people rate the app?", Element.PERFORMANCE, Unit.RATING, None, True,
        False, "readings", "The newest rating of the mobile app in a store, entered or pushed, until it goes stale.",
        lambda facts: facts.people.reading("rating_index"),
    ),
    Measure(
        "utilisation_vs_target", "Adoption against target", "Are your teams using it?", Element.ADOPTION, Unit.SHARE,
        28, True, True, "usage", "Seat utilization, meant for a target curve: 80 % by month 6, say.",
        lambda facts: facts.usage.seat_utilisation(),
    ),
    Measure(
        "feature_breadth", "Key features in use", "Do you use what you paid for?", Element.ADOPTION, Unit.SHARE, 28,
        True, True, "usage", "Key features used in 28 days ÷ key features entitled.",
        lambda facts: facts.usage.feature_breadth(),
    ),
    Measure(
        "time_to_first_value", "Time to first value", "How fast did you see value?", Element.ADOPTION, Unit.DAYS, None,
        False, False, "milestones", "Days from the start to the first-value milestone, or elapsed so far.",
        lambda facts: facts.journey.time_to_first_value(),
    ),
    Measure(
        "days_overdue", "Days overdue", "Are invoices settled?", Element.BILLING, Unit.DAYS, None, False, False,
        "invoices", "Days by which the oldest unpaid invoice is late; 0 where none is.",
        lambda facts: facts.billing.days_overdue(),
    ),
    Measure(
        "overdue_share", "Overdue share of ARR", "Are invoices settled?", Element.BILLING, Unit.SHARE, None, False,
        False, "invoices", "Overdue amount ÷ ARR, in the reporting currency.",
        lambda facts: facts.billing.overdue_share(),
    ),
    Measure(
        "arr_change", "ARR against a year ago", "Is our work together growing?", Element.BILLING, Unit.RATIO, 365, True,
        False, "contracts", "ARR ÷ ARR a year before. Missing in the first year.",
        lambda facts: facts.billing.arr_change(),
    ),
    Measure(
        "renewal_posture", "Renewal posture", "What happens when the contract ends?", Element.BILLING, Unit.POSTURE,
        None, True, False, "contracts",
        "0 opted out, 1 in legal review, 2 silent, 3 auto-renew, 4 renewed early; from the open contract.",
        lambda facts: facts.billing.renewal_posture(),
    ),
    Measure(
        "persona_coverage", "Persona coverage", "Do we know the right people?", Element.RELATIONSHIP, Unit.SHARE, None,
        True, True, "contacts",
        "Decision maker, champion, business user, economic buyer: the share with somebody there.",
        lambda facts: facts.people.persona_coverage(),
    ),
    Measure(
        "rapport", "Rapport", "Do we meet the right people?", Element.RELATIONSHIP, Unit.RATING, None, True, True,
        "contacts", "The mean of rapport 1 to 5 over contacts, decision makers counted twice.",
        lambda facts: facts.people.rapport(),
    ),
    Measure(
        "csm_sentiment", "CSM's rating", "How do we see our relationship?", Element.RELATIONSHIP, Unit.RATING, None,
        True, True, "readings", "The CSM's rating 1 to 5, entered monthly; goes missing when stale.",
        lambda facts: facts.people.reading("csm_sentiment"),
    ),
    Measure(
        "nps", "NPS", "Would you recommend us?", Element.SENTIMENT, Unit.NPS, 180, True, True, "surveys",
        "% promoters − % detractors of the account's answers in 180 days.", lambda facts: facts.sentiment.nps(),
    ),
    Measure(
        "csat", "Event CSAT", "Is each meeting worth it?", Element.SENTIMENT, Unit.RATING, 180, True, True,
        "surveys and tickets", "The mean 1 to 5 of surveys after touchpoints and of closed tickets, 180 days.",
        lambda facts: facts.sentiment.csat(),
    ),
    Measure(
        "tickets_unresolved", "Unresolved tickets", "Are requests solved in time?", Element.SENTIMENT,
        Unit.PER_100_SEATS, None, False, True, "tickets",
        "Support tickets open for over 7 days per 100 seats. Missing where nobody records tickets.",
        lambda facts: facts.sentiment.unresolved_per_100_seats(),
    ),
    Measure(
        "ticket_escalation_rate", "Escalated tickets", "Do requests run smoothly?", Element.SENTIMENT, Unit.SHARE, 90,
        False, True, "tickets", "Escalated ÷ opened in 90 days. Missing where none was opened.",
        lambda facts: facts.sentiment.escalation_rate(),
    ),
    Measure(
        "advocacy_acts", "Advocacy", "Do you speak for us?", Element.ADVOCACY, Unit.COUNT, 365, True, False, "readings",
        "References, public reviews, case studies and talks in 365 days. Missing where nobody counts them.",
        lambda facts: facts.people.readings_sum("advocacy_acts"),
    ),
    Measure(
        "milestones_on_time", "Milestones on time", "Are we on schedule?", Element.JOURNEY, Unit.SHARE, None, True,
        False, "milestones", "Lifecycle milestones reached on time ÷ due.",
        lambda facts: facts.journey.milestones_on_time(),
    ),
    Measure(
        "months_in_phase", "Months in phase", "Do we move forward?", Element.JOURNEY, Unit.MONTHS, None, False, False,
        "accounts", "Whole months in the present lifecycle phase.", lambda facts: facts.journey.months_in_phase(),
    ),
    Measure(
        "outcomes_met", "Outcomes met", "Do you get the results that you bought?", Element.OUTCOME, Unit.SHARE, None,
        True, False, "outcomes", "Desired outcomes met ÷ due.", lambda facts: facts.journey.outcomes_met(),
    ),
]  # fmt: skip
# What our own people judge about people: it counts, and no customer ever sees it, not even as points.
JUDGMENTS = frozenset({"rapport", "csm_sentiment"})
MEASURES = {measure.key: measure for measure in DECLARED}
COMPUTE = {measure.key: measure.compute for measure in DECLARED}


def measure(key: str) -> Measure:
    """The measure of a key. Raises UnknownMeasure.

    `custom:SLUG` is one that the organization made up; `reading:NAME` the readings of a name, declared or not.
    """
    if key in MEASURES:
        return MEASURES[key]
    prefix, colon, name = key.partition(":")
    if name and prefix + colon in {CUSTOM_PREFIX, READING_PREFIX}:
        known = custom_measures()
        declared = known.declared.get(name)
        if declared is not None and (prefix + colon == CUSTOM_PREFIX or not declared.is_formula):
            return custom(key, declared, known)
        if prefix + colon == READING_PREFIX:
            return reading(name)
    raise UnknownMeasure(
        f"There is no measure {key!r}. Known: {', '.join(sorted(MEASURES))}, custom:SLUG or reading:NAME."
    )


def offered() -> list[Measure]:
    """What a scorecard can be made of: the built-in measures, then the custom ones that are not retired."""
    known = custom_measures()
    kept = [declared for declared in known.declared.values() if declared.measure.retired_on is None]
    return DECLARED + [custom(CUSTOM_PREFIX + declared.measure.slug, declared, known) for declared in kept]


def is_judgment(measure: Measure) -> bool:
    """Whether our own people judge it, so that no customer may see it."""
    return measure.is_judgment or measure.key.removeprefix(READING_PREFIX) in JUDGMENTS


def custom(key: str, declared: Declared, known: CustomMeasures) -> Measure:
    """A measure that an organization made up."""
    said = declared.measure
    return Measure(
        key=key,
        label=said.label,
        question=said.question,
        element=Element(said.element),
        unit=Unit(said.unit),
        window_days=None,
        is_higher_better=said.is_higher_better,
        is_leading=said.is_leading,
        source="formula" if declared.is_formula else "readings",
        about=declared.about,
        compute=lambda facts: known.value(said.slug, facts, built_in=COMPUTE),
        window_words=said.window,
        is_judgment=known.is_judgment(said.slug, judgments=JUDGMENTS),
        is_retired=said.retired_on is not None,
    )


def reading(name: str) -> Measure:
    """The readings of a name that nobody declared: the newest one that is still good."""
    label = name.replace("_", " ").capitalize()
    return Measure(
        key=READING_PREFIX + name,
        label=label,
        question=f"{label}?",
        element=Element.CUSTOM,
        unit=Unit.COUNT,
        window_days=None,
        is_higher_better=True,
        is_leading=True,
        source="readings",
        about="The newest reading, until its shelf life ends.",
        compute=lambda facts: facts.people.reading(name),
    )
