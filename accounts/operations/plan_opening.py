"""Plans are opened here, one or many, with the steps that they begin with. An account has one open plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Account, MitigationPlan, PlanOrigin, PlanStep, User

MOST_STEPS = 5


@dataclass(frozen=True)
class StepDraft:
    """A step of a plan that is about to be opened."""

    text: str
    owner_id: int
    due_date: date
    note: str = ""
    is_shared: bool = False
    is_customers_turn: bool = False


@dataclass(frozen=True)
class PlanDraft:
    """A plan that is about to be opened."""

    account: Account
    owner_id: int
    reason: str
    goal: str = ""
    target_band: int | None = None
    target_date: date | None = None
    origin: str = PlanOrigin.HAND.value
    playbook_id: int | None = None
    score_at_opening_hundredths: int | None = None
    steps: tuple[StepDraft, ...] = ()
    # What made a rule open this one of many.
    cause: str = ""


@transaction.atomic
def open_plans(*, drafts: Sequence[PlanDraft], by: User, at: datetime, cause: str = "") -> list[MitigationPlan]:
    """A plan for each account, all or none; refused beside an open one, which is named.

    `cause` is what made a rule open them; it stays in the audit record.
    """
    for draft in drafts:
        check(draft, at=at)
    lock_without_plan([draft.account for draft in drafts])
    try:
        with transaction.atomic():
            plans = MitigationPlan.objects.bulk_create(plan_of(draft, by=by, at=at) for draft in drafts)
    except IntegrityError:
        # The table's own refusal, for whoever comes here without the lock above.
        raise is_open([draft.account.name for draft in drafts]) from None
    made = [step for plan, draft in zip(plans, drafts, strict=True) for step in steps_of(plan, draft)]
    steps = PlanStep.objects.bulk_create(made)
    pairs = zip(plans, drafts, strict=True)
    audit.record_many(
        "plan opened", "mitigationplan", ((plan.pk, told_of(draft, cause)) for plan, draft in pairs), by=by, at=at
    )
    audit.record_many("step added", "planstep", ((step.pk, told_of_step(step)) for step in steps), by=by, at=at)
    return plans


def lock_without_plan(accounts: Sequence[Account]) -> None:
    """Others who open a plan for one of these accounts wait here, not at the database's refusal."""
    ids = [account.pk for account in accounts]
    list(Account.objects.select_for_update().filter(pk__among=ids).order_by("pk").values_list("pk"))
    planned = MitigationPlan.objects.filter(account__among=ids, closed_at=None)
    if names := list(planned.order_by("account__name").values_list("account__name", flat=True)):
        raise is_open(names)


def is_open(names: Sequence[str]) -> ValidationError:
    if len(names) == 1:
        return ValidationError(f"{names[0]} has an open plan. Close it first.", code="plan_is_open")
    told = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return ValidationError(f"{told} have an open plan. Close these first.", code="plan_is_open")


def check(draft: PlanDraft, *, at: datetime) -> None:
    said(draft.reason, field="reason", sentence="Say why the plan is opened.")
    if draft.target_date is not None:
        check_target(draft.target_date, opened_on=timezone.localtime(at).date())
    if len(draft.steps) > MOST_STEPS:
        raise ValidationError("A plan has five steps at most.", code="plan_is_full")
    for step in draft.steps:
        said(step.text, field="text", sentence="Say what is to be done.")
        check_due(step.due_date, at=at)


def plan_of(draft: PlanDraft, *, by: User, at: datetime) -> MitigationPlan:
    return MitigationPlan(
        account=draft.account,
        owner_id=draft.owner_id,
        reason=draft.reason.strip(),
        goal=draft.goal.strip(),
        target_band=draft.target_band,
        target_date=draft.target_date,
        origin=draft.origin,
        playbook_id=draft.playbook_id,
        opened_at=at,
        opened_by=by,
        score_at_opening_hundredths=draft.score_at_opening_hundredths,
    )


def steps_of(plan: MitigationPlan, draft: PlanDraft) -> list[PlanStep]:
    return [
        PlanStep(
            plan=plan,
            position=place,
            text=step.text.strip(),
            note=step.note.strip(),
            owner_id=step.owner_id,
            due_date=step.due_date,
            first_due_date=step.due_date,
            is_shared=step.is_shared,
            is_customers_turn=step.is_shared and step.is_customers_turn,
        )
        for place, step in enumerate(draft.steps, start=1)
    ]


def told_of(draft: PlanDraft, cause: str) -> dict[str, Any]:
    """What the audit says of an opening: what is not as usual, too."""
    told: dict[str, Any] = {"account": draft.account.pk, "reason": draft.reason.strip()}
    more = {"playbook": draft.playbook_id, "cause": cause or draft.cause, "target_band": draft.target_band}
    if draft.target_date is not None:
        more["target_date"] = draft.target_date.isoformat()
    if draft.origin != PlanOrigin.HAND:
        more["origin"] = str(draft.origin)
    return told | {name: value for name, value in more.items() if value not in (None, "")}


def told_of_step(step: PlanStep) -> dict[str, Any]:
    return {"plan": step.plan_id, "text": step.text, "due": step.due_date.isoformat()}


def said(text: str, *, field: str, sentence: str) -> str:
    """The text without blanks around it; none at all is refused."""
    if not text.strip():
        raise ValidationError({field: sentence})
    return text.strip()


def check_due(due_date: date, *, at: datetime) -> None:
    if due_date < timezone.localtime(at).date():
        raise ValidationError({"due_date": "A step cannot be due before today."})


def check_target(target_date: date, *, opened_on: date) -> None:
    if target_date < opened_on:
        raise ValidationError({"target_date": "The target cannot be due before the plan is opened."})
