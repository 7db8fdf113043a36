"""That a source brought something: of which kind, how much in which hour, and about whom a stream tells.

Whoever takes facts in notes it here, in its transaction: files when they are through, the API with each request, the
consumer of events with each fold, people with each value that they enter.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest

from accounts import bulk
from accounts.models import SourceFeed, SourceHour, StreamAccount

# The kind of what a stream brings, beside the kinds of records.
EVENTS = "events"
HOURS_KEPT = timedelta(days=90)


@transaction.atomic
def note(*, source_id: int, kind: str, brought: int, at: datetime) -> None:
    """The source brought so many rows of a kind, new or not: also what changes nothing shows that it works."""
    if brought:
        note_feed(source_id=source_id, kind=kind, brought=brought, at=at)
        note_hours({(source_id, hour_of(at)): brought})


def note_events(batches: Iterable[tuple[int, datetime, int]]) -> None:
    """Batches of events, each with its source and when it was received."""
    hours, newest, totals = Counter[tuple[int, datetime]](), dict[int, datetime](), Counter[int]()
    for source_id, received_at, events in batches:
        hours[source_id, hour_of(received_at)] += events
        totals[source_id] += events
        newest[source_id] = max(newest.get(source_id, received_at), received_at)
    for source_id in sorted(totals):
        note_feed(source_id=source_id, kind=EVENTS, brought=totals[source_id], at=newest[source_id])
    note_hours(hours)


def note_feed(*, source_id: int, kind: str, brought: int, at: datetime) -> None:
    first = {"first_at": at, "last_at": at, "brought": brought}
    feed, is_new = SourceFeed.objects.get_or_create(source_id=source_id, kind=kind, defaults=first)
    if not is_new:
        SourceFeed.objects.filter(pk=feed.pk).update(brought=F("brought") + brought, last_at=Greatest(F("last_at"), at))


def note_hours(hours: dict[tuple[int, datetime], int]) -> None:
    """In one order, so that two who note at the same moment never wait for each other."""
    bulk.add(
        model=SourceHour,
        fields=("source_id", "hour", "brought"),
        rows=[(*key, brought) for key, brought in sorted(hours.items())],
        unique=("source_id", "hour"),
        summed=("brought",),
    )


def note_accounts(pairs: Collection[tuple[int, int]]) -> None:
    """The accounts (source, account) whose use the sources' events told of."""
    for source_id in sorted({source for source, _ in pairs}):
        told = {account for source, account in pairs if source == source_id}
        known = StreamAccount.objects.filter(source=source_id, account__in=told).values_list("account", flat=True)
        new = [StreamAccount(source_id=source_id, account_id=account) for account in sorted(told - set(known))]
        StreamAccount.objects.bulk_create(new, ignore_conflicts=True)


def forget_hours(*, at: datetime) -> None:
    """Pages draw a month of days; what came in earlier hours stays in the totals."""
    SourceHour.objects.filter(hour__lt=at - HOURS_KEPT).delete()


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)
