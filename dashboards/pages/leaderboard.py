"""The leaderboard: portfolios of CSMs side by side, in a first version that does not adjust for their mix."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action
from accounts.models import User
from accounts.queries.organization import csms_with_teams, owners_in_sight
from dashboards import filters, formats
from dashboards.filters import Filter
from dashboards.gate import UserRequest, requires
from dashboards.pages.company import Company, company
from dashboards.pages.files import csv_file
from scoring.models import WEAK
from scoring.queries.freshness import is_stale
from scoring.queries.selection import Selection
from scoring.queries.summaries import BANDS, Health, colleagues_summaries, health_by_owner, scored_days
from scoring.store import months_before

FEWEST_SCORED = 15
MONTHS = 3
SLACK_DAYS = 31
# column, head, and whether its figures stand at the right
COLUMNS = [
    ("name", "CSM", False),
    ("health", "Portfolio health", True),
    ("change", "3 months", True),
    ("coverage", "Coverage", True),
    ("weak", "ARR by band", False),
    ("accounts", "Accounts", True),
    ("arr", "ARR", True),
]


@dataclass(frozen=True)
class Part:
    """A band's share of the ARR, for the bar."""

    code: int
    count: Decimal
    name: str


@dataclass(frozen=True)
class Row:
    """One CSM. `change` is the difference of the means as shown, with one decimal."""

    csm: str
    team: str
    is_you: bool
    now: Health
    then: Health
    url: str
    parts: list[Part]
    rank: int | None = None
    is_shared: bool = False

    @property
    def health(self) -> Decimal | None:
        return self.now.mean_score

    @property
    def change(self) -> Decimal | None:
        return formats.shown_change(self.now.mean_score, self.then.mean_score, places=1)

    @property
    def fall(self) -> Decimal | None:
        """By how much the mean fell, without a sign."""
        return None if self.change is None else abs(self.change)

    @property
    def weak_ratio(self) -> Decimal | None:
        return self.now.of(WEAK).arr / self.now.arr if self.now.arr else None

    @property
    def is_ranked(self) -> bool:
        return self.now.scored >= FEWEST_SCORED

    def value(self, column: str) -> Any:
        """What the column sorts by; None stands last."""
        of = {
            "name": self.csm.casefold(),
            "health": self.health,
            "change": self.change,
            "coverage": self.now.coverage_ratio,
            "weak": self.weak_ratio,
            "accounts": self.now.accounts,
            "arr": self.now.arr,
        }
        return of[column]


@dataclass(frozen=True)
class Head:
    label: str
    url: str
    direction: str
    is_number: bool


@dataclass(frozen=True)
class LeaderboardPage:
    company: Company
    as_of: date | None
    since: date | None
    heads: list[Head]
    ranked: list[Row]
    unranked: list[Row]
    filter: Filter | None
    csv_url: str
    fewest: int = FEWEST_SCORED

    @property
    def you(self) -> Row | None:
        return next((row for row in self.ranked if row.is_you), None)

    @property
    def rows(self) -> list[Row]:
        return self.ranked + self.unranked


def build_leaderboard_page(user: User, *, query: QueryDict) -> LeaderboardPage:
    """The CSMs whom the user meets, by the mean score of their portfolios."""
    about = company()
    csms = list(csms_with_teams(user))
    teams = {csm.team.pk: csm.team.name for csm in csms if csm.team is not None}
    chosen = [pk for pk in teams if str(pk) in filters.values(query, "team")]
    days = scored_days()
    as_of = days.newest
    since = days.nearest(months_before(as_of, months=MONTHS), within_days=SLACK_DAYS) if as_of else None
    known = [day for day in (as_of, since) if day]
    found = health_by_owner(colleagues_summaries(user, teams=chosen), days=known)
    members = [csm for csm in csms if not chosen or csm.team_id in chosen]
    sight = owners_in_sight(user)
    rows = [
        row_of(
            csm,
            now=found.get((as_of, csm.pk), Health()) if as_of else Health(),
            then=found.get((since, csm.pk), Health()) if since else Health(),
            user=user,
            is_open=csm.pk in sight,
            about=about,
        )
        for csm in members
    ]
    sort = query.get("sort", "")
    return LeaderboardPage(
        company=about,
        as_of=as_of,
        since=since,
        heads=heads(query, sort=sort),
        ranked=in_order(with_ranks([row for row in rows if row.is_ranked]), sort=sort),
        unranked=in_order([row for row in rows if not row.is_ranked and row.now.accounts], sort=sort),
        filter=team_filter(teams, query) if len(teams) > 1 else None,
        csv_url=with_query(reverse("leaderboard-csv"), query),
    )


