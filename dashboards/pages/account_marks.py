"""What the line of an account's score is marked with: events that explain it, and lanes of what went on below it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from accounts.models import TouchpointKind, TouchpointState
from accounts.queries.account import Happening, Kind
from dashboards import formats
from dashboards.charts.history import Event
from dashboards.charts.lanes import Lane, LaneMark
from dashboards.pages.account_timeline import title_of
from scoring.cards import Card
from scoring.core.adjustments import Adjustment
from scoring.queries.history import ScoredDay, Stretch, stretches
from scoring.queries.measures import definition_changes


@dataclass(frozen=True)
class Marks:
    events: list[Event]
    lanes: list[Lane]


def build_marks(account_id: int, found: Sequence[Happening], days: Sequence[ScoredDay], *, card: Card | None) -> Marks:
    """The marks of these scored days. Up to three queries."""
    if not days or card is None:
        return Marks([], [])
    changes, flags = stretches(account_id, first=days[0].day, last=days[-1].day)
    events = [event for happening in found if (event := event_of(happening)) is not None]
    events += [
        *rule_marks(changes, days, card=card),
        *version_marks(days, card=card),
        *definition_marks(card, days=days),
    ]
    lanes = [touchpoint_lane(found), survey_lane(found), plan_lane(found), flag_lane(flags, card=card)]
    return Marks(events, [lane for lane in lanes if lane.marks])


def event_of(found: Happening) -> Event | None:
    match found.kind:
        case Kind.PULSE | Kind.OVERRIDE:
            return Event(found.day, title_of(found), kind="bad")
        case Kind.PLAN_OPENED:
            return Event(found.day, "Plan opened", kind="plan")
        case Kind.PLAN_CLOSED:
            return Event(found.day, "Plan closed", kind="plan")
        case Kind.EVENT:
            return Event(found.day, title_of(found), kind="bad")
        case Kind.TOUCHPOINT if found.what == TouchpointKind.EBR and found.state == TouchpointState.HELD:
            return Event(found.day, "EBR held", kind="plan")
    return None


def rule_marks(changes: Sequence[Stretch], days: Sequence[ScoredDay], *, card: Card) -> list[Event]:
    """Where a rule of the card began to act, not where the line begins with it."""
    rules = {rule.adjustment.key: rule for rule in card.rules}
    return [
        Event(change.first, f"{rules[change.key].label}, {rate(rules[change.key].adjustment)}", kind="bad")
        for change in changes
        if change.key in rules and change.first > days[0].day
    ]


def rate(adjustment: Adjustment) -> str:
    """−20%, or −5 points."""
    return formats.signed(adjustment.amount) + ("%" if adjustment.kind == "percent" else " points")


def version_marks(days: Sequence[ScoredDay], *, card: Card) -> list[Event]:
    """Where another scorecard version took over."""
    names: Mapping[int, str] = {card.version_id: f"{card.name} v{card.number}"}
    return [
        Event(after.day, names.get(after.version_id, "Another scorecard version"), kind="change")
        for before, after in zip(days, days[1:], strict=False)
        if before.version_id != after.version_id
    ]


def definition_marks(card: Card, *, days: Sequence[ScoredDay]) -> list[Event]:
    """Where a measure of the card was defined anew: from there on the line tells something else."""
    keys = [item.measure.key for item in card.items]
    changed = definition_changes(keys, since=days[0].day, until=days[-1].day)
    return [Event(row.starts_on, f"{row.measure.label} defined anew", kind="change") for row in changed]


def touchpoint_lane(found: Sequence[Happening]) -> Lane:
    held = [one for one in found if one.kind == Kind.TOUCHPOINT and one.state == TouchpointState.HELD]
    return Lane("Touchpoints", "ring", [LaneMark(one.day, one.day, title_of(one)) for one in held])


def survey_lane(found: Sequence[Happening]) -> Lane:
    answers = [one for one in found if one.kind == Kind.SURVEY]
    return Lane("Surveys", "square", [LaneMark(one.day, one.day, title_of(one)) for one in answers])


def plan_lane(found: Sequence[Happening]) -> Lane:
    """Each plan from its opening to its end; one that is open goes on."""
    ends = {one.pk: one.day for one in found if one.kind == Kind.PLAN_CLOSED}
    opened = [one for one in found if one.kind == Kind.PLAN_OPENED]
    return Lane("Plan", "bar", [LaneMark(one.day, ends.get(one.pk), "Plan: " + one.detail) for one in opened])


def flag_lane(flags: Sequence[Stretch], *, card: Card) -> Lane:
    labels = {flag.rule.key: flag.label for flag in card.flags}
    return Lane(
        "Flags",
        "bad-bar",
        [LaneMark(one.first, one.last, labels.get(one.key, one.key.replace("_", " "))) for one in flags],
    )
