"""All accounts that a user sees, as a table and as the same table in a file."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action
from accounts.models import User
from accounts.queries.organization import the_organization
from dashboards.filters import BAND_KEYS, Bar, Filter, accounts_url, address, read_selection
from dashboards.gate import UserRequest, requires
from dashboards.pages.accounts_rows import AccountRow, row_of
from dashboards.pages.accounts_table import AccountsTable
from dashboards.pages.files import csv_file
from scoring.queries.freshness import counting_day, is_stale
from scoring.queries.history import weekly_lines
from scoring.queries.listing import ORDERS, Totals, listed, plan_steps, totals
from scoring.queries.selection import Facet, Selection, facets, selected_accounts
from scoring.queries.words import Words, words_of_scorecards

PAGE_SIZES = (25, 50, 100)


class CountedPaginator(Paginator):
    """The totals have counted the rows already."""

    def __init__(self, rows: Any, per_page: int, *, total: int) -> None:
        super().__init__(rows, per_page)
        self.total = total

    @property
    def count(self) -> int:
        return self.total


@dataclass(frozen=True)
class View:
    """How the table is asked for, beside which accounts: its order and its page."""

    sort: str = ""
    page: int = 1
    per_page: int = PAGE_SIZES[0]

    @property
    def kept(self) -> dict[str, Any]:
        """What a link that changes the filters takes along."""
        return {"sort": self.sort, "per_page": self.per_page if self.per_page != PAGE_SIZES[0] else ""}


@dataclass(frozen=True)
class Heading:
    """A column's head; its link sorts up, then down, then not."""

    key: str
    label: str
    kind: str
    direction: str
    url: str


@dataclass(frozen=True)
class Choice:
    """One of a few links or options of which one is taken."""

    value: str
    label: str
    is_on: bool
    url: str = ""


@dataclass(frozen=True)
class BandTotal:
    code: int
    name: str
    accounts: int
    url: str


@dataclass(frozen=True)
class AccountsPage:
    selection: Selection
    view: View
    currency: str
    today: date
    as_of: date | None
    filters: tuple[Filter, ...]
    headings: tuple[Heading, ...]
    rows: tuple[AccountRow, ...]
    page_obj: Page
    totals: Totals
    bands: tuple[BandTotal, ...]
    sizes: tuple[Choice, ...]
    sorts: tuple[Choice, ...]
    words: Words
    csv_url: str
    clear_url: str
    has_any: bool
    shows_owner: bool

    @property
    def is_stale(self) -> bool:
        return is_stale(self.as_of, today=self.today)

    @property
    def mean_score(self) -> Decimal | None:
        return self.totals.health.mean_score


def build_accounts_page(user: User, *, selection: Selection, view: View, today: date) -> AccountsPage:
    """The page of the table that was asked for; a page beyond the last is the last."""
    words, found = words_of_scorecards(), facets(user)
    day = counting_day(newest_in(found), today=today)
    chosen = selected_accounts(user, selection=selection, today=day)
    summed = totals(chosen)
    path, shows_owner = reverse("accounts"), len({facet.owner for facet in found}) > 1
    table = AccountsTable(
        listed(chosen), words=words, today=day, order_by=view.sort, exclude=() if shows_owner else ("owner",)
    )
    last = max(1, ceil(summed.health.accounts / view.per_page))
    table.paginate(CountedPaginator, page=min(view.page, last), per_page=view.per_page, total=summed.health.accounts)
    shown = [row.record for row in table.page.object_list]
    ids = [account.pk for account in shown]
    plans, lines = plan_steps(ids, today=today), weekly_lines(ids, as_of=summed.as_of)
    return AccountsPage(
        selection=selection,
        view=view,
        currency=the_organization().reporting_currency,
        today=today,
        as_of=summed.as_of,
        filters=filters(Bar(path, selection, found, view.kept), words=words, shows_owner=shows_owner),
        headings=tuple(headings(table, selection=selection, view=view)),
        rows=tuple(row_of(account, words=words, today=day, plans=plans, lines=lines) for account in shown),
        page_obj=table.page,
        totals=summed,
        bands=tuple(band_totals(summed, selection=selection, words=words, sort=view.sort)),
        sizes=tuple(sizes(path, selection=selection, view=view)),
        sorts=tuple(sorts(table, view=view)),
        words=words,
        csv_url=address(reverse("accounts-csv"), selection, sort=view.sort),
        clear_url=address(path, Selection(), **view.kept),
        has_any=bool(found),
        shows_owner=shows_owner,
    )


