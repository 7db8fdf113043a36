"""What operations decide about a source's events: what they mean, and what becomes of those in quarantine."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.ingest.events import doorbell
from accounts.ingest.events.aside import from_payload, put_back
from accounts.ingest.events.fold import UNREADABLE
from accounts.ingest.events.mapping import MappingInvalid, meant, parsed_mapping
from accounts.models import EventQuarantine, InboxBatch, QuarantineState, Source, User

# A transaction holds so many events in memory.
AT_ONCE = 2_000


@transaction.atomic
def set_mapping(*, source: Source, mapping: Mapping[str, Any], by: User | None, at: datetime) -> None:
    """What the source's events mean from now on. A mapping that makes no sense is refused, with every problem."""
    try:
        accounts_of = parsed_mapping(mapping).accounts_of
    except MappingInvalid as invalid:
        raise ValidationError({"mapping": invalid.problems}) from None
    names = list(Source.objects.order_by("name").values_list("name", flat=True))
    if accounts_of and accounts_of not in names:
        raise ValidationError({"mapping": f'There is no source "{accounts_of}".{meant(accounts_of, names)}'})
    if source.mapping == mapping:
        return
    former, source.mapping = source.mapping, dict(mapping)
    source.save(update_fields=["mapping"])
    audit.record(verb="event mapping set", subject=source, by=by, at=at, before=former, now=source.mapping)


def replay(*, events: QuerySet[EventQuarantine], by: User | None, at: datetime) -> int:
    """Those of the events that wait go into the inbox once more, each once; says how many."""
    count = 0
    while some := replay_some(events, by=by, at=at):
        count += some
    return count


@transaction.atomic
def replay_some(events: QuerySet[EventQuarantine], *, by: User | None, at: datetime) -> int:
    taken = take_waiting(events)
    for source, theirs in by_source(taken).items():
        put_back((from_payload(one.payload) for one in theirs if one.payload), source_id=source.pk, at=at)
        # What could not be read lies in its batch still, for a version that can.
        unread = [one.batch_id for one in theirs if one.code == UNREADABLE and one.batch_id]
        InboxBatch.objects.filter(pk__in=unread).update(folded_at=None, is_repeat=True)
        audit.record(verb="events replayed", subject=source, by=by, at=at, events=len(theirs))
    settle(taken, QuarantineState.REPLAYED, by=by, at=at)
    if taken:
        transaction.on_commit(doorbell.ring, robust=True)
    return len(taken)


def discard(*, events: QuerySet[EventQuarantine], by: User | None, at: datetime) -> int:
    """Those of the events that wait will not count; says how many. They are kept for a while all the same."""
    count = 0
    while some := discard_some(events, by=by, at=at):
        count += some
    return count


@transaction.atomic
def discard_some(events: QuerySet[EventQuarantine], *, by: User | None, at: datetime) -> int:
    taken = take_waiting(events)
    for source, theirs in by_source(taken).items():
        audit.record(verb="events discarded", subject=source, by=by, at=at, events=len(theirs))
    settle(taken, QuarantineState.DISCARDED, by=by, at=at)
    return len(taken)


def take_waiting(events: QuerySet[EventQuarantine]) -> list[EventQuarantine]:
    """In their order. Who comes at the same time waits, and then finds them settled."""
    rows = EventQuarantine.objects.filter(pk__in=events.values("pk"), state=QuarantineState.WAITING).order_by("pk")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update()
    return list(rows[:AT_ONCE])


def by_source(events: list[EventQuarantine]) -> dict[Source, list[EventQuarantine]]:
    sources = Source.objects.in_bulk({one.source_id for one in events})
    found: dict[Source, list[EventQuarantine]] = {}
    for one in events:
        found.setdefault(sources[one.source_id], []).append(one)
    return found


def settle(events: list[EventQuarantine], state: QuarantineState, *, by: User | None, at: datetime) -> None:
    rows = EventQuarantine.objects.filter(pk__in=[one.pk for one in events])
    rows.update(state=state, settled_by=by, settled_at=at)
