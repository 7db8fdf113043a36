"""The manager's view: what each CSM of the team carries; every number opens the list that it counts."""

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.access import Action
from accounts.models import User
from dashboards.gate import UserRequest, requires
from dashboards.pages.choices import Choices, choices
from dashboards.pages.company import Company, company
from dashboards.pages.files import csv_file
from dashboards.pages.reviews import sight_for
from dashboards.pages.weeks import week_of
from dashboards.remembered import remembered
from scoring.queries.recovery import LEAST_CASES, TeamTimes, times_by_team
from scoring.queries.reviews import Coverage, coverage_of
from scoring.queries.summaries import scored_days
from scoring.queries.team import Load, loads, team_accounts

PER_PAGE = 50
NEAR_DAYS = 4
SUMS = [field.name for field in fields(Load) if field.name not in {"owner", "csm", "team"}]


@dataclass(frozen=True)
class LoadRow:
    """One CSM's numbers, each with the list behind it."""

    load: Load
    accounts_url: str
    at_risk_url: str
    ratings_url: str
    lists: dict[str, str]


@dataclass(frozen=True)
class TeamPage:
    company: Company
    choices: Choices
    total: LoadRow
    rows: list[LoadRow]
    page: Page
    coverage: Coverage
    since: date | None
    today: date
    csv_url: str
    times_url: str


@dataclass(frozen=True)
class TimesBlock:
    """From dip to first step to recovery."""

    rows: list[TeamTimes]
    least: int = LEAST_CASES


def week_before(today: date) -> date | None:
    """The scored day with which this week is compared: the Sunday before it, or one close to it."""
    return scored_days().nearest(week_of(today).monday - timedelta(days=1), within_days=NEAR_DAYS)


def found_loads(user: User, made: Choices, *, today: date, since: date | None) -> list[Load]:
    """For a team at once; for a whole company what took long is kept for a minute."""
    only: dict[str, Any] = {"owners": made.owner_ids, "teams": made.team_ids, "segments": made.slugs}

    def make() -> list[Load]:
        return loads(team_accounts(user, **only), user=user, today=today, since=since)

    return remembered("team", user, address=made.url(page=None), today=today, make=make)


def build_team_page(user: User, *, query: QueryDict, today: date) -> TeamPage:
    about, made, since = company(), choices(user, path=reverse("team"), query=query), week_before(today)
    found = found_loads(user, made, today=today, since=since)
    page = Paginator(found, PER_PAGE).get_page(query.get("page"))
    at_risk = about.scale.at_risk
    return TeamPage(
        company=about, choices=made, total=row_of(total_of(found), made, at_risk=at_risk),
        rows=[row_of(load, made, at_risk=at_risk) for load in page], page=page,
        coverage=coverage_of(sight_for(user, made)), since=since, today=today,
        csv_url=made.url(path=reverse("team-csv"), page=None),
        times_url=made.url(path=reverse("team-times"), page=None),
    )  # fmt: skip


def total_of(found: list[Load]) -> Load:
    sums = {name: sum(getattr(load, name) for load in found) for name in SUMS}
    return Load(owner=0, csm="", team="", **sums)  # type: ignore[arg-type]  # sums of what they are


def row_of(load: Load, made: Choices, *, at_risk: Any) -> LoadRow:
    """Owner 0 stands for all that are chosen."""
    owner = {} if load.owner == 0 else {"owner": load.owner or "none"}
    accounts = {} if load.owner == 0 else {"owners": (str(load.owner or "none"),)}
    kinds = ("untouched", "steps", "overdue", "changes")
    return LoadRow(
        load=load,
        accounts_url=made.accounts_url(**accounts),
        at_risk_url=made.accounts_url(**accounts, bands=at_risk),
        ratings_url=made.url(path=reverse("ratings"), page=None, **owner),
        lists={kind: made.url(path=reverse("team-list", args=[kind]), page=None, **owner) for kind in kinds},
    )


@requires(Action.VIEW_TEAM)
def team(request: UserRequest) -> HttpResponse:
    page = build_team_page(request.user, query=request.GET, today=localdate())
    return render(request, "team.html", {"page": page, "workspace": page.company.name})


@requires(Action.VIEW_TEAM)
def team_times(request: UserRequest) -> HttpResponse:
    """The block that comes after the page: it reads months of scores."""
    today = localdate()
    made = choices(request.user, path=reverse("team-times"), query=request.GET)

    def make() -> list[TeamTimes]:
        return times_by_team(sight_for(request.user, made), today=today)

    rows = remembered("times", request.user, address=made.url(), today=today, make=make)
    return render(request, "_team_times.html", {"block": TimesBlock(rows)})


@requires(Action.VIEW_TEAM)
def team_csv(request: UserRequest) -> HttpResponse:
    today, about = localdate(), company()
    made = choices(request.user, path=reverse("team"), query=request.GET)
    head = [
        "CSM", "Team", "Accounts", f"ARR ({about.currency})", "At risk", f"ARR at risk ({about.currency})",
        "Open steps", "Overdue steps", "Untouched", "Owed ratings", "Band changes this week",
    ]  # fmt: skip
    found = found_loads(request.user, made, today=today, since=week_before(today))
    return csv_file(f"team-{today.isoformat()}", [head, *(line_of(load) for load in found)])


def line_of(load: Load) -> list[Any]:
    return [
        load.csm or "Without CSM", load.team, load.accounts, load.arr, load.at_risk, load.at_risk_arr, load.open_steps,
        load.overdue, load.untouched, load.owed, load.changed,
    ]  # fmt: skip
