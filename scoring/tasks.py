"""What the schedule rings. The broker is only a doorbell: what is to be done stands in the database."""

import os
import socket
from collections.abc import Sequence
from datetime import date, timedelta

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from accounts import touches
from accounts.models.touches import Turn
from accounts.operations.history import settle_due
from scoring import exports, previews, rescore, runs
from scoring.alerts import targets
from scoring.alerts.deliver import deliver_due
from scoring.alerts.mails import mail_due
from scoring.alerts.watch import look
from scoring.benchmarks import work_out_benchmarks
from scoring.churn_rates import work_out_churn
from scoring.growth import work_out_growth
from scoring.leaderboard import work_out_boards
from scoring.models import ScoringRun
from scoring.pipeline import work_on
from scoring.plan_effect import work_out_plan_effects
from scoring.product_use import work_out_use
from scoring.reminders import remind_owners
from scoring.renewal_rates import work_out_renewals
from scoring.rescore import rescore_waiting
from scoring.retention import thin
from scoring.year import work_out_year

log = structlog.get_logger(__name__)
MOST_WORKERS = 4
# A ring for alerts that nobody hears by then is worth nothing: beat rings again.
ALERTS_RING_SECONDS = 30


@shared_task
def score_last_night() -> int:
    """Score yesterday, which is over: its facts are in. Before that, changes dated ahead come into force."""
    settle_due(at=timezone.now())
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
    ring_for_alerts()
    log.info("worked on run", run=run_id, as_of=str(run.as_of), state=ScoringRun.objects.get(pk=run_id).state)


@shared_task
def rescore_touched() -> int:
    """The doorbell of new facts: score, as of today, whoever waits with one. Says how many waited."""
    count = 0
    while some := rescore_waiting(as_of=timezone.localdate(), at=timezone.now(), turns=[Turn.OWN]):
        count += some
    if count:
        log.info("rescored", accounts=count)
        ring_for_alerts()
    ring_for_others()
    return count


@shared_task
def rescore_others(*, first: int) -> int:
    """Some of those who wait because their source spoke of a day; then whatever was rung meanwhile has its turn.

    `first` is who was the next of them at the ring. Of many rings for the same one only the first does anything.
    """
    count = rescore.rescore_others(first, as_of=timezone.localdate(), at=timezone.now())
    if count:
        log.info("rescored because a source spoke", accounts=count)
        ring_for_alerts()
        ring_for_others()
    return count


def ring_for_others() -> None:
    if (first := touches.first_waiting(Turn.SOURCE)) is not None:
        rescore_others.apply_async(kwargs={"first": first}, expires=touches.RING_SECONDS)


@shared_task
def compute_preview(*, preview_id: int) -> bool:
    """The doorbell of a draft's preview."""
    return previews.work(preview_id, clock=timezone.now)


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


@shared_task
def write_export(*, export_id: int) -> None:
    """Write the export that was ordered, unless somebody does already."""
    exports.work_on_export(pk=export_id, clock=timezone.now)


@shared_task
def tend_exports() -> int:
    """Files whose time is over are deleted; exports that nobody writes are taken up. Says how many."""
    exports.delete_expired(at=timezone.now())
    left = exports.left_behind(at=timezone.now())
    for pk in left:
        write_export.delay(export_id=pk)
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


@shared_task
def remind_of_ratings() -> int:
    """Every morning: who owes values of entered measures gets one mail a week. Says how many were queued."""
    return remind_owners(today=timezone.localdate(), at=timezone.now())


@shared_task
def watch_alerts() -> int:
    """The doorbell of alerts: look at what is new under every rule, and write the mails that are due."""
    count = look(at=timezone.now(), today=timezone.localdate())
    mailed = mail_due(at=timezone.now())
    if count:
        deliver_alerts.apply_async(expires=ALERTS_RING_SECONDS)
    if count or mailed:
        log.info("told of alerts", alerts=count, mails=mailed)
    return count


@shared_task
def deliver_alerts() -> int:
    """The doorbell of messages to targets: send what is due. Says how many were taken."""
    count = deliver_due(clock=timezone.now)
    if count:
        log.info("delivered alerts", messages=count)
    return count


@shared_task
def thin_alerts() -> dict[str, int]:
    """Every night: messages and alerts of long ago go."""
    gone = targets.thin(at=timezone.now())
    log.info("thinned alerts", **gone)
    return gone


def ring_for_alerts() -> None:
    watch_alerts.apply_async(expires=ALERTS_RING_SECONDS)


@shared_task
def work_out_studies() -> int:
    """Once a night: what pages about all accounts show and could not work out in time. Says how many."""
    done = work_out_boards(at=timezone.now()) + work_out_plan_effects(at=timezone.now())
    done += work_out_use(at=timezone.now())
    done += work_out_churn(at=timezone.now())
    groups = work_out_benchmarks(at=timezone.now())
    done += work_out_renewals(at=timezone.now())
    days = work_out_year(at=timezone.now())
    log.info("worked out studies", studies=len(done), benchmarks=groups, days=len(days))
    return len(done) + len(days)
    work_out_growth(at=timezone.now())
    log.info("worked out studies", studies=len(done))
    return len(done)
