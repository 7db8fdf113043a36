"""The lists behind the numbers of the manager's view: untouched accounts, steps, changes of band."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.access import Action
from accounts.models import Account, PlanStep, User
from dashboards import formats
from dashboards.charts.theme import BandScale
from dashboards.gate import UserRequest, requires
from dashboards.pages.choices import Choices, choices
from dashboards.pages.company import Company, company
from dashboards.pages.files import streamed_csv
from dashboards.pages.plan_rows import in_points
from dashboards.pages.team import week_before
from scoring.core.bands import UNDEFINED
from scoring.queries.selection import NONE
from scoring.queries.staleness import stale_among
from scoring.queries.team import band_changes, open_steps, overdue_steps, team_accounts, untouched

PER_PAGE = 50


@dataclass(frozen=True)
class ListRow:
    """An account with what the list says of it."""

    account: str
    url: str
    csm: str
    band: int
    band_name: str
    score: Any
    arr: Any
    cells: tuple[str, ...]
    silent_sources: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A list: its title, what one of it is called, the heads of its own columns, and what it says when empty."""

    title: str
    noun: str
    heads: tuple[str, ...]
    empty: str
    find: Callable[[QuerySet[Account], date], QuerySet[Any]]
    cells: Callable[[Any, BandScale, date], tuple[str, ...]]


@dataclass(frozen=True)
class ListPage:
    company: Company
    kind: Kind
    rows: list[ListRow]
    page: Page
    csv_url: str
    back_url: str


def account_of(one: Any) -> Account:
    return one.plan.account if isinstance(one, PlanStep) else one


def untouched_cells(account: Any, scale: BandScale, today: date) -> tuple[str, ...]:
    last = account.touched_on
    said = f"{formats.day(last)}, {formats.span((today - last).days)} ago" if last else "Never"
    cadence = account.segment.touchpoint_cadence_days if account.segment else None
    return said, f"every {formats.span(cadence)}" if cadence else "usual"


def step_cells(step: Any, scale: BandScale, today: date) -> tuple[str, ...]:
    late = (today - step.due_date).days
    due = formats.day(step.due_date)
    return step.text, step.owner.name, f"{due}, {formats.span(late)} overdue" if late > 0 else due


def change_cells(account: Any, scale: BandScale, today: date) -> tuple[str, ...]:
    before = in_points(account.before)
    return (f"{scale.name(account.band_before)}{'' if before is None else f' {formats.score(before)}'}",)


KINDS = {
    "untouched": Kind(
        "Untouched accounts", "account", ("Last touchpoint", "Cadence"),
        "Every account had a touchpoint within its segment's cadence.",
        lambda accounts, today: untouched(accounts, today=today), untouched_cells,
    ),
    "steps": Kind(
        "Open steps", "step", ("Step", "Owner", "Due"), "No step of an open plan is still to be done.",
        lambda accounts, today: open_steps(accounts), step_cells,
    ),
    "overdue": Kind(
        "Overdue steps", "step", ("Step", "Owner", "Due"), "No step is overdue.",
        lambda accounts, today: overdue_steps(accounts, today=today), step_cells,
    ),
    "changes": Kind(
        "Band changes this week", "account", ("Before this week",), "No account is in another band than before.",
        lambda accounts, today: band_changes(accounts, since=week_before(today)), change_cells,
    ),
}  # fmt: skip


def accounts_for(user: User, made: Choices) -> QuerySet[Account]:
    found = team_accounts(user, owners=made.owner_ids, teams=made.team_ids, segments=made.slugs)
    return found.filter(owner=None) if made.query.get("owner") == NONE else found


def list_row(one: Any, kind: Kind, *, scale: BandScale, today: date, silent: tuple[str, ...] = ()) -> ListRow:
    account = account_of(one)
    health = getattr(account, "health", None)
    band = health.band if health else UNDEFINED
    return ListRow(
        account=account.name, url=reverse("account", args=[account.pk]),
        csm=account.owner.name if account.owner else "", band=band, band_name=scale.name(band),
        score=in_points(health.score) if health else None, arr=health.arr_reporting if health else None,
        cells=kind.cells(one, scale, today), silent_sources=silent,
    )  # fmt: skip


@requires(Action.VIEW_TEAM)
def team_list(request: UserRequest, kind: str) -> HttpResponse:
    if kind not in KINDS:
        raise Http404("There is no such list.")
    about, today, listed = company(), localdate(), KINDS[kind]
    made = choices(request.user, path=reverse("team"), query=request.GET)
    found = listed.find(accounts_for(request.user, made), today)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    stale = stale_among([account_of(one) for one in page])
    rows = [
        list_row(
            one, listed, scale=about.scale, today=today,
            silent=stale[pk].sources if (pk := account_of(one).pk) in stale else (),
        )
        for one in page
    ]  # fmt: skip
    csv_url = made.url(path=reverse("team-list-csv", args=[kind]), page=None)
    shown = ListPage(about, listed, rows, page, csv_url, made.url(page=None, owner=None))
    return render(request, "team_list.html", {"page": shown, "workspace": about.name})


@requires(Action.VIEW_TEAM)
def team_list_csv(request: UserRequest, kind: str) -> HttpResponse:
    if kind not in KINDS:
        raise Http404("There is no such list.")
    made = choices(request.user, path=reverse("team"), query=request.GET)
    found = KINDS[kind].find(accounts_for(request.user, made), localdate())
    return streamed_csv(f"{kind}-{localdate().isoformat()}", lines(found, KINDS[kind], company()))  # type: ignore[return-value]


def lines(found: QuerySet[Any], kind: Kind, about: Company) -> Iterator[list[Any]]:
    today = localdate()
    yield ["Account", "CSM", "Score", "Band", f"ARR ({about.currency})", *kind.heads]
    for one in found.iterator(chunk_size=500):
        row = list_row(one, kind, scale=about.scale, today=today)
        yield [row.account, row.csm, row.score, row.band_name, row.arr, *row.cells]
