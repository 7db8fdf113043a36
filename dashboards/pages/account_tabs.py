"""The tabs of an account that list what is known already: the timeline, the plans, and the history of the score."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate

from accounts.access import Action, visible_accounts
from accounts.models import Account, MitigationPlan, User
from accounts.queries.account import accounts_in_full, closed_plans, happenings, open_plan
from dashboards.formats import shown_change
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_head import Head, Standing, build_head, standing_of
from dashboards.pages.account_plan import PlanBlock, plan_block
from dashboards.pages.account_timeline import Timeline, build_timeline
from dashboards.pages.account_trend import Trend, trend_of
from dashboards.pages.account_waterfall import in_points
from dashboards.pages.files import csv_file
from dashboards.pages.plan_rows import day_of
from scoring.core.bands import bands_from_json
from scoring.models import ScorecardVersion
from scoring.queries.history import ScoredDay

DAYS_PER_PAGE = 30
HISTORY_HEADS = ["Day", "Score", "Band", "Coverage", "Scorecard", "Silent sources"]


@dataclass(frozen=True)
class TimelinePage(Head):
    trend: Trend
    timeline: Timeline


@dataclass(frozen=True)
class ClosedPlan:
    pk: int
    reason: str
    owner: str
    opened_on: date
    closed_on: date
    outcome: str
    closing_note: str
    steps: int
    done: int
    change: Decimal | None


@dataclass(frozen=True)
class PlanPage(Head):
    plan: PlanBlock | None
    closed: tuple[ClosedPlan, ...]


@dataclass(frozen=True)
class HistoryRow:
    """A scored day; `change` is against the scored day before it."""

    day: date
    score: Decimal | None
    band: int
    band_name: str
    change: Decimal | None
    coverage: float
    card: str
    silent_sources: tuple[str, ...]


@dataclass(frozen=True)
class HistoryPage(Head):
    trend: Trend
    rows: tuple[HistoryRow, ...]
    page: Page


def started(account: Account, *, user: User, today: date, tab: str) -> tuple[Standing, dict[str, Any]]:
    """Where the account stands, and what all tabs are given, by name."""
    standing = standing_of(account, today=today)
    return standing, vars(build_head(account, user=user, standing=standing, today=today, tab=tab))


def build_timeline_page(account: Account, *, user: User, today: date, query: Mapping[str, str]) -> TimelinePage:
    standing, head = started(account, user=user, today=today, tab="timeline")
    found = happenings(account)
    return TimelinePage(
        **head,
        trend=trend_of(standing, found, account=account, chosen=query.get("trend", ""), today=standing.as_of or today),
        timeline=build_timeline(found, chosen=query.get("kind", ""), page=query.get("page", "1"), today=today),
    )


def build_plan_page(account: Account, *, user: User, today: date) -> PlanPage:
    standing, head = started(account, user=user, today=today, tab="plan")
    plan = open_plan(account)
    return PlanPage(
        **head,
        plan=plan_block(plan, strip=head["strip"], today=today) if plan else None,
        closed=tuple(closed_plan(found, standing.days) for found in closed_plans(account)),
    )


def closed_plan(plan: MitigationPlan, days: list[ScoredDay]) -> ClosedPlan:
    """`change` is from its opening to the last scored day up to its end."""
    closed_on = day_of(plan.closed_at)  # type: ignore[arg-type]  # it is closed
    last = next((day.score for day in reversed(days) if day.day <= closed_on), None)
    steps = plan.steps.all()
    return ClosedPlan(
        pk=plan.pk,
        reason=plan.reason,
        owner=plan.owner.name,
        opened_on=day_of(plan.opened_at),
        closed_on=closed_on,
        outcome=plan.get_outcome_display(),
        closing_note=plan.closing_note,
        steps=len(steps),
        done=sum(step.done_at is not None for step in steps),
        change=shown_change(in_points(last), in_points(plan.score_at_opening_hundredths)),
    )


def build_history_page(account: Account, *, user: User, today: date, query: Mapping[str, str]) -> HistoryPage:
    standing, head = started(account, user=user, today=today, tab="history")
    day = standing.as_of or today
    newest_first = list(reversed(standing.days))
    paged = Paginator(newest_first, DAYS_PER_PAGE).get_page(query.get("page"))
    return HistoryPage(
        **head,
        trend=trend_of(standing, happenings(account), account=account, chosen=query.get("trend", "all"), today=day),
        rows=tuple(
            history_rows(newest_first, first=paged.start_index() - 1, last=paged.end_index(), stale=standing.stale_days)
        ),
        page=paged,
    )


def history_rows(
    days: list[ScoredDay], *, first: int, last: int, stale: Mapping[date, tuple[str, ...]]
) -> Iterator[HistoryRow]:
    """These of the days, the newest first; `stale`: silent sources by day. One query for the cards' names."""
    names = bands_and_names({day.version_id for day in days[max(first, 0) : last]})
    for now, before in zip(days[max(first, 0) : last], [*days[max(first, 0) + 1 : last + 1], None], strict=False):
        card, bands = names[now.version_id]
        yield HistoryRow(
            day=now.day,
            score=in_points(now.score),
            band=now.band,
            band_name=bands.get(now.band, "Undefined"),
            change=shown_change(in_points(now.score), in_points(before.score if before else None)),
            coverage=now.coverage,
            card=card,
            silent_sources=stale.get(now.day, ()),
        )


def bands_and_names(versions: set[int]) -> dict[int, tuple[str, dict[int, str]]]:
    """By version what its card is called, and its bands by code."""
    found = ScorecardVersion.objects.filter(pk__in=versions).select_related("scorecard")
    return {
        version.pk: (
            f"{version.scorecard.name} v{version.number}",
            {code: band.label for code, band in bands_from_json(version.bands).by_code.items()},
        )
        for version in found
    }


@requires(Action.VIEW_ACCOUNT)
def account_timeline(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    page = build_timeline_page(found, user=request.user, today=localdate(), query=request.GET.dict())
    return render(request, "account_timeline.html", {"page": page})


@requires(Action.VIEW_ACCOUNT)
def account_plan(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    return render(request, "account_plan.html", {"page": build_plan_page(found, user=request.user, today=localdate())})


@requires(Action.VIEW_ACCOUNT)
def account_history(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    page = build_history_page(found, user=request.user, today=localdate(), query=request.GET.dict())
    return render(request, "account_history.html", {"page": page})


@requires(Action.VIEW_ACCOUNT)
def account_history_csv(request: UserRequest, pk: int) -> HttpResponse:
    """Every scored day."""
    standing = standing_of(get_object_or_404(visible_accounts(request.user), pk=pk), today=localdate())
    days = list(reversed(standing.days))
    rows = history_rows(days, first=0, last=len(days), stale=standing.stale_days)
    lines = ([row.day, row.score, row.band_name, row.coverage, row.card, ", ".join(row.silent_sources)] for row in rows)
    return csv_file(f"account-{pk}-scores", [HISTORY_HEADS, *lines])
