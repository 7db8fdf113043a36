"""Sources as pages show them, and their keys, as requests ask for them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from accounts.deliveries import EVENTS
from accounts.models import (
    EventQuarantine,
    HeldEvent,
    InboxBatch,
    IngestRun,
    QuarantineState,
    Source,
    SourceFeed,
    SourceHour,
    SourceKey,
)
from accounts.queries.silence import last_deliveries


@dataclass(frozen=True)
class LiveKey:
    """A key that works, and whose it is."""

    pk: int
    source_id: int
    last_used_at: datetime | None


@dataclass(frozen=True)
class SourceFacts:
    """A source with what it brought, how, and what of it waits. `days` has only those on which something came."""

    source: Source
    last_at: datetime | None = None
    kinds: tuple[str, ...] = ()
    brought: int = 0
    days: dict[date, int] = field(default_factory=dict)
    live_keys: int = 0
    in_quarantine: int = 0
    is_stream: bool = False
    has_files: bool = False

    @property
    def has_records(self) -> bool:
        """Facts that came neither as events nor as files: through the API, or from a script here."""
        return not self.has_files and any(kind != EVENTS for kind in self.kinds)


def live_key(digest: str) -> LiveKey | None:
    """The key of that digest, unless there is none or it was revoked."""
    found = SourceKey.objects.filter(digest=digest, revoked_at=None)
    row = found.values_list("pk", "source_id", "last_used_at").first()
    return LiveKey(*row) if row else None


def all_sources(*, since: datetime) -> list[SourceFacts]:
    """Every source by name, with its days since then. As many queries however many sources there are."""
    return facts_of(Source.objects.order_by("name"), since=since)


def facts_of(sources: QuerySet[Source], *, since: datetime) -> list[SourceFacts]:
    last, feeds = last_deliveries(), defaultdict[int, list[SourceFeed]](list)
    for feed in SourceFeed.objects.order_by("kind"):
        feeds[feed.source_id].append(feed)
    keys = counted(SourceKey.objects.filter(revoked_at=None))
    ever, files = counted(SourceKey.objects.all()), counted(IngestRun.objects.filter(is_dry_run=False))
    waiting, days = counted(EventQuarantine.objects.filter(state=QuarantineState.WAITING)), days_since(since)
    return [
        SourceFacts(
            source=source,
            last_at=last.get(source.pk),
            kinds=tuple(feed.kind for feed in feeds[source.pk]),
            brought=sum(feed.brought for feed in feeds[source.pk]),
            days=days.get(source.pk, {}),
            live_keys=keys.get(source.pk, 0),
            in_quarantine=waiting.get(source.pk, 0),
            is_stream=source.pk in ever or any(feed.kind == EVENTS for feed in feeds[source.pk]),
            has_files=source.pk in files,
        )
        for source in sources
    ]


def counted(rows: QuerySet) -> dict[int, int]:
    """How many of the rows each source has."""
    return dict(rows.order_by().values_list("source").annotate(count=Count("pk")))


def hours_since(since: datetime, *, source: Source | None = None) -> dict[int, dict[datetime, int]]:
    """What came in each hour, by source; what waits in the inbox is counted, too."""
    hours: dict[int, dict[datetime, int]] = defaultdict(lambda: defaultdict(int))
    kept, waiting = SourceHour.objects.filter(hour__gte=since), InboxBatch.objects.filter(folded_at=None)
    if source is not None:
        kept, waiting = kept.filter(source=source), waiting.filter(source=source)
    for source_id, hour, brought in kept.values_list("source", "hour", "brought"):
        hours[source_id][hour] += brought
    new = waiting.filter(is_repeat=False, received_at__gte=since).values_list("source", "received_at", "events")
    for source_id, at, events in new:
        hours[source_id][at.replace(minute=0, second=0, microsecond=0)] += events
    return hours


def days_since(since: datetime) -> dict[int, dict[date, int]]:
    """The same by day of the organization's zone."""
    return {source_id: by_day(hours) for source_id, hours in hours_since(since).items()}


def by_day(hours: dict[datetime, int]) -> dict[date, int]:
    days: dict[date, int] = defaultdict(int)
    for hour, brought in hours.items():
        days[timezone.localtime(hour).date()] += brought
    return dict(days)


def keys_of(source: Source) -> QuerySet[SourceKey]:
    """Those that work first, the newest first."""
    return source.keys.select_related("created_by").order_by("revoked_at", "-created_at", "-pk")


def batches_of(source: Source) -> QuerySet[InboxBatch]:
    """The newest first, without their events. Those folded over a week ago are gone."""
    return source.batches.defer("payload").order_by("-received_at", "-pk")


def runs_of(source: Source) -> QuerySet[IngestRun]:
    return source.runs.filter(is_dry_run=False).order_by("-started_at", "-pk")


def quarantined(source: Source, *, state: str = QuarantineState.WAITING, code: str = "") -> QuerySet[EventQuarantine]:
    rows = EventQuarantine.objects.filter(source=source, state=state).select_related("settled_by").order_by("-pk")
    return rows.filter(code=code) if code else rows


def waiting_by_code(source: Source) -> dict[str, int]:
    """How many events wait for each reason, the most first."""
    rows = EventQuarantine.objects.filter(source=source, state=QuarantineState.WAITING).order_by()
    found = rows.values_list("code").annotate(count=Count("pk")).order_by("-count", "code")
    return dict(found)


def held_by_day(source: Source) -> list[tuple[date, int]]:
    """How many events are held back until which day."""
    rows = HeldEvent.objects.filter(source=source).values_list("due_on").annotate(count=Count("pk"))
    return list(rows.order_by("due_on"))


def waiting_in_inbox(source: Source) -> int:
    """Events that were accepted and are not folded yet."""
    return source.batches.filter(folded_at=None).aggregate(events=Sum("events", default=0))["events"]
