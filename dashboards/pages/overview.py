"""The overview for leadership: what the ARR stands on, where it moves, and what renews next."""

from collections.abc import ItemsView, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action
from accounts.models import Account, User
from dashboards import formats
from dashboards.charts.theme import Chart, View
from dashboards.comparison import Choice, Compared
from dashboards.gate import UserRequest, requires
from dashboards.pages.company import Company, company
from dashboards.pages.overview_blocks import (
    HeatMap,
    PhaseLine,
    Tiles,
    arr_views,
    heat_map,
    phase_lines,
    quarter_key,
    quarters_from,
    renewals_chart,
)
from dashboards.pages.overview_choices import (
    Moved,
    OverviewChoices,
    asked_span,
    compared_with,
    moved_between,
    overview_choices,
    spans,
)
from dashboards.pages.overview_moves import FIRST_REASONS, Migration, Reason, flow_order, migration, month_url, reasons
from dashboards.remembered import remembered
from scoring.queries.freshness import counting_day, is_stale
from scoring.queries.leadership import flags_at_risk, today_of
from scoring.queries.selection import accounts_ever, selected_accounts
from scoring.queries.stale_groups import stale_counts
from scoring.queries.summaries import Amount, Health, ScoredDays, scored_days
from scoring.queries.words import Words, words_of_scorecards
from scoring.queries.year import (
    Flow,
    Keep,
    days_of,
    everybody,
    flagged_at_risk,
    flows_of,
    health_on,
    median_stays,
    only,
    pairs_of,
    retention_on,
)
from scoring.year import MONTHS, Day


@dataclass(frozen=True)
class Figures:
    """What the overview is made of: today's cells, days of the year and renewals, all of the same accounts."""

    as_of: date
    compared: Compared
    tiles: Tiles
    months: Mapping[date, Health]
    groups: Mapping[tuple[int | None, str], Health]
    stays: Mapping[str, int]
    stale: Mapping[tuple[int | None, str, int], int]
    renewals: Mapping[date, Health]
    moved: Moved
    flows: list[Flow]
    flagged: Mapping[str, Amount]
    flagged_then: Mapping[str, Amount] | None

    @property
    def next_quarter(self) -> Health:
        return list(self.renewals.values())[1]

    @property
    def bands(self) -> set[int]:
        """The bands in which there is or was anything."""
        shown = (*self.months.values(), *self.groups.values(), *self.renewals.values())
        return {code for health in shown for code in health.by_band}


@dataclass(frozen=True)
class OverviewPage:
    """`figures` is None before the first scores. Blocks are made when they are asked for: a file needs no charts."""

    company: Company
    choices: OverviewChoices
    figures: Figures | None
    words: Words
    asked: str
    comparisons: list[Choice]
    exports: list[tuple[str, str]]

    def drawn(self) -> "OverviewPage":
        """With every block made, so that what is kept of a slow page need not be drawn again."""
        for name in ("views", "renewals", "heat_map", "phases", "migration", "reasons", "urls"):
            getattr(self, name)
        return self

    @cached_property
    def views(self) -> list[View]:
        if self.figures is None:
            return []
        return arr_views(self.figures.months, company=self.company, url=lambda *at: month_url(self.choices, *at))

    @cached_property
    def renewals(self) -> Chart | None:
        if self.figures is None:
            return None
        return renewals_chart(self.figures.renewals, choices=self.choices, company=self.company)

    @cached_property
    def heat_map(self) -> HeatMap | None:
        if self.figures is None:
            return None
        segments = self.choices.segments
        return heat_map(
            self.figures.groups, stale=self.figures.stale, segments=segments, choices=self.choices, company=self.company
        )

    @cached_property
    def phases(self) -> list[PhaseLine]:
        if self.figures is None:
            return []
        return phase_lines(self.figures.groups, stays=self.figures.stays, choices=self.choices, company=self.company)

    @cached_property
    def migration(self) -> Migration | None:
        if self.figures is None:
            return None
        return migration(self.figures.moved, self.figures.flows, choices=self.choices, company=self.company)

    @cached_property
    def reasons(self) -> list[Reason]:
        """All of them."""
        if self.figures is None:
            return []
        now, then = self.figures.flagged, self.figures.flagged_then
        return reasons(now, then, words=self.words, choices=self.choices, company=self.company)

    @property
    def shown_reasons(self) -> list[Reason]:
        return self.reasons if self.choices.query.get("reasons") == "all" else self.reasons[:FIRST_REASONS]

    @property
    def most_of_a_reason(self) -> Decimal:
        return max((reason.arr for reason in self.reasons), default=Decimal(0))

    @property
    def all_reasons_url(self) -> str:
        hidden = len(self.reasons) > len(self.shown_reasons)
        return f"{self.choices.url(reasons='all')}#reasons" if hidden else ""

    @cached_property
    def urls(self) -> dict[str, str]:
        """The accounts behind the tiles and the renewals."""
        link = self.choices.accounts_url
        urls = {
            "accounts": link(),
            "arr": link(sort="-arr"),
            "score": link(sort="score"),
            "weak": link(bands=self.company.scale.at_risk),
            "renewals": link(sort="renewal"),
        }
        if self.figures:
            urls["renewing"] = link(renewal=quarter_key(list(self.figures.renewals)[1]))
            day = self.figures.as_of.isoformat()
            urls["year"] = self.choices.address(reverse("overview-behind"), kind="year", to=day)
        return urls

    @property
    def missing(self) -> Compared | None:
        """The day that was asked for and of which nothing is kept; a usual span without scores says so by itself."""
        return self.figures.compared if self.figures and self.asked else None

    @property
    def against(self) -> str:
        """What changes are against, for hints."""
        on = self.figures.compared.on if self.figures else None
        return f"Against {formats.day(on)}" if on else ""

    @property
    def kept_for_days(self) -> list[tuple[str, str]]:
        """What the form of the migration's days takes along."""
        query = self.choices.query
        return [(name, value) for name in query for value in query.getlist(name) if name not in ("from", "to")]

    @property
    def next_quarter_at_risk(self) -> Decimal | None:
        return self.figures.next_quarter.at_risk.arr if self.figures else None


