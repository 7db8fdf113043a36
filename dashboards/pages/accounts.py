"""All accounts that a user sees, as a table."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from math import ceil
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action
from accounts.models import Account, BulkKind, User
from accounts.queries.organization import the_organization
from dashboards.comparison import Choice, Compared, compared
from dashboards.filters import Bar, Filter, accounts_url, address, read_selection
from dashboards.gate import UserRequest, requires
from dashboards.pages.accounts_columns import COLUMNS, FIXED, Column, needs_figures, needs_percentiles, shown_columns
from dashboards.pages.accounts_measures import measure_columns, texts_of
from dashboards.pages.accounts_rows import AccountRow, row_of, shown_percentile
from dashboards.pages.accounts_tabs import accounts_tabs, counted
from dashboards.pages.accounts_view import View, compare_choices, read_view, sizes
from dashboards.pages.view_tabs import Tabs
from scoring.queries.facets import Totals, facets
from scoring.queries.figures import figures_of, measures_of_cards
from scoring.queries.freshness import counting_day, is_stale
from scoring.queries.history import weekly_lines
from scoring.queries.listing import earlier_scores, in_order, plan_steps, slice_of, totals
from scoring.queries.peer_ranks import percentiles_of
from scoring.queries.selection import Selection, selected_accounts
from scoring.queries.staleness import stale_among
from scoring.queries.summaries import ScoredDays, scored_days
from scoring.queries.words import Words, words_of_scorecards

SUMMED = ("arr", "users")


@dataclass(frozen=True)
class Deed:
    """What can be done to many accounts at once."""

    value: str
    label: str
    icon: str


BULK = tuple(
    Deed(kind.value, str(kind.label), icon)
    for kind, icon in (
        (BulkKind.TOUCHPOINT, "phone-call"),
        (BulkKind.PLAN, "list-checks"),
        (BulkKind.OWNER, "user-pen"),
        (BulkKind.SEGMENT, "layers"),
        (BulkKind.PHASE, "milestone"),
    )
)


class CountedPaginator(Paginator):
    """The totals have counted the rows already, and the page has read its own."""

    def __init__(self, per_page: int, *, total: int) -> None:
        super().__init__((), per_page)
        self.total = total

    @property
    def count(self) -> int:
        return self.total


@dataclass(frozen=True)
class Heading:
    """A column's head; its link sorts up, then down, then not. Without a link the column does not sort."""

    key: str
    label: str
    kind: str
    direction: str
    url: str


@dataclass(frozen=True)
class BandTotal:
    code: int
    name: str
    accounts: int
    url: str


@dataclass(frozen=True)
class Pick:
    """A column in the chooser."""

    key: str
    name: str
    is_on: bool


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
    picks: tuple[Pick, ...]
    compared: Compared
    comparisons: tuple[Choice, ...]
    tabs: Tabs
    words: Words
    csv_url: str
    clear_url: str
    has_any: bool

    @property
    def bulk_kinds(self) -> tuple[Deed, ...]:
        return BULK

    @property
    def is_stale(self) -> bool:
        return is_stale(self.as_of, today=self.today)

    @property
    def foot_span(self) -> int:
        """How many columns the foot's mean and bands may take: up to the next one that has a sum of its own."""
        keys = [heading.key for heading in self.headings[1:]]
        return next((n for n, key in enumerate(keys) if key in SUMMED), len(keys))

    @property
    def foot_end(self) -> int:
        return 1 + self.foot_span

    @property
    def mean_score(self) -> Decimal | None:
        return self.totals.health.mean_score


def build_accounts_page(user: User, *, selection: Selection, view: View, today: date) -> AccountsPage:
    """The page of the table that was asked for; a page beyond the last is the last."""
    words, found = words_of_scorecards(), facets(user)
    day = counting_day(found.newest, today=today)
    chosen = selected_accounts(user, selection=selection, today=day)
    summed = found.totals(selection) if selection.is_of_facets else totals(chosen)
    shows_owner = found.has_owners
    of_measures = tuple(measure_columns(measures_of_cards(today)))
    columns = shown_columns(view.columns, user=user, shows_owner=shows_owner, measures=of_measures)
    against = compared(view.compare, days=scored_days() if view.compare else ScoredDays(()), today=day)
    number = min(view.page, max(1, ceil(summed.health.accounts / view.per_page)))
    ordered = in_order(chosen, sort=view.sort, compared_on=against.on)
    shown = slice_of(ordered, start=(number - 1) * view.per_page, size=view.per_page)
    bar = Bar(reverse("accounts"), selection, found, view.kept)
    return AccountsPage(
        selection=selection,
        view=view,
        currency=the_organization().reporting_currency,
        today=today,
        as_of=summed.as_of,
        filters=filters(bar, words=words, shows_owner=shows_owner),
        headings=tuple(headings(columns, selection=selection, view=view, against=against)),
        rows=with_measures(
            rows_of(shown, words=words, today=today, day=day, as_of=summed.as_of, against=against),
            shown,
            columns=columns,
        ),
        page_obj=CountedPaginator(view.per_page, total=summed.health.accounts).page(number),
        totals=summed,
        bands=tuple(band_totals(summed, selection=selection, words=words, sort=view.sort)),
        sizes=tuple(sizes(view, selection=selection)),
        sorts=tuple(sorts(columns, view=view)),
        picks=tuple(picks(columns, of_measures=of_measures)),
        compared=against,
        comparisons=tuple(compare_choices(view, selection=selection)),
        tabs=accounts_tabs(user, selection=selection, view=view, words=words),
        words=words,
        csv_url=address(reverse("accounts-csv"), selection, **view.shape | {"per_page": ""}),
        clear_url=view.url(Selection(), view=""),
        has_any=bool(found),
    )


