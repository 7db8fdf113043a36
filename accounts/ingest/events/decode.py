"""The text of events → events, or for each that cannot be taken a verdict. It never raises, whatever the text is.

Our clock is right and the sender's may be wrong: an event happened at received − (sent − timestamp).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, get_args
from uuid import uuid4

import msgspec

from accounts.ingest.events.event import ENCODER, Event, EventType
from accounts.ingest.events.split import NOTHING, Letter
from accounts.ingest.events.verdicts import LONGEST_SHOWN_ID, BadEvent, Verdict

LARGEST_EVENT_BYTES = 32 * 1024
LONGEST_TEXT = 200
DEEPEST = 64
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
TYPES = frozenset(get_args(EventType))
Identifier = str | int | None
Values = dict[str, Any]


class Context(msgspec.Struct):
    groupId: Identifier = None


class Sent(msgspec.Struct):
    """An event as client libraries send it. What is not named here is not read."""

    type: str | None = None
    messageId: Identifier = None
    timestamp: datetime | None = None
    originalTimestamp: datetime | None = None
    sentAt: msgspec.Raw = NOTHING
    userId: Identifier = None
    anonymousId: Identifier = None
    groupId: Identifier = None
    previousId: Identifier = None
    event: str | None = None
    name: str | None = None
    properties: Values | None = None
    traits: Values | None = None
    context: Context | None = None


class Named(msgspec.Struct):
    """As much of an event as is needed to speak of it."""

    messageId: Any = None


@dataclass(frozen=True)
class Decoded:
    """What a letter held."""

    events: list[Event]
    rejected: list[Verdict]


@dataclass
class Reading:
    """What all events of a letter have in common while they are read."""

    received_at: datetime
    sent_at: datetime | None
    group_id: str | None
    # How often the same text stood in this letter before.
    repeats: Counter[bytes] = field(default_factory=Counter)
    sent_text: bytes = b""


SENT = msgspec.json.Decoder(Sent)
NAMED = msgspec.json.Decoder(Named)
MOMENT = msgspec.json.Decoder(datetime)
CONTEXT = msgspec.json.Decoder(Context)
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def decode(letter: Letter, *, kind: EventType | None, received_at: datetime) -> Decoded:
    """The events of a letter in their order, all of one kind or each of its own `type`, and who was refused why."""
    reading = Reading(received_at, moment_of(letter.sent_at), group_of(letter.context), sent_text=bytes(letter.sent_at))
    events: list[Event] = []
    places: list[int] = []
    rejected: list[Verdict] = []
    for index, text in enumerate(letter.events):
        try:
            events.append(read(text, kind, reading))
            places.append(index)
        except BadEvent as bad:
            rejected.append(Verdict(index, id_in(text), bad.code, bad.message))
    return without_huge_numbers(events, places, rejected)


def read(text: msgspec.Raw, kind: EventType | None, reading: Reading) -> Event:
    """One event. Raises BadEvent. It runs for each of thousands a second: what is rare is asked for first."""
    raw = bytes(text)
    if len(raw) > LARGEST_EVENT_BYTES:
        raise BadEvent("too_large", f"The event has {len(raw):,} bytes. Send at most {LARGEST_EVENT_BYTES:,}.")
    sent = parsed(raw)
    event = Event(
        kind or type_of(sent),
        text_of(sent.messageId, "messageId") or derived_id(raw, sent, reading),
        time_of(sent, reading),
        text_of(sent.userId, "userId"),
        text_of(sent.anonymousId, "anonymousId"),
        text_of(sent.groupId, "groupId") or (group_in(sent.context) if sent.context else None) or reading.group_id,
        text_of(sent.event or sent.name, "event" if sent.event else "name"),
        sent.properties or {},
        sent.traits or {},
        text_of(sent.previousId, "previousId"),
    )
    check_parts(event)
    check_storable(raw, event)
    return event


def parsed(raw: bytes) -> Sent:
    try:
        return SENT.decode(raw)
    except msgspec.ValidationError as problem:
        raise BadEvent("wrong_type", f"{problem}.") from None
    except RecursionError:
        raise BadEvent("too_deep", f"Lists and objects lie in each other deeper than {DEEPEST}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise BadEvent("invalid_json", f"The event is no JSON: {problem}.") from None


def type_of(sent: Sent) -> Any:
    if sent.type in TYPES:
        return sent.type
    shown = "missing" if sent.type is None else f"{sent.type[:40]!r}"
    raise BadEvent("unknown_type", f"`type` is {shown}. Send one of {', '.join(sorted(TYPES))}.")


def text_of(value: Identifier, name: str) -> str | None:
    """An identifier as text: a number is written out, an empty one is none."""
    if value is None:
        return None
    text = value if isinstance(value, str) else str(value)
    if len(text) > LONGEST_TEXT:
        raise BadEvent("too_long", f"`{name}` has {len(text):,} characters. Send at most {LONGEST_TEXT}.")
    return text or None


def group_in(context: Context) -> str | None:
    return text_of(context.groupId, "context.groupId")


def time_of(sent: Sent, reading: Reading) -> datetime:
    """When it happened by our clock. Without a timestamp it happened when it came."""
    stated = sent.timestamp or sent.originalTimestamp
    if stated is None:
        return reading.received_at
    sent_at = reading.sent_at if sent.sentAt is NOTHING else moment_of(sent.sentAt) or reading.sent_at
    try:
        at = in_utc(stated) if sent_at is None else reading.received_at - (sent_at - in_utc(stated))
    except OverflowError:
        raise BadEvent("bad_timestamp", f"`timestamp` {stated.isoformat()} is out of range.") from None
    if not EARLIEST_YEAR <= at.year <= LATEST_YEAR:
        raise BadEvent("bad_timestamp", f"`timestamp` gives {at.isoformat()}, which is out of range.")
    return at


def moment_of(text: msgspec.Raw) -> datetime | None:
    """When a letter was sent by the sender's clock. One that cannot be read corrects nothing, and harms no event."""
    try:
        return in_utc(MOMENT.decode(text)) if text != NOTHING else None
    except (*UNREADABLE, OverflowError):
        return None


