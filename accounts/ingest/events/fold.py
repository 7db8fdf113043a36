"""The consumer: batches of the inbox → rows of use, days, months, contacts, accounts; each batch exactly once.

A fold is one transaction with the mark on its batches, so a kill leaves them waiting. One process folds at a time,
since days are added to; it takes all that waits, up to a bound, and comes again until nothing does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from typing import Any

import msgspec
import structlog
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Length
from django.utils import timezone

from accounts import bulk, deliveries, increments, locks, touches
from accounts.ingest.events.aside import Aside, Received, put_back
from accounts.ingest.events.event import unpack
from accounts.ingest.events.gone import forget, load_gone
from accounts.ingest.events.stream import Batch, streams
from accounts.ingest.usage import FIELDS
from accounts.models import Account, EventQuarantine, HeldEvent, InboxBatch, Source, UsageRow

log = structlog.get_logger(__name__)

MOST_BATCHES, MOST_EVENTS, MOST_BYTES = 1_000, 50_000, 32 * 1024 * 1024
HELD_AT_ONCE = 2_000
# How the ids of rows begin that were made of events.
NAMED = "events"
FAILED, UNREADABLE = "failed", "unreadable"
# PostgreSQL's codes of a column and of a table that are not there. SQLite calls both operational.
UNDEFINED = {"42703", "42P01"}
WAITING = InboxBatch.objects.filter(folded_at=None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A batch that waits, without its events."""

    pk: int
    source_id: int
    received_at: datetime
    events: int
    is_repeat: bool
    size: int


def fold_waiting(*, at: datetime) -> int:
    """Folds some of the batches that wait; says how many events these were. Call it until there are none."""
    release_held(at=at)
    if not WAITING.all().exists():
        return 0
    with transaction.atomic():
        if not locks.may_add_up():
            return 0
        batches = take_waiting()
        fold_or_split(batches, at=at)
        InboxBatch.objects.filter(pk__in=[batch.pk for batch in batches]).update(folded_at=at)
        # Events that came before tell nothing of the source being there.
        deliveries.note_events((b.source_id, b.received_at, b.events) for b in batches if not b.is_repeat)
    return sum(batch.events for batch in batches)


def take_waiting() -> list[Waiting]:
    """The oldest ones, received on one day, so that a fold knows on which day its rows became known."""
    rows = WAITING.annotate(size=Length("payload")).order_by("pk")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    found = [
        Waiting(*row)
        for row in rows.values_list("pk", "source_id", "received_at", "events", "is_repeat", "size")[:MOST_BATCHES]
    ]
    return found[:1] + list(within_bounds(found))[1:]


def within_bounds(found: Sequence[Waiting]) -> Iterator[Waiting]:
    events = size = 0
    for batch in takewhile(lambda batch: received_on(batch) == received_on(found[0]), found):
        events, size = events + batch.events, size + batch.size
        if events > MOST_EVENTS or size > MOST_BYTES:
            return
        yield batch


def received_on(batch: Waiting) -> date:
    return timezone.localtime(batch.received_at).date()


def fold_or_split(batches: Sequence[Waiting], *, at: datetime) -> None:
    """Folds the batches. Where that fails, each half: one batch never keeps the others from being counted."""
    if not batches:
        return
    try:
        with transaction.atomic():
            fold(batches, at=at)
    except OperationalError:
        raise  # the database's trouble, not a batch's: all of them wait on
    except Exception as error:
        if is_of_other_tables(error):
            raise
        if len(batches) == 1:
            set_aside_whole(batches[0], error=error, at=at)
            return
        middle = len(batches) // 2
        for half in (batches[:middle], batches[middle:]):
            fold_or_split(half, at=at)


def is_of_other_tables(error: Exception) -> bool:
    """Whether this code meets tables of another version, as in the middle of an upgrade: no batch's fault either."""
    return getattr(error.__cause__, "pgcode", None) in UNDEFINED


def fold(batches: Sequence[Waiting], *, at: datetime) -> None:
    """Rows are recorded when the last of the batches was received: then all that is in them was known."""
    known_at = max(batch.received_at for batch in batches)
    aside = Aside(load_gone())
    rows: list[increments.Row] = []
    told_of: set[tuple[int, int]] = set()
    unpacked = list(unpacked_batches(batches))
    for stream, theirs in streams(unpacked, today=timezone.localtime(at).date(), at=known_at, aside=aside):
        made = stream.fold(theirs)
        told_of |= {(stream.source.pk, row[0]) for row in made}
        rows += made
    aside.write()
    forget(aside.forgotten)
    deliveries.note_accounts(told_of)
    if rows:
        write_use(rows, named=f"{NAMED}:{batches[0].pk}", known_at=known_at, at=at)


def unpacked_batches(batches: Sequence[Waiting]) -> Iterator[tuple[Source, Batch]]:
    sources = Source.objects.in_bulk({batch.source_id for batch in batches})
    payloads = dict(InboxBatch.objects.filter(pk__in=[b.pk for b in batches]).values_list("pk", "payload"))
    for batch in batches:
        yield sources[batch.source_id], Batch(batch.pk, batch.received_at, unpack(payloads[batch.pk]))


def write_use(rows: Sequence[increments.Row], *, named: str, known_at: datetime, at: datetime) -> None:
    """Rows of use, and what they add to days, months and the ledger. A row is a fact of its account's source."""
    accounts = {row[0] for row in rows}
    sources = dict(Account.objects.filter(pk__in=accounts).values_list("pk", "source_id"))
    bulk.insert(
        model=UsageRow,
        fields=FIELDS,
        rows=[(*row, f"{named}:{n}", sources[row[0]], known_at) for n, row in enumerate(rows)],
    )
    increments.add_rows(rows=rows)
    touches.touch(accounts, at=at)
    increments.speak_for({(sources[row[0]], row[4], bool(row[2])) for row in rows}, at=at)


def set_aside_whole(batch: Waiting, *, error: Exception, at: datetime) -> None:
    """Each event of a batch that cannot be folded waits in quarantine; one that cannot be read stays in the inbox."""
    log.error("batch not folded", batch=batch.pk, error=repr(error))
    aside, reason = Aside(load_gone()), f"The batch could not be folded: {type(error).__name__}: {error}"
    try:
        ((_, unpacked),) = unpacked_batches([batch])
    except msgspec.MsgspecError:
        note_unreadable(batch, reason=reason, at=at)
        return
    for event in unpacked.events:
        one = Received(event, batch.pk, batch.received_at, event.at.date())
        aside.quarantine(one, source_id=batch.source_id, code=FAILED, reason=reason, at=at)
    aside.write()
    forget(aside.forgotten)


def note_unreadable(batch: Waiting, *, reason: str, at: datetime) -> None:
    about: dict[str, Any] = {"message_id": "", "type": "", "payload": {}, "code": UNREADABLE, "reason": reason[:500]}
    EventQuarantine.objects.create(source_id=batch.source_id, batch_id=batch.pk, at=at, **about)


def release_held(*, at: datetime) -> int:
    """Events whose day has come go into the inbox once more; says how many."""
    due = HeldEvent.objects.filter(due_on__lte=timezone.localtime(at).date()).order_by("pk")
    if not due.exists():
        return 0
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        held = list(due[:HELD_AT_ONCE])
        for source_id in sorted({each.source_id for each in held}):
            theirs = [event for each in held if each.source_id == source_id for event in unpack(each.payload)]
            put_back(theirs, source_id=source_id, at=at)
        HeldEvent.objects.filter(pk__in=[each.pk for each in held]).delete()
    return len(held)