def row_of(csm: User, *, now: Health, then: Health, user: User, is_open: bool, about: Company) -> Row:
    """A CSM's row; its name is a link for those who see the accounts."""
    return Row(
        csm=csm.name,
        team=csm.team.name if csm.team else "",
        is_you=csm.pk == user.pk,
        now=now,
        then=then,
        url=filters.accounts_url(Selection(owners=(str(csm.pk),))) if is_open else "",
        parts=[Part(code, now.of(code).arr, about.scale.name(code)) for code in BANDS],
    )


def with_ranks(rows: Sequence[Row]) -> list[Row]:
    """Places by portfolio health as it is shown; equal means share a place. Whoever is ranked has a mean."""
    means = [formats.rounded(row.health or 0, places=1) for row in rows]
    return [
        replace(row, rank=1 + sum(other > mean for other in means), is_shared=means.count(mean) > 1)
        for row, mean in zip(rows, means, strict=True)
    ]


def sort_of(sort: str) -> tuple[str, bool]:
    """The column and whether it falls; without a choice the best portfolio health is first."""
    column = sort.removeprefix("-")
    return (column, sort.startswith("-")) if column in {name for name, *_ in COLUMNS} else ("health", True)


def in_order(rows: Sequence[Row], *, sort: str) -> list[Row]:
    """Sorted by a column, ties by name; rows without a value last, up and down."""
    column, is_falling = sort_of(sort)
    by_name = sorted(rows, key=lambda row: row.csm.casefold())
    known = [row for row in by_name if row.value(column) is not None]
    unknown = [row for row in by_name if row.value(column) is None]
    return sorted(known, key=lambda row: row.value(column), reverse=is_falling) + unknown


def heads(query: QueryDict, *, sort: str) -> list[Head]:
    """Column heads; a press on the sorted one turns the order, on a figure the largest comes first."""
    column, is_falling = sort_of(sort)
    made = []
    for name, label, is_number in COLUMNS:
        falls_next = not is_falling if name == column else name != "name"
        direction = ("descending" if is_falling else "ascending") if name == column else ""
        url = with_query(reverse("leaderboard"), query, sort=f"-{name}" if falls_next else name)
        made.append(Head(label=label, url=url, direction=direction, is_number=is_number))
    return made


def team_filter(teams: Mapping[int, str], query: QueryDict) -> Filter:
    labels = {str(pk): name for pk, name in teams.items()}
    options = filters.options(labels, set(filters.values(query, "team")), None)
    return Filter("team", "Team", options, clear_url=with_query(reverse("leaderboard"), query, team=""))


def with_query(path: str, query: QueryDict, **changes: str) -> str:
    """The path with the page's parameters, some of them changed; an empty one is left out."""
    kept = query.copy()
    for name, value in changes.items():
        kept.pop(name, None)
        if value:
            kept[name] = value
    return f"{path}?{kept.urlencode()}" if kept else path


def lines(page: LeaderboardPage) -> list[list[Any]]:
    """The table as a file has it: plain numbers, every row."""
    head = ["Rank", "CSM", "Team", "Portfolio health", "Change in 3 months", "Accounts", "Scored accounts", "Coverage"]
    arrs = [f"{page.company.scale.name(code)} ARR" for code in BANDS]
    rows = [
        [
            row.rank,
            row.csm,
            row.team,
            None if row.health is None else formats.rounded(row.health, places=2),
            formats.shown_change(row.now.mean_score, row.then.mean_score, places=2),
            row.now.accounts,
            row.now.scored,
            None if row.now.coverage_ratio is None else round(row.now.coverage_ratio, 4),
            *(part.count for part in row.parts),
            row.now.arr,
        ]
        for row in page.rows
    ]
    return [[*head, *arrs, "ARR", "Currency"], *([*row, page.company.currency] for row in rows)]


@requires(Action.VIEW_LEADERBOARD)
def leaderboard(request: UserRequest) -> HttpResponse:
    page = build_leaderboard_page(request.user, query=request.GET)
    stale = is_stale(page.as_of, today=timezone.localdate())
    return render(request, "leaderboard.html", {"page": page, "workspace": page.company.name, "is_stale": stale})


@requires(Action.VIEW_LEADERBOARD)
def leaderboard_csv(request: UserRequest) -> HttpResponse:
    return csv_file("leaderboard", lines(build_leaderboard_page(request.user, query=request.GET)))
