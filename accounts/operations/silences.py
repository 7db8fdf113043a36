"""The alarm: a source that is silent for longer than its rhythm is noted once, logged once and told by one mail."""

from datetime import date, datetime

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.access import Action, users_who_can
from accounts.models import Source, SourceSilence
from accounts.operations.mail import queue_mail
from accounts.queries.silence import Freshness, freshness_of, last_deliveries

log = structlog.get_logger(__name__)


@transaction.atomic
def watch(*, at: datetime) -> list[SourceSilence]:
    """Looks at every source; returns the silences that began. Those that are over are ended."""
    last = last_deliveries()
    open_ones = {row.source_id: row for row in SourceSilence.objects.filter(ended_at=None).select_related("source")}
    began = []
    for source in Source.objects.order_by("pk"):
        last_at, silence = last.get(source.pk), open_ones.get(source.pk)
        state = freshness_of(last_at=last_at, rhythm_days=source.rhythm_days, now=at)
        is_same = silence is not None and state is Freshness.SILENT and silence.since == last_at
        if silence is not None and not is_same:
            end(silence, at=at)
        if state is Freshness.SILENT and last_at is not None and not is_same:
            began += begin(source, since=last_at, at=at)
    return began


def begin(source: Source, *, since: datetime, at: datetime) -> list[SourceSilence]:
    """Whoever looks at the same moment finds it noted already."""
    silence, is_new = SourceSilence.objects.get_or_create(
        source=source, ended_at=None, defaults={"since": since, "noticed_at": at}
    )
    if not is_new:
        return []
    log.warning("source is silent", source=source.name, since=since.isoformat(), rhythm_days=source.rhythm_days)
    return [silence]


def end(silence: SourceSilence, *, at: datetime) -> None:
    if SourceSilence.objects.filter(pk=silence.pk, ended_at=None).update(ended_at=at):
        log.info("source is silent no more", source=silence.source.name, since=silence.since.isoformat())


@transaction.atomic
def tell_operations(*, at: datetime) -> int:
    """A mail to each of operations for each silence of which nobody was told; says of how many they were."""
    people = list(users_who_can(Action.MANAGE_SOURCES).order_by("pk").values_list("email", flat=True))
    untold = SourceSilence.objects.filter(ended_at=None, told_at=None).select_related("source").order_by("pk")
    return sum(tell(silence, people, at=at) for silence in untold) if people else 0


def tell(silence: SourceSilence, people: list[str], *, at: datetime) -> bool:
    if not SourceSilence.objects.filter(pk=silence.pk, told_at=None).update(told_at=at):
        return False
    source, since = silence.source, timezone.localtime(silence.since)
    subject = f"{source.name} is silent since {written(since.date())}"
    for person in people:
        queue_mail(to=person, cause=f"silence:{silence.pk}", subject=subject, text=text_about(silence), at=at)
    return True


def text_about(silence: SourceSilence) -> str:
    source, since = silence.source, timezone.localtime(silence.since)
    days = "day" if source.rhythm_days == 1 else f"{source.rhythm_days} days"
    return (
        f"{source.name} has brought nothing since {written(since.date())}, {since:%H:%M}. It should every {days}.\n\n"
        "Scores that depend on it are marked as stale until it brings something again. Look at Sources in healthapp: "
        "there are its keys, what came last and what waits in quarantine. Where the rhythm has changed, set it there.\n"
    )


def written(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
