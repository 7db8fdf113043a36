"""Text → events: the time by our clock, ids that are derived, and a verdict for each event that cannot be taken."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.ingest.events.decode import Decoded, decode
from accounts.ingest.events.event import ENCODER, Event, unpack
from accounts.ingest.events.split import split_batch, split_single
from accounts.ingest.events.verdicts import BadBody, Verdict

RECEIVED = datetime(2026, 6, 30, 12, 0, tzinfo=UTC)
TRACK = {"type": "track", "userId": "u1", "event": "Report opened", "messageId": "m1"}
DEEP = 100_000


def text(**more: Any) -> bytes:
    return json.dumps({**TRACK, **more}).encode()


def batch_of(*events: bytes, **around: Any) -> bytes:
    rest = json.dumps(around).encode()[1:-1]
    return b'{"batch":[' + b",".join(events) + b"]" + (b"," + rest if rest else b"") + b"}"


def decoded(*events: bytes, **around: Any) -> Decoded:
    return decode(split_batch(batch_of(*events, **around)), kind=None, received_at=RECEIVED)


def one(event: bytes, **around: Any) -> Event:
    found = decoded(event, **around)
    assert found.rejected == []
    return found.events[0]


def refused(event: bytes) -> Verdict:
    """The verdict about an event in the middle of good ones, which are taken."""
    found = decoded(text(messageId="before"), event, text(messageId="after"))
    assert [event.message_id for event in found.events] == ["before", "after"]
    [verdict] = found.rejected
    assert verdict.index == 1
    return verdict


def test_an_event_is_read_with_everything_that_its_type_has():
    group = {"type": "group", "anonymousId": "a", "groupId": 42, "traits": {"plan": "pro"}, "messageId": 7}
    event = one(json.dumps(group).encode())
    assert event == Event(
        "group", "7", RECEIVED, anonymous_id="a", group_id="42", traits={"plan": "pro"}, properties={}
    )
    page = one(json.dumps({"type": "page", "name": "Home", "properties": {"ms": 12.5}, "messageId": "p"}).encode())
    assert (page.name, page.properties) == ("Home", {"ms": 12.5})
    assert unpack(ENCODER.encode([event, page])) == [event, page]


def test_the_group_stands_beside_the_event_else_in_its_context_else_in_that_of_the_letter():
    around = {"context": {"groupId": "letter"}}
    assert one(text(groupId="own", context={"groupId": "inner"}), **around).group_id == "own"
    assert one(text(context={"groupId": "inner"}), **around).group_id == "inner"
    assert one(text(), **around).group_id == "letter"
    assert one(text(), context=5).group_id is None


@pytest.mark.parametrize(("stated", "sent_at", "happened"), [
    # The sender's clock is two hours slow; the event lay for ten minutes before it was sent.
    ("2026-06-30T09:50:00Z", "2026-06-30T10:00:00Z", "2026-06-30T11:50:00+00:00"),
    # A fast clock, other zones, no zone.
    ("2026-07-01T00:00:00+02:00", "2026-06-30T22:00:05Z", "2026-06-30T11:59:55+00:00"),
    ("2026-06-30T09:50:00", "2026-06-30T10:00:00", "2026-06-30T11:50:00+00:00"),
    # Nobody says when it was sent, or says nonsense: the timestamp is believed.
    ("2026-06-30T09:50:00.123456Z", None, "2026-06-30T09:50:00.123456+00:00"),
    ("2026-06-30T09:50:00Z", "yesterday", "2026-06-30T09:50:00+00:00"),
    ("2026-06-30T09:50:00Z", 5, "2026-06-30T09:50:00+00:00"),
    # A timestamp ahead stays ahead.
    ("2026-07-02T10:00:00Z", "2026-06-30T10:00:00Z", "2026-07-02T12:00:00+00:00"),
    (None, "2026-06-30T10:00:00Z", "2026-06-30T12:00:00+00:00"),
])  # fmt: skip
def test_the_senders_clock_is_corrected(stated, sent_at, happened):
    assert one(text(timestamp=stated), sentAt=sent_at).at.isoformat() == happened
    assert one(text(timestamp=stated, sentAt=sent_at)).at.isoformat() == happened
    assert one(text(originalTimestamp=stated, sentAt=sent_at)).at.isoformat() == happened


def test_an_event_that_tells_its_time_has_the_same_id_when_it_comes_again():
    bare = json.dumps({"type": "track", "event": "e", "timestamp": "2026-06-30T09:50:00Z"}).encode()
    first, second = (decoded(bare, bare, sentAt=f"2026-06-30T10:00:0{n}Z").events for n in range(2))
    assert [event.message_id for event in first] == [event.message_id for event in second]
    assert first[0].message_id != first[1].message_id


def test_an_event_without_any_time_is_another_one_each_time_and_with_its_letters_it_is_the_letters():
    bare = json.dumps({"type": "track", "event": "e"}).encode()
    assert decoded(bare).events[0].message_id != decoded(bare).events[0].message_id
    same, again, later = (
        decoded(bare, sentAt=sent_at).events[0].message_id for sent_at in ("2026-06-30T10:00:00Z",) * 2 + ("2026-07",)
    )
    assert same == again != later


@pytest.mark.parametrize(("event", "code"), [
    (text(properties={"a": "x\x00"}), "nul_character"),
    (text(properties={"a": [{"\x00": 1}]}), "nul_character"),
    (text(userId="\x00"), "nul_character"),
    (text(messageId="\x00"), "nul_character"),
    (b'{"type":"track","event":"\\ud800"}', "invalid_json"),
    (b'{"type":"track","event":"e","properties":{"\\udc00":1}}', "invalid_json"),
    (b'{"type":"track","event":"\xed\xa0\x80"}', "invalid_json"),
    (b'{"type":"track","event":"\xff"}', "invalid_json"),
    (b'{"type":"track","event":"e","properties":{"a":NaN}}', "invalid_json"),
    (b'{"type":"track","event":"e","properties":{"a":-Infinity}}', "invalid_json"),
    (b'{"type":"track","event":"e","properties":{"a":1e999}}', "wrong_type"),
    (b'{"type":"track","event":"e","properties":{"a":' + b"9" * 5_000 + b"}}", "wrong_type"),
    (b'{"type":"track","event":"e","properties":{"a":' + b"9" * 500 + b"}}", "huge_number"),
    (b'{"type":"track","event":"e","messageId":' + b"9" * 4_000 + b"}", "too_long"),
    (b'{"type":"track","event":"e","properties":{"a":' + b"[" * 1_000 + b"]" * 1_000 + b"}}", "too_deep"),
    (b'{"type":"track","event":"e","properties":{"a":' + b"[" * 64 + b"]" * 64 + b"}}", "too_deep"),
    (b'{"type":"track","event":"e","properties":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}", "too_large"),
    (b"[" * DEEP + b"]" * DEEP, "too_large"),
    (b"[" * 5_000 + b"]" * 5_000, "wrong_type"),
    (text(properties={"a": "x" * 32_768}), "too_large"),
    (b"", "invalid_json"), (b"{'type':'track'}", "invalid_json"), (b'{"type" "track"}', "invalid_json"),
    (b"null", "wrong_type"), (b"true", "wrong_type"), (b'"x"', "wrong_type"), (b"[]", "wrong_type"),
    (text(type=None), "unknown_type"), (text(type="purchase"), "unknown_type"), (text(type=5), "wrong_type"),
    (text(userId={}), "wrong_type"), (text(userId=1.5), "wrong_type"), (text(userId=True), "wrong_type"),
    (text(event=5), "wrong_type"), (text(event=""), "missing_field"), (text(event="x" * 201), "too_long"),
    (text(properties=[]), "wrong_type"), (text(traits="x"), "wrong_type"), (text(context=[]), "wrong_type"),
    (text(context={"groupId": []}), "wrong_type"), (text(messageId=[]), "wrong_type"),
    (text(timestamp="yesterday"), "wrong_type"), (text(timestamp=1782820200), "wrong_type"),
    (text(timestamp="0001-01-01T00:00:00+14:00"), "bad_timestamp"),
    (text(timestamp="9999-12-31T23:59:59Z", sentAt="2020-01-01T00:00:00Z"), "bad_timestamp"),
    (text(timestamp="1899-12-31T23:59:59Z"), "bad_timestamp"),
    (text(type="identify", userId=""), "missing_field"), (text(type="group"), "missing_field"),
    (text(type="alias"), "missing_field"),
])  # fmt: skip
def test_a_bad_event_gets_a_verdict_and_the_others_of_its_batch_are_taken(event, code):
    verdict = refused(event)
    assert (verdict.code, verdict.message[-1]) == (code, ".")


def test_a_verdict_names_the_message_as_far_as_it_can_be_found():
    assert refused(text(event=5)).message_id == "m1"
    assert refused(text(event=5, messageId=17)).message_id == "17"
    assert refused(text(event=5, messageId="x" * 900)).message_id == "x" * 200
    assert refused(text(event=5, messageId=[])).message_id is None


def test_what_is_just_within_the_limits_is_taken():
    assert one(text(event="x" * 200, properties={"a": 2**64 - 1, "b": -(2**63)})).name == "x" * 200
    size = 32_768 - len(text(properties={"a": ""}))
    assert one(text(properties={"a": "x" * size})).properties == {"a": "x" * size}
    deep: Any = 1
    for _ in range(63):
        deep = [deep]
    assert one(text(properties={"a": deep})).properties == {"a": deep}
    assert one(text(properties={"a": "\\u0000"})).properties == {"a": "\\u0000"}


@pytest.mark.parametrize(
    "body", [b"", b" ", b"{", b"}", b"[]", b"1", b'{"batch"}', b'{"batch":[', b'{"batch":[]]}', b'"{}"']
)
def test_a_body_that_is_no_object_is_refused_whole(body):
    with pytest.raises(BadBody):
        split_batch(body)


def test_a_single_event_that_is_hostile_gets_a_verdict_too():
    for body in (b'{"event":NaN}', b'{"a":' + b"[" * DEEP + b"]" * DEEP + b"}", b'{"writeKey":"k","event":"\\ud800"}'):
        found = decode(split_single(body), kind="track", received_at=RECEIVED)
        assert [verdict.index for verdict in found.rejected] == [0]
    assert split_single(body).key == "k"


def test_a_mark_of_byte_order_and_names_written_with_escapes_are_read():
    body = b'\xef\xbb\xbf{"b\\u0061tch":[' + text() + b'],\n"writeKey" : "k" }'
    assert len(split_batch(body).events) == 1
    spoiled = body.replace(b"[{", b"[NaN , {")
    assert (len(split_batch(spoiled).events), split_batch(spoiled).key) == (2, "k")


TEXTS = st.text(max_size=20) | st.sampled_from(
    ["\x00", "\ud800", "\udfff", "messageId", '"', "\\", "\u2028", "x" * 300]
)
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.sampled_from([2**64, -(2**63) - 1, 10**400])
)
JUNK = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))
FIELDS = st.sampled_from([
    "type", "messageId", "timestamp", "originalTimestamp", "sentAt", "userId", "anonymousId", "groupId", "previousId",
    "event", "name", "properties", "traits", "context",
])  # fmt: skip
STATED = st.sampled_from([*TRACK.values(), "identify", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59Z"])
EVENTS = st.dictionaries(FIELDS, JUNK | STATED, max_size=8).map(lambda junk: {**TRACK, **junk}) | JUNK
LETTERS = st.lists(EVENTS, max_size=6)
AROUND = st.dictionaries(st.sampled_from(["sentAt", "writeKey", "context", "other"]), JUNK, max_size=3)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(events=LETTERS, around=AROUND, is_ascii=st.booleans())
def test_whatever_comes_each_event_is_taken_or_has_one_verdict(events, around, is_ascii):
    body = json.dumps({"batch": events, **around}, ensure_ascii=is_ascii).encode(errors="surrogatepass")
    judge(body, count=len(events))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(events=LETTERS, data=st.data())
def test_a_body_with_broken_bytes_is_judged_or_refused_whole(events, data):
    body = bytearray(json.dumps({"batch": events}).encode())
    for place in data.draw(st.lists(st.integers(0, len(body) - 1), max_size=3)):
        body[place] = data.draw(st.integers(0, 255))
    with suppress(BadBody):
        judge(bytes(body))


def judge(body: bytes, count: int | None = None) -> None:
    letter = split_batch(body)
    found = decode(letter, kind=None, received_at=RECEIVED)
    assert len(found.events) + len(found.rejected) == len(letter.events)
    assert count in {None, len(letter.events)}
    assert len({verdict.index for verdict in found.rejected}) == len(found.rejected)
    assert unpack(ENCODER.encode(found.events)) == found.events
    assert all(event.at.utcoffset() == timedelta(0) for event in found.events)
    assert all("\x00" not in repr(event) for event in found.events)
    assert letter.key is None or isinstance(letter.key, str)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode), st.sampled_from(["track", "page", "alias"]))
def test_any_bytes_as_a_single_event_are_judged_or_refused(body, kind):
    try:
        found = decode(split_single(body), kind=kind, received_at=RECEIVED)
    except BadBody:
        return
    assert len(found.events) + len(found.rejected) == 1
