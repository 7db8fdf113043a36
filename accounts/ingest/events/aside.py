"""Events that do not count now: dated ahead, or without what they need. All that they said is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec

from accounts import bulk
from accounts.ingest.events.event import ENCODER, Event
from accounts.ingest.events.gone import ERASED, REASON, Forgotten, Gone
from accounts.models import EventQuarantine, HeldEvent, InboxBatch, QuarantineState

NAMES = tuple(each.name for each in msgspec.structs.fields(Event))
LONGEST_REASON, LONGEST_ID = 500, 200
# The state, and when it was settled.
WAITS = (QuarantineState.WAITING.value, None)


class Received(NamedTuple):
    """An event, with the batch in which it came and its day in the organization's zone."""

    event: Event
    batch_id: int
    received_at: datetime
    day: date


@dataclass(slots=True)
class Aside:
    """What a fold puts aside, until it is written; of whom was erased nothing that they said."""

    gone: Gone | None = None
    held: list[tuple[Any, ...]] = field(default_factory=list)
    quarantined: list[tuple[Any, ...]] = field(default_factory=list)
    # Events, by batch and message id, that are not to be kept in their batches either.
    forgotten: Forgotten = field(default_factory=set)

    def hold(self, one: Received, *, source_id: int) -> None:
        self.held.append((source_id, one.day, one.received_at, ENCODER.encode([one.event])))

    def quarantine(self, one: Received, *, source_id: int, code: str, reason: str, at: datetime) -> None:
        event = one.event
        if code == ERASED or (self.gone and self.gone.is_about(event)):
            self.refuse(one, source_id=source_id, at=at)
            return
        payload = as_payload(event)
        if self.gone:
            said, (payload, reason) = payload, self.gone.cleaned([payload, reason], account=event.group_id)
            if payload != said:
                self.forget(one)
        about = (source_id, one.batch_id, event.message_id[:LONGEST_ID], event.type)
        self.quarantined.append((*about, payload, code, reason[:LONGEST_REASON], at, *WAITS))

    def refuse(self, one: Received, *, source_id: int, at: datetime) -> None:
        """There is nothing to wait for: that it came is noted, and nothing that it said."""
        self.forget(one)
        about = (source_id, one.batch_id, "", one.event.type)
        self.quarantined.append((*about, {}, ERASED, REASON, at, QuarantineState.DISCARDED.value, at))

    def forget(self, one: Received) -> None:
        self.forgotten.add((one.batch_id, one.event.message_id))

    def write(self) -> None:
        bulk.insert(model=HeldEvent, fields=("source_id", "due_on", "received_at", "payload"), rows=self.held)
        bulk.insert(
            model=EventQuarantine,
            fields=(
                "source_id",
                "batch_id",
                "message_id",
                "type",
                "payload",
                "code",
                "reason",
                "at",
                "state",
                "settled_at",
            ),
            rows=self.quarantined,
        )


def as_payload(event: Event) -> dict[str, Any]:
    """All that it says, by name, as JSON."""
    stated = zip(NAMES, msgspec.to_builtins(event), strict=True)
    return {name: value for name, value in stated if value not in (None, {})}


def from_payload(payload: Mapping[str, Any]) -> Event:
    empty: dict[str, Any] = {"properties": {}, "traits": {}}
    return msgspec.convert([payload.get(name, empty.get(name)) for name in NAMES], Event)


def put_back(events: Iterable[Event], *, source_id: int, at: datetime) -> None:
    """Into the inbox once more, as if they had come now: whoever folds finds them there."""
    listed = list(events)
    if listed:
        InboxBatch.objects.create(
            source_id=source_id, received_at=at, events=len(listed), payload=ENCODER.encode(listed), is_repeat=True
        )
