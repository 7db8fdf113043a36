"""What a portfolio is today, and what of it changed since a day: all of a page's blocks add up the same rows."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, FloatField, OuterRef, Q, QuerySet, Sum, Window
from django.db.models.functions import Cast, RowNumber

from accounts.models import Account, ChurnEvent, MitigationPlan, PlanStep, StepState, User
from scoring.core.bands import AT_RISK
from scoring.queries.freshness import counting_day
from scoring.queries.selection import Selection, former_accounts, renewing, selected_accounts, selected_summaries
from scoring.queries.stale_groups import stale_count
from scoring.queries.summaries import Amount, Health, ScoredDays, health_by_day
from scoring.store import MONTH_SLACK_DAYS, months_before

RENEWAL_WINDOW_DAYS = 90
TREND_MONTHS = 13
RANK_LENGTH = 5
# Under so many scored accounts, high and low would be the same ones twice.
FEW_ACCOUNTS = 10


@dataclass(frozen=True)
class Group:
    """The accounts of one band in one phase. `weighted` is the sum of score in hundredths × ARR of scored accounts."""

    band: int
    phase: str
    amount: Amount
    scored_arr: Decimal
    weighted: float
    joined: int
    renewing: Amount


@dataclass(frozen=True)
class Standing:
    """A portfolio today: every figure of it is a sum over the same groups."""

    groups: tuple[Group, ...]

    @property
    def health(self) -> Health:
        return health_of(self.groups)

    @property
    def joined(self) -> int:
        return sum(group.joined for group in self.groups)

    @property
    def renewing(self) -> Amount:
        return sum((group.renewing for group in self.groups), Amount())

    @property
    def renewing_at_risk(self) -> Amount:
        return sum((group.renewing for group in self.groups if group.band in AT_RISK), Amount())

    @property
    def weighted_score(self) -> Decimal | None:
        """The mean score in points with each account counted by its ARR."""
        arr = sum((group.scored_arr for group in self.groups), Decimal(0))
        return Decimal(str(sum(group.weighted for group in self.groups))) / 100 / arr if arr else None

    def of_phase(self, phase: str) -> Health:
        return health_of(group for group in self.groups if group.phase == phase)


def health_of(groups: Iterable[Group]) -> Health:
    amounts: dict[int, Amount] = defaultdict(Amount)
    for group in groups:
        amounts[group.band] += group.amount
    return Health(dict(amounts))


def standing(accounts: QuerySet[Account], *, today: date, since: date) -> Standing:
    """One query: the accounts by band and phase; those that started after `since` count as joined."""
    soon = renewing(today=today, days=RENEWAL_WINDOW_DAYS)
    arr, has_score = "health__arr_reporting", Q(health__score__isnull=False)
    rows = (
        accounts.values("band", "phase")  # type: ignore[misc]  # annotated by whoever chose the accounts
        .annotate(
            accounts=Count("pk"),
            score_sum=Sum("health__score", default=0),
            arr_sum=Sum(arr, default=Decimal(0)),
            scored_arr=Sum(arr, filter=has_score, default=Decimal(0)),
            weighted=Sum(Cast("health__score", FloatField()) * Cast(arr, FloatField()), default=0.0),
            joined=Count("pk", filter=Q(started_on__gt=since)),
            renewing=Count("pk", filter=soon),
            renewing_arr=Sum(arr, filter=soon, default=Decimal(0)),
        )
        .order_by()
    )
    return Standing(tuple(group_of(row) for row in rows))


def group_of(row: dict) -> Group:
    return Group(
        band=row["band"],
        phase=row["phase"],
        amount=Amount(row["accounts"], row["score_sum"], row["arr_sum"]),
        scored_arr=row["scored_arr"],
        weighted=row["weighted"],
        joined=row["joined"],
        renewing=Amount(accounts=row["renewing"], arr=row["renewing_arr"]),
    )


def month_before(days: ScoredDays, *, as_of: date) -> date | None:
    """The scored day with which today is compared: a month ago or a little more, as in each account's own health."""
    target = months_before(as_of, months=1)
    earliest = target - timedelta(days=MONTH_SLACK_DAYS)
    return max((day for day in days.days if earliest <= day <= target), default=None)


