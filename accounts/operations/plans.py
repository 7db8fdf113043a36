"""Mitigation plans: open, step, review, close. A plan has room for five steps; an account has one open plan."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from accounts import audit
from accounts.models import (
    Account,
    MitigationPlan,
    PlanOutcome,
    PlanStep,
    StepState,
    User,
)
from accounts.operations.plan_opening import MOST_STEPS, PlanDraft, check_due, open_plans, said

LONGEST_NOTE = 500


def open_plan(
    *,
    account: Account,
    reason: str,
    by: User,
    at: datetime,
    owner: User | None = None,
    goal: str = "",
    score_at_opening_hundredths: int | None = None,
) -> MitigationPlan:
    """A new plan for the account; its owner is `by` unless another is named. Refused beside an open one."""
    draft = PlanDraft(
        account=account,
        owner_id=(owner or by).pk,
        reason=reason,
        goal=goal,
        score_at_opening_hundredths=score_at_opening_hundredths,
    )
    return open_plans(drafts=[draft], by=by, at=at)[0]


@transaction.atomic
def add_step(
    *,
    plan: MitigationPlan,
    text: str,
    owner: User,
    due_date: date,
    by: User,
    at: datetime,
    note: str = "",
    is_shared: bool = False,
    is_customers_turn: bool = False,
) -> PlanStep:
    """A step at the end of the plan. A sixth is refused, unless one is done: then that one makes room."""
    text = said(text, field="text", sentence="Say what is to be done.")
    check_due(due_date, at=at)
    lock_open(plan)
    step = PlanStep.objects.create(
        plan=plan,
        position=next_position(plan, by=by, at=at),
        text=text,
        note=note.strip(),
        owner=owner,
        due_date=due_date,
        first_due_date=due_date,
        is_shared=is_shared,
        is_customers_turn=is_shared and is_customers_turn,
    )
    audit.record(verb="step added", subject=step, by=by, at=at, plan=plan.pk, text=text, due=due_date.isoformat())
    return step


@transaction.atomic
def set_step_state(*, step: PlanStep, state: StepState, by: User, at: datetime) -> PlanStep:
    """Not started, in progress or done; a step that is done has the time."""
    if state not in StepState.values:
        raise ValidationError({"state": f"A step is {', '.join(StepState.values)}; not {state!r}."})
    lock_open(step.plan)
    before = step.state
    step.state = state
    step.done_at = at if state == StepState.DONE else None
    step.save(update_fields=["state", "done_at"])
    audit.record(verb="step changed", subject=step, by=by, at=at, plan=step.plan_id, before=before, now=str(state))
    return step


@transaction.atomic
def remove_step(*, step: PlanStep, by: User, at: datetime) -> None:
    """Takes the step out of the plan; what it said stays in the audit record."""
    lock_open(step.plan)
    audit.record(verb="step removed", subject=step, by=by, at=at, **words_of(step))
    step.delete()
    close_gap(step.plan)


@transaction.atomic
def close_plan(*, plan: MitigationPlan, outcome: PlanOutcome, by: User, at: datetime, note: str = "") -> MitigationPlan:
    """Ends the plan with how it went, and what came of it in words."""
    if outcome not in PlanOutcome.values:
        raise ValidationError({"outcome": f"A plan ends with {', '.join(PlanOutcome.values)}; not {outcome!r}."})
    lock_open(plan)
    plan.closed_at, plan.outcome, plan.closing_note = at, outcome, note.strip()[:LONGEST_NOTE]
    plan.save(update_fields=["closed_at", "outcome", "closing_note"])
    told = {"note": plan.closing_note} if plan.closing_note else {}
    audit.record(verb="plan closed", subject=plan, by=by, at=at, outcome=str(outcome), **told)
    return plan


def lock_open(plan: MitigationPlan) -> None:
    """Others who change the same plan wait here; a closed plan stays as it was."""
    if MitigationPlan.objects.select_for_update().get(pk=plan.pk).closed_at is not None:
        raise ValidationError("The plan is closed. Open a new one.", code="plan_is_closed")


def next_position(plan: MitigationPlan, *, by: User, at: datetime) -> int:
    """The place after the last step; in a full plan the step that was done first leaves it."""
    if plan.steps.count() >= MOST_STEPS:
        oldest = plan.steps.filter(state=StepState.DONE).order_by("done_at", "position").first()
        if oldest is None:
            raise ValidationError("A plan has five steps at most. Finish or remove one first.", code="plan_is_full")
        audit.record(verb="step filed", subject=oldest, by=by, at=at, **words_of(oldest))
        oldest.delete()
        close_gap(plan)
    return (plan.steps.aggregate(last=Max("position"))["last"] or 0) + 1


def close_gap(plan: MitigationPlan) -> None:
    """Steps are numbered from 1 without gaps; from the front, so that no two ever share a number."""
    for position, step in enumerate(plan.steps.order_by("position"), start=1):
        if step.position != position:
            step.position = position
            step.save(update_fields=["position"])


def words_of(step: PlanStep) -> dict[str, object]:
    return {
        "plan": step.plan_id,
        "text": step.text,
        "note": step.note,
        "owner": step.owner_id,
        "is_shared": step.is_shared,
        "is_customers_turn": step.is_customers_turn,
        "state": step.state,
        "due": step.due_date.isoformat(),
        "first_due": step.first_due_date.isoformat(),
        "done_at": step.done_at.isoformat() if step.done_at else None,
    }
