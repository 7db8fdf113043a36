"""The weekly review's queue, by four stated rules, and how much of the ARR at risk has a live plan.

A few set-based queries over the accounts in sight; nothing is asked account by account.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils import timezone

from accounts.access import owner_scope
from accounts.models import Account, MitigationPlan, PlanReview, PlanStep, Status, StepState, User
from scoring.core.bands import AT_RISK
from scoring.models import AccountHealth
from scoring.queries.plans import DROP_HUNDREDTHS
from scoring.queries.summaries import narrowed

UNREVIEWED_DAYS = 7
# A fall of five points since the last review is looked at; that review may be so long ago.
FALL_HUNDREDTHS = 500
FALL_LOOK_BACK_DAYS = 60


class ReviewRule(StrEnum):
    """What puts an account into the queue, the most pressing first."""

    OVERDUE = "overdue"
    DROP = "drop"
    NO_PLAN = "no_plan"
    UNREVIEWED = "unreviewed"


ORDER = {rule: place for place, rule in enumerate(ReviewRule)}


@dataclass(frozen=True)
class Sight:
    """Whose accounts are reviewed: those that the user sees, by team, CSM and segment, or one; empty leaves all."""

    user: User
    owners: Collection[int] = ()
    teams: Collection[int] = ()
    segments: Collection[str] = ()
    account: int | None = None

    def of(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Rows that carry an `account`, of active accounts in sight."""
        seen = rows.filter(owner_scope(self.user, prefix="account__"), account__status=Status.ACTIVE)
        if self.account is not None:
            seen = seen.filter(account=self.account)
        return narrowed(seen, self.owners, self.teams, self.segments, prefix="account__")


class Due(NamedTuple):
    """An account that waits for its review, with what it is sorted by. Scores are in hundredths.

    A tuple: a whole company has tens of thousands, which are kept for a minute and unpacked for each page.
    """

    account: int
    name: str
    csm: str
    arr: Decimal
    score: int | None
    rules: tuple[ReviewRule, ...]
    plan: int | None = None
    effect: int | None = None
    overdue: int = 0
    oldest_due: date | None = None


def due_for_review(sight: Sight, *, today: date) -> list[Due]:
    """Accounts that a rule names today, signed off or not."""
    found = {due.account: due for due in [*with_plan(sight, today=today), *without_plan(sight)]}
    for due in fallen_since_review(sight, today=today):
        before = found.get(due.account, due)
        found[due.account] = before._replace(rules=in_order({*before.rules, ReviewRule.DROP}))
    return [due for due in found.values() if due.rules]


def in_order(rules: Iterable[ReviewRule]) -> tuple[ReviewRule, ...]:
    return tuple(sorted(rules, key=ORDER.__getitem__))


def with_plan(sight: Sight, *, today: date) -> list[Due]:
    """Every open plan, with the rules that its steps and reviews fulfil; perhaps none."""
    late = Q(steps__due_date__lt=today) & ~Q(steps__state=StepState.DONE)
    plans = sight.of(MitigationPlan.objects.filter(closed_at=None)).annotate(
        overdue=Count("steps", filter=late), oldest=Min("steps__due_date", filter=late), reviewed=last_review("at")
    )
    rows = plans.values_list(
        "account_id", "account__name", "account__owner__name", "account__health__arr_reporting",
        "account__health__score", "pk", "score_at_opening_hundredths", "overdue", "oldest", "reviewed", "opened_at",
    )  # fmt: skip
    return [
        Due(
            account, name, csm or "", arr or Decimal(0), score, plan_rules(overdue, reviewed or opened, today=today),
            plan=plan, effect=None if score is None or start is None else score - start, overdue=overdue,
            oldest_due=oldest,
        )
        for account, name, csm, arr, score, plan, start, overdue, oldest, reviewed, opened in rows.order_by()
    ]  # fmt: skip


def last_review(field: str) -> Subquery:
    newest = PlanReview.objects.filter(account=OuterRef("account")).order_by("-at", "-pk")
    return Subquery(newest.values(field)[:1])


def plan_rules(overdue: int, looked_at: datetime, *, today: date) -> tuple[ReviewRule, ...]:
    """Days are the calendar's: what was reviewed on a Monday is due on the next."""
    is_old = timezone.localtime(looked_at).date() <= today - timedelta(days=UNREVIEWED_DAYS)
    found = [ReviewRule.OVERDUE] if overdue else []
    return tuple([*found, ReviewRule.UNREVIEWED] if is_old else found)


def at_risk() -> Q:
    """In a band at risk, or down by eight points in a month."""
    return Q(band__in=AT_RISK) | Q(score__lte=F("score_month_ago") - DROP_HUNDREDTHS)


def open_plans() -> QuerySet[MitigationPlan]:
    return MitigationPlan.objects.filter(account=OuterRef("account"), closed_at=None)


