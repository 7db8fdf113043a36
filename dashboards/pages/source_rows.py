"""A source and what belongs to it as rows: in the list of sources and on its own page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone

from accounts.models import InboxBatch, IngestRun, RunState, SourceKey
from accounts.operations.readings import ENTERED_HERE
from accounts.queries.silence import Freshness, freshness_of
from accounts.queries.sources import SourceFacts
from dashboards import formats

SPARK_DAYS = 14
STATES = {
    Freshness.FRESH: ("fresh", "tag--good", "circle-check"),
    Freshness.LATE: ("late", "tag--warn", "clock-alert"),
    Freshness.SILENT: ("silent", "tag--bad", "bell-ring"),
    Freshness.NEVER: ("never heard", "", "circle-dashed"),
}
RUN_TONES = {RunState.DONE: "tag--good", RunState.FAILED: "tag--bad", RunState.RUNNING: "tag--accent"}


@dataclass(frozen=True)
class Bar:
    """A column of the small drawing, in its box of 100 by 20."""

    x: float
    y: float
    height: float


@dataclass(frozen=True)
class SourceRow:
    pk: int
    name: str
    url: str
    kind: str
    state: str
    tone: str
    icon: str
    about: str
    last_at: datetime | None
    rhythm: str
    brought: int
    days: tuple[tuple[date, int], ...]
    bars: tuple[Bar, ...]
    live_keys: int
    in_quarantine: int

    @property
    def total(self) -> int:
        """What came in the days that are drawn."""
        return sum(count for _, count in self.days)

    @property
    def is_silent(self) -> bool:
        return self.state == STATES[Freshness.SILENT][0]


@dataclass(frozen=True)
class KeyRow:
    pk: int
    name: str
    prefix: str
    created_at: datetime
    created_by: str
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class DeliveryRow:
    """A batch of events or a file."""

    what: str
    at: datetime
    count: int
    unit: str
    state: str
    tone: str
    detail: str


def source_row(facts: SourceFacts, *, now: datetime) -> SourceRow:
    source = facts.source
    state = freshness_of(last_at=facts.last_at, rhythm_days=source.rhythm_days, now=now)
    word, tone, icon = STATES[state]
    days = last_days(facts.days, today=timezone.localtime(now).date(), count=SPARK_DAYS)
    return SourceRow(
        pk=source.pk,
        name=source.name,
        url=reverse("source", args=[source.pk]),
        kind=kind_of(facts),
        state=word,
        tone=tone,
        icon=icon,
        about=about(state, last_at=facts.last_at, rhythm_days=source.rhythm_days, now=now),
        last_at=facts.last_at,
        rhythm=rhythm_words(source.rhythm_days),
        brought=facts.brought,
        days=days,
        bars=bars([count for _, count in days]),
        live_keys=facts.live_keys,
        in_quarantine=facts.in_quarantine,
    )


def kind_of(facts: SourceFacts) -> str:
    """By which ways it brings facts."""
    if facts.source.name == ENTERED_HERE:
        return "People"
    ways = (
        (facts.is_stream, "Event stream"),
        (facts.has_files, "Files"),
        (facts.has_records, "API or script"),
    )
    return ", ".join(words for is_so, words in ways if is_so) or "Nothing yet"


def rhythm_words(days: int | None) -> str:
    if days is None:
        return "none expected"
    return "every day" if days == 1 else f"every {formats.span(days)}"


def about(state: Freshness, *, last_at: datetime | None, rhythm_days: int | None, now: datetime) -> str:
    """The state as a sentence."""
    if last_at is None:
        return "Nothing has come yet."
    if rhythm_days is None:
        return "No rhythm is expected, so it is never late."
    over = now - last_at - timedelta(days=rhythm_days)
    if state is Freshness.FRESH:
        return "Within its rhythm."
    return f"{'Silent' if state is Freshness.SILENT else 'Late'}: {length(over)} over its rhythm."


def length(passed: timedelta) -> str:
    hours = int(passed.total_seconds() // 3600)
    return formats.span(hours // 24) if hours >= 48 else f"{hours} h" if hours else "minutes"


def last_days(kept: Mapping[date, int], *, today: date, count: int) -> tuple[tuple[date, int], ...]:
    """The last so many days, oldest first; one without anything is a true zero."""
    days = [today - timedelta(days=back) for back in range(count - 1, -1, -1)]
    return tuple((day, kept.get(day, 0)) for day in days)


def bars(counts: Sequence[int]) -> tuple[Bar, ...]:
    """Columns from zero; the least that came is still seen."""
    highest, width = max(counts, default=0), 100 / max(len(counts), 1)
    found = []
    for place, count in enumerate(counts):
        height = max(1.5, 18 * count / highest) if count else 0.0
        found.append(Bar(round(place * width + 1, 2), round(20 - height, 2), round(height, 2)))
    return tuple(found)


def key_row(key: SourceKey) -> KeyRow:
    return KeyRow(
        pk=key.pk,
        name=key.name,
        prefix=key.prefix,
        created_at=key.created_at,
        created_by=key.created_by.name if key.created_by else "the command line",
        last_used_at=key.last_used_at,
        revoked_at=key.revoked_at,
    )


def batch_row(batch: InboxBatch) -> DeliveryRow:
    state, tone = ("counted", "tag--good") if batch.folded_at else ("waits", "tag--warn")
    what = "Batch of events, once more" if batch.is_repeat else "Batch of events"
    detail = "replayed, or held back until its day" if batch.is_repeat else ""
    return DeliveryRow(what, batch.received_at, batch.events, "events", state, tone, detail)


def run_row(run: IngestRun) -> DeliveryRow:
    parts = [
        f"{formats.plain(count)} {word}"
        for count, word in ((run.created_rows, "new"), (run.changed_rows, "changed"), (run.refused_rows, "refused"))
        if count
    ]
    name = f"{run.kind.replace('_', ' ').capitalize()}{f': {run.file_name}' if run.file_name else ''}"
    tone = RUN_TONES[RunState(run.state)]
    return DeliveryRow(name, run.started_at, run.read_rows, "rows", run.state, tone, ", ".join(parts))
