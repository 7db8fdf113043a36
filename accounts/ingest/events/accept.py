"""Events → one committed row of the inbox. Whoever is answered after that has nothing left to lose.

An event that its source sent before, by message id, is left out. On PostgreSQL the look at the key, the look for
duplicates and the row are one statement, and so one round trip and one transaction.
"""

# ruff: noqa: S608  # the names are those of our own models; values are parameters

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import accumulate

from django.db import connection, transaction
from django.utils import timezone

from accounts.bulk import table_of
from accounts.ingest.events import doorbell
from accounts.ingest.events.event import ENCODER, Event
from accounts.models import EventSeen, InboxBatch, SourceKey

# How msgpack begins a list of up to 4,294,967,295 things; their number follows in four bytes.
LIST = b"\xdd"


class KeyRevoked(Exception):
    """The key with which the events were sent does not work any more."""


@dataclass(frozen=True)
class Accepted:
    accepted: int
    duplicates: int


@dataclass(frozen=True)
class Parcel:
    """Events packed side by side as the payload of a batch: the digest of each, where it begins and how long it is."""

    digests: list[str]
    starts: list[int]
    lengths: list[int]
    payload: bytes

    def only(self, digests: set[str]) -> bytes:
        """The payload of a batch with these events alone."""
        places = zip(self.digests, self.starts, self.lengths, strict=True)
        return listed([self.payload[start : start + length] for digest, start, length in places if digest in digests])


def accept(*, source_id: int, events: Sequence[Event], at: datetime, key_id: int | None = None) -> Accepted:
    """Takes the events that are new in; says how many these were. With `key_id`, only while that key works."""
    parcel = parcel_of(events, source_id=source_id)
    write = write_at_once if connection.vendor == "postgresql" else write_in_steps
    accepted = write(parcel, source_id=source_id, key_id=key_id, at=at)
    if accepted:
        transaction.on_commit(doorbell.ring, robust=True)
    return Accepted(accepted, len(events) - accepted)


def parcel_of(events: Sequence[Event], *, source_id: int) -> Parcel:
    """The events, each id once."""
    prefix = f"{source_id}:"
    once: dict[str, bytes] = {}
    for event in events:
        digest = blake2b((prefix + event.message_id).encode(), digest_size=16).hexdigest()
        if digest not in once:
            once[digest] = ENCODER.encode(event)
    lengths = list(map(len, once.values()))
    starts = list(accumulate(lengths, initial=len(listed([]))))[:-1]
    return Parcel(list(once), starts, lengths, listed(list(once.values())))


def listed(packed: list[bytes]) -> bytes:
    """A list as msgpack writes it, of things that are packed already."""
    return LIST + len(packed).to_bytes(4, "big") + b"".join(packed)


# A function of the database's: see the migrations that make it.
TAKE_IN = "SELECT accounts_take_in(%s, %s, %s, %s, %s, %s, %s::int[], %s::int[])"
SOME_ARE_KNOWN = -1


def write_at_once(parcel: Parcel, *, source_id: int, key_id: int | None, at: datetime) -> int:
    """PostgreSQL: everything in one call. Says how many events were new.

    Where each event lies is told in a second call, when the first finds one that is known: that is rare.
    """
    digests, day = ",".join(parcel.digests), timezone.localtime(at).date()
    parameters = (key_id, day, digests, source_id, at, b64encode(parcel.payload).decode())
    with connection.cursor() as cursor:
        cursor.execute(TAKE_IN, (*parameters, None, None))
        (accepted,) = cursor.fetchone()
        if accepted == SOME_ARE_KNOWN:
            cursor.execute(TAKE_IN, (*parameters, array(parcel.starts), array(parcel.lengths)))
            (accepted,) = cursor.fetchone()
    if accepted is None:
        raise KeyRevoked
    return int(accepted)


def array(values: Iterable[int]) -> str:
    """An array as PostgreSQL reads it from one text: quoting each value would take longer than inserting it."""
    return f"{{{','.join(map(str, values))}}}"


@transaction.atomic
def write_in_steps(parcel: Parcel, *, source_id: int, key_id: int | None, at: datetime) -> int:
    """SQLite: one statement after the other, while nobody else writes. Says how many events were new."""
    if key_id is not None and not SourceKey.objects.filter(pk=key_id, revoked_at=None).exists():
        raise KeyRevoked
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table_of(EventSeen)} (digest, seen_on) SELECT value, %s FROM json_each(%s)"
            " WHERE true ON CONFLICT DO NOTHING RETURNING digest",
            (timezone.localtime(at).date(), json.dumps(parcel.digests)),
        )
        fresh = {digest for (digest,) in cursor.fetchall()}
    if fresh:
        InboxBatch.objects.create(source_id=source_id, received_at=at, events=len(fresh), payload=parcel.only(fresh))
    return len(fresh)
