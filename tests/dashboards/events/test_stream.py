"""POST /v1/…: every way in which clients write a key, pack a body and name a call; the answer, after the commit."""

import base64
import gzip
import json
import zlib
from contextlib import closing
from datetime import UTC, datetime

import psycopg2
import pytest
from django.core.cache import cache
from django.db import OperationalError, connection

from accounts.ingest.events.event import unpack
from accounts.models import AuditEntry, EventSeen, InboxBatch, SourceKey
from accounts.operations.sources import revoke_key
from dashboards.events import bodies, stream
from tests.conftest import NOW
from tests.dashboards.events.conftest import track

CALLS = ("track", "t", "identify", "i", "group", "g", "page", "p", "screen", "s", "alias", "a")
ONE = {"success": True, "accepted": 1, "duplicates": 0, "rejected": []}
BODY = json.dumps({"batch": [track()]}).encode()


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


def inbox() -> list:
    return [event for batch in InboxBatch.objects.order_by("pk") for event in unpack(batch.payload)]


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize("call", CALLS)
def test_each_call_is_answered_at_its_address_with_and_without_a_slash(send, call, slash):
    whole = {"messageId": "m", "userId": "u", "groupId": "g", "previousId": "p", "event": "e"}
    answer = send(call + slash, whole)
    assert (answer.status_code, answer.json()) == (200, ONE)
    [event] = inbox()
    assert event.type == next(name for name in CALLS if name.startswith(call[0]) and len(name) > 1)


@pytest.mark.parametrize("call", ["batch", "b", "batch/", "b/"])
def test_a_batch_holds_events_of_every_type(send, call):
    answer = send(call, {"batch": [track(), {"type": "identify", "userId": "u1", "messageId": "m2"}]})
    assert answer.json() == {**ONE, "accepted": 2}
    assert [event.type for event in inbox()] == ["track", "identify"]
    assert InboxBatch.objects.get().events == 2


@pytest.mark.parametrize("write", [
    lambda key: basic(f"{key}:"), lambda key: basic(key), lambda key: basic(f"{key}:x"), lambda key: f"Bearer {key}",
    lambda key: f"bearer {key}", lambda key: f"Basic {key}", lambda key: basic(f"{key}:").rstrip("="),
])  # fmt: skip
def test_the_key_may_stand_in_the_header_as_clients_write_it(client, key, write):
    answer = client.post("/v1/batch", BODY, content_type="text/plain", headers={"Authorization": write(key)})
    assert (answer.status_code, answer.json()) == (200, ONE)


@pytest.mark.parametrize("call", ["batch", "track"])
def test_the_key_may_stand_in_the_body(client, key, call):
    body = {"batch": [track()], "writeKey": key} if call == "batch" else track(writeKey=key)
    assert client.post(f"/v1/{call}", body, content_type="application/json").json() == ONE


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Basic", "Basic Og==", "Bearer hk_no", "Digest x", "Basic \udcff"]
)
def test_without_a_key_that_works_nothing_is_taken(client, key, header):
    headers = {} if header is None else {"Authorization": header}
    answer = client.post("/v1/batch", BODY, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unknown_key")
    assert set(answer.json()) == {"code", "message"}
    assert InboxBatch.objects.count() == 0


def test_a_revoked_key_is_refused_by_the_next_request_although_it_was_just_used(send, key):
    assert send("batch", {"batch": [track()]}).status_code == 200
    revoke_key(key=SourceKey.objects.get(), by=None, at=NOW)
    answer = send("batch", {"batch": [track("m2")]})
    assert answer.status_code == 401
    assert EventSeen.objects.count() == 1
    assert AuditEntry.objects.filter(verb="source key revoked").count() == 1


def test_the_last_use_of_a_key_is_noted(send):
    send("batch", {"batch": [track()]})
    assert SourceKey.objects.get().last_used_at is not None


@pytest.mark.parametrize("label", [
    "application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "image/png",
])  # fmt: skip
@pytest.mark.parametrize(("coding", "pack"), [
    ("", lambda body: body), ("identity", lambda body: body), ("gzip", gzip.compress), ("GZIP", gzip.compress),
    ("deflate", zlib.compress), ("deflate", lambda body: zlib.compress(body, wbits=-15)), ("", gzip.compress),
    ("gzip, deflate", lambda body: zlib.compress(gzip.compress(body))),
    ("gzip", lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:])),
])  # fmt: skip
def test_a_body_is_read_however_it_is_labelled_and_packed(client, key, label, coding, pack):
    headers = {"Authorization": f"Bearer {key}", "Content-Encoding": coding}
    answer = client.generic("POST", "/v1/batch", pack(BODY), content_type=label, headers=headers)
    assert (answer.status_code, answer.json()) == (200, ONE)


