"""A night of scoring with real processes: a world of 10,000 accounts, workers, beat, and what readers see meanwhile."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg2
from celery import Celery

from tests.server.installation import Installation, Running
from tests.server.servers import Broker, Postgres

ACCOUNTS = 10_000
# A short history that still gives every measure something to read.
USAGE_DAYS = 35
DAY = date(2026, 6, 30)
DAY_BEFORE = DAY - timedelta(days=1)
# Short, so that much can go wrong in a minute: many chunks to hit, soon free again, soon looked for.
HASTE = {"SCORING_CHUNK_ACCOUNTS": "250", "SCORING_LEASE_SECONDS": "2", "SCORING_REAPER_SECONDS": "1"}
CELERY = (sys.executable, "-m", "celery", "--app", "healthapp")
WORKER = (*CELERY, "worker", "--concurrency", "2", "--loglevel", "INFO", "--without-mingle")
BEAT = (*CELERY, "beat", "--pidfile", "", "--loglevel", "INFO")

# One statement sees one moment: what a reader of all tables would find.
WHAT_READERS_SEE = """
SELECT (SELECT count(*) FROM scoring_snapshot WHERE as_of = %(day)s),
       (SELECT coalesce(sum(accounts), 0)::int FROM scoring_dailysummary WHERE as_of = %(day)s),
       (SELECT count(*) FROM scoring_accounthealth WHERE as_of = %(day)s),
       (SELECT count(*) FROM scoring_accounthealth)
"""
SNAPSHOTS = """
SELECT account_id, as_of, version_id, score, customer_score, band, coverage::text, breakdown::text
FROM scoring_snapshot WHERE as_of = %(day)s ORDER BY account_id
"""
RUNS = "SELECT state FROM scoring_scoringrun WHERE as_of = %(day)s"
# A chunk is collected, then scored.
PROGRESS = """
SELECT coalesce(sum(CASE c.state WHEN 'waiting' THEN 0 WHEN 'collected' THEN 1 ELSE 2 END) / (2.0 * count(*)), 0)
FROM scoring_runchunk c JOIN scoring_scoringrun r ON r.id = c.run_id WHERE r.as_of = %(day)s
"""
HOLDERS = """
SELECT c.leased_by FROM scoring_runchunk c JOIN scoring_scoringrun r ON r.id = c.run_id
WHERE r.as_of = %(day)s AND c.leased_until > now()
"""
Row = tuple[Any, ...]


@dataclass
class Observer:
    """Somebody who asks the database, and asks again when it was away."""

    url: str
    connection: Any = None

    def ask(self, statement: str, *, day: date) -> list[Row] | None:
        """The rows, or None while the database is away."""
        try:
            if self.connection is None:
                self.connection = psycopg2.connect(self.url, connect_timeout=3)
                self.connection.autocommit = True
            with self.connection.cursor() as cursor:
                cursor.execute(statement, {"day": day})
                return cursor.fetchall()
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            self.close()
            return None

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


@dataclass
class Night:
    """One database on its way through the night, with the processes that were started for it."""

    installation: Installation
    postgres: Postgres
    broker: Broker
    observer: Observer
    started: list[Running] = field(default_factory=list)

    def start(self, *command: str) -> Running:
        """A process of ours with its log; it may be killed at any time."""
        running = self.installation.launch(*command, name=f"process-{len(self.started)}")
        self.started.append(running)
        return running

    def start_worker(self) -> Running:
        return self.start(*WORKER, "--hostname", f"worker{len(self.started)}@%h")

    def start_beat(self) -> Running:
        """Each with a file of its own, as on machines of their own."""
        return self.start(*BEAT, "--schedule", str(self.installation.folder / f"beat-{len(self.started)}"))

    def ring(self, task: str, **arguments: str) -> None:
        """Rings as a command would."""
        with Celery(broker=self.broker.url, set_as_current=False) as app:
            app.send_task(f"scoring.tasks.{task}", kwargs=arguments)

    def states(self, day: date) -> list[str]:
        """The state of each run of the day."""
        return [state for (state,) in self.observer.ask(RUNS, day=day) or []]

    def is_done(self, day: date) -> bool:
        return "done" in self.states(day)

    def progress(self, day: date) -> float:
        """From 0 to 1, how much of the day's run is ready to be written."""
        rows = self.observer.ask(PROGRESS, day=day)
        return float(rows[0][0]) if rows else 0.0

    def holders(self, day: date) -> list[Row]:
        """Who holds a chunk of the day's run."""
        return self.asked(HOLDERS, day)

    def snapshots(self, day: date) -> list[Row]:
        return self.asked(SNAPSHOTS, day)

    def sight(self, day: date) -> Row:
        """How much a reader sees now: snapshots, accounts in the day's sums, accounts in lists as of the day, all."""
        return self.asked(WHAT_READERS_SEE, day)[0]

    def asked(self, statement: str, day: date) -> list[Row]:
        found = self.observer.ask(statement, day=day)
        assert found is not None, "the database is away"
        return found

    def said(self, words: str) -> int:
        """How often all processes together have said so."""
        return sum(running.log.read_text().count(words) for running in self.started)

    @contextmanager
    def reader(self, day: date) -> Iterator[set[Row]]:
        """Somebody who looks all the time; gives every sight that there ever was until the block ends."""
        seen: set[Row] = set()
        is_over = threading.Event()
        observer = Observer(self.observer.url)

        def look() -> None:
            while not is_over.wait(0.02):
                seen.update(observer.ask(WHAT_READERS_SEE, day=day) or [])

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield seen
        finally:
            is_over.set()
            thread.join()
            observer.close()

    def end(self) -> None:
        for running in self.started:
            running.kill()
        self.observer.close()


@dataclass
class World:
    """The accounts with their facts, scored as of the day before: any number of nights begin from here."""

    postgres: Postgres
    broker: Broker
    folder: Path
    nights: int = 0

    @contextmanager
    def night(self, **variables: str) -> Iterator[Night]:
        """A copy of the world and an empty broker, with no process yet; all is gone afterwards."""
        self.nights += 1
        name = f"night{self.nights}"
        folder = self.folder / name
        folder.mkdir()
        self.postgres.execute(f"CREATE DATABASE {name} TEMPLATE world")
        self.broker.empty()
        url = self.postgres.url(name)
        addresses = {"DATABASE_URL": url, "CELERY_BROKER_URL": self.broker.url}
        installation = Installation(folder, {**HASTE, **addresses, **variables})
        night = Night(installation, self.postgres, self.broker, Observer(url))
        try:
            yield night
        finally:
            night.end()
            self.postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


def load(postgres: Postgres, *, folder: Path) -> None:
    """Makes the database that every night is a copy of."""
    postgres.execute("CREATE DATABASE world")
    installation = Installation(folder, {"DATABASE_URL": postgres.url("world")})
    installation.manage("migrate", "--verbosity", "0")
    installation.manage("load_synthetic", "--accounts", str(ACCOUNTS), "--days", str(USAGE_DAYS), "--raw-days", "0")
    installation.manage("recompute", "--as-of", DAY_BEFORE.isoformat())
