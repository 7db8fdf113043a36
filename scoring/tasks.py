"""What the schedule rings. The broker is only a doorbell: what is to be done stands in the database."""

import os
import socket
from collections.abc import Sequence
from datetime import date, timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts.operations.history import settle_due
from scoring import runs
from scoring.models import ScoringRun
from scoring.pipeline import work_on
from scoring.rescore import rescore_waiting
from scoring.retention import thin

log = structlog.get_logger(__name__)
MOST_WORKERS = 4


@shared_task
def score_last_night() -> int:
    """Score yesterday, which is over: its facts are in. Before that, changes dated ahead come into force."""
    settle_due(today=timezone.localdate())
    run = runs.start_run(as_of=timezone.localdate() - timedelta(days=1), at=timezone.now())
    return ring(run)


@shared_task
def score_day(*, as_of: str) -> int:
    """Score one day, by its ISO date."""
    run = runs.start_run(as_of=date.fromisoformat(as_of), at=timezone.now())
    return ring(run)


@shared_task
def work_on_run(*, run_id: int) -> None:
    """Take chunks of a run until none is free. May run any number of times, on any number of workers."""
    run = ScoringRun.objects.get(pk=run_id)
    worker = f"{socket.gethostname()}:{os.getpid()}"
    work_on(run, worker=worker, clock=timezone.now)
    log.info("worked on run", run=run_id, as_of=str(run.as_of), state=ScoringRun.objects.get(pk=run_id).state)


@shared_task
def rescore_touched() -> int:
    """The doorbell of new facts: score, as of today, whoever waits. Says how many waited."""
    count = 0
    while some := rescore_waiting(as_of=timezone.localdate(), at=timezone.now()):
        count += some
    if count:
        log.info("rescored", accounts=count)
    return count


@shared_task
def thin_old_snapshots() -> int:
    """Once a month: of old months only each account's last day is kept. Says how many snapshots went."""
    done = thin(keep_months=settings.SNAPSHOT_KEEP_MONTHS, today=timezone.localdate())
    gone = sum(month.snapshots + month.superseded for month in done)
    log.info("thinned snapshots", months=len(done), gone=gone)
    return gone


@shared_task
def take_up_what_was_left() -> int:
    """The reaper: ring again for runs in which nobody works. Says for how many."""
    left = runs.left_behind(at=timezone.now())
    for run in left:
        ring(run)
    return len(left)


def ring_for(runs_ordered: Sequence[ScoringRun]) -> None:
    """Ring for the oldest few; the reaper rings for the others when these are done."""
    for run in runs_ordered[: runs.RUNG_AT_ONCE]:
        ring(run)


def ring(run: ScoringRun) -> int:
    """Call workers: as many as can be of use. Who comes when nothing is left goes at once."""
    for _ in range(min(max(run.chunks.count(), 1), MOST_WORKERS)):
        work_on_run.delay_on_commit(run_id=run.pk)
    return run.pk
