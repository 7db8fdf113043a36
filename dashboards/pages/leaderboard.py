"""The leaderboard: how portfolios moved against what was expected of them, with ties where chance decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action, can, is_restricted_to_oneself
from accounts.models import User
from accounts.queries.organization import csms_with_teams, owners_in_sight, the_organization
from dashboards import filters, formats
from dashboards.filters import Filter
from dashboards.gate import UserRequest, requires
from dashboards.pages.company import Company, company
from dashboards.pages.files import csv_file
from dashboards.pages.leaderboard_before import Before, Movement, Place, before_of, movement, places_of
from dashboards.pages.leaderboard_learning import Learning, learning_of
from dashboards.pages.leaderboard_standing import (
    Drawn,
    Figures,
    drawn,
    figures_by_owner,
    index_of,
    newest_board,
    period_of,
)
from dashboards.pages.leaderboard_why import Why, why_of
from dashboards.remembered import remembered
from scoring.core.standing import tied_ranks
from scoring.leaderboard import PERIODS
from scoring.queries.freshness import is_stale
from scoring.queries.selection import Selection
from scoring.queries.stale_groups import stale_by_owner
from scoring.queries.summaries import Health, colleagues_summaries, health_by_owner, scored_days

FEWEST_SCORED = 15
LEAST_REACH = 3.0
# column, head, and whether its figures stand at the right
COLUMNS = [
    ("name", "CSM", False),
    ("index", "Index", True),
    ("effect", "Against expected", False),
    ("change", "Health change", True),
    ("kept", "ARR retained", True),
    ("steps", "Steps on time", True),
    ("cadence", "Cadence", True),
    ("coverage", "Coverage", True),
    ("health", "Portfolio now", False),
]


@dataclass(frozen=True)
class Part:
    """A band's share of the ARR, for the bar."""

    code: int
    count: Decimal
    name: str


