"""A JSON body → its events, still as text, so that each is judged by itself.

The quick way is one scan by msgspec. A body that it refuses is cut by brackets, commas and strings alone, without
recursion and without a look at what stands between: then the one event that is no JSON does not spoil the others.
"""

import re
from dataclasses import dataclass

import msgspec

from accounts.ingest.events.verdicts import BadBody, TooLarge

MOST_EVENTS = 2_500
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NOTHING = msgspec.Raw(b"")
# A whole string, a run of brackets, a comma; a quote that ends nowhere.
TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]+|[\]}]+|[,"]', re.DOTALL)
MEMBER = re.compile(rb'\s*("[^"\\]*(?:\\.[^"\\]*)*")\s*:\s*(.*)', re.DOTALL)


class Envelope(msgspec.Struct):
    """What stands around the events. Everything but the list is looked at when it is needed."""

    batch: list[msgspec.Raw] | None = None
    sentAt: msgspec.Raw = NOTHING
    writeKey: msgspec.Raw = NOTHING
    context: msgspec.Raw = NOTHING


class LooseEnvelope(msgspec.Struct):
    """The same around a single event, where `batch` means nothing."""

    sentAt: msgspec.Raw = NOTHING
    writeKey: msgspec.Raw = NOTHING


@dataclass(frozen=True)
class Letter:
    """A body that was cut: the text of each event, and what concerns all of them."""

    events: list[msgspec.Raw]
    sent_at: msgspec.Raw
    write_key: msgspec.Raw
    context: msgspec.Raw

    @property
    def key(self) -> str | None:
        """The key that the body names, if it names one."""
        try:
            return msgspec.json.decode(self.write_key, type=str) if self.write_key != NOTHING else None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return None


BATCH = msgspec.json.Decoder(Envelope)
SINGLE = msgspec.json.Decoder(LooseEnvelope)


def split_batch(body: bytes) -> Letter:
    """The events of {"batch": [...]}. Raises BadBody when there is no such list, TooLarge when it is too long."""
    body = body.removeprefix(BYTE_ORDER_MARK)
    try:
        found = BATCH.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        found = cut_envelope(body, problem)
    if found.batch is None:
        raise BadBody("no_batch", 'The body is no batch. Send {"batch": [...]} with a list of events.')
    if len(found.batch) > MOST_EVENTS:
        raise TooLarge("too_many_events", f"{len(found.batch):,} events in a batch. Send at most {MOST_EVENTS:,}.")
    return Letter(found.batch, found.sentAt, found.writeKey, found.context)


def split_single(body: bytes) -> Letter:
    """The one event that the body is. Raises BadBody when it is no JSON object."""
    body = body.removeprefix(BYTE_ORDER_MARK)
    try:
        found = SINGLE.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        members = cut_object(body, problem)
        found = LooseEnvelope(members.get("sentAt", NOTHING), members.get("writeKey", NOTHING))
    return Letter([msgspec.Raw(body)], found.sentAt, found.writeKey, NOTHING)


def cut_envelope(body: bytes, problem: Exception) -> Envelope:
    """The envelope by brackets alone; a `batch` that is no list counts as none."""
    members = cut_object(body, problem)
    batch = bytes(members.get("batch", NOTHING))
    pieces = cut(batch) if batch.startswith(b"[") else None
    events = None if pieces is None else [msgspec.Raw(piece) for piece in pieces]
    return Envelope(events, *(members.get(name, NOTHING) for name in ("sentAt", "writeKey", "context")))


def cut_object(body: bytes, problem: Exception) -> dict[str, msgspec.Raw]:
    """The outermost object's members as text. Raises BadBody unless it is one whose brackets and strings all end."""
    text = body.strip()
    pieces = cut(text) if text.startswith(b"{") else None
    if pieces is None:
        raise BadBody("unreadable", f"The body is no JSON object: {problem}.")
    found = filter(None, map(MEMBER.fullmatch, pieces))
    return {name_of(member[1]): msgspec.Raw(member[2].rstrip()) for member in found}


def name_of(text: bytes) -> str:
    try:
        return msgspec.json.decode(text, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def cut(text: bytes) -> list[bytes] | None:
    """What stands between the commas of a list or an object; None when it does not end where the text does."""
    pieces: list[bytes] = []
    depth, begin = 0, 1
    for token in TOKEN.finditer(text):
        what = token[0]
        if what[0] in b"[{":
            depth += len(what)
        elif what[0] in b"]}":
            if len(what) >= depth:
                end = token.start() + depth - 1
                pieces.append(text[begin:end])
                is_whole = end == len(text) - 1
                return (pieces if len(pieces) > 1 or pieces[0].strip() else []) if is_whole else None
            depth -= len(what)
        elif what == b'"':
            return None
        elif what == b"," and depth == 1:
            pieces.append(text[begin : token.start()])
            begin = token.end()
    return None
