"""What the doorbell and the schedule ring about facts. What is to be done stands in the database."""

import os
import socket

import structlog
from celery import shared_task
from django.utils import timezone

from accounts import deliveries, mailing
from accounts.ingest import jobs
from accounts.ingest.events import retention
from accounts.ingest.events.compact import compact
from accounts.ingest.events.fold import fold_waiting
from accounts.operations import asking, imports, mail, reengaging, sharing, silences

log = structlog.get_logger(__name__)


@shared_task
def fold_events() -> int:
    """The doorbell of the inbox: fold until nothing waits. Says how many events were folded."""
    count = 0
    while some := fold_waiting(at=timezone.now()):
        count += some
    if count:
        log.info("folded events", events=count)
    return count


@shared_task
def tidy_events() -> dict[str, int]:
    """Every night: what was folded and settled long ago goes, and rows of days that are over are joined."""
    gone = {**retention.tidy(at=timezone.now()), "joined_rows": compact(at=timezone.now())}
    deliveries.forget_hours(at=timezone.now())
    log.info("tidied events", **gone)
    return gone


@shared_task
def watch_sources() -> int:
    """Every minute: notice sources that fell silent, and tell operations. Says how many began to be silent."""
    began = silences.watch(at=timezone.now())
    silences.tell_operations(at=timezone.now())
    return len(began)


@shared_task
def send_mails() -> int:
    """The doorbell of the outbox: send what is due. Says how many mails went out."""
    count = mailing.send_due(clock=timezone.now)
    if count:
        log.info("sent mails", mails=count)
    return count


@shared_task
def send_surveys() -> int:
    """What surveys send by themselves. Says how many contacts were asked."""
    count = asking.send_due(at=timezone.now())
    if count:
        log.info("sent surveys", contacts=count)
    return count


@shared_task
def settle_reengagement() -> int:
    """Every night: whether those came back to whom we wrote 28 days ago. Says of how many mails that is known now."""
    count = reengaging.settle(today=timezone.localdate())
    if count:
        log.info("settled re-engagement mails", mails=count)
    return count


@shared_task
def thin_mails() -> dict[str, int]:
    """Every night: what old mails said goes, then that they were."""
    gone = mail.thin(at=timezone.now()) | {"openings_deleted": sharing.thin_openings(at=timezone.now())}
    log.info("thinned mails", **gone)
    return gone


@shared_task
def work_on_import(*, import_id: int) -> None:
    """Do what the import's state asks for. May run any number of times, on any number of workers."""
    jobs.work_on(pk=import_id, worker=f"{socket.gethostname()}:{os.getpid()}", clock=timezone.now)


@shared_task
def take_up_imports() -> int:
    """Ring again for imports on which nobody works. Says for how many."""
    left = jobs.left_behind(at=timezone.now())
    for import_id in left:
        ring_for_import(import_id)
    return len(left)


@shared_task
def tidy_imports() -> dict[str, int]:
    """Every night: imports with which nobody went on end, and files that nobody needs go."""
    gone = imports.tidy(at=timezone.now())
    log.info("tidied imports", **gone)
    return gone


def ring_for_import(import_id: int) -> None:
    """Call a worker, once the transaction is over."""
    work_on_import.delay_on_commit(import_id=import_id)
