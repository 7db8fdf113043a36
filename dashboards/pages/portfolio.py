"""A portfolio at a glance: a CSM's own accounts, a manager's team, or all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action
from accounts.models import Organization, User
from accounts.queries.organization import the_organization
from dashboards.charts.theme import Chart, View
from dashboards.filters import Bar, Filter, read_selection
from dashboards.formats import score_change
from dashboards.gate import UserRequest, requires
from dashboards.pages.company import scale_of
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
from dashboards.pages.portfolio_welcome import Welcome, build_welcome
from scoring.queries.freshness import is_stale
from scoring.queries.portfolio import portfolio_of
from scoring.queries.selection import Facet, Selection, facets
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
    donuts: tuple[View, View]
    ranks: tuple[Rank, ...]
    trend: Chart
    phases: tuple[PhaseRow, ...]

    @property
    def title(self) -> str:
        return "My portfolio" if self.is_own else "Portfolio"

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


def build_portfolio_page(user: User, *, selection: Selection, now: datetime) -> PortfolioPage | Welcome:
    """The page for the accounts that the user sees; a welcome where there are none."""
    found, organization = facets(user), the_organization()
    if not found:
        return build_welcome(user, organization=organization)
    words, today = words_of_scorecards(), now.date()
    portfolio = portfolio_of(user, selection=selection, today=today)
    change, scale = change_of(portfolio), scale_of(words.bands)
    bands = tuple(band_rows(portfolio, selection=selection, words=words))
    return PortfolioPage(
        greeting=greeting(user, now=now),
        is_own={facet.owner for facet in found} == {user.pk},
        organization=organization,
        today=today,
        as_of=portfolio.as_of,
        filters=filters(selection, found),
        clear_url=reverse("portfolio"),
        tiles=tiles_of(portfolio, selection=selection, words=words),
        change=change,
        bands=bands,
        donuts=donuts(bands, change=change, currency=organization.reporting_currency, scale=scale),
        ranks=tuple(ranks(portfolio, selection=selection, words=words, today=portfolio.day)),
        trend=trend(portfolio.months, scale=scale),
        phases=tuple(phase_rows(portfolio.now, selection=selection, words=words)),
    )


def filters(selection: Selection, found: Sequence[Facet]) -> tuple[Filter, ...]:
    bar = Bar(reverse("portfolio"), selection, found, {})
    shows_owner = len({facet.owner for facet in found}) > 1 or selection.owners
    return bar.segments(), bar.phases(), *([bar.owners()] if shows_owner else [])


def greeting(user: User, *, now: datetime) -> str:
    part = "morning" if now.hour < NOON else "afternoon" if now.hour < EVENING else "evening"
    return f"Good {part}, {user.get_short_name()}"


def portfolio_selection(asked: Selection) -> Selection:
    """The parts of an address that this page can answer for every block, the past included."""
    return Selection(segments=asked.segments, phases=asked.phases, owners=asked.owners)


@requires(Action.VIEW_PORTFOLIO)
def portfolio(request: UserRequest) -> HttpResponse:
    selection = portfolio_selection(read_selection(request.GET))
    page = build_portfolio_page(request.user, selection=selection, now=timezone.localtime())
    template = "portfolio_welcome.html" if isinstance(page, Welcome) else "portfolio.html"
    return render(request, template, {"page": page, "workspace": page.organization.name})
