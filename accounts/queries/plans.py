"""Mitigation plans, their steps and reviews, as far as a user sees the accounts."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from accounts.access import owner_scope
from accounts.models import MitigationPlan, PlanReview, PlanStep, User


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