@dataclass(frozen=True)
class Row:
    """One CSM: what the portfolio is now, and what the study of the period found."""

    pk: int
    csm: str
    team: str
    is_you: bool
    now: Health
    found: Figures
    url: str
    parts: list[Part]
    rank: int | None = None
    is_shared: bool = False
    stale: int = 0
    drawn: Drawn | None = None
    before: Place | None = None
    moved: Movement = ""
    why_url: str = ""

    @property
    def health(self) -> Decimal | None:
        return self.now.mean_score

    @property
    def at_risk_ratio(self) -> Decimal | None:
        return self.now.at_risk.arr / self.now.arr if self.now.arr else None

    @property
    def is_ranked(self) -> bool:
        return self.found.stints >= FEWEST_SCORED

    @property
    def may_explain(self) -> bool:
        """Whose accounts the reader sees, or the reader's own."""
        return self.found.effect is not None and (bool(self.url) or self.is_you)

    @property
    def index(self) -> int | None:
        return index_of(self.found.effect) if self.is_ranked and self.found.effect is not None else None

    def value(self, column: str) -> Any:
        """What the column sorts by; None stands last."""
        of = {
            "name": self.csm.casefold(),
            "effect": self.found.effect,
            "index": self.found.effect,
            "change": self.found.change,
            "kept": self.found.kept_ratio,
            "steps": self.found.steps_ratio,
            "cadence": self.found.cadence_ratio,
            "coverage": self.now.coverage_ratio,
            "health": self.health,
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
    period: int
    computed_at: datetime | None
    hidden: int
    is_own_only: bool
    may_set_sight: bool
    period_filter: Filter
    before_since: date | None
    why: Why | None
    why_filter: Filter | None
    learning: Learning
    fewest: int = FEWEST_SCORED

    @property
    def you(self) -> Row | None:
        return next((row for row in self.ranked if row.is_you), None)

    @property
    def rows(self) -> list[Row]:
        return self.ranked + self.unranked


def build_leaderboard_page(user: User, *, query: QueryDict) -> LeaderboardPage:
    """The CSMs whom the user may see, by how their portfolios moved against what was expected."""
    is_own_only = the_organization().is_leaderboard_own_only
    csms = list(csms_with_teams(user))
    if is_restricted_to_oneself(user, is_own_only=is_own_only):
        csms = [csm for csm in csms if csm.pk == user.pk]
    teams = {csm.team.pk: csm.team.name for csm in csms if csm.team is not None}
    chosen = [pk for pk in teams if str(pk) in filters.values(query, "team")]
    members = [csm for csm in csms if not chosen or csm.team_id in chosen]
    period, sort = period_of(query.get("period", "")), query.get("sort", "")
    study = newest_board(period)
    as_of = study.as_of if study else scored_days().newest
    about, rows = rows_for(user, members, chosen=chosen, as_of=as_of, found=figures_by_owner(study))
    before = before_of(study)
    ranked = [linked(row, query) for row in with_places(with_ranks([row for row in rows if row.is_ranked]), before)]
    unranked = [linked(row, query) for row in rows if not row.is_ranked and row.now.accounts]
    shown = ranked + unranked
    told = explained(shown, query)
    return LeaderboardPage(
        company=about,
        as_of=as_of,
        since=study.since if study else None,
        heads=heads(query, sort=sort),
        ranked=in_order(ranked, sort=sort),
        unranked=in_order(unranked, sort=sort),
        filter=team_filter(teams, query) if len(teams) > 1 else None,
        csv_url=with_query(reverse("leaderboard-csv"), query),
        period=period,
        computed_at=study.computed_at if study else None,
        hidden=study.found["hidden"] if study else 0,
        is_own_only=is_own_only,
        may_set_sight=can(user, Action.SET_BOARD),
        period_filter=period_filter(period, query),
        before_since=before.since,
        why=why_of(told, shown, user=user) if told else None,
        why_filter=why_filter(shown, told, query),
        learning=learning_of(shown, user=user, since=study.since if study else None, as_of=as_of),
    )


def with_places(rows: Sequence[Row], before: Before) -> list[Row]:
    """Beside each rank that of the period before, among the same people."""
    places = places_of(before.found, owners=[row.pk for row in rows], fewest=FEWEST_SCORED)
    return [
        replace(row, before=places.get(row.pk), moved=movement(row.found, row.rank, places.get(row.pk)))
        for row in rows
    ]  # fmt: skip


def linked(row: Row, query: QueryDict) -> Row:
    """With the way to what it is made of, for those who see the accounts."""
    if not row.may_explain:
        return row
    return replace(row, why_url=f"{with_query(reverse('leaderboard'), query, of=str(row.pk))}#why")


def explained(rows: Sequence[Row], query: QueryDict) -> Row | None:
    """Whoever was chosen, else oneself, else the first; of those alone whose accounts the user sees."""
    of = query.get("of", "")
    open_ones = sorted(
        (row for row in rows if row.may_explain), key=lambda row: (row.rank is None, -(row.found.effect or 0.0))
    )
    chosen = [row for row in open_ones if str(row.pk) == of] or [row for row in open_ones if row.is_you]
    return next(iter(chosen or open_ones), None)


def why_filter(rows: Sequence[Row], told: Row | None, query: QueryDict) -> Filter | None:
    labels = {str(row.pk): row.csm for row in rows if row.may_explain}
    if told is None or len(labels) < 2:
        return None
    options = filters.options(labels, {str(told.pk)}, None)
    return Filter("of", "Explain", options, clear_url=with_query(reverse("leaderboard"), query, of=""), is_single=True)


def rows_for(
    user: User, members: Sequence[User], *, chosen: Sequence[int], as_of: date | None, found: Mapping[int, Figures]
) -> tuple[Company, list[Row]]:
    """The company with the bands that are shown, and a row for each CSM."""
    health = health_by_owner(colleagues_summaries(user, teams=chosen), days=[as_of] if as_of else [])
    about = company(among={code for part in health.values() for code in part.by_band})
    sight, stale = owners_in_sight(user), stale_by_owner([csm.pk for csm in members])
    return about, [
        row_of(
            csm,
            now=health.get((as_of, csm.pk), Health()) if as_of else Health(),
            found=found.get(csm.pk, Figures()),
            user=user,
            is_open=csm.pk in sight,
            about=about,
            stale=stale.get(csm.pk, 0),
        )
        for csm in members
    ]


def row_of(csm: User, *, now: Health, found: Figures, user: User, is_open: bool, about: Company, stale: int) -> Row:
    """A CSM's row; its name is a link for those who see the accounts."""
    return Row(
        pk=csm.pk,
        csm=csm.name,
        team=csm.team.name if csm.team else "",
        is_you=csm.pk == user.pk,
        now=now,
        found=found,
        url=filters.accounts_url(Selection(owners=(str(csm.pk),))) if is_open else "",
        parts=[Part(code, now.of(code).arr, about.scale.name(code)) for code in about.scale.codes],
        stale=stale,
    )


def with_ranks(rows: Sequence[Row]) -> list[Row]:
    """Places by the shrunk difference; who overlaps with the first of a group shares its place."""
    found = [row.found for row in rows]
    ranks = tied_ranks([one.effect or 0.0 for one in found], [one.low for one in found], [one.high for one in found])
    reach = max([LEAST_REACH, *(abs(end) for one in found for end in (one.low, one.high))])
    return [
        replace(row, rank=rank, is_shared=ranks.count(rank) > 1, drawn=drawn(row.found, reach=reach))
        for row, rank in zip(rows, ranks, strict=True)
    ]


def sort_of(sort: str) -> tuple[str, bool]:
    """The column and whether it falls; without a choice whoever is farthest ahead is first."""
    column = sort.removeprefix("-")
    return (column, sort.startswith("-")) if column in {name for name, *_ in COLUMNS} else ("effect", True)


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


def period_filter(period: int, query: QueryDict) -> Filter:
    """The lengths for which a board is worked out; one is always chosen."""
    options = filters.options({str(days): f"Last {days} days" for days in PERIODS}, {str(period)}, None)
    clear_url = with_query(reverse("leaderboard"), query, period="")
    return Filter("period", "Period", options, clear_url=clear_url, is_single=True)


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
    head = ["Rank", "Shared", "Rank before", "Moved", "Index", "CSM", "Team", "Since", "As of",
            "Accounts compared", "Health change", "Expected change",
            "Difference", "Low of 90%", "High of 90%", "Shrunk by", "ARR at start", "ARR retained", "Steps due",
            "Steps on time", "Accounts owned", "Cadence kept", "Portfolio health", "Accounts", "Scored accounts",
            "Coverage", "Stale scores"]  # fmt: skip
    arrs = [f"{page.company.scale.name(code)} ARR" for code in page.company.scale.codes]
    rows = [
        [
            *place_cells(row), row.csm, row.team, page.since, page.as_of if page.since else None,
            *standing_cells(row), None if row.health is None else formats.rounded(row.health, places=2),
            row.now.accounts, row.now.scored,
            None if row.now.coverage_ratio is None else round(row.now.coverage_ratio, 4), row.stale,
            *(part.count for part in row.parts), row.now.arr,
        ]
        for row in page.rows
    ]  # fmt: skip
    return [[*head, *arrs, "ARR", "Currency"], *([*row, page.company.currency] for row in rows)]


def place_cells(row: Row) -> list[Any]:
    return [row.rank, row.is_shared, row.before.words if row.before else None, row.moved or None, row.index]


def standing_cells(row: Row) -> list[Any]:
    found = row.found
    points = [found.change, found.expected, found.effect]
    if found.effect is not None:
        points += [found.low, found.high, found.shrinkage]
    told = [None if value is None else round(value, 4) for value in [*points, None, None, None][:6]]
    money = [Decimal(found.arr_cents) / 100, Decimal(found.kept_cents) / 100]
    return [found.stints, *told, *money, found.steps[1], found.steps[0], found.touched[1], found.touched[0]]


@requires(Action.VIEW_LEADERBOARD)
def leaderboard(request: UserRequest) -> HttpResponse:
    page = remembered(
        "leaderboard",
        request.user,
        address=request.get_full_path(),
        today=timezone.localdate(),
        make=lambda: build_leaderboard_page(request.user, query=request.GET),
    )
    stale = is_stale(page.as_of, today=timezone.localdate())
    return render(request, "leaderboard.html", {"page": page, "workspace": page.company.name, "is_stale": stale})


@requires(Action.VIEW_LEADERBOARD)
def leaderboard_csv(request: UserRequest) -> HttpResponse:
    return csv_file("leaderboard", lines(build_leaderboard_page(request.user, query=request.GET)))