def without_plan(sight: Sight) -> list[Due]:
    rows = sight.of(AccountHealth.objects.filter(at_risk(), ~Exists(open_plans())))
    fields = ("account_id", "account__name", "account__owner__name", "arr_reporting", "score")
    return [
        Due(account, name, csm or "", arr, score, (ReviewRule.NO_PLAN,))
        for account, name, csm, arr, score in rows.values_list(*fields)
    ]


def fallen_since_review(sight: Sight, *, today: date) -> list[Due]:
    """Accounts whose score is five points below what it was at their last review, plan or none."""
    later = PlanReview.objects.filter(account=OuterRef("account"), at__gt=OuterRef("at"))
    fell = PlanReview.objects.filter(
        at__gte=timezone.make_aware(datetime.combine(today - timedelta(days=FALL_LOOK_BACK_DAYS), time.min)),
        account__health__score__lte=F("score_hundredths") - FALL_HUNDREDTHS,
    )
    rows = sight.of(fell.filter(~Exists(later)))
    fields = ("account_id", "account__name", "account__owner__name", "account__health__arr_reporting")
    return [
        Due(account, name, csm or "", arr, score, (ReviewRule.DROP,))
        for account, name, csm, arr, score in rows.values_list(*fields, "account__health__score")
    ]


def left_unreviewed(sight: Sight, *, start: datetime, end: datetime) -> list[Due]:
    """Of a past week: plans that were open at its end and were opened before it, without a review in it."""
    held = PlanReview.objects.filter(account=OuterRef("account"), at__gte=start, at__lt=end)
    was_open = Q(closed_at=None) | Q(closed_at__gte=end)
    plans = sight.of(MitigationPlan.objects.filter(was_open, ~Exists(held), opened_at__lt=start))
    fields = ("account_id", "account__name", "account__owner__name", "account__health__arr_reporting")
    rows = plans.values_list(*fields, "account__health__score", "pk")
    return [
        Due(account, name, csm or "", arr or Decimal(0), score, (ReviewRule.UNREVIEWED,), plan=plan)
        for account, name, csm, arr, score, plan in rows
    ]


def signed_off(sight: Sight, *, start: datetime, end: datetime) -> QuerySet[PlanReview]:
    """The reviews of a week, the newest first; of an account that was signed off twice both."""
    rows = sight.of(PlanReview.objects.filter(at__gte=start, at__lt=end))
    return rows.select_related("by", "account__owner", "plan").order_by("-at", "-pk")


@dataclass(frozen=True)
class Signed:
    """A sign-off as far as counting and ordering need it: a whole company has thousands a week."""

    pk: int
    account: int
    at: datetime
    rules: tuple[str, ...]


def signed_in(sight: Sight, *, start: datetime, end: datetime) -> list[Signed]:
    """The sign-offs of a week, the newest first."""
    rows = sight.of(PlanReview.objects.filter(at__gte=start, at__lt=end)).order_by("-at", "-pk")
    found = rows.values_list("pk", "account_id", "at", "rules")
    return [Signed(pk, account, at, tuple(rules)) for pk, account, at, rules in found]


@dataclass(frozen=True)
class Coverage:
    """ARR at risk, and the part of it that has a live plan: an open one with a step still to be done."""

    arr: Decimal
    live_arr: Decimal
    accounts: int
    live_accounts: int

    @property
    def ratio(self) -> float | None:
        return float(self.live_arr / self.arr) if self.arr else None


def coverage_of(sight: Sight) -> Coverage:
    to_do = PlanStep.objects.filter(plan__account=OuterRef("account"), plan__closed_at=None).exclude(
        state=StepState.DONE
    )
    is_live = Q(Exists(to_do))
    found = sight.of(AccountHealth.objects.filter(band__in=AT_RISK)).aggregate(
        arr=Sum("arr_reporting"), live_arr=Sum("arr_reporting", filter=is_live), accounts=Count("pk"),
        live_accounts=Count("pk", filter=is_live),
    )  # fmt: skip
    return Coverage(
        found["arr"] or Decimal(0), found["live_arr"] or Decimal(0), found["accounts"], found["live_accounts"]
    )


def rules_of(user: User, account: Account, *, today: date) -> tuple[str, ...]:
    """The rules that name one account today; none where it is signed off without being in the queue."""
    sight = Sight(user, account=account.pk)
    found = due_for_review(sight, today=today)
    return tuple(str(rule) for due in found for rule in due.rules)


def last_reviews(accounts: Collection[int]) -> QuerySet[PlanReview]:
    """The newest review of each of these accounts."""
    later = PlanReview.objects.filter(account=OuterRef("account"), at__gt=OuterRef("at"))
    return PlanReview.objects.filter(~Exists(later), account__in=accounts).select_related("by", "plan")
