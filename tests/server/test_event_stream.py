"""A real client library sends to a real server through faults: what it was told is taken is there, once each."""

import json
import random
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import requests
from segment.analytics.client import Client

from tests.server.installation import Installation, Running, free_port, status, wait_until
from tests.server.proxy import FAULTS, proxy
from tests.server.servers import postgres_cluster

HOST = "127.0.0.1"
EVENTS, AT_ONCE = 400, 20
EVERY_FAULT = [fault for fault in FAULTS if fault != "none"] * 2
# Every event of the inbox: its message id, and the number that it carries.
INBOX = """
import json
from accounts.ingest.events.event import unpack
from accounts.models import EventSeen, InboxBatch
batches = InboxBatch.objects.order_by("pk")
assert all(batch.events == len(unpack(batch.payload)) for batch in batches)
events = [event for batch in batches for event in unpack(batch.payload)]
print(json.dumps([[event.message_id, event.properties.get("n")] for event in events]))
assert EventSeen.objects.count() == len(events)
"""


@dataclass
class Web:
    """gunicorn of an installation, on a port that stays its own over restarts."""

    installation: Installation
    port: int = field(default_factory=free_port)
    running: Running | None = None

    def start(self) -> None:
        words = ["gunicorn", "healthapp.wsgi", "--bind", f"{HOST}:{self.port}", "--threads", "4", "--workers", "2"]
        self.running = self.installation.launch(sys.executable, "-m", *words, "--no-control-socket", name="web")
        wait_until(lambda: status(f"http://{HOST}:{self.port}/healthz") == 200, what="the web process answers")

    def kill(self) -> None:
        assert self.running is not None
        self.running.kill()

    def inbox(self) -> list[tuple[str, int]]:
        return [(message_id, n) for message_id, n in json.loads(self.installation.shell(INBOX))]


@contextmanager
def served(installation: Installation) -> Iterator[tuple[Web, str]]:
    """A server that runs, and the key of a source."""
    key = installation.manage("create_source", "web").strip()
    web = Web(installation)
    web.start()
    try:
        yield web, key
    finally:
        web.kill()


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def installation(request, tmp_path, tables) -> Installation:
    variables = {} if request.param == "SQLite" else {"DATABASE_URL": request.getfixturevalue("postgres_url")}
    return tables.give(Installation(tmp_path, variables))


def client_of(key: str, port: int, *, failures: list[object], gzip: bool = False) -> Client:
    return Client(
        key,
        host=f"http://{HOST}:{port}",
        upload_size=AT_ONCE,
        upload_interval=0.05,
        gzip=gzip,
        max_retries=30,
        on_error=lambda error, batch: failures.append(error),
    )


def send(client: Client, numbers: range, *, pause: float = 0.0) -> None:
    for n in numbers:
        client.track(user_id=f"u{n % 7}", event="Opened", properties={"n": n})
        time.sleep(pause)


@pytest.mark.parametrize("gzip", [False, True], ids=["plain", "gzip"])
def test_a_client_library_gets_every_event_through_every_fault_once(installation, gzip):
    faults = random.Random(7).sample(EVERY_FAULT, len(EVERY_FAULT))
    failures: list[object] = []
    with served(installation) as (web, key), proxy(server_port=web.port, faults=faults) as (port, plan):
        client = client_of(key, port, failures=failures, gzip=gzip)
        send(client, range(EVENTS))
        client.flush()
        client.join()
        found = web.inbox()
        assert failures == []
        assert sorted(n for _, n in found) == list(range(EVENTS))
        assert len({message_id for message_id, _ in found}) == EVENTS
        assert {fault: plan.seen[fault] for fault in FAULTS if fault != "none"} == dict.fromkeys(EVERY_FAULT, 2)


def test_a_server_that_is_killed_in_mid_stream_has_what_it_said_it_took(installation):
    failures: list[object] = []
    with served(installation) as (web, key):
        client = client_of(key, web.port, failures=failures)
        sending = threading.Thread(target=send, args=(client, range(EVENTS)), kwargs={"pause": 0.01})
        sending.start()
        for _ in range(3):
            time.sleep(0.8)
            web.kill()
            web.start()
        sending.join()
        client.flush()
        client.join()
        found = web.inbox()
    assert failures == []
    assert sorted(n for _, n in found) == list(range(EVENTS))


def test_when_the_database_is_killed_senders_are_told_to_come_back_and_nothing_is_lost(tmp_path):
    with postgres_cluster() as postgres:
        postgres.execute("CREATE DATABASE events")
        installation = Installation(tmp_path, {"DATABASE_URL": postgres.url("events")})
        installation.manage("migrate", "--verbosity", "0")
        with served(installation) as (web, key):
            told: list[tuple[int, str | None]] = []
            failures: list[object] = []
            client = client_of(key, web.port, failures=failures)
            send(client, range(100))
            client.flush()
            postgres.kill()
            for n in range(4):
                answer = post(web, key, [f"down{n}"])
                told.append((answer.status_code, answer.headers.get("Retry-After")))
                assert set(answer.json()) == {"code", "message"}
            send(client, range(100, 200))
            time.sleep(1)
            postgres.start()
            client.flush()
            client.join()
            assert told == [(503, "5")] * 4
            assert failures == []
            assert sorted(n for _, n in web.inbox()) == list(range(200))


def post(web: Web, key: str, ids: list[str]) -> requests.Response:
    batch = [{"type": "track", "event": "e", "userId": "u", "messageId": each} for each in ids]
    address = f"http://{HOST}:{web.port}/v1/batch"
    return requests.post(address, json={"batch": batch}, headers={"Authorization": f"Bearer {key}"}, timeout=60)


def test_many_senders_of_the_same_events_are_told_of_each_once(installation):
    """Two processes with four threads each: every event is accepted by one of them, and a duplicate for the others."""
    with served(installation) as (web, key), ThreadPoolExecutor(8) as senders:
        orders = [random.Random(seed).sample(range(200), 200) for seed in range(8)]
        answers = list(senders.map(lambda order: post(web, key, [f"m{n}" for n in order]).json(), orders))
        assert sum(answer["accepted"] for answer in answers) == 200
        assert sum(answer["duplicates"] for answer in answers) == 1_400
        web.kill()
        web.start()
        again = post(web, key, [f"m{n}" for n in range(200)]).json()
        assert (again["accepted"], again["duplicates"]) == (0, 200)
        assert len(web.inbox()) == 200


def test_a_body_in_chunks_is_read_to_its_end_and_a_redirect_never_comes(embedded):
    with served(embedded) as (web, key):
        body = json.dumps({"batch": [{"type": "track", "event": "e", "messageId": "m"}], "writeKey": key}).encode()
        chunks = iter([body[:10], body[10:]])
        for address, content in (("batch", chunks), ("batch/", body)):
            answer = requests.post(
                f"http://{HOST}:{web.port}/v1/{address}", data=content, allow_redirects=False, timeout=30
            )
            assert (answer.status_code, answer.json()["success"]) == (200, True)
        assert len(web.inbox()) == 1


def test_a_revoked_key_is_refused_by_every_process_at_once(embedded):
    with served(embedded) as (web, key):
        assert {post(web, key, [f"m{n}"]).status_code for n in range(12)} == {200}
        embedded.manage("revoke_key", key)
        assert {post(web, key, [f"n{n}"]).status_code for n in range(12)} == {401}
