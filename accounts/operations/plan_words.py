"""Changing what a plan is about: all that its form says, in one deed."""

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import MitigationPlan, User
from accounts.operations.plan_opening import check_target, said
from accounts.operations.plans import lock_open


@dataclass(frozen=True)
class PlanWords:
    """What a plan says beside its steps."""

    reason: str
    goal: str
    owner_id: int
    target_band: int | None
    target_date: date | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"target_date": self.target_date.isoformat() if self.target_date else None}


class PlanChanged(Exception):
    """Somebody else changed the plan since it was read."""

    def __init__(self, plan: MitigationPlan) -> None:
        super().__init__(plan)
        self.plan = plan


def words_in(plan: MitigationPlan) -> PlanWords:
    """What the plan says now."""
    return PlanWords(**{name: getattr(plan, name) for name in PlanWords.__dataclass_fields__})


def words_of_json(told: dict[str, Any]) -> PlanWords:
    """As a form or the audit record keeps them. Raises ValidationError for what no page of ours writes."""
    try:
        day = told["target_date"]
        return PlanWords(**told | {"target_date": date.fromisoformat(day) if day else None})
    except (KeyError, TypeError, ValueError):
        raise ValidationError("Open the plan again: this page is not one of ours.") from None


@transaction.atomic
def edit_plan(*, plan: MitigationPlan, words: PlanWords, before: PlanWords, by: User, at: datetime) -> MitigationPlan:
    """Writes what the form says over what was read before it.

    Raises PlanChanged where the plan does not say `before` any more, ValidationError for what cannot be.
    """
    lock_open(plan)
    plan = MitigationPlan.objects.select_related("account", "owner").get(pk=plan.pk)
    if words_in(plan) != before:
        raise PlanChanged(plan)
    reason = said(words.reason, field="reason", sentence="Say why the plan is opened.")
    if words.target_date and words.target_date != before.target_date:
        check_target(words.target_date, opened_on=timezone.localtime(plan.opened_at).date())
    write(plan, replace(words, reason=reason, goal=words.goal.strip()))
    now = words_in(plan)
    audit.record(verb="plan edited", subject=plan, by=by, at=at, before=before.as_json(), now=now.as_json())
    return plan


def write(plan: MitigationPlan, words: PlanWords) -> None:
    for name, value in vars(words).items():
        setattr(plan, name, value)
    plan.save(update_fields=["reason", "goal", "owner", "target_band", "target_date"])
