"""What happened to a company, as our own people enter it: acquired, restructured, legal involved; and that it is over.

Flags ask for these facts: one that is over raises none. What an event said before stays known (accounts/amendments.py).
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit, touches
from accounts.amendments import restored
from accounts.models import Account, Amendment, BusinessEvent, BusinessEventKind, Source, User
from accounts.operations.entered import amend, done_by
from accounts.operations.readings import ENTERED_HERE

ENTERED, RESOLVED, TAKEN_BACK = "business event entered", "business event resolved", "business event taken back"
SHORTEST_NOTE = 3


@dataclass(frozen=True)
class EventChanged(Exception):
    """Somebody else changed the event after it was looked at."""

    event: BusinessEvent


@transaction.atomic
def enter_event(
    *, account: Account, kind: str, occurred_on: date, note: str, key: str, by: User, at: datetime
) -> BusinessEvent:
    """A business event with its reason. The same key again is the same event."""
    check(kind=kind, occurred_on=occurred_on, note=note, today=timezone.localtime(at).date())
    source, _ = Source.objects.get_or_create(name=ENTERED_HERE)
    # The lock lets a form that is sent twice meet itself here.
    Account.objects.select_for_update().get(pk=account.pk)
    known = BusinessEvent.objects.filter(source=source, external_id=key).first()
    if known is not None:
        return known
    made = BusinessEvent.objects.create(
        source=source, external_id=key, account=account, kind=kind, occurred_on=occurred_on, note=note.strip(),
        recorded_at=at,
    )  # fmt: skip
    touches.touch([account.pk], at=at)
    audit.record(verb=ENTERED, subject=made, by=by, at=at, account=account.pk, kind=kind)
    return made


@transaction.atomic
def resolve_event(*, event: BusinessEvent, note: str, seen: datetime, by: User, at: datetime) -> BusinessEvent:
    """It is over today, and why is added to its note. Raises EventChanged."""
    if len(note.strip()) < SHORTEST_NOTE:
        raise ValidationError({"note": "Say why it is over."})
    now = as_seen(event, seen=seen)
    if now.ended_on is not None:
        raise ValidationError({"note": "It is over already."})
    told = f"Resolved: {note.strip()}"
    amend(now, {"ended_on": timezone.localtime(at).date(), "note": f"{now.note}\n{told}" if now.note else told}, at=at)
    touches.touch([now.account_id], at=at)
    audit.record(verb=RESOLVED, subject=now, by=by, at=at, account=now.account_id, kind=now.kind)
    return now


@transaction.atomic
def take_back(*, event: BusinessEvent, seen: datetime, by: User, at: datetime) -> None:
    """Undo of what `by` did last: an entered event goes, a resolved one goes on. Raises EventChanged."""
    now = as_seen(event, seen=seen)
    entry = done_by(now, by=by, verbs=(ENTERED, RESOLVED))
    audit.record(verb=TAKEN_BACK, subject=now, by=by, at=at, account=now.account_id, kind=now.kind)
    if entry.verb == ENTERED:
        touches.touch([now.account_id], at=at)
        now.delete()
        return
    former = Amendment.objects.get(table="accounts.businessevent", fact_id=now.pk, amended_at=entry.at)
    amend(now, {name: restored(BusinessEvent, name, former.content[name]) for name in ("ended_on", "note")}, at=at)
    touches.touch([now.account_id], at=at)


def as_seen(event: BusinessEvent, *, seen: datetime) -> BusinessEvent:
    """The event, held until the transaction ends. Raises EventChanged."""
    now = BusinessEvent.objects.select_for_update().get(pk=event.pk)
    if now.recorded_at != seen:
        raise EventChanged(now)
    return now


def check(*, kind: str, occurred_on: date, note: str, today: date) -> None:
    """Refuses what makes no sense, by field."""
    problems = {
        "kind": kind not in BusinessEventKind.values and "Choose what happened.",
        "occurred_on": occurred_on > today and "A day ahead has not happened yet.",
        "note": len(note.strip()) < SHORTEST_NOTE and "Say in a few words what is known.",
    }
    found = {field: sentence for field, sentence in problems.items() if sentence}
    if found:
        raise ValidationError(found)
