"""Events over real HTTP: taken in for good, beside the same server only decoding them, and beside the naive way.

The three take turns, so that what else the machine does hits each alike. A figure is the median of the turns.
"""

import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import EventSeen, InboxBatch
from accounts.operations.sources import create_key, create_source
from bench.database import ROOT, Watch, address, empty_database
from bench.line import line
from bench.runner import Result
from bench.stream.naive import NaiveEvent

EVENTS = 200
BATCHES = 400
TURNS = 7
SENDERS = 8
HOST = "127.0.0.1"
START_SECONDS = 30
OURS, FLOOR, NAIVE = "/v1/batch", "/bench/decode", "/bench/naive"
# The naive way takes so much longer that a part of the batches will do.
NAIVE_SHARE = 5


@dataclass(frozen=True)
class Web:
    """A server that runs, and the key that it takes."""

    port: int
    key: str

    def events_per_second(self, path: str, *, batches: int) -> float:
        """Several senders at once, each on a connection that it keeps; the bodies are made before."""
        bodies = [body_of_batch(n) for n in range(batches)]
        with ThreadPoolExecutor(SENDERS) as senders:
            watch = Watch()
            list(senders.map(lambda n: self.send(path, bodies[n::SENDERS]), range(SENDERS)))
            return batches * EVENTS / watch.seconds

    def send(self, path: str, bodies: list[bytes]) -> None:
        sign = base64.b64encode(f"{self.key}:".encode()).decode()
        headers = {"Authorization": f"Basic {sign}", "Content-Type": "application/json"}
        with line(HOST, self.port, path, headers) as kept:
            for body in bodies:
                status, content = kept.post(body)
                assert (status, json.loads(content)["accepted"]) == (200, EVENTS), content


def measure(batches: int = BATCHES, turns: int = TURNS) -> list[Result]:
    with empty_database(), served() as web:
        for path in (FLOOR, OURS, NAIVE):
            web.events_per_second(path, batches=max(SENDERS, batches // 10))
        before = EventSeen.objects.count()
        taken = [turn(web, batches) for _ in range(turns)]
        # Everything that was answered is there.
        assert EventSeen.objects.count() - before == turns * batches * EVENTS
        assert InboxBatch.objects.filter(events=EVENTS).count() * EVENTS == EventSeen.objects.count()
    rates = {path: round(median(each[path] for each in taken)) for path in (OURS, FLOOR, NAIVE)}
    where = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}[connection.vendor]
    bars = connection.vendor == "postgresql"
    return [
        result(f"events accepted, {where}", rates[OURS], "only decoded", rates[FLOOR], bars, 1 / 6, 1 / 3),
        result(f"events accepted against DRF, {where}", rates[OURS], "DRF, bulk_create", rates[NAIVE], bars, 8, 15),
    ]


def result(name: str, value: float, base: str, base_value: float, bars: bool, bar: float, aim: float) -> Result:
    return Result(
        name, value, "events/s", base, base_value, is_higher_better=True,
        ratio_bar=bar if bars else None, ratio_aim=aim if bars else None,
    )  # fmt: skip


def turn(web: Web, batches: int) -> dict[str, float]:
    return {
        path: web.events_per_second(path, batches=max(SENDERS, batches // share))
        for path, share in ((FLOOR, 1), (OURS, 1), (NAIVE, NAIVE_SHARE))
    }


def body_of_batch(n: int) -> bytes:
    now = timezone.now().isoformat()
    return json.dumps({"batch": [event(n * EVENTS + m, now) for m in range(EVENTS)], "sentAt": now}).encode()


def event(n: int, now: str) -> dict[str, Any]:
    """As segment-analytics-python sends it."""
    return {
        "type": "track",
        "messageId": str(uuid.uuid4()),
        "timestamp": now,
        "userId": f"user-{n % 997}",
        "anonymousId": None,
        "event": f"Feature {n % 23} used",
        "properties": {"seconds": n % 600, "path": f"/reports/{n % 89}", "plan": "pro", "is_first": n % 7 == 0},
        "context": {
            "groupId": f"account-{n % 101}",
            "library": {"name": "analytics-python", "version": "2.3.3"},
            "ip": "203.0.113.7",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
        },
        "integrations": {},
    }


@contextmanager
def served() -> Iterator[Web]:
    """gunicorn as in production, one process per core, on the present database."""
    with connection.schema_editor() as editor:
        editor.create_model(NaiveEvent)
    source = create_source(name="bench", by=None, at=timezone.now())
    _, key = create_key(source=source, name="bench", by=None, at=timezone.now())
    port = free_port()
    command = ["gunicorn", "healthapp.wsgi", "--bind", f"{HOST}:{port}", "--threads", "4", "--no-control-socket"]
    with tempfile.TemporaryDirectory() as folder:
        known = {
            **os.environ, "DATABASE_URL": address(), "VAR_DIR": folder, "LOG_LEVEL": "WARNING",
            "WEB_CONCURRENCY": str(os.cpu_count()), "DJANGO_SETTINGS_MODULE": "bench.stream.settings",
        }  # fmt: skip
        with (Path(folder) / "log").open("wb") as log:
            web = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=known, stdout=log, stderr=log)
        try:
            wait_for(port)
            yield Web(port, key)
        finally:
            web.terminate()
            web.wait()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        try:
            with closing(http.client.HTTPConnection(HOST, port)) as asked:
                asked.request("GET", "/healthz")
                assert asked.getresponse().status == 200
                return
        except OSError:
            assert time.monotonic() < give_up_at, "The server does not start."
            time.sleep(0.1)
