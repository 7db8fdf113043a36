"""Accounts whose score moved: by how much, since when, and the main cause in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from math import ceil
from typing import Any

from django.core.paginator import Page
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action, can
from accounts.models import Account, PlanOrigin, User
from accounts.queries.bulk_changes import open_plans_of
from accounts.queries.organization import the_organization
from dashboards import formats
from dashboards.comparison import day_in
from dashboards.filters import Bar, Filter, address, read_selection
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_waterfall import points as in_points
from dashboards.pages.accounts import CountedPaginator
from dashboards.pages.accounts_rows import health_of, points
from dashboards.pages.accounts_view import Choice
from dashboards.pages.files import streamed_csv
from dashboards.pages.movement_block import ABOUT, NAMES
from dashboards.pages.plan_links import start_url
from dashboards.remembered import remembered
from scoring.queries.facets import facets
from scoring.queries.listing import listed
from scoring.queries.movers import DOWN, UP, MainCause, Moved, main_causes, moved_totals, movers
from scoring.queries.selection import Selection, active_accounts, selected_accounts
from scoring.queries.staleness import Staleness, stale_among
from scoring.queries.summaries import ScoredDays, scored_days
from scoring.queries.words import Words, words_of_scorecards
from scoring.store import months_before

LEAST = (1, 3, 5, 10, 15, 20)
USUAL_LEAST = 5
SINCE = {"1w": "1 week", "1m": "1 month", "1q": "1 quarter"}
USUAL_SINCE = "1w"
DIRECTIONS = {"": "Up or down", DOWN: "Down", UP: "Up"}
PER_PAGE = 25
LINES_AT_ONCE = 1_000


@dataclass(frozen=True)
class Asked:
    """What the address asks for: points, a word of SINCE or a day, a direction, a page."""

    least: int = USUAL_LEAST
    since: str = USUAL_SINCE
    direction: str = ""
    page: int = 1

    @property
    def kept(self) -> dict[str, Any]:
        return {
            "points": self.least if self.least != USUAL_LEAST else "",
            "since": self.since if self.since != USUAL_SINCE else "",
            "direction": self.direction,
        }

    def url(self, selection: Selection, *, name: str = "movers", **other: Any) -> str:
        return address(reverse(name), selection, **self.kept | other)


@dataclass(frozen=True)
class Span:
    """The two scored days that are compared; `first` is None where no day so early was scored."""

    first: date | None
    last: date | None
    asked: date

    @property
    def is_known(self) -> bool:
        return self.first is not None and self.last is not None and self.first < self.last


@dataclass(frozen=True)
class MoverRow:
    """`cause` is empty until it is known."""

    pk: int
    name: str
    url: str
    why_url: str
    segment: str
    owner: str
    band: int
    band_name: str
    before: Decimal | None
    now: Decimal | None
    change: Decimal | None
    arr: Decimal | None
    cause: str
    about: str
    detail: str
    silent_sources: tuple[str, ...]
    # Where a plan about the drop is started; empty where it rose, has one or who reads may not.
    plan_url: str = ""


@dataclass(frozen=True)
class Group:
    """Links of which one is taken."""

    name: str
    label: str
    summary: str
    choices: tuple[Choice, ...]
    is_set: bool
    clear_url: str


@dataclass(frozen=True)
class MoversPage:
    asked: Asked
    selection: Selection
    span: Span
    currency: str
    rows: tuple[MoverRow, ...]
    page_obj: Page
    moved: Mapping[str, Moved]
    filters: tuple[Filter, ...]
    choices: tuple[Group, ...]
    csv_url: str
    causes_url: str
    clear_url: str
    knows_causes: bool

    @property
    def total(self) -> int:
        return sum(part.accounts for part in self.moved.values())


def build_movers(user: User, *, selection: Selection, asked: Asked, today: date, with_causes: bool) -> MoversPage:
    """One page of movers. Their causes take longer than all the rest: they are asked for apart."""
    words, days = words_of_scorecards(), scored_days()
    span = span_of(asked, days=days, today=today)
    found = movers_of(user, selection=selection, asked=asked, span=span, today=today)
    moved = moved_totals(found) if span.is_known else {UP: Moved(), DOWN: Moved()}
    total = sum(part.accounts for part in moved.values())
    number = min(asked.page, max(1, ceil(total / PER_PAGE)))
    shown = read_page(user, found, number=number) if total else []
    causes, stale = causes_of(shown, span=span) if with_causes else {}, stale_among(shown)
    rows = [mover_row(one, words=words, span=span, cause=causes.get(one.pk), stale=stale) for one in shown]
    bar = Bar(reverse("movers"), selection, facets(user), asked.kept)
    return MoversPage(
        asked=asked,
        selection=selection,
        span=span,
        currency=the_organization().reporting_currency,
        rows=with_plans(rows, user=user, span=span),
        page_obj=CountedPaginator(PER_PAGE, total=total).page(number),
        moved=moved,
        filters=(bar.bands(words), bar.segments(), bar.phases(), bar.owners()),
        choices=tuple(groups(asked, selection=selection, span=span)),
        csv_url=asked.url(selection, name="movers-csv"),
        causes_url=asked.url(selection, name="movers-causes", page=number),
        clear_url=asked.url(Selection()),
        knows_causes=with_causes,
    )


def read_page(user: User, found: QuerySet[Account], *, number: int) -> list[Account]:
    """The movers of one page, with `before`: their keys are sorted first, and the rows read afterwards."""
    keys = found.values_list("pk", "before")  # type: ignore[misc]  # annotated by movers
    some = keys[(number - 1) * PER_PAGE : number * PER_PAGE]
    before = dict(some)
    accounts = listed(active_accounts(user).filter(pk__in=before))
    known = {account.pk: account for account in accounts}
    shown = [known[pk] for pk in before if pk in known]
    for account in shown:
        account.before = before[account.pk]  # type: ignore[attr-defined]
    return shown


def groups(asked: Asked, *, selection: Selection, span: Span) -> Iterator[Group]:
    """By how much, since when, which way."""
    since = SINCE.get(asked.since) or formats.day(span.asked)
    told = (
        ("points", "Points", {str(n): f"{n} or more" for n in LEAST}, str(asked.least), f"{asked.least} or more"),
        ("since", "Since", SINCE, asked.since, since),
        ("direction", "Direction", DIRECTIONS, asked.direction, DIRECTIONS[asked.direction]),
    )
    for name, label, words, chosen, summary in told:
        links = [
            Choice(word, text, word == chosen, url=asked.url(selection, **{name: word})) for word, text in words.items()
        ]
        yield Group(
            name,
            label,
            summary,
            tuple(links),
            is_set=bool(asked.kept[name]),
            clear_url=asked.url(selection, **{name: ""}),
        )


def span_of(asked: Asked, *, days: ScoredDays, today: date) -> Span:
    """The newest scored day, and the newest up to the one from which changes are asked for."""
    last = days.newest
    until = last or today
    starts = {
        "1w": until - timedelta(days=7),
        "1m": months_before(until, months=1),
        "1q": months_before(until, months=3),
    }
    start = starts.get(asked.since) or day_in(asked.since) or until
    return Span(max((day for day in days.days if day <= start), default=None), last, asked=start)


def movers_of(user: User, *, selection: Selection, asked: Asked, span: Span, today: date) -> QuerySet[Account]:
    chosen = selected_accounts(user, selection=selection, today=today)
    if span.first is None or not span.is_known:
        return chosen.none()
    return movers(chosen, since=span.first, at_least=asked.least * 100, direction=asked.direction)


def causes_of(shown: Sequence[Account], *, span: Span) -> dict[int, MainCause]:
    if span.first is None or span.last is None or not shown:
        return {}
    return main_causes([account.pk for account in shown], first=span.first, last=span.last)


def mover_row(
    account: Account, *, words: Words, span: Span, cause: MainCause | None, stale: Mapping[int, Staleness]
) -> MoverRow:
    health = health_of(account)
    before, now = points(account.before), points(health.score if health else None)  # type: ignore[attr-defined]
    query = f"?first={span.first}&last={span.last}"
    return MoverRow(
        pk=account.pk,
        name=account.name,
        url=reverse("account", args=[account.pk]),
        why_url=f"{reverse('account-movement', args=[account.pk])}{query}",
        segment=account.segment.name if account.segment else "",
        owner=str(account.owner) if account.owner else "",
        band=account.band,  # type: ignore[attr-defined]  # annotated
        band_name=words.band(account.band),  # type: ignore[attr-defined]
        before=before,
        now=now,
        change=formats.shown_change(now, before, places=0),
        arr=health.arr_reporting if health else None,
        cause=NAMES[cause.cause] if cause else "",
        about=ABOUT[cause.cause] if cause else "",
        detail=detail_of(cause) if cause else "",
        silent_sources=stale[account.pk].sources if account.pk in stale else (),
    )


def with_plans(rows: Sequence[MoverRow], *, user: User, span: Span) -> tuple[MoverRow, ...]:
    """Where the score fell and no plan is open, one can be started about it. One query."""
    fallen = [row.pk for row in rows if row.change is not None and row.change < 0]
    if not fallen or not can(user, Action.EDIT_ACCOUNT):
        return tuple(rows)
    free = set(fallen) - open_plans_of(fallen)
    return tuple(replace(row, plan_url=plan_url(row, span=span)) if row.pk in free else row for row in rows)


def plan_url(row: MoverRow, *, span: Span) -> str:
    """Down 25 points since 30 May 2026: Scorecard, −15.0 points, most of it Rating (−30.0)."""
    fall = abs(row.change or Decimal(0))
    size = formats.score_change(fall)
    since = f" since {formats.day(span.first)}" if span.first else ""
    head = f"Down {size} {formats.score_noun(fall)}".rstrip() if size else f"Down to {row.band_name}"
    why = f": {row.cause}, {row.detail}" if row.cause else ""
    return start_url(row.pk, reason=f"{head}{since}{why}", origin=PlanOrigin.DROP)


def detail_of(cause: MainCause) -> str:
    """−12.3 points, most of it Active users (−8.0)."""
    told = f"{formats.signed(in_points(cause.part), places=1)} points"
    if cause.line is None:
        return told
    part = formats.signed(in_points(cause.line.causes[cause.cause]), places=1)
    return f"{told}, most of it {cause.line.label} ({part})"


def read_asked(params: QueryDict) -> Asked:
    """From the address; what is not offered reads as the usual."""
    least, page, direction = (params.get(name, "") for name in ("points", "page", "direction"))
    words = [word for word in params.getlist("since") if word in SINCE or day_in(word)]
    return Asked(
        least=int(least) if least in map(str, LEAST) else USUAL_LEAST,
        since=words[-1] if words else USUAL_SINCE,
        direction=direction if direction in DIRECTIONS else "",
        page=int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 7 and int(page) else 1,
    )


def file_lines(user: User, *, selection: Selection, asked: Asked, today: date) -> Iterator[list[Any]]:
    """All movers with their causes, some at a time."""
    yield [
        "Account", "Score before", "Score", "Change", "Band", "Cause", "Of it", "Largest line", "ARR", "Segment",
        "Owner", "From", "To", "Silent sources",
    ]  # fmt: skip
    words, span = words_of_scorecards(), span_of(asked, days=scored_days(), today=today)
    found = list(listed(movers_of(user, selection=selection, asked=asked, span=span, today=today)))
    for start in range(0, len(found), LINES_AT_ONCE):
        some = found[start : start + LINES_AT_ONCE]
        causes, stale = causes_of(some, span=span), stale_among(some)
        for account in some:
            cause = causes.get(account.pk)
            yield file_line(mover_row(account, words=words, span=span, cause=cause, stale=stale), cause, span=span)


def file_line(row: MoverRow, cause: MainCause | None, *, span: Span) -> list[Any]:
    change = formats.shown_change(row.now, row.before, places=2)
    part = points(cause.part) if cause else None
    line = cause.line.label if cause and cause.line else ""
    return [
        row.name, row.before, row.now, change, row.band_name, row.cause, part, line, row.arr, row.segment, row.owner,
        span.first, span.last, ", ".join(row.silent_sources),
    ]  # fmt: skip


@requires(Action.VIEW_ACCOUNT)
def movers_page(request: UserRequest) -> HttpResponse:
    """The page without the causes, which it asks for when it is there."""
    page = remembered(
        "movers",
        request.user,
        address=request.get_full_path(),
        today=timezone.localdate(),
        make=lambda: page_of(request, with_causes=False),
    )
    return render(request, "movers.html", {"page": page})


@requires(Action.VIEW_ACCOUNT)
def movers_causes(request: UserRequest) -> HttpResponse:
    """The same rows with their causes, once the page is there."""
    return render(request, "_movers_table.html", {"page": page_of(request, with_causes=True)})


def page_of(request: UserRequest, *, with_causes: bool) -> MoversPage:
    selection, asked = read_selection(request.GET), read_asked(request.GET)
    today = timezone.localdate()
    return build_movers(request.user, selection=selection, asked=asked, today=today, with_causes=with_causes)


@requires(Action.VIEW_ACCOUNT)
def movers_csv(request: UserRequest) -> StreamingHttpResponse:
    selection, asked, today = read_selection(request.GET), read_asked(request.GET), timezone.localdate()
    lines = file_lines(request.user, selection=selection, asked=asked, today=today)
    return streamed_csv(f"movers-{today.isoformat()}", lines)
