"""An event of the stream as it lies in the inbox: what every client library sends, in one shape."""

from datetime import datetime
from typing import Any, Literal

import msgspec

EventType = Literal["track", "identify", "group", "page", "screen", "alias"]


class Event(msgspec.Struct, frozen=True, array_like=True):
    """One thing that happened, at the time that our own clock would have said."""

    type: EventType
    message_id: str
    # In UTC, corrected by what the sender's clock was off: received − (sent − timestamp).
    at: datetime
    user_id: str | None = None
    anonymous_id: str | None = None
    # groupId beside the event, else context.groupId; what else names an account is the mapping's business.
    group_id: str | None = None
    # The event of a track, the page or screen of a page or screen.
    name: str | None = None
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    previous_id: str | None = None


ENCODER = msgspec.msgpack.Encoder()
DECODER = msgspec.msgpack.Decoder(list[Event])


def unpack(payload: bytes | memoryview) -> list[Event]:
    """The events of a batch, in the order in which they came."""
    return DECODER.decode(payload)