@pytest.mark.parametrize(("coding", "body"), [
    ("", b""), ("", b"{"), ("", b"[]"), ("", b"5"), ("", b'{"batch": 5}'), ("", b"{}"), ("", b'{"batch": [1}'),
    ("gzip", b"no"), ("gzip", gzip.compress(BODY, mtime=0)[:-9]), ("br", BODY), ("deflate", b"\x00\x01"),
    ("gzip,gzip,gzip", BODY), ("", BODY[:-1]), ("", BODY + b"x"), ("", b'{"batch": ["\xff'),
    ("gzip", gzip.compress(b"", mtime=0) * 101 + gzip.compress(BODY, mtime=0)),
])  # fmt: skip
def test_a_body_that_cannot_be_read_is_a_400(client, key, coding, body):
    headers = {"Authorization": f"Bearer {key}", "Content-Encoding": coding}
    answer = client.generic("POST", "/v1/batch", body, content_type="application/json", headers=headers)
    assert answer.status_code == 400, answer.content
    assert set(answer.json()) == {"code", "message"}


def of_bytes(size: int) -> bytes:
    start = json.dumps({"batch": [track()], "padding": ""}).encode()[:-2]
    return start + b"x" * (size - len(start) - 2) + b'"}'


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_4_mb_unpacked_are_taken_and_a_byte_more_is_a_413(client, key, pack):
    def status(size: int) -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return client.generic("POST", "/v1/batch", pack(of_bytes(size)), headers=headers).status_code

    assert [status(bodies.LARGEST_BYTES), status(bodies.LARGEST_BYTES + 1)] == [200, 413]


def test_a_bomb_is_unpacked_no_further_than_the_limit(client, key):
    bomb = gzip.compress(gzip.compress(b"[" * 300_000_000))
    headers = {"Authorization": f"Bearer {key}", "Content-Encoding": "gzip, gzip"}
    assert client.generic("POST", "/v1/batch", bomb, headers=headers).status_code == 413


def test_2500_events_are_taken_and_one_more_is_a_413(send):
    assert send("batch", {"batch": [track(f"m{n}") for n in range(2_500)]}).json()["accepted"] == 2_500
    answer = send("batch", {"batch": [track(f"n{n}") for n in range(2_501)]})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_events")
    assert EventSeen.objects.count() == 2_500


def test_one_bad_event_fails_alone(send):
    answer = send("batch", {"batch": [track("a"), {"type": "track", "messageId": "b"}, 5, track("c")]})
    assert answer.json() == {
        "success": True,
        "accepted": 2,
        "duplicates": 0,
        "rejected": [
            {
                "index": 1,
                "messageId": "b",
                "code": "missing_field",
                "message": "A track needs `event`, the name of what happened.",
            },
            {"index": 2, "messageId": None, "code": "wrong_type", "message": "Expected `object`, got `int`."},
        ],
    }
    assert [event.message_id for event in inbox()] == ["a", "c"]