def build_overview_page(user: User, *, query: QueryDict, today: date) -> OverviewPage:
    """The overview as of the newest scored day, of the chosen segments, regions, teams, CSMs and products."""
    path = reverse("overview")
    made = overview_choices(user, path=path, query=query, today=today)
    asked, days, words = asked_span(query), scored_days(), words_of_scorecards()
    figures = figures_of(user, made, days=days, words=words, today=today)
    about = company(among=figures.bands, days=figures.months) if figures else company()
    return OverviewPage(about, made, figures, words, asked, spans(made, asked), exports(made))


def figures_of(user: User, made: OverviewChoices, *, days: ScoredDays, words: Words, today: date) -> Figures | None:
    """Everything is read here; today from the accounts themselves, the past from the days of the year."""
    as_of = days.newest
    if as_of is None:
        return None
    day, selection = counting_day(as_of, today=today), made.selection
    accounts = selected_accounts(user, selection=selection, today=day)
    against = compared_with(asked_span(made.query), days=days, today=today)
    moved = moved_between(made.query.dict(), against=against, days=days)  # type: ignore[arg-type]
    ends, since = days.month_ends(months=MONTHS), None if against.is_missing else against.on
    past = days_of({*ends, as_of, *(one for one in (since, moved.since, moved.until) if one)})
    keep = only(accounts_ever(user, selection=selection, today=day)) if made.is_narrowed else everybody
    now, then = today_of(accounts, quarters=quarters_from(as_of)), past[since] if since else None
    stale = {(segment, phase, band): count for (segment, phase, band), count in stale_by(accounts)}
    return Figures(
        as_of=as_of,
        compared=against,
        tiles=Tiles(
            now=now.health,
            then=health_on(then, keep) if then else None,
            weighted_score=now.weighted_score,
            stale=sum(stale.values()),
            year=retention_on(past[as_of], keep),
            year_then=retention_on(then, keep) if then else None,
        ),
        # Today's column is the standing itself, so that it agrees with every other block.
        months={end: now.health if end == as_of else health_on(past[end], keep) for end in ends},
        groups=now.groups(),
        stays=median_stays(past[as_of], keep),
        stale=stale,
        renewals=now.renewals(quarters_from(as_of)),
        moved=moved,
        flows=flows_between(moved, past, keep),
        flagged=flags_at_risk(accounts),
        flagged_then=flagged_at_risk(then, keep) if then else None,
    )


def stale_by(accounts: QuerySet[Account]) -> ItemsView[tuple[Any, ...], int]:
    """How many scores depend on a silent source, by segment, phase and band."""
    return stale_counts(accounts, "segment_id", "phase", "health__band").items()


def flows_between(moved: Moved, past: Mapping[date, Day], keep: Keep) -> list[Flow]:
    """In the order of the bands; none where the days do not allow it."""
    if moved.problem or moved.since is None or moved.until is None:
        return []
    return sorted(flows_of(pairs_of(past[moved.since], past[moved.until], keep)), key=flow_order)


def exports(made: OverviewChoices) -> list[tuple[str, str]]:
    """Address and name of each block as a file."""
    path = reverse("overview-csv")
    return [(made.url(path=path, block=key), label) for key, label in BLOCKS.items()]


# The key of a block in addresses, and what the reader chooses by.
BLOCKS = {
    "all": "All blocks in one ZIP",
    "tiles": "Key figures",
    "months": "ARR by band, by month",
    "renewals": "Renewals by band",
    "segments": "Segments and phases by band",
    "phases": "Phases with median stay",
    "migration": "Band migration",
    "reasons": "Reasons",
}


@requires(Action.VIEW_OVERVIEW)
def overview(request: UserRequest) -> HttpResponse:
    today = timezone.localdate()
    page = remembered(
        "overview",
        request.user,
        address=request.get_full_path(),
        today=today,
        make=lambda: build_overview_page(request.user, query=request.GET, today=today).drawn(),
    )
    stale = is_stale(page.figures.as_of if page.figures else None, today=today)
    return render(request, "overview.html", {"page": page, "workspace": page.company.name, "is_stale": stale})
