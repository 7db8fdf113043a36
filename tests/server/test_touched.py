"""A survey answer changes the score within seconds (C-4, H-2): a real worker, a real broker, on both databases."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import psycopg2
import pytest

from tests.server.installation import Installation, wait_until
from tests.server.test_killed_worker import FORTY_ACCOUNTS, worker

# Yesterday is scored whole; the NPS of one account then waits for an answer.
YESTERDAY = """
from datetime import timedelta
from django.utils import timezone
from scoring.pipeline import score_days
score_days([timezone.localdate() - timedelta(days=1)], clock=timezone.now)
"""
ANSWER = """
from django.utils import timezone
from accounts.ingest.intake import take_in
from accounts.ingest.records import SurveyRecord
from accounts.models import Source
today = timezone.localdate()
record = SurveyRecord(
    external_id="{key}", account="{account}", kind="nps", asked_on=today, answered_on=today, score={score}
)
take_in(kind="surveys", records=[record], source=Source.objects.get(), at=timezone.now(), by=None)
"""
TODAYS = (
    "SELECT count(*) FROM scoring_snapshot s JOIN accounts_account a ON a.id = s.account_id JOIN scoring_scoringrun r"
)
TODAYS += " ON r.id = s.run_id WHERE r.kind = 'touched' AND a.external_id = '{account}'"
WAITING = "SELECT count(*) FROM accounts_accounttouch WHERE touches > settled"
ALL_AT_ONCE = """
from django.utils import timezone
from accounts.models import Account
from accounts import touches
touches.touch(list(Account.objects.values_list("pk", flat=True)), at=timezone.now())
"""
SECONDS = 5.0


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
    made.shell(YESTERDAY)
    return made


def asker(installation: Installation, statement: str) -> Callable[[], int]:
    """Asked directly: a command takes a second to start."""
    url = installation.variables.get("DATABASE_URL")

    def ask() -> int:
        connection = psycopg2.connect(url) if url else sqlite3.connect(installation.folder / "healthapp.sqlite3")
        with closing(connection), closing(connection.cursor()) as cursor:
            cursor.execute(statement)
            return cursor.fetchone()[0]

    return ask


def test_an_answer_changes_the_score_within_seconds(installation):
    with worker(installation, "worker"):
        for key, account in (("first", "7"), ("second", "8")):
            installation.shell(ANSWER.format(key=key, account=account, score=10))
            began = time.monotonic()
            scored = asker(installation, TODAYS.format(account=account))
            wait_until(scored, what="the answer has changed the score", seconds=60)
            took = time.monotonic() - began
        # The second time the worker is warm, and its process has read what it needs.
        assert took < SECONDS
        waiting = asker(installation, WAITING)
        wait_until(lambda: waiting() == 0, what="nobody waits")


def test_a_worker_that_is_killed_leaves_everybody_waiting_who_was_not_scored(installation):
    with worker(installation, "first") as running:
        installation.shell(ALL_AT_ONCE)
        running.kill()
    waiting = asker(installation, WAITING)
    scored = asker(installation, "SELECT count(*) FROM scoring_snapshot s JOIN scoring_scoringrun r ON r.id = s.run_id"
                                 " WHERE r.kind = 'touched'")  # fmt: skip
    assert waiting() + scored() == 40
    with worker(installation, "second"):
        # As beat does every few seconds.
        installation.shell("from scoring import tasks; tasks.rescore_touched.delay()")
        wait_until(lambda: waiting() == 0, what="nobody waits")
    assert scored() == 40