def test_a_batch_in_which_nothing_is_good_or_nothing_is_at_all_is_answered_too(send):
    assert send("batch", {"batch": []}).json() == {**ONE, "accepted": 0}
    assert send("batch", {"batch": [{}]}).json()["accepted"] == 0
    assert InboxBatch.objects.count() == 0


def test_a_browser_of_another_site_may_send_without_credentials(client, send):
    asked = client.options("/v1/track/", headers={"Origin": "https://shop.example"})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (204, "*")
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in asked.headers
    assert send("track", track()).headers["Access-Control-Allow-Origin"] == "*"
    assert client.post("/v1/track").headers["Access-Control-Allow-Origin"] == "*"


def test_other_methods_are_refused_in_json(client, db):
    answer = client.get("/v1/batch")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_csrf_and_login_do_not_stand_in_the_way(key, ops):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ops)
    assert (
        browser.post("/v1/batch", {"batch": [track()], "writeKey": key}, content_type="text/plain").status_code == 400
    )
    answer = browser.post("/v1/batch", {"batch": [track()], "writeKey": key}, content_type="application/json")
    assert answer.status_code == 200


def test_beyond_its_rate_a_source_is_told_to_wait_for_the_next_minute(send, settings, time_machine):
    cache.clear()
    settings.EVENTS_PER_MINUTE = 3
    time_machine.move_to(datetime(2026, 6, 30, 12, 0, 20, tzinfo=UTC), tick=False)
    assert send("batch", {"batch": [track(f"m{n}") for n in range(3)]}).status_code == 200
    answer = send("track", track("m9"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "40")
    assert set(answer.json()) == {"code", "message"}
    time_machine.move_to(datetime(2026, 6, 30, 12, 1, 0, tzinfo=UTC), tick=False)
    assert send("track", track("m9")).json() == ONE


@pytest.mark.parametrize("where", ["known_key", "accept"])
def test_when_the_database_cannot_be_reached_the_sender_comes_back_later(send, monkeypatch, where):
    def locked(*args: object, **more: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(connection, "close", lambda: None)
    owner = stream.keys if where == "known_key" else stream
    monkeypatch.setattr(owner, where, locked)
    answer = send("batch", {"batch": [track()]})
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["code"]) == (503, "5", "try_again")


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is no server that could hang up")
def test_a_connection_that_broke_between_two_batches_costs_nobody_a_batch(send):
    assert send("batch", {"batch": [track("m1")]}).json() == ONE
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (broken,) = cursor.fetchone()
    with closing(psycopg2.connect(**connection.get_connection_params() | {"cursor_factory": None})) as other:
        other.autocommit = True
        other.cursor().execute("SELECT pg_terminate_backend(%s, 5000)", [broken])
    assert send("batch", {"batch": [track("m2")]}).json() == ONE
    assert [event.message_id for event in inbox()] == ["m1", "m2"]


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_known_events_are_left_out_as_well(send):
    send("batch", {"batch": [track("m1"), track("m3")]})
    answer = send("batch", {"batch": [track(f"m{n}") for n in range(5)]})
    assert answer.json() == {**ONE, "accepted": 3, "duplicates": 2}
    assert [event.message_id for event in inbox()] == ["m1", "m3", "m0", "m2", "m4"]
    nothing = send("batch", {"batch": [{"type": "nonsense"}]})
    assert nothing.json()["accepted"] == 0
    assert InboxBatch.objects.count() == 2


def test_a_batch_takes_few_queries(send, django_assert_num_queries):
    send("batch", {"batch": [track("m0")]})
    expected = 1 if connection.vendor == "postgresql" else 5
    with django_assert_num_queries(expected):
        send("batch", {"batch": [track(f"m{n}") for n in range(1, 200)]})


def test_a_mistake_of_ours_is_told_in_the_same_shape(send, client, key, monkeypatch):
    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(stream, "accept", broken)
    client.raise_request_exception = False
    answer = send("batch", {"batch": [track()]})
    assert (answer.status_code, answer.json()["code"], "secret" in answer.content.decode()) == (500, "broken", False)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
