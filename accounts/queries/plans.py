"""Mitigation plans, their steps and reviews, as far as a user sees the accounts."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from accounts.access import owner_scope
from accounts.models import MitigationPlan, PlanReview, PlanStep, StepState, User


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


def plans_of_week(plans: QuerySet[MitigationPlan], *, start: datetime, end: datetime) -> QuerySet[MitigationPlan]:
    """Plans that were open at the week's end or reviewed in it, marked `is_reviewed`."""
    reviews = PlanReview.objects.filter(plan=OuterRef("pk"), at__gte=start, at__lt=end)
    open_at_end = Q(closed_at=None) | Q(closed_at__gte=end)
    marked = plans.annotate(is_reviewed=Exists(reviews))
    return marked.filter(open_at_end | Q(is_reviewed=True), opened_at__lt=end)


def with_steps(plans: QuerySet[MitigationPlan]) -> QuerySet[MitigationPlan]:
    """The plans with all that a list shows: account, people, steps in order and the time of the last review."""
    steps = Prefetch("steps", PlanStep.objects.select_related("owner").order_by("position"))
    newest = PlanReview.objects.filter(plan=OuterRef("pk")).order_by("-at")
    people = plans.select_related("owner", "account__owner", "account__segment")
    return people.prefetch_related(steps).annotate(last_review_at=Subquery(newest.values("at")[:1]))


def reviews_of(plan: MitigationPlan) -> QuerySet[PlanReview]:
    """The reviews of a plan, the newest first."""
    return plan.reviews.select_related("by").order_by("-at")


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
