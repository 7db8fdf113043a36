"""Playbooks are made, changed, copied, archived and taken out again; each deed can be taken back by who did it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import AuditEntry, Playbook, PlaybookStep, StepRole, User
from accounts.models.playbooks import MOST_DUE_DAYS
from accounts.operations.plan_opening import MOST_STEPS, said

LONGEST_NAME = 80
MADE, EDITED, ARCHIVED, BACK = "playbook made", "playbook edited", "playbook archived", "playbook back in use"


@dataclass(frozen=True)
class StepWords:
    """A step of a template. `person_id` holds for the role of a named person alone."""

    text: str
    due_days: int
    role: str = StepRole.CSM.value
    person_id: int | None = None
    note: str = ""
    is_shared: bool = False
    is_customers_turn: bool = False


@dataclass(frozen=True)
class PlaybookWords:
    """All that a playbook says."""

    name: str
    reason: str
    goal: str = ""
    target_band: int | None = None
    target_days: int | None = None
    steps: tuple[StepWords, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"steps": [asdict(step) for step in self.steps]}


HEAD = ("name", "reason", "goal", "target_band", "target_days")


class PlaybookChanged(Exception):
    """Somebody else changed it after it was read."""

    def __init__(self, playbook: Playbook) -> None:
        super().__init__(playbook)
        self.playbook = playbook


def words_in(playbook: Playbook) -> PlaybookWords:
    """What the playbook says now."""
    steps = tuple(
        StepWords(**{name: getattr(step, name) for name in StepWords.__dataclass_fields__})
        for step in playbook.steps.order_by("position")
    )
    return PlaybookWords(**{name: getattr(playbook, name) for name in HEAD}, steps=steps)


def words_of_json(told: dict[str, Any]) -> PlaybookWords:
    return PlaybookWords(**told | {"steps": tuple(StepWords(**step) for step in told["steps"])})


@transaction.atomic
def make_playbook(*, words: PlaybookWords, by: User, at: datetime, copied_from: int | None = None) -> Playbook:
    """A new playbook. Refuses what cannot be, by field."""
    words = checked(words)
    playbook = Playbook(changed_at=at, changed_by=by)
    write(playbook, words)
    detail = {"copied_from": copied_from} if copied_from else {}
    audit.record(verb=MADE, subject=playbook, by=by, at=at, now=words.as_json(), **detail)
    return playbook


@transaction.atomic
def copy_playbook(*, playbook: Playbook, by: User, at: datetime) -> Playbook:
    """The same under a name of its own."""
    words = words_in(playbook)
    return make_playbook(
        words=replace(words, name=free_name(f"{words.name} (copy)")), by=by, at=at, copied_from=playbook.pk
    )


def free_name(wanted: str) -> str:
    taken = {name.lower() for name in Playbook.objects.filter(archived_at=None).values_list("name", flat=True)}
    names = (wanted if n == 1 else f"{wanted} {n}" for n in range(1, len(taken) + 2))
    return next((name for name in names if name.lower() not in taken), wanted)[-LONGEST_NAME:].strip()


@transaction.atomic
def edit_playbook(*, playbook: Playbook, words: PlaybookWords, seen: int, by: User, at: datetime) -> Playbook:
    """Says something else from now on; plans that were started stay. `seen` is the edition that was read.

    Raises PlaybookChanged.
    """
    words, now = checked(words), as_seen(playbook, seen=seen)
    if now.archived_at is not None:
        raise ValidationError("It is archived. Bring it back first.")
    before = words_in(now)
    if words == before:
        return now
    rewrite(now, words, by=by, at=at)
    audit.record(verb=EDITED, subject=now, by=by, at=at, before=before.as_json(), now=words.as_json())
    return now


@transaction.atomic
def archive_playbook(*, playbook: Playbook, by: User, at: datetime) -> Playbook:
    """It is offered no more; plans that were started from it keep its name."""
    now = Playbook.objects.select_for_update().get(pk=playbook.pk)
    if now.archived_at is not None:
        raise ValidationError(f"{now.name} is archived already.")
    now.archived_at = at
    now.save(update_fields=["archived_at"])
    audit.record(verb=ARCHIVED, subject=now, by=by, at=at, name=now.name)
    return now


@transaction.atomic
def bring_back(*, playbook: Playbook, by: User, at: datetime) -> Playbook:
    now = Playbook.objects.select_for_update().get(pk=playbook.pk)
    if now.archived_at is None:
        raise ValidationError(f"{now.name} is in use already.")
    now.archived_at = None
    save(now)
    audit.record(verb=BACK, subject=now, by=by, at=at, name=now.name)
    return now


def as_seen(playbook: Playbook, *, seen: int) -> Playbook:
    now = Playbook.objects.select_for_update().get(pk=playbook.pk)
    if now.edition != seen:
        raise PlaybookChanged(now)
    return now


def rewrite(playbook: Playbook, words: PlaybookWords, *, by: User, at: datetime) -> None:
    playbook.edition, playbook.changed_at, playbook.changed_by = playbook.edition + 1, at, by
    playbook.steps.all().delete()
    write(playbook, words)


def write(playbook: Playbook, words: PlaybookWords) -> None:
    for name in HEAD:
        setattr(playbook, name, getattr(words, name))
    save(playbook)
    PlaybookStep.objects.bulk_create(
        PlaybookStep(playbook=playbook, position=place, **asdict(step))
        for place, step in enumerate(words.steps, start=1)
    )


def save(playbook: Playbook) -> None:
    """Two in use never share a name, in whichever moment they were named."""
    try:
        with transaction.atomic():
            playbook.save()
    except IntegrityError:
        raise ValidationError({"name": f"There is a playbook called {playbook.name} already."}) from None


def checked(words: PlaybookWords) -> PlaybookWords:
    """The words without blanks around them. Refuses what a plan could not be started from."""
    name = said(words.name, field="name", sentence="Give the playbook a name.")
    reason = said(words.reason, field="reason", sentence="Say for which risk it is.")
    if not 1 <= len(words.steps) <= MOST_STEPS:
        raise ValidationError({"steps": "A playbook has one to five steps."})
    if words.target_days is not None and not 1 <= words.target_days <= MOST_DUE_DAYS:
        raise ValidationError({"target_days": f"The target is reached within {MOST_DUE_DAYS} working days."})
    steps = tuple(checked_step(step, number) for number, step in enumerate(words.steps, start=1))
    return replace(words, name=name, reason=reason, goal=words.goal.strip(), steps=steps)


def checked_step(step: StepWords, number: int) -> StepWords:
    text = said(step.text, field="steps", sentence=f"Step {number}: say what is to be done.")
    if not 0 <= step.due_days <= MOST_DUE_DAYS:
        raise ValidationError({"steps": f"Step {number} is due within {MOST_DUE_DAYS} working days."})
    if step.role not in StepRole.values:
        raise ValidationError({"steps": f"Step {number}: its owner is {', '.join(StepRole.values)}."})
    if step.role == StepRole.PERSON and step.person_id is None:
        raise ValidationError({"steps": f"Step {number}: name the person."})
    person = step.person_id if step.role == StepRole.PERSON else None
    turn = step.is_shared and step.is_customers_turn
    return replace(step, text=text, note=step.note.strip(), person_id=person, is_customers_turn=turn)


@transaction.atomic
def take_back(*, entry: AuditEntry, by: User, at: datetime) -> str:
    """Undoes one's own last deed about a playbook; says in words what is as it was. Raises ValidationError."""
    undo = UNDOING.get(entry.verb)
    if undo is None or entry.by_id != by.pk:
        raise ValidationError("Only what you did yourself to a playbook can be taken back.")
    later = AuditEntry.objects.filter(at__gte=entry.at, subject=entry.subject, subject_id=entry.subject_id)
    playbook = Playbook.objects.select_for_update().filter(pk=int(entry.subject_id)).first()
    if playbook is None or later.filter(pk__gt=entry.pk).exists():
        raise ValidationError("Somebody has changed it since.")
    return undo(playbook, entry.detail, by, at)


