"""What happened at an account, by day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator

from accounts.models import BusinessEventKind, PlanOutcome, PulseCategory, ReviewOutcome, Severity, TouchpointKind
from accounts.queries.account import Happening, Kind
from dashboards import formats

PER_PAGE = 20
# What the filter offers: its word in the address, its name, and the kinds that it shows.
GROUPS: dict[str, tuple[str, frozenset[str]]] = {
    "touchpoints": ("Touchpoints", frozenset({Kind.TOUCHPOINT})),
    "surveys": ("Survey answers", frozenset({Kind.SURVEY})),
    "tickets": ("Tickets", frozenset({Kind.TICKET, Kind.TICKET_CLOSED})),
    "plan": ("Plan", frozenset({Kind.PLAN_OPENED, Kind.PLAN_CLOSED, Kind.STEP_DONE, Kind.REVIEW})),
    "events": ("Business events", frozenset({Kind.EVENT})),
    "pulses": ("Pulses and overrides", frozenset({Kind.PULSE, Kind.OVERRIDE})),
}
ICONS = {
    Kind.TOUCHPOINT: "phone-call",
    Kind.SURVEY: "message-square-text",
    Kind.TICKET: "life-buoy",
    Kind.TICKET_CLOSED: "circle-check",
    Kind.EVENT: "building-2",
    Kind.PULSE: "heart-pulse",
    Kind.OVERRIDE: "pencil",
    Kind.PLAN_OPENED: "list-checks",
    Kind.PLAN_CLOSED: "list-checks",
    Kind.STEP_DONE: "circle-check",
    Kind.REVIEW: "clipboard-check",
}


@dataclass(frozen=True)
class Item:
    pk: int
    kind: str
    icon: str
    title: str
    detail: str
    day: date
    who: str
    is_planned: bool


@dataclass(frozen=True)
class Group:
    """One choice of the filter; an empty `key` is all."""

    key: str
    label: str
    count: int
    is_on: bool


@dataclass(frozen=True)
class Timeline:
    groups: tuple[Group, ...]
    items: tuple[Item, ...]
    page: Page
    chosen: str
    total: int


def build_timeline(
    found: Sequence[Happening], *, chosen: str, page: str, today: date, per_page: int = PER_PAGE
) -> Timeline:
    """The timeline of one kind, or of all, 20 at a time. A word that is no kind means all."""
    chosen = chosen if chosen in GROUPS else ""
    kinds = GROUPS[chosen][1] if chosen else None
    shown = [happening for happening in found if kinds is None or happening.kind in kinds]
    paged = Paginator(shown, per_page).get_page(page)
    counts = {key: sum(h.kind in kinds for h in found) for key, (_, kinds) in GROUPS.items()}
    offered = [Group(key, label, counts[key], key == chosen) for key, (label, _) in GROUPS.items() if counts[key]]
    return Timeline(
        groups=(Group("", "All kinds", len(found), not chosen), *offered),
        items=tuple(item_of(happening, today=today) for happening in paged),
        page=paged,
        chosen=chosen,
        total=len(found),
    )


def item_of(found: Happening, *, today: date) -> Item:
    return Item(
        pk=found.pk,
        kind=found.kind,
        icon=ICONS[Kind(found.kind)],
        title=title_of(found) if found.day <= today else title_of(found).removesuffix(", planned"),
        detail=found.detail,
        day=found.day,
        who=found.who,
        is_planned=found.day > today,
    )


def title_of(found: Happening) -> str:
    """What happened, in a few words."""
    match found.kind:
        case Kind.TOUCHPOINT:
            name = label(TouchpointKind.choices, found.what)
            return name if found.state == "held" else f"{name}, {found.state}"
        case Kind.SURVEY:
            score = formats.plain(found.amount or 0)
            return f"NPS answer {score} of 10" if found.what == "nps" else f"CSAT answer {score} of 5"
        case Kind.TICKET:
            return with_severity("Ticket escalated" if found.state else "Ticket opened", found.what)
        case Kind.TICKET_CLOSED:
            rated = "" if found.amount is None else f", rated {formats.plain(found.amount)} of 5"
            return with_severity("Ticket closed", found.what) + rated
        case Kind.EVENT:
            return label(BusinessEventKind.choices, found.what)
        case Kind.PULSE:
            return f"Pulse {formats.signed(found.amount or 0)}%, {label(PulseCategory.choices, found.what).lower()}"
        case Kind.OVERRIDE:
            return f"Override to {formats.plain((found.amount or 0) / 100)}"
        case Kind.PLAN_OPENED:
            return "Mitigation plan opened"
        case Kind.PLAN_CLOSED:
            return f"Mitigation plan closed: {label(PlanOutcome.choices, found.state).lower()}"
        case Kind.STEP_DONE:
            return "Plan step done"
        case _:
            return f"Plan reviewed: {label(ReviewOutcome.choices, found.state).lower()}"


def with_severity(title: str, severity: str) -> str:
    return f"{title}, {label(Severity.choices, severity).lower()}" if severity else title


def label(choices: Sequence[tuple[str, object]], value: str) -> str:
    return str(dict(choices).get(value, value))
