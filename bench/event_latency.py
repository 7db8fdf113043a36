"""From event to score: 200 events a second, each of another account, with real workers; how long until each counts."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta

import numpy as np
from django.db import connection
from django.utils import timezone

from accounts.demo.synthetic.company import Company
from accounts.ingest.events import doorbell
from accounts.ingest.events.accept import accept
from accounts.ingest.events.event import Event
from accounts.ingest.events.fold import WAITING
from accounts.models import Account, AccountTouch, KnownDay, Source
from accounts.tasks import fold_events
from accounts.touches import is_anybody_waiting
from bench.company import load_company
from bench.database import address, empty_database, settle
from bench.processes import ROOT
from bench.runner import Result
from scoring.pipeline import score_days
from scoring.rescore import rescore_waiting

ACCOUNTS, PER_SECOND, SECONDS, WORKERS = 10_000, 200, 20, 2
PER_BATCH = 20
GIVE_UP_SECONDS = 60
# Scored with a fact of its own, not because its source spoke.
SETTLED = "SELECT account_id FROM accounts_accounttouch WHERE touches = settled AND turn = 0"


def measure() -> list[Result]:
    with empty_database():
        load_company(Company(accounts=ACCOUNTS, days=2, as_of=timezone.localdate()), raw_days=0)
        score_days([timezone.localdate() - timedelta(days=1)], clock=timezone.now)
        keys = dict(Account.objects.order_by("pk").values_list("pk", "external_id"))
        speak_for_today(next(iter(keys.values())))
        settle()
        with workers():
            warm_up(list(keys.values())[-50:])
            usual = latencies(keys, count=PER_SECOND * SECONDS, note="usual")
            forget_today()
            first = latencies(keys, count=PER_SECOND * SECONDS, note="first of a day")
    return [
        result(f"event to score at {PER_SECOND} events/s (p95)", usual),
        result(f"… from the first event of a day on, {ACCOUNTS:,} accounts of the source (p95)", first),
    ]


def result(name: str, taken: list[float]) -> Result:
    p95, p50 = (round(float(np.percentile(taken, share)), 2) for share in (95, 50))
    return Result(name, p95, "s", "half of them", p50, bar=5.0)


def forget_today() -> None:
    """As if the source had said nothing of the day yet: its next event touches all of its accounts."""
    while is_anybody_waiting():
        time.sleep(0.2)
    KnownDay.objects.filter(day=timezone.localdate()).delete()
    AccountTouch.objects.all().delete()


def speak_for_today(account: str) -> None:
    """The first event of a day is news about every account: that is not what is measured here."""
    send([account], note="first")
    fold_events()
    while rescore_waiting(as_of=timezone.localdate(), at=timezone.now()):
        pass


def send(accounts: list[str], *, note: str) -> None:
    at = timezone.now()
    events = [
        Event(type="track", message_id=f"{note}-{key}", at=at, user_id=f"user-{key}", group_id=key, name="reports")
        for key in accounts
    ]
    accept(source_id=Source.objects.get(name="synthetic").pk, events=events, at=at)


@contextmanager
def workers() -> Iterator[None]:
    """As the installation runs them: one process each, on the configured broker."""
    command = [sys.executable, "-m", "celery", "--app", "healthapp", "worker", "--concurrency", str(WORKERS)]
    with subprocess.Popen(
        [*command, "--without-gossip", "--without-mingle", "--loglevel", "ERROR"], cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address(), "LOG_LEVEL": "ERROR"}, start_new_session=True,
    ) as team:  # fmt: skip
        try:
            yield
        finally:
            team.terminate()
            with suppress(subprocess.TimeoutExpired):
                team.wait(timeout=20)
            team.kill()


def warm_up(accounts: list[str]) -> None:
    """Until the workers are there and have read what they need."""
    for n in range(3):
        send(accounts, note=f"warm-{n}")
        waited = time.monotonic()
        while is_anybody_waiting() or WAITING.all().exists():
            if time.monotonic() - waited > GIVE_UP_SECONDS:
                raise RuntimeError("The workers do nothing.")
            time.sleep(0.2)
            doorbell.ring()
    AccountTouch.objects.all().delete()


def latencies(keys: dict[int, str], *, count: int, note: str) -> list[float]:
    """Seconds from the acceptance of each event to the first look at which its account was scored with it."""
    chosen = list(keys)[:count]
    sent: dict[int, float] = {}
    taken: dict[int, float] = {}
    began = time.monotonic()
    while len(taken) < count:
        elapsed = time.monotonic() - began
        if elapsed > SECONDS + GIVE_UP_SECONDS:
            raise RuntimeError(f"{count - len(taken)} events were not counted in time.")
        due = chosen[len(sent) : min(count, int(elapsed * PER_SECOND))]
        for start in range(0, len(due), PER_BATCH):
            some = due[start : start + PER_BATCH]
            send([keys[pk] for pk in some], note=note)
            sent.update(dict.fromkeys(some, time.monotonic()))
        look(sent, taken)
        time.sleep(0.05)
    return list(taken.values())


def look(sent: dict[int, float], taken: dict[int, float]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SETTLED)
        settled = {account for (account,) in cursor.fetchall()}
    now = time.monotonic()
    taken.update({pk: now - sent[pk] for pk in settled & sent.keys() - taken.keys()})