def unmake(playbook: Playbook, detail: dict[str, Any], by: User, at: datetime) -> str:
    """It goes, unless a plan was started from it."""
    if playbook.plans.exists():
        raise ValidationError("A plan was started from it. Archive it instead.")
    audit.record(verb="playbook taken back", subject=playbook, by=by, at=at, before=words_in(playbook).as_json())
    playbook.delete()
    return f"The playbook {playbook.name} is gone."


def unedit(playbook: Playbook, detail: dict[str, Any], by: User, at: datetime) -> str:
    rewrite(playbook, words_of_json(detail["before"]), by=by, at=at)
    audit.record(verb="playbook put back", subject=playbook, by=by, at=at, before=detail["now"], now=detail["before"])
    return f"The playbook {playbook.name} is as it was."


def unarchive(playbook: Playbook, detail: dict[str, Any], by: User, at: datetime) -> str:
    return f"The playbook {bring_back(playbook=playbook, by=by, at=at).name} is in use again."


def rearchive(playbook: Playbook, detail: dict[str, Any], by: User, at: datetime) -> str:
    return f"The playbook {archive_playbook(playbook=playbook, by=by, at=at).name} is archived again."


UNDOING: dict[str, Callable[[Playbook, dict[str, Any], User, datetime], str]] = {
    MADE: unmake,
    EDITED: unedit,
    ARCHIVED: unarchive,
    BACK: rearchive,
}