def filters(bar: Bar, *, words: Words, shows_owner: bool) -> tuple[Filter, ...]:
    owners = [bar.owners()] if shows_owner or bar.selection.owners else []
    return bar.renewal(), bar.bands(words), bar.segments(), bar.phases(), *owners, bar.flags(words), bar.plan()


def headings(table: AccountsTable, *, selection: Selection, view: View) -> Iterator[Heading]:
    for column in table.columns:
        up, down = column.name, f"-{column.name}"
        following = {up: down, down: ""}.get(view.sort, up)
        yield Heading(
            key=column.name,
            label=column.header,
            kind=column.column.attrs["th"]["class"],
            direction={up: "ascending", down: "descending"}.get(view.sort, ""),
            url=address(reverse("accounts"), selection, **view.kept | {"sort": following}),
        )


def sorts(table: AccountsTable, *, view: View) -> Iterator[Choice]:
    """The same orders as a list, for a phone."""
    yield Choice(value="", label="Name", is_on=view.sort == "")
    for column in table.columns:
        for value, arrow in ((column.name, "\u2191"), (f"-{column.name}", "\u2193")):
            yield Choice(value=value, label=f"{column.header} {arrow}", is_on=view.sort == value)


def sizes(path: str, *, selection: Selection, view: View) -> Iterator[Choice]:
    for size in PAGE_SIZES:
        url = address(path, selection, **view.kept | {"per_page": size})
        yield Choice(value=str(size), label=str(size), is_on=size == view.per_page, url=url)


def band_totals(summed: Totals, *, selection: Selection, words: Words, sort: str) -> Iterator[BandTotal]:
    for code in BAND_KEYS:
        url = accounts_url(selection, sort=sort, bands=(code,))
        yield BandTotal(code=code, name=words.band(code), accounts=summed.health.of(code).accounts, url=url)


def read_view(params: QueryDict) -> View:
    """Order and page from the address; what is not offered reads as the usual."""
    sort, page, per_page = (params.get(name, "") for name in ("sort", "page", "per_page"))
    return View(
        sort=sort if sort.removeprefix("-") in ORDERS else "",
        page=int(page) if page.isascii() and page.isdecimal() and 0 < len(page) < 7 and int(page) else 1,
        per_page=int(per_page) if per_page in map(str, PAGE_SIZES) else PAGE_SIZES[0],
    )


def accounts_lines(user: User, *, selection: Selection, sort: str, today: date) -> Iterator[list[Any]]:
    """The same table with all its rows, head first, for a file."""
    found = facets(user)
    day, shows_owner = counting_day(newest_in(found), today=today), len({facet.owner for facet in found}) > 1
    chosen = selected_accounts(user, selection=selection, today=day)
    table = AccountsTable(
        listed(chosen),
        words=words_of_scorecards(),
        today=day,
        plans=plan_steps(chosen.values("pk"), today=today),
        lines=weekly_lines(chosen.values("pk"), as_of=totals(chosen).as_of),
        order_by=sort,
        exclude=() if shows_owner else ("owner",),
    )
    yield from table.lines()


def newest_in(found: Sequence[Facet]) -> date | None:
    """The newest day of which any of the accounts has a score."""
    return max((facet.as_of for facet in found if facet.as_of), default=None)


@requires(Action.VIEW_ACCOUNT)
def accounts(request: UserRequest) -> HttpResponse:
    selection, view = read_selection(request.GET), read_view(request.GET)
    page = build_accounts_page(request.user, selection=selection, view=view, today=timezone.localdate())
    return render(request, "accounts.html", {"page": page, "is_finding": "find" in request.GET})


@requires(Action.VIEW_ACCOUNT)
def accounts_csv(request: UserRequest) -> HttpResponse:
    selection, sort, today = read_selection(request.GET), read_view(request.GET).sort, timezone.localdate()
    lines = accounts_lines(request.user, selection=selection, sort=sort, today=today)
    return csv_file(f"accounts-{today.isoformat()}", lines)