def rows_of(
    shown: list[Account], *, words: Words, today: date, day: date, as_of: date | None, against: Compared
) -> tuple[AccountRow, ...]:
    """The rows of one page, with what each query finds for all of them."""
    ids = [account.pk for account in shown]
    known: dict[str, Any] = {
        "plans": plan_steps(ids, today=today),
        "lines": weekly_lines(ids, as_of=as_of),
        "stale": stale_among(shown),
        "earlier": earlier_scores(ids, day=against.on) if against.on else None,
    }
    return tuple(row_of(account, words=words, today=day, **known) for account in shown)


def with_measures(
    rows: tuple[AccountRow, ...], shown: list[Account], *, columns: Sequence[Column]
) -> tuple[AccountRow, ...]:
    """The rows with what the columns of measures and percentiles say; nothing is read where there are none."""
    figures = figures_of(shown) if needs_figures(columns) else {}
    percentiles = percentiles_of(shown) if needs_percentiles(columns) else {}
    if not figures and not percentiles:
        return rows
    return tuple(
        replace(
            row,
            figures=texts_of(figures.get(row.pk, {})),
            percentile=shown_percentile(percentiles[row.pk]) if row.pk in percentiles else None,
        )
        for row in rows
    )


def filters(bar: Bar, *, words: Words, shows_owner: bool) -> tuple[Filter, ...]:
    owners = [bar.owners()] if shows_owner or bar.selection.owners else []
    return (
        bar.renewal(),
        bar.bands(words),
        bar.segments(),
        bar.phases(),
        *owners,
        bar.flags(words),
        bar.plan(),
        *bar.places(),
    )


def headings(columns: Sequence[Column], *, selection: Selection, view: View, against: Compared) -> Iterator[Heading]:
    for column in columns:
        up, down = column.key, f"-{column.key}"
        following = {up: down, down: ""}.get(view.sort, up)
        yield Heading(
            key=column.key,
            label=against.label if column.key == "change" else column.label,
            kind=column.kind,
            direction={up: "ascending", down: "descending"}.get(view.sort, ""),
            url=view.url(selection, sort=following) if column.sorts else "",
        )


def sorts(columns: Sequence[Column], *, view: View) -> Iterator[Choice]:
    """The same orders as a list, for a phone."""
    yield Choice(value="", label="Name", is_on=view.sort == "")
    for column in (each for each in columns if each.sorts):
        for value, arrow in ((column.key, "\u2191"), (f"-{column.key}", "\u2193")):
            yield Choice(value=value, label=f"{column.label} {arrow}", is_on=view.sort == value)


def picks(columns: Sequence[Column], *, of_measures: Sequence[Column]) -> Iterator[Pick]:
    """Those that are shown in their order, then the others, measures last."""
    keys = {column.key for column in columns}
    shown = [column for column in columns if column.key not in FIXED]
    others = [column for column in (*COLUMNS, *of_measures) if column.key not in keys]
    for column in (*shown, *others):
        yield Pick(column.key, column.name, is_on=column in shown)


def band_totals(summed: Totals, *, selection: Selection, words: Words, sort: str) -> Iterator[BandTotal]:
    for code in words.codes(among=(*summed.health.by_band, *selection.bands)):
        url = accounts_url(selection, sort=sort, bands=(code,))
        yield BandTotal(code=code, name=words.band(code), accounts=summed.health.of(code).accounts, url=url)


@requires(Action.VIEW_ACCOUNT)
def accounts(request: UserRequest) -> HttpResponse:
    selection, view = read_selection(request.GET), read_view(request.GET)
    page = build_accounts_page(request.user, selection=selection, view=view, today=timezone.localdate())
    return render(request, "accounts.html", {"page": page})


@requires(Action.VIEW_ACCOUNT)
def accounts_counts(request: UserRequest) -> HttpResponse:
    """The tabs with their counts, once the page is there: the table does not wait for them."""
    selection, view = read_selection(request.GET), read_view(request.GET)
    found = facets(request.user)
    day = counting_day(found.newest, today=timezone.localdate())
    tabs = accounts_tabs(request.user, selection=selection, view=view, words=words_of_scorecards())
    tabs = counted(tabs, user=request.user, found=found, today=day)
    return render(request, "_accounts_tabs.html", {"tabs": tabs, "is_counted": True})
