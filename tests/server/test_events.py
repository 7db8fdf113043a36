"""The consumer as a real process: an event changes the score within seconds, and kill -9 loses and doubles nothing."""

import os
import random
import time
from collections.abc import Callable

import pytest

from tests.server.installation import Installation, wait_until
from tests.server.test_killed_worker import FORTY_ACCOUNTS, worker
from tests.server.test_touched import SECONDS, TODAYS, YESTERDAY, asker

KILLS = int(os.environ.get("FAULT_KILLS", "3"))
BATCHES, BATCH = 30, 200
SEND = """
from django.utils import timezone
from accounts.ingest.events import doorbell
from accounts.ingest.events.accept import accept
from accounts.ingest.events.event import Event
from accounts.models import Source
at, source = timezone.now(), Source.objects.get().pk
for batch in range({batches}):
    events = [
        Event(type="track", message_id=f"{note}-{{batch}}-{{n}}", at=at, user_id=f"user-{{n % 50}}",
              group_id="{account}" or str(n % 40), name="Clicked")
        for n in range({count})
    ]
    accept(source_id=source, events=events, at=at)
# The bell's own thread would end with this short process.
doorbell.send()
"""
RING = "from accounts import tasks; tasks.fold_events.delay()"
UNFOLDED = "SELECT count(*) FROM accounts_inboxbatch WHERE folded_at IS NULL"
SUMS = (
    "SELECT coalesce(sum(events), 0) FROM accounts_usagerow", "SELECT coalesce(sum(events), 0) FROM accounts_userday",
    "SELECT coalesce(sum(events), 0) FROM accounts_accountday",
)  # fmt: skip


@pytest.fixture(params=["files", "servers"])
def installation(request, tmp_path, tables) -> Installation:
    addresses = {}
    if request.param == "servers":
        addresses = {
            "DATABASE_URL": request.getfixturevalue("postgres_url"),
            "CELERY_BROKER_URL": request.getfixturevalue("redis_url"),
        }
    made = tables.give(Installation(tmp_path, addresses))
    made.shell(FORTY_ACCOUNTS)
    return made


def test_an_event_changes_the_score_within_seconds(installation):
    installation.shell(YESTERDAY)
    with worker(installation, "worker"):
        for note, account in (("first", "7"), ("second", "8")):
            installation.shell(SEND.format(batches=1, count=1, note=note, account=account))
            began = time.monotonic()
            scored = asker(installation, TODAYS.format(account=account))
            wait_until(scored, what="the event has changed the score", seconds=60)
            took = time.monotonic() - began
        # The second time the worker is warm.
        assert took < SECONDS


def is_folded_at_last(installation: Installation, unfolded: Callable[[], int]) -> bool:
    """A ring may be lost; beat, which is not there, would ring again."""
    installation.shell(RING)
    return unfolded() == 0


def test_a_consumer_that_is_killed_again_and_again_counts_each_event_once(installation):
    before = [asker(installation, sql)() for sql in SUMS]
    installation.shell(SEND.format(batches=BATCHES, count=BATCH, note="load", account=""))
    unfolded = asker(installation, UNFOLDED)
    for n in range(KILLS):
        with worker(installation, f"killed-{n}") as running:
            installation.shell(RING)
            time.sleep(random.uniform(0, 1))
            running.kill()
    with worker(installation, "last"):
        wait_until(lambda: is_folded_at_last(installation, unfolded), what="everything is folded")
    for sql, had in zip(SUMS, before, strict=True):
        assert asker(installation, sql)() - had == BATCHES * BATCH
