"""How fresh a source is: when it brought something last, and whether that is longer ago than its rhythm allows."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.db.models import F, Max, Prefetch, Q, QuerySet

from accounts.models import InboxBatch, SourceFeed, SourceSilence

# A file of the night comes at two today and at ten past tomorrow: a quarter of the rhythm is late, and no alarm.
GRACE = 4


class Freshness(StrEnum):
    NEVER = "never"  # nothing ever came
    FRESH = "fresh"
    LATE = "late"  # the rhythm has passed, but not yet by a quarter of it
    SILENT = "silent"


@dataclass(frozen=True)
class Silent:
    """A source that is silent, since when, and what it used to bring."""

    source_id: int
    source: str
    since: datetime
    rhythm_days: int | None
    kinds: frozenset[str]


def freshness_of(*, last_at: datetime | None, rhythm_days: int | None, now: datetime) -> Freshness:
    """Without a rhythm a source that ever brought something is never late."""
    if last_at is None:
        return Freshness.NEVER
    if rhythm_days is None or now <= last_at + timedelta(days=rhythm_days):
        return Freshness.FRESH
    return Freshness.LATE if now <= silent_from(last_at, rhythm_days=rhythm_days) else Freshness.SILENT


def silent_from(last_at: datetime, *, rhythm_days: int) -> datetime:
    rhythm = timedelta(days=rhythm_days)
    return last_at + rhythm + rhythm / GRACE


def last_deliveries() -> dict[int, datetime]:
    """When each source brought something last; also what waits in the inbox has come. Two queries."""
    found = dict(SourceFeed.objects.values_list("source_id").annotate(at=Max("last_at")).order_by())
    waiting = InboxBatch.objects.filter(folded_at=None, is_repeat=False)
    for source_id, at in waiting.values_list("source_id").annotate(at=Max("received_at")).order_by():
        found[source_id] = max(at, found.get(source_id, at))
    return found


def open_silences() -> QuerySet[SourceSilence]:
    """Those that were noticed and not broken since, whether or not anybody has looked again."""
    spoken = SourceFeed.objects.filter(last_at__gt=F("source__silences__since"), source__silences__ended_at=None)
    return SourceSilence.objects.filter(ended_at=None).exclude(source__in=spoken.values("source"))


# What was read while it is remembered: empty until somebody asks.
_remembered: ContextVar[list[list[Silent]] | None] = ContextVar("silent sources", default=None)


@contextmanager
def silences_remembered() -> Iterator[None]:
    """Inside, `silent_sources` are read once: a page asks for its banner, its note and each of its blocks."""
    token = _remembered.set([])
    try:
        yield
    finally:
        _remembered.reset(token)


def silent_sources() -> list[Silent]:
    """The sources that are silent now, by name. One query, a second one where there are any; or what is remembered."""
    kept = _remembered.get()
    if kept is None:
        return silent_now()
    if not kept:
        kept.append(silent_now())
    return kept[0]


def silent_now() -> list[Silent]:
    return [silent_of(row) for row in with_feeds(open_silences())]


@dataclass(frozen=True)
class Silence:
    """A time in which a source was silent; `ended_at` is None while it is."""

    silent: Silent
    ended_at: datetime | None


def silences(*, until_after: date) -> list[Silence]:
    """Those that reached beyond a day, by name of their source. One query, a second one where there are any."""
    rows = SourceSilence.objects.filter(Q(ended_at=None) | Q(ended_at__date__gt=until_after))
    return [Silence(silent_of(row), ended_at=end_of(row)) for row in with_feeds(rows)]


def with_feeds(rows: QuerySet[SourceSilence]) -> QuerySet[SourceSilence]:
    feeds = Prefetch("source__feeds", queryset=SourceFeed.objects.order_by("kind"))
    return rows.select_related("source").prefetch_related(feeds).order_by("source__name", "since")


def silent_of(row: SourceSilence) -> Silent:
    return Silent(
        source_id=row.source_id,
        source=row.source.name,
        since=row.since,
        rhythm_days=row.source.rhythm_days,
        kinds=frozenset(feed.kind for feed in row.source.feeds.all()),
    )


def end_of(row: SourceSilence) -> datetime | None:
    """When the source spoke again, whether or not anybody has looked since."""
    spoken = max((feed.last_at for feed in row.source.feeds.all()), default=row.since)
    return row.ended_at or (spoken if spoken > row.since else None)
