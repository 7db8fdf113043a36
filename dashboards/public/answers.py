"""What a customer reads about each measure: a plain result, without words or figures that are ours alone.

Rapport and the CSM's rating are told without their value, and growth of the contract without an amount.
"""

from collections.abc import Callable

from dashboards import formats
from dashboards.pages.account_values import POSTURES, value_text
from scoring.catalog import Element
from scoring.queries.lines import MeasureLine

NO_DATA = "We have no data on this yet, so it does not count."
NO_DATA_COUNTS = {
    "zero": "We have no data on this yet; until then it counts as 0.",
    "neutral": "We have no data on this yet; until then it counts as 50.",
}
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


def percent(value: float) -> str:
    return formats.percent(value)


def days(value: float) -> str:
    return formats.span(round(value))


def months(value: float) -> str:
    return f"{round(value)} {'month' if round(value) == 1 else 'months'}"


def counted(value: float, one: str, more: str) -> str:
    return f"{formats.plain(value)} {one if value == 1 else more}"


def two(value: float) -> str:
    return formats.plain(value, places=2)


def direction(value: float, *, up: str, down: str, same: str) -> str:
    """Above, below or at 1, to the percent."""
    change = round((value - 1) * 100)
    return up if change > 0 else down if change < 0 else same


ANSWERS: dict[str, Callable[[float], str]] = {
    "touchpoint_cadence": lambda v: f"We held {percent(v)} of the meetings that we planned for 90 days.",
    "touchpoint_cancel_rate": lambda v: f"{percent(v)} of our meetings were cancelled in the last 90 days.",
    "kinds_on_cadence": lambda v: f"{percent(v)} of the kinds of meetings that we agreed on took place in time.",
    "customer_cancel_rate": lambda v: f"You cancelled {percent(v)} of our meetings in the last 90 days.",
    "reply_rate": lambda v: f"{percent(v)} of our mails and calls were answered in the last 90 days.",
    "training_taken": lambda v: f"You took {counted(v, 'training', 'trainings')} in the last 180 days.",
    "months_since_ebr": lambda v: f"Our last business review was {months(v)} ago.",
    "days_since_touchpoint": lambda v: f"We last spoke {days(v)} ago.",
    "duration_index": lambda v: f"A typical day of use lasts {formats.plain(v, places=1)} hours.",
    "duration_trend": lambda v: direction(
        v,
        up=f"People spend {percent(v - 1)} more time in it than in the 15 days before.",
        down=f"People spend {percent(1 - v)} less time in it than in the 15 days before.",
        same="People spend as much time in it as in the 15 days before.",
    ),
    "active_users": lambda v: f"{counted(v, 'person', 'people')} used it in the last 28 days.",
    "seats_assigned": lambda v: f"{percent(v)} of your seats are given to somebody.",
    "seat_utilisation": lambda v: f"{percent(v)} of your seats were active in the last 28 days.",
    "utilisation_vs_target": lambda v: f"{percent(v)} of your seats were active in the last 28 days.",
    "stickiness": lambda v: f"On a usual day {percent(v)} of your active people are in.",
    "days_since_login": lambda v: f"Somebody last logged in {days(v)} ago." if round(v) else "It is in use every day.",
    "usage_trend": lambda v: direction(
        v,
        up=f"Use grew by {percent(v - 1)} against the 28 days before.",
        down=f"Use fell by {percent(1 - v)} against the 28 days before.",
        same="Use is as it was in the 28 days before.",
    ),
    "retention_index": lambda v: f"{percent(v)} of people come back week after week, later weeks counted more.",
    "loyalty_index": lambda v: f"{percent(v)} of the people who started still use it.",
    "performance_index": lambda v: f"Pages came, and came fast, to {percent(v)} of what is possible.",
    "error_share": lambda v: f"{formats.percent(v, places=1)} of uses met an error in the last 28 days.",
    "rating_index": lambda v: f"The app is rated {two(v)} of 5.",
    "feature_breadth": lambda v: f"You use {percent(v)} of the key features that you have.",
    "time_to_first_value": lambda v: f"{days(v)} from the start to the first result, or until now.",
    "days_overdue": lambda v: f"The oldest unpaid invoice is {days(v)} late." if round(v) else "No invoice is overdue.",
    "overdue_share": lambda v: "Some invoices are overdue." if v > 0 else "No invoice is overdue.",
    "balance_share": lambda v: "Some invoices are open." if v > 0 else "No invoice is open.",
    "failed_payments": lambda v: "Some payments failed in the last 180 days." if v else "No payment failed.",
    "seats_change": lambda v: direction(
        v,
        up=f"You have {percent(v - 1)} more seats than a year ago.",
        down=f"You have {percent(1 - v)} fewer seats than a year ago.",
        same="You have as many seats as a year ago.",
    ),
    "paying_share": lambda v: "It is paid for." if v > 0 else "It is free of charge so far.",
    "days_to_renewal": lambda v: f"The contract comes up in {days(v)}." if round(v) else "The contract is up now.",
    "contract_term": lambda v: f"We have agreed for {months(v)}.",
    "upsell_terms": lambda v: (
        "It is agreed what more would cost." if v > 0 else "It is not agreed what more would cost."
    ),
    "arr_change": lambda v: direction(
        v,
        up="Our work together has grown in a year.",
        down="Our work together has become smaller in a year.",
        same="Our work together is as large as a year ago.",
    ),
    "renewal_posture": lambda v: f"As the contract stands now: {POSTURES[int(v)]}.",
    "persona_coverage": lambda v: f"We know {round(v * 4)} of the four kinds of people that we should.",
    "multithreading": lambda v: f"We are in touch with {percent(v)} of the people that we should, two of us with each.",
    "level_coverage": lambda v: f"We know people at {round(v * 4)} of the four levels that we should.",
    "executive_tie": lambda v: f"Our management met {percent(v)} of your executives in the last 180 days.",
    "people_in_touch": lambda v: f"You met {counted(v, 'person', 'people')} of ours in the last 90 days.",
    "nps": lambda v: f"Your answers add up to {formats.signed(v)}, on a scale from −100 to +100.",
    "nps_change": lambda v: f"Your answers add up to {formats.signed(v)} against the half year before.",
    "csat": lambda v: f"You gave {two(v)} of 5 after meetings and requests.",
    "tickets_unresolved": lambda v: (
        f"{formats.plain(v, places=1)} requests per 100 seats have been open for over 7 days."
        if v
        else "No request has been open for over 7 days."
    ),
    "ticket_escalation_rate": lambda v: f"{percent(v)} of your requests were escalated in the last 90 days.",
    "ticket_volume": lambda v: f"You sent us {formats.plain(v, places=1)} requests per 100 seats in 90 days.",
    "ticket_severity": lambda v: f"{percent(v)} of your requests in the last 90 days were serious.",
    "advocacy_acts": lambda v: (
        f"You spoke for us {'once' if v == 1 else f'{formats.plain(v)} times'} in the last year."
    ),
    "community_activity": lambda v: f"There are {percent(v)} as many of you active in the community as in the product.",
    "milestones_on_time": lambda v: f"{percent(v)} of the milestones that were due came on time.",
    "journey_progress": lambda v: f"{percent(v)} of the steps of our journey are behind us.",
    "tenure_months": lambda v: f"We have worked together for {months(v)}.",
    "months_in_phase": lambda v: f"{months(v)} in the present phase.",
    "outcomes_met": lambda v: f"{percent(v)} of the results that were due are there.",
}


def answer(line: MeasureLine, *, month: int) -> str:
    """The result of one measure in a sentence or two."""
    measure = line.item.measure
    if line.value is None:
        return NO_DATA_COUNTS.get(str(line.item.missing), NO_DATA)
    tell = ANSWERS.get(measure.key)
    said = tell(line.value) if tell else f"{value_text(line.value, measure.unit)}."
    goal = "" if line.target is None else f" The goal for month {month} is {value_text(line.target, measure.unit)}."
    return said + goal
