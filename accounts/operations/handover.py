"""The open plans and steps of somebody who is gone get other owners: all in one deed, which can be taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.models import AuditEntry, MitigationPlan, PlanStep, StepState, User

HANDED_OVER, TAKEN_BACK = "work handed over", "handing over taken back"
Owners = Mapping[int, int]


@dataclass(frozen=True)
class Handed:
    """How many plans and steps changed hands, and how many stayed since somebody changed them meanwhile."""

    plans: int
    steps: int
    kept: int


@transaction.atomic
def hand_over(*, person: User, plans: Owners, steps: Owners, by: User, at: datetime) -> Handed:
    """New owners by plan and by step, where they are open and still the person's."""
    if not plans and not steps:
        raise ValidationError("There is nothing left to hand over.")
    wanted = User.objects.filter(pk__in={*plans.values(), *steps.values()}, is_active=True)
    if gone := {*plans.values(), *steps.values()} - set(wanted.values_list("pk", flat=True)):
        raise ValidationError(f"{len(gone)} of the new owners do not work here any more. Choose again.")
    moved_plans = move_plans(dict.fromkeys(plans, person.pk), plans, by=by, at=at)
    moved_steps = move_steps(dict.fromkeys(steps, person.pk), steps, by=by, at=at)
    told = {"plans": as_json(plans, moved_plans), "steps": as_json(steps, moved_steps)}
    audit.record(verb=HANDED_OVER, subject=person, by=by, at=at, **told)
    kept = len(plans) + len(steps) - len(moved_plans) - len(moved_steps)
    return Handed(len(moved_plans), len(moved_steps), kept)


@transaction.atomic
def take_back(*, entry: AuditEntry, by: User, at: datetime) -> Handed:
    """Gives back what nobody has changed since. Only one's own deed, and once. Raises ValidationError."""
    # The lock lets two who take back the same meet here.
    person = User.objects.select_for_update().filter(pk=int(entry.subject_id)).first()
    if entry.verb != HANDED_OVER or entry.by_id != by.pk or person is None:
        raise ValidationError("Only what you handed over yourself can be taken back.")
    later = AuditEntry.objects.filter(at__gte=entry.at, verb=TAKEN_BACK, subject_id=entry.subject_id)
    if later.filter(detail__entry=entry.pk).exists():
        raise ValidationError("It was taken back already.")
    plans, steps = ({int(pk): owner for pk, owner in entry.detail[name]} for name in ("plans", "steps"))
    moved_plans = move_plans(plans, dict.fromkeys(plans, person.pk), by=by, at=at)
    moved_steps = move_steps(steps, dict.fromkeys(steps, person.pk), by=by, at=at)
    audit.record(verb=TAKEN_BACK, subject=person, by=by, at=at, entry=entry.pk)
    kept = len(plans) + len(steps) - len(moved_plans) - len(moved_steps)
    return Handed(len(moved_plans), len(moved_steps), kept)


def as_json(owners: Owners, moved: set[int]) -> list[list[int]]:
    return [[pk, owner] for pk, owner in owners.items() if pk in moved]


def move_plans(before: Owners, now: Owners, *, by: User, at: datetime) -> set[int]:
    """Those that were open and as `before` says."""
    plans = list(MitigationPlan.objects.select_for_update().filter(pk__among=list(now), closed_at=None).order_by("pk"))
    moved = [plan for plan in plans if plan.owner_id == before[plan.pk]]
    for plan in moved:
        plan.owner_id = now[plan.pk]
    MitigationPlan.objects.bulk_update(moved, ["owner"])
    told: list[tuple[int, dict[str, Any]]] = [
        (plan.pk, {"account": plan.account_id, "before": before[plan.pk], "now": now[plan.pk]}) for plan in moved
    ]
    audit.record_many("plan handed over", "mitigationplan", told, by=by, at=at)
    return {plan.pk for plan in moved}


def move_steps(before: Owners, now: Owners, *, by: User, at: datetime) -> set[int]:
    """Those that were not done, of an open plan and as `before` says."""
    open_steps = PlanStep.objects.filter(pk__among=list(now), plan__closed_at=None).exclude(state=StepState.DONE)
    # Who changes steps locks their plan first; so do we, in the order of ids.
    list(
        MitigationPlan.objects.select_for_update()
        .filter(pk__in=list(open_steps.values_list("plan", flat=True)), closed_at=None)
        .order_by("pk")
    )
    moved = [step for step in open_steps.order_by("pk") if step.owner_id == before[step.pk]]
    for step in moved:
        step.owner_id = now[step.pk]
    PlanStep.objects.bulk_update(moved, ["owner"])
    told: list[tuple[int, dict[str, Any]]] = [
        (step.pk, {"plan": step.plan_id, "before": before[step.pk], "now": now[step.pk]}) for step in moved
    ]
    audit.record_many("step handed over", "planstep", told, by=by, at=at)
    return {step.pk for step in moved}
