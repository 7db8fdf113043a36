"""Changing one step of a plan: all that its form says, in one deed."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.models import PlanStep, StepState, User
from accounts.operations.plan_opening import check_due, said
from accounts.operations.plans import lock_open

LONGEST_REASON = 200


@dataclass(frozen=True)
class StepWords:
    """What a step says. `is_customers_turn` holds only of a step that the customer sees."""

    text: str
    note: str
    owner_id: int
    due_date: date
    state: str
    is_shared: bool
    is_customers_turn: bool

    def as_json(self) -> dict[str, object]:
        return asdict(self) | {"due_date": self.due_date.isoformat()}


class StepChanged(Exception):
    """Somebody else changed the step since it was read."""

    def __init__(self, step: PlanStep) -> None:
        super().__init__(step)
        self.step = step


def words_in(step: PlanStep) -> StepWords:
    """What the step says now."""
    return StepWords(**{name: getattr(step, name) for name in StepWords.__dataclass_fields__})


@transaction.atomic
def edit_step(
    *, step: PlanStep, words: StepWords, before: StepWords, by: User, at: datetime, reason: str = ""
) -> PlanStep:
    """Writes what the form says over what was read before it. A later due date needs a reason.

    Raises StepChanged where the step does not say `before` any more, ValidationError for what cannot be.
    """
    lock_open(step.plan)
    step = PlanStep.objects.select_related("plan__account").get(pk=step.pk)
    if words_in(step) != before:
        raise StepChanged(step)
    words = checked(words, before=before, reason=reason, at=at)
    write(step, words, at=at)
    audit.record(
        verb="step edited", subject=step, by=by, at=at, plan=step.plan_id,
        before=before.as_json(), now=words.as_json(), reason=reason.strip(),
    )  # fmt: skip
    return step


def checked(words: StepWords, *, before: StepWords, reason: str, at: datetime) -> StepWords:
    text = said(words.text, field="text", sentence="Say what is to be done.")
    if words.state not in StepState.values:
        raise ValidationError({"state": f"A step is {', '.join(StepState.values)}; not {words.state!r}."})
    if words.due_date != before.due_date:
        check_due(words.due_date, at=at)
    if words.due_date > before.due_date and not reason.strip():
        raise ValidationError({"reason": "Say why it is due later."})
    turn = words.is_shared and words.is_customers_turn
    return StepWords(**{**asdict(words), "text": text, "note": words.note.strip(), "is_customers_turn": turn})


def write(step: PlanStep, words: StepWords, *, at: datetime) -> None:
    """The words, and the time at which a step was done."""
    was_done = step.state == StepState.DONE
    for name in StepWords.__dataclass_fields__:
        setattr(step, name, getattr(words, name))
    if (words.state == StepState.DONE) != was_done:
        step.done_at = None if was_done else at
    step.save()
