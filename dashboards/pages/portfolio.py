"""A portfolio at a glance: a CSM's own accounts, a manager's team, or all of them."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action
from accounts.models import Organization, User, ViewedPage
from accounts.queries.organization import the_organization
from dashboards.charts.theme import Chart, View
from dashboards.comparison import Choice, Compared, choices, compared
from dashboards.filters import Bar, Filter, address
from dashboards.formats import score_change
from dashboards.gate import UserRequest, requires
from dashboards.pages.attention import Attention, Place, build_attention, read_place
from dashboards.pages.company import banded_note, scale_for
from dashboards.pages.portfolio_blocks import (
    BandRow,
    Change,
    PhaseRow,
    Rank,
    Tiles,
    band_rows,
    change_of,
    donuts,
    phase_rows,
    ranks,
    tiles_of,
    trend,
)
from dashboards.pages.portfolio_choice import address_of, query_of
from dashboards.pages.portfolio_welcome import Welcome, build_welcome
from dashboards.pages.view_tabs import Tab, Tabs, build_tabs
from dashboards.remembered import remembered
from scoring.queries.facets import Facets, facets
from scoring.queries.freshness import is_stale
from scoring.queries.portfolio import portfolio_of
from scoring.queries.selection import Selection
from scoring.queries.summaries import scored_days
from scoring.queries.words import words_of_scorecards

NOON, EVENING = 12, 18


@dataclass(frozen=True)
class PortfolioPage:
    greeting: str
    is_own: bool
    organization: Organization
    today: date
    as_of: date | None
    filters: tuple[Filter, ...]
    clear_url: str
    tiles: Tiles
    change: Change | None
    bands: tuple[BandRow, ...]
    bands_note: str
    donuts: tuple[View, View]
    ranks: tuple[Rank, ...]
    trend: Chart
    phases: tuple[PhaseRow, ...]
    attention: Attention
    place: Place
    tabs: Tabs
    compared: Compared
    comparisons: tuple[Choice, ...]

    @property
    def title(self) -> str:
        return "My portfolio" if self.is_own else "Portfolio"

    @property
    def donut(self) -> int:
        """Which of the donuts is asked for."""
        return [view.word for view in self.donuts].index(self.place.shape.by)

    @property
    def currency(self) -> str:
        return self.organization.reporting_currency

    @property
    def is_stale(self) -> bool:
        return is_stale(self.as_of, today=self.today)

    @property
    def is_filtered(self) -> bool:
        return any(filter.is_set for filter in self.filters)

    @property
    def direction(self) -> str:
        """How the mean score moved in a month, in words; nothing where that is not known."""
        if self.change is None or self.change.score is None:
            return ""
        points = self.change.score
        return f"{'up' if points > 0 else 'down'} {score_change(points)}".strip() if points else "unchanged"

    @property
    def longest_phase(self) -> int:
        return max(phase.accounts for phase in self.phases)


def build_portfolio_page(user: User, *, place: Place, now: datetime) -> PortfolioPage | Welcome:
    """The page for the accounts that the user sees; a welcome where there are none."""
    found, organization = facets(user), the_organization()
    if not found:
        return build_welcome(user, organization=organization)
    words, today, days, selection = words_of_scorecards(), now.date(), scored_days(), place.selection
    is_own = list(found.owners.labels) == [str(user.pk)]
    against = compared(place.shape.compare, days=days, today=today)
    portfolio = portfolio_of(
        user, selection=selection, today=today, days=days, against=None if against.is_missing else against.on
    )
    change = None if against.is_missing else change_of(portfolio, against=against)
    shown = {code for health in portfolio.months.values() for code in health.by_band}
    scale = scale_for(words, among=shown, days=portfolio.months)
    bands = tuple(band_rows(portfolio, selection=selection, words=words))
    return PortfolioPage(
        greeting=greeting(user, now=now),
        is_own=is_own,
        organization=organization,
        today=today,
        as_of=portfolio.as_of,
        filters=filters(place, found),
        clear_url=address(reverse("portfolio"), Selection(), **place.shape.parts),
        tiles=tiles_of(portfolio, selection=selection, words=words),
        change=change,
        bands=bands,
        bands_note=banded_note(words, days=[change.since, portfolio.day]) if change else "",
        donuts=donuts(bands, change=change, currency=organization.reporting_currency, scale=scale),
        ranks=tuple(ranks(portfolio, selection=selection, words=words, today=portfolio.day, against=against)),
        trend=trend(portfolio.months, scale=scale),
        phases=tuple(phase_rows(portfolio.now, selection=selection, words=words)),
        attention=build_attention(user, place=place, days=days, now=now),
        place=place,
        tabs=tabs_of(user, place=place, is_own=is_own),
        compared=against,
        comparisons=tuple(choices(place.shape.compare, url=partial(comparing, place))),
    )


def comparing(place: Place, word: str) -> str:
    """The address of the page beside another day."""
    return address(reverse("portfolio"), place.selection, **place.kept | {"compare": word})


def tabs_of(user: User, *, place: Place, is_own: bool) -> Tabs:
    """The portfolio as it is, and as users keep it."""
    usual = Tab("", "My accounts" if is_own else "All accounts", reverse("portfolio"), "")
    return build_tabs(
        user,
        page=ViewedPage.PORTFOLIO,
        opened=place.tab,
        query=query_of(place.selection, place.shape),
        everybodys=[usual],
        url=lambda saved: address_of(saved.query, tab=str(saved.pk)),
    )


def filters(place: Place, found: Facets) -> tuple[Filter, ...]:
    selection = place.selection
    bar = Bar(reverse("portfolio"), selection, found, place.kept)
    shows_owner = found.has_owners or selection.owners
    return bar.segments(), bar.phases(), *([bar.owners()] if shows_owner else [])


def greeting(user: User, *, now: datetime) -> str:
    part = "morning" if now.hour < NOON else "afternoon" if now.hour < EVENING else "evening"
    return f"Good {part}, {user.get_short_name()}"


@requires(Action.VIEW_PORTFOLIO)
def portfolio(request: UserRequest) -> HttpResponse:
    place, now = read_place(request.GET, is_page=False), timezone.localtime()
    page = remembered(
        "portfolio",
        request.user,
        address=request.get_full_path(),
        today=now.date(),
        make=lambda: build_portfolio_page(request.user, place=place, now=now),
    )
    template = "portfolio_welcome.html" if isinstance(page, Welcome) else "portfolio.html"
    return render(request, template, {"page": page, "workspace": page.organization.name})