def in_utc(moment: datetime) -> datetime:
    """A moment without a zone is meant in UTC."""
    if moment.tzinfo is UTC:
        return moment
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def group_of(context: msgspec.Raw) -> str | None:
    """The group that a letter's own context names for events that name none."""
    try:
        return text_of(CONTEXT.decode(context).groupId, "context.groupId") if context != NOTHING else None
    except (*UNREADABLE, BadEvent):
        return None


def derived_id(raw: bytes, sent: Sent, reading: Reading) -> str:
    """An id for an event without one.

    An event that says when it happened is the same event when it comes again; two of the same text in one letter are
    two. Where neither it nor its letter tells a time, a second one may be a second click: both count.
    """
    time = b"" if sent.timestamp or sent.originalTimestamp else bytes(sent.sentAt) or reading.sent_text
    if not (sent.timestamp or sent.originalTimestamp or time):
        return f"random-{uuid4().hex}"
    text = blake2b(raw, digest_size=16, key=time[:64]).digest()
    reading.repeats[text] += 1
    return f"derived-{text.hex()}-{reading.repeats[text]}"


def check_parts(event: Event) -> None:
    """Refuses an event that says too little for its type."""
    if event.type == "track":
        if not event.name:
            raise BadEvent("missing_field", "A track needs `event`, the name of what happened.")
    elif event.type == "identify":
        if not (event.user_id or event.anonymous_id):
            raise BadEvent("missing_field", "An identify needs `userId` or `anonymousId`.")
    elif event.type == "group":
        if not event.group_id:
            raise BadEvent("missing_field", "A group needs `groupId`.")
    elif event.type == "alias" and not (event.previous_id and event.user_id):
        raise BadEvent("missing_field", "An alias needs `previousId` and `userId`.")


def check_storable(raw: bytes, event: Event) -> None:
    """Refuses what JSON allows and databases do not. The text is searched first, since that is quick."""
    if raw.count(b"[") + raw.count(b"{") > DEEPEST and max(map(depth_of, (event.properties, event.traits))) > DEEPEST:
        raise BadEvent("too_deep", f"Lists and objects lie in each other deeper than {DEEPEST}.")
    # A single byte is found three times as quickly as a word.
    if b"\\" in raw and b"\\u0000" in raw and any(map(has_nul, texts_of(event))):
        raise BadEvent("nul_character", "A text has a NUL character (\\u0000) in it, which no database keeps.")


def texts_of(event: Event) -> Sequence[Any]:
    return (
        event.properties,
        event.traits,
        event.message_id,
        event.user_id,
        event.anonymous_id,
        event.group_id,
        event.name,
        event.previous_id,
    )


def depth_of(value: Any) -> int:
    """How many lists and objects lie in each other, without recursion."""
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [inner for outer in level for inner in inside(outer) if isinstance(inner, dict | list)]
    return depth


def inside(value: Any) -> Sequence[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()


def has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    return any(map(has_nul, inside(value))) or (isinstance(value, dict) and any(map(has_nul, value)))


def without_huge_numbers(events: list[Event], places: list[int], rejected: list[Verdict]) -> Decoded:
    """Refuses whole numbers of more than 64 bits: all at once is tried first, since there are hardly ever any."""
    try:
        ENCODER.encode(events)
    except OverflowError:
        kept = [event for event in events if is_packable(event)]
        rejected += [
            Verdict(index, event.message_id, "huge_number", "A whole number has more than 64 bits. Send it as text.")
            for event, index in zip(events, places, strict=True)
            if not is_packable(event)
        ]
        return Decoded(kept, sorted(rejected, key=lambda verdict: verdict.index))
    return Decoded(events, rejected)


def is_packable(event: Event) -> bool:
    try:
        ENCODER.encode(event)
    except OverflowError:
        return False
    return True


def id_in(text: msgspec.Raw) -> str | None:
    """The message id of an event that was refused, as far as it can be found."""
    try:
        found = NAMED.decode(text).messageId
    except UNREADABLE:
        return None
    return str(found)[:LONGEST_SHOWN_ID] if isinstance(found, str | int) and found is not True else None
