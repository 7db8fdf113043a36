"""Taking back the last deed about a plan or a step of it, while nobody has built on it."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.dateparse import parse_datetime

from accounts import audit
from accounts.models import AuditEntry, MitigationPlan, PlanStep, User
from accounts.operations.plan_opening import MOST_STEPS, lock_without_plan
from accounts.operations.plan_words import words_of_json
from accounts.operations.plan_words import write as write_plan
from accounts.operations.plans import close_gap, lock_open
from accounts.operations.steps import StepWords, write

PLAN, STEP = MitigationPlan._meta.model_name, PlanStep._meta.model_name
GONE = "It is not there any more."
BUILT_ON = "Somebody has changed it since."


@transaction.atomic
def take_back(*, entry: AuditEntry, by: User, at: datetime) -> str:
    """Undoes the deed; says in words what is as it was. Only one's own last one. Raises ValidationError."""
    undo = UNDOING.get(entry.verb)
    if undo is None or entry.by_id != by.pk:
        raise ValidationError("Only what you did yourself to a plan can be taken back.")
    if AuditEntry.objects.filter(subject=entry.subject, subject_id=entry.subject_id, pk__gt=entry.pk).exists():
        raise ValidationError(BUILT_ON)
    return undo(entry, by, at)


def unopen(entry: AuditEntry, by: User, at: datetime) -> str:
    """The plan is gone with the steps that came with it; not once it was reviewed or a step was changed."""
    plan = plan_of(entry.subject_id)
    if not is_untouched(plan):
        raise ValidationError(BUILT_ON)
    audit.record(verb="plan taken back", subject=plan, by=by, at=at, account=plan.account_id, reason=plan.reason)
    plan.delete()
    return f"The plan of {plan.account.name} is gone."


def is_untouched(plan: MitigationPlan) -> bool:
    """Whether nobody reviewed it, nor did anything to it or a step, since it was opened with the steps that it has."""
    if plan.reviews.exists():
        return False
    since = AuditEntry.objects.filter(at__gte=plan.opened_at)
    of_steps = since.filter(subject=STEP, detail__plan=plan.pk).exclude(verb="step added", at=plan.opened_at)
    of_plan = since.filter(subject=PLAN, subject_id=str(plan.pk)).exclude(verb="plan opened")
    return not (of_plan.exists() or of_steps.exists())


def reopen(entry: AuditEntry, by: User, at: datetime) -> str:
    plan = plan_of(entry.subject_id)
    try:
        lock_without_plan([plan.account])
    except ValidationError:
        raise ValidationError(f"{plan.account.name} has another open plan.") from None
    plan.closed_at, plan.outcome, plan.closing_note = None, "", ""
    plan.save(update_fields=["closed_at", "outcome", "closing_note"])
    audit.record(verb="plan reopened", subject=plan, by=by, at=at)
    return f"The plan of {plan.account.name} is open again."


def put_words_back(entry: AuditEntry, by: User, at: datetime) -> str:
    plan = plan_of(entry.subject_id)
    lock_open(plan)
    write_plan(plan, words_of_json(entry.detail["before"]))
    told = {"before": entry.detail["now"], "now": entry.detail["before"]}
    audit.record(verb="plan put back", subject=plan, by=by, at=at, **told)
    return f"The plan of {plan.account.name} says again what it said."


def unadd(entry: AuditEntry, by: User, at: datetime) -> str:
    step = step_of(entry.subject_id)
    lock_open(step.plan)
    audit.record(verb="step taken back", subject=step, by=by, at=at, plan=step.plan_id, text=step.text)
    step.delete()
    close_gap(step.plan)
    return f"The step “{step.text}” is gone."


def unedit(entry: AuditEntry, by: User, at: datetime) -> str:
    step = step_of(entry.subject_id)
    lock_open(step.plan)
    before: dict[str, Any] = entry.detail["before"]
    write(step, StepWords(**before | {"due_date": date.fromisoformat(before["due_date"])}), at=at)
    audit.record(
        verb="step taken back", subject=step, by=by, at=at, plan=step.plan_id, before=entry.detail["now"], now=before
    )
    return f"The step “{step.text}” is as it was."


def unremove(entry: AuditEntry, by: User, at: datetime) -> str:
    """The step comes back at the end of its plan, where there is room."""
    said = entry.detail
    plan = plan_of(said["plan"])
    lock_open(plan)
    count = plan.steps.count()
    if count >= MOST_STEPS:
        raise ValidationError("A plan has five steps at most.")
    step = PlanStep.objects.create(
        plan=plan, position=count + 1, text=said["text"], note=said["note"], owner_id=said["owner"],
        due_date=date.fromisoformat(said["due"]), first_due_date=date.fromisoformat(said["first_due"]),
        state=said["state"], done_at=parse_datetime(said["done_at"]) if said["done_at"] else None,
        is_shared=said["is_shared"], is_customers_turn=said["is_customers_turn"],
    )  # fmt: skip
    audit.record(verb="step back", subject=step, by=by, at=at, plan=plan.pk, text=step.text)
    return f"The step “{step.text}” is back."


def plan_of(key: Any) -> MitigationPlan:
    plan = MitigationPlan.objects.select_related("account").filter(pk=int(key)).first()
    if plan is None:
        raise ValidationError(GONE)
    return plan


def step_of(key: Any) -> PlanStep:
    step = PlanStep.objects.select_related("plan__account").filter(pk=int(key)).first()
    if step is None:
        raise ValidationError(GONE)
    return step


UNDOING = {
    "plan opened": unopen,
    "plan closed": reopen,
    "plan edited": put_words_back,
    "step added": unadd,
    "step edited": unedit,
    "step removed": unremove,
}
