"""Clients that send batches all the time and send again what was not acknowledged; and what came of it."""

import itertools
import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Self

import psycopg2
import requests

from tests.server.installation import Installation

SENDERS, BATCH, ACCOUNTS, USERS = 3, 40, 40, 7
PAUSE_SECONDS = 0.03
GIVE_UP_AFTER = 2_000
TRY_AGAIN = {429, 500, 502, 503}
# Account and day; the same in every table in which use is counted.
Counts = Counter[tuple[str, date]]
BY_ACCOUNT_AND_DAY = (
    "SELECT a.external_id, t.day, sum(t.events) FROM {table} t JOIN accounts_account a ON a.id = t.account_id"
    " GROUP BY a.external_id, t.day"
)
TABLES = ("accounts_usagerow", "accounts_userday", "accounts_accountday")
UNFOLDED = "SELECT count(*) FROM accounts_inboxbatch WHERE folded_at IS NULL"
REST = "SELECT (SELECT count(*) FROM accounts_eventquarantine), (SELECT count(*) FROM accounts_heldevent)"


@dataclass
class Senders:
    """Threads that send until the block ends, and then until all that they began to send is acknowledged."""

    address: str
    key: str
    acknowledged: Counts = field(default_factory=Counter)
    again: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_over: threading.Event = field(default_factory=threading.Event)
    failures: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self.threads = [threading.Thread(target=self.keep_sending, args=(n,)) for n in range(SENDERS)]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        for thread in self.threads:
            thread.join()
        assert not self.failures, self.failures

    def keep_sending(self, sender: int) -> None:
        for number in itertools.count():
            if self.is_over.wait(PAUSE_SECONDS):
                return
            batch = [event(sender, number, n) for n in range(BATCH)]
            if not self.is_acknowledged(batch):
                return
            with self.lock:
                self.acknowledged.update((each["context"]["groupId"], day_of(each)) for each in batch)

    def is_acknowledged(self, batch: list[dict[str, Any]]) -> bool:
        """Sends the same again until it is."""
        for _ in range(GIVE_UP_AFTER):
            answer = self.answer_to(batch)
            if answer is None or answer.status_code in TRY_AGAIN:
                with self.lock:
                    self.again += 1
                time.sleep(pause_after(answer))
                continue
            told = answer.json()
            if answer.status_code == 200 and told["accepted"] + told["duplicates"] == BATCH:
                return True
            self.failures.append(answer.text)
            return False
        self.failures.append("never answered")
        return False

    def answer_to(self, batch: list[dict[str, Any]]) -> requests.Response | None:
        try:
            return requests.post(self.address, json={"batch": batch}, auth=(self.key, ""), timeout=20)
        except requests.RequestException:
            return None

    def told(self) -> str:
        return f"{self.acknowledged.total()} events acknowledged, {self.again} batches sent again"


def pause_after(answer: requests.Response | None) -> float:
    """Seconds until the next try. Who sends too much waits as long as told, as clients do."""
    return int(answer.headers["Retry-After"]) if answer is not None and answer.status_code == 429 else 0.1


def event(sender: int, number: int, n: int) -> dict[str, Any]:
    """Of an account, a user and a day of its own number."""
    day = date.today() - timedelta(days=1 + n % 3)  # noqa: DTZ011 - noon is of the same day in most zones
    return {
        "type": "track",
        "event": "Clicked",
        "messageId": f"{sender}-{number}-{n}",
        "userId": f"user-{n % USERS}",
        "context": {"groupId": str((n + number) % ACCOUNTS)},
        "timestamp": f"{day.isoformat()}T12:00:00Z",
    }


def day_of(sent: dict[str, Any]) -> date:
    return date.fromisoformat(sent["timestamp"][:10])


def rows(installation: Installation, statement: str) -> list[tuple[Any, ...]]:
    """Asked directly: a command takes a second to start."""
    url = installation.variables.get("DATABASE_URL")
    connection = psycopg2.connect(url) if url else sqlite3.connect(installation.folder / "healthapp.sqlite3")
    with closing(connection), closing(connection.cursor()) as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def is_all_folded(installation: Installation) -> bool:
    return rows(installation, UNFOLDED) == [(0,)]


def counted(installation: Installation) -> dict[str, Counts]:
    """What counts, by table; nothing waits anywhere else."""
    assert rows(installation, REST) == [(0, 0)]
    return {table: counts_in(installation, table) for table in TABLES}


def counts_in(installation: Installation, table: str) -> Counts:
    found = rows(installation, BY_ACCOUNT_AND_DAY.format(table=table))
    # SQLite gives days as text.
    return Counter({(account, date.fromisoformat(str(day))): int(events) for account, day, events in found})
