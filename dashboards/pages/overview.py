"""The overview for leadership: what the ARR stands on, where it moves, and what renews next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action
from accounts.models import User
from dashboards import formats
from dashboards.charts.theme import Chart, View
from dashboards.gate import UserRequest, requires
from dashboards.pages.choices import Choices, choices
from dashboards.pages.company import Company, company
from dashboards.pages.files import csv_file
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
from dashboards.remembered import remembered
from scoring.queries.freshness import is_stale
from scoring.queries.renewals import arr_weighted_score, renewals_by_quarter, visible_health
from scoring.queries.stale_groups import stale_by_group
from scoring.queries.summaries import (
    Health,
    health_by_day,
    health_by_segment_and_phase,
    scored_days,
    visible_summaries,
)
from scoring.store import months_before

MONTHS = 13
SLACK_DAYS = 31


@dataclass(frozen=True)
class Figures:
    """What the overview is made of: history, today's groups and renewals, all of the same accounts."""

    as_of: date
    quarter_ago: date | None
    tiles: Tiles
    months: Mapping[date, Health]
    groups: Mapping[tuple[int | None, str], Health]
    stale: Mapping[tuple[int | None, str, int], int]
    renewals: Mapping[date, Health]

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
    choices: Choices
    figures: Figures | None

    @cached_property
    def views(self) -> list[View]:
        return arr_views(self.figures.months, company=self.company) if self.figures else []

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
        return phase_lines(self.figures.groups, choices=self.choices, company=self.company) if self.figures else []

    @property
    def exports(self) -> list[tuple[str, str]]:
        """Address and name of each block as a file."""
        path = reverse("overview-csv")
        return [(self.choices.url(path=path, block=key), label) for key, (label, _) in BLOCKS.items()]

    @cached_property
    def urls(self) -> dict[str, str]:
        """The accounts behind the tiles and the renewals."""
        link = self.choices.accounts_url
        urls = {
            "accounts": link(),
            "arr": link(sort="-arr"),
            "score": link(sort="score"),
            "weak": link(bands=self.company.scale.at_risk),
        }
        urls["renewals"] = link(sort="renewal")
        if self.figures:
            urls["renewing"] = link(renewal=quarter_key(list(self.figures.renewals)[1]))
        return urls

    @property
    def next_quarter_at_risk(self) -> Decimal | None:
        return self.figures.next_quarter.at_risk.arr if self.figures else None


def build_overview_page(user: User, *, query: QueryDict) -> OverviewPage:
    """The overview as of the newest scored day, of the chosen teams, CSMs and segments."""
    made = choices(user, path=reverse("overview"), query=query)
    figures = figures_of(user, made)
    about = company(among=figures.bands, days=figures.months) if figures else company()
    return OverviewPage(company=about, choices=made, figures=figures)


def figures_of(user: User, made: Choices) -> Figures | None:
    days = scored_days()
    if days.newest is None:
        return None
    as_of = days.newest
    only: dict[str, Any] = {"owners": made.owner_ids, "teams": made.team_ids, "segments": made.slugs}
    summaries = visible_summaries(user, **only)
    ends = days.month_ends(months=MONTHS)
    before = days.nearest(months_before(as_of, months=3), within_days=SLACK_DAYS)
    known = health_by_day(summaries, days={*ends, as_of, *([before] if before else [])})
    healths = visible_health(user, **only)
    stale = stale_by_group(healths)
    return Figures(
        as_of=as_of,
        quarter_ago=before,
        tiles=Tiles(now=known[as_of], then=known[before] if before else None,
                    weighted_score=arr_weighted_score(healths), stale=sum(stale.values())),
        months={day: known[day] for day in ends},
        groups=health_by_segment_and_phase(summaries, day=as_of),
        stale=stale,
        renewals=renewals_by_quarter(healths, quarters=quarters_from(as_of)),
    )  # fmt: skip


Lines = list[list[Any]]


def month_lines(page: OverviewPage, figures: Figures) -> Lines:
    """What is stale is known of today's scores; of earlier months nobody counted it, and the cell stays empty."""
    stale = {figures.as_of: figures.tiles.stale}
    rows = [
        [day, *figure_columns(page, health), mean_of(health), stale.get(day)] for day, health in figures.months.items()
    ]
    return [["Month end", *figure_heads(page), "Mean score", "Stale scores"], *rows]


def renewal_lines(page: OverviewPage, figures: Figures) -> Lines:
    rows = [[formats.quarter(day), *figure_columns(page, health)] for day, health in figures.renewals.items()]
    return [["Quarter", *figure_heads(page)], *rows]


def segment_lines(page: OverviewPage, figures: Figures) -> Lines:
    names = {segment.pk: segment.name for segment in page.choices.segments} | {None: "No segment"}
    rows = [
        [names[segment], phase, *figure_columns(page, health), mean_of(health), stale_in(figures, segment, phase)]
        for (segment, phase), health in sorted(figures.groups.items(), key=lambda item: (names[item[0][0]], item[0][1]))
    ]
    return [["Segment", "Phase", *figure_heads(page), "Mean score", "Stale scores"], *rows]


def stale_in(figures: Figures, segment: int | None, phase: str) -> int:
    return sum(stale for (own, its, _), stale in figures.stale.items() if (own, its) == (segment, phase))


def figure_heads(page: OverviewPage) -> list[str]:
    names = [page.company.scale.name(code) for code in page.company.scale.codes]
    return [*(f"{name} accounts" for name in names), "Accounts",
            *(f"{name} ARR {page.company.currency}" for name in names), f"ARR {page.company.currency}"]  # fmt: skip


def figure_columns(page: OverviewPage, health: Health) -> list[Any]:
    counts = [health.of(code).accounts for code in page.company.scale.codes]
    arrs = [health.of(code).arr for code in page.company.scale.codes]
    return [*counts, health.accounts, *arrs, health.arr]


def mean_of(health: Health) -> Any:
    return None if health.mean_score is None else formats.rounded(health.mean_score, places=2)


# key of the address, what the reader chooses by, the rows
BLOCKS: dict[str, tuple[str, Callable[[OverviewPage, Figures], Lines]]] = {
    "months": ("ARR by band, by month", month_lines),
    "renewals": ("Renewals by band", renewal_lines),
    "segments": ("Segments and phases by band", segment_lines),
}


@requires(Action.VIEW_OVERVIEW)
def overview(request: UserRequest) -> HttpResponse:
    page = remembered(
        "overview",
        request.user,
        address=request.get_full_path(),
        today=timezone.localdate(),
        make=lambda: build_overview_page(request.user, query=request.GET),
    )
    stale = is_stale(page.figures.as_of if page.figures else None, today=timezone.localdate())
    return render(request, "overview.html", {"page": page, "workspace": page.company.name, "is_stale": stale})


@requires(Action.VIEW_OVERVIEW)
def overview_csv(request: UserRequest) -> HttpResponse:
    """The numbers of one block."""
    block = request.GET.get("block", "months")
    if block not in BLOCKS:
        raise Http404(f"A block is one of {', '.join(BLOCKS)}.")
    page = build_overview_page(request.user, query=request.GET)
    return csv_file(f"overview-{block}", BLOCKS[block][1](page, page.figures) if page.figures else [])
