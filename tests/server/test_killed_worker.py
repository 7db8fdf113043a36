"""kill -9 of a real worker in the middle of a run: after a restart, the same snapshots as if nothing had happened."""

import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest

from tests.server.installation import Installation, Running, wait_until

DAY = "2026-06-30"
SMALL_CHUNKS = {"SCORING_CHUNK_ACCOUNTS": "3", "SCORING_LEASE_SECONDS": "2"}
FORTY_ACCOUNTS = """
from datetime import UTC, date, datetime
from accounts.models import Account, AccountHistory, ManualReading, Organization, Source
from scoring.operations import publish_shipped
now = datetime(2026, 6, 30, tzinfo=UTC)
Organization.objects.create(pk=1, name="Kestrel Works")
source = Source.objects.create(name="files")
publish_shipped(by=None, at=now)
for n in range(40):
    account = Account.objects.create(
        source=source, external_id=str(n), name=f"Account {n}", started_on=date(2024, 1, 1), recorded_at=now, arr=1000
    )
    AccountHistory.objects.create(
        account=account, valid_from=date(2024, 1, 1), recorded_at=now, phase="value", status="active", arr=1000,
        currency="USD",
    )
    account.tickets.create(source=source, external_id=str(n), recorded_at=now, opened_at=datetime(2026, 6, n % 28 + 1,
        tzinfo=UTC))
    account.responses.create(source=source, external_id=str(n), recorded_at=now, kind="nps", asked_on=date(2026, 6, 1),
        answered_on=date(2026, 6, 2), score=n % 11)
"""
SNAPSHOTS = """
from scoring.models import Snapshot
for row in Snapshot.objects.order_by("account__name").values_list(
    "account__name", "as_of", "score", "band", "coverage", "breakdown"
):
    print(*row[:-1], bytes(row[-1]).hex())
"""
STATE = """
SELECT r.state, count(*) FILTER (WHERE c.state <> 'waiting'), count(c.id)
FROM scoring_scoringrun r LEFT JOIN scoring_runchunk c ON c.run_id = r.id GROUP BY r.id
"""


def state(installation: Installation) -> str:
    """The run's state and how many chunks are done; asked directly, since a command takes a second to start."""
    url = installation.variables.get("DATABASE_URL")
    connection = psycopg2.connect(url) if url else sqlite3.connect(installation.folder / "healthapp.sqlite3")
    with closing(connection), closing(connection.cursor()) as cursor:
        cursor.execute(STATE)
        return " ".join(str(field) for field in cursor.fetchone() or ())


@contextmanager
def worker(installation: Installation, name: str) -> Iterator[Running]:
    command = (
        sys.executable,
        "-m",
        "celery",
        "--app",
        "healthapp",
        "worker",
        "--pool",
        "prefork",
        "--concurrency",
        "1",
    )
    with installation.process(*command, "--loglevel", "INFO", name=name) as running:
        wait_until(lambda: running.said("ready."), what="the worker is ready")
        yield running


def ring(installation: Installation, task: str, **arguments: str) -> None:
    installation.shell(f"from scoring import tasks; tasks.{task}.delay(**{arguments!r})")


def undisturbed(installation: Installation) -> str:
    """The snapshots of a run that nobody disturbs, which are then removed."""
    installation.manage("recompute", "--as-of", DAY)
    expected = installation.shell(SNAPSHOTS)
    installation.shell(
        "from scoring.models import *; Snapshot.objects.all().delete(); AccountHealth.objects.all().delete();"
        "RunChunk.objects.all().delete(); ScoringRun.objects.all().delete()"
    )
    return expected


@pytest.fixture
def on_files(tmp_path, tables) -> Installation:
    return prepared(tables.give(Installation(tmp_path, dict(SMALL_CHUNKS))))


@pytest.fixture
def on_servers(tmp_path, tables, postgres_url, redis_url) -> Installation:
    addresses = {"DATABASE_URL": postgres_url, "CELERY_BROKER_URL": redis_url}
    return prepared(tables.give(Installation(tmp_path, {**SMALL_CHUNKS, **addresses})))


def prepared(installation: Installation) -> Installation:
    installation.shell(FORTY_ACCOUNTS)
    return installation


@pytest.mark.parametrize("parts", ["on_files", "on_servers"])
def test_a_worker_killed_at_any_point_leaves_nothing_that_a_restart_does_not_finish(parts, request):
    installation = request.getfixturevalue(parts)
    expected = undisturbed(installation)
    assert expected.count("\n") == 39
    with worker(installation, "first") as running:
        ring(installation, "score_day", as_of=DAY)
        wait_until(lambda: state(installation), what="the run has begun")
        running.kill()
    assert installation.shell(SNAPSHOTS) in {"", expected}  # all of a run or nothing
    for attempt in range(3):
        with worker(installation, f"again{attempt}") as running:
            ring(installation, "take_up_what_was_left")
            if attempt < 2:
                before = state(installation)
                wait_until(
                    lambda before=before: state(installation) != before or "done" in before,
                    what="the run went on",
                    seconds=20,
                )
                running.kill()
            else:
                finish(installation)
    assert installation.shell(SNAPSHOTS) == expected


def finish(installation: Installation) -> None:
    """Rings as beat does each minute, only more often, until the run is done."""

    def is_done() -> bool:
        ring(installation, "take_up_what_was_left")
        return state(installation).startswith("done")

    wait_until(is_done, what="the run is done")
