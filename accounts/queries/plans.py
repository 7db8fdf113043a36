"""Mitigation plans, their steps and reviews, as far as a user sees the accounts."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from accounts.access import owner_scope
from accounts.models import Account, MitigationPlan, PlanReview, PlanStep, StepState, User

LONG_OVERDUE_DAYS = 7


def visible_plans(user: User) -> QuerySet[MitigationPlan]:
    """The plans of the accounts that the user sees, open and closed."""
    return MitigationPlan.objects.filter(owner_scope(user, prefix="account__"))


def narrowed_plans(
    plans: QuerySet[MitigationPlan],
    *,
    owners: Collection[int] = (),
    teams: Collection[int] = (),
    segments: Collection[str] = (),
) -> QuerySet[MitigationPlan]:
    """Plans by who owns the account and by its segment; an empty choice leaves all."""
    chosen = {
        "account__owner__in": owners,
        "account__owner__team__in": teams,
        "account__segment__slug__in": segments,
    }
    return plans.filter(Q(**{lookup: list(values) for lookup, values in chosen.items() if values}))


def with_steps(plans: QuerySet[MitigationPlan]) -> QuerySet[MitigationPlan]:
    """The plans with all that a list shows: account, people, steps in order and the time of the last review."""
    steps = Prefetch("steps", PlanStep.objects.select_related("owner").order_by("position"))
    newest = PlanReview.objects.filter(plan=OuterRef("pk")).order_by("-at")
    people = plans.select_related("owner", "playbook", "account__owner", "account__segment")
    return people.prefetch_related(steps).annotate(last_review_at=Subquery(newest.values("at")[:1]))


def reviews_of(account: Account) -> QuerySet[PlanReview]:
    """The account's reviews, the newest first, each with who held it and the plan."""
    return PlanReview.objects.filter(account=account).select_related("by", "plan").order_by("-at", "-pk")


@dataclass(frozen=True)
class StepLoad:
    """Open steps of the plans of one CSM's accounts: how many, and how many are late by how much."""

    owner: int | None
    csm: str
    open_steps: int
    overdue: int
    long_overdue: int

    @property
    def short_overdue(self) -> int:
        return self.overdue - self.long_overdue


def step_loads(plans: QuerySet[MitigationPlan], *, today: date) -> list[StepLoad]:
    """One row per CSM with open plans, the most late first. One query."""
    to_do = ~Q(steps__state=StepState.DONE)
    late = to_do & Q(steps__due_date__lt=today)
    rows = (
        plans.filter(closed_at=None)
        .order_by()
        .values_list("account__owner", "account__owner__name")
        .annotate(
            to_do=Count("steps", filter=to_do & Q(steps__isnull=False)),
            late=Count("steps", filter=late),
            long=Count("steps", filter=late & Q(steps__due_date__lt=today - timedelta(days=LONG_OVERDUE_DAYS))),
        )
    )
    found = [StepLoad(owner, name or "Without CSM", *counts) for owner, name, *counts in rows]
    return sorted(found, key=lambda load: (-load.overdue, -load.long_overdue, load.csm))


def plan_counts(plans: QuerySet[MitigationPlan]) -> tuple[int, int]:
    """How many of the plans are open, and how many are closed."""
    found = plans.aggregate(open=Count("pk", filter=Q(closed_at=None)), all=Count("pk"))
    return found["open"], found["all"] - found["open"]


def most_overdue_first(plans: QuerySet[MitigationPlan], *, today: date) -> QuerySet[MitigationPlan]:
    """Open plans by the number of their overdue steps, then by age; closed ones after them, the newest first."""
    late = PlanStep.objects.filter(plan=OuterRef("pk"), due_date__lt=today).exclude(state=StepState.DONE)
    counted = late.order_by().values("plan").annotate(steps=Count("pk")).values("steps")
    overdue = Case(When(closed_at=None, then=Coalesce(Subquery(counted), 0)), default=0)
    return plans.annotate(overdue_steps=overdue).order_by(
        F("closed_at").desc(nulls_first=True), "-overdue_steps", "opened_at", "pk"
    )