def lost_since(accounts: QuerySet[Account], *, since: date) -> int:
    """How many of these former accounts left after the day."""
    left = ChurnEvent.objects.filter(account=OuterRef("pk"), churned_on__gt=since, is_reactivation=False)
    return accounts.filter(Exists(left)).count()


def ranked(accounts: QuerySet[Account], *, high: int, low: int) -> tuple[list[Account], list[Account]]:
    """So many scored accounts with the highest and with the lowest scores, ties by name. One query."""
    scored = accounts.filter(health__score__isnull=False).select_related("health", "segment", "owner")
    score = F("health__score")
    placed = scored.annotate(
        from_top=Window(RowNumber(), order_by=[score.desc(), F("name"), F("pk")]),
        from_bottom=Window(RowNumber(), order_by=[score.asc(), F("name"), F("pk")]),
    )
    found: list[Any] = list(placed.filter(Q(from_top__lte=high) | Q(from_bottom__lte=low)))
    best = sorted((a for a in found if a.from_top <= high), key=lambda a: a.from_top)
    return best, sorted((a for a in found if a.from_bottom <= low), key=lambda a: a.from_bottom)


@dataclass(frozen=True)
class PlanCount:
    open: int
    on_track: int

    @property
    def late(self) -> int:
        return self.open - self.on_track


def plan_count(accounts: QuerySet[Account], *, today: date) -> PlanCount:
    """The open plans of the accounts, and those of them without an overdue step."""
    overdue = PlanStep.objects.filter(plan=OuterRef("pk"), due_date__lt=today).exclude(state=StepState.DONE)
    plans = MitigationPlan.objects.filter(account__in=accounts.values("pk"), closed_at=None)
    found = plans.annotate(is_late=Exists(overdue)).aggregate(
        open=Count("pk"), on_track=Count("pk", filter=Q(is_late=False))
    )
    return PlanCount(**found)


@dataclass(frozen=True)
class Portfolio:
    """All that is read of a portfolio. `then` is its health on `since`, a day it is compared with; None without any.

    Days are counted from `day`; `stale` is how many of its scores depend on a silent source.
    """

    now: Standing
    as_of: date | None
    day: date
    months: dict[date, Health]
    since: date | None
    then: Health | None
    left: int
    plans: PlanCount
    high: list[Account]
    low: list[Account]
    stale: int


def portfolio_of(
    user: User, *, selection: Selection, today: date, days: ScoredDays, against: date | None = None
) -> Portfolio:
    """The selection as it stands today, beside the month ends before and a scored day: `against`, else a month ago."""
    day = counting_day(days.newest, today=today)
    accounts = selected_accounts(user, selection=selection, today=day)
    since = against or (month_before(days, as_of=days.newest) if days.newest else None)
    now = standing(accounts, today=day, since=since or day)
    months = days.month_ends(months=TREND_MONTHS)
    past = health_by_day(
        selected_summaries(user, selection=selection), days={*months[:-1], *([since] if since else [])}
    )
    is_short = now.health.scored < FEW_ACCOUNTS
    high, low = ranked(accounts, high=FEW_ACCOUNTS if is_short else RANK_LENGTH, low=0 if is_short else RANK_LENGTH)
    return Portfolio(
        now=now,
        as_of=days.newest,
        day=day,
        # Today's column is the standing itself, so that it agrees with every other block.
        months={day: past.get(day, now.health) for day in months},
        since=since,
        then=past[since] if since else None,
        left=lost_since(former_accounts(user, selection=selection), since=since) if since else 0,
        plans=plan_count(accounts, today=today),
        high=high,
        low=low,
        stale=stale_count(accounts),
    )
