"""Writing conclusions: the only writer of snapshots and of what is summed up from them.

All of a run is written in one transaction when its last chunk is scored, so that readers see a run whole or not at all.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from accounts import bulk
from scoring.conclude import Conclusion
from scoring.core import recency
from scoring.extract.attributes import PHASES
from scoring.models import AccountHealth, DailySummary, ScoringRun, Snapshot, SupersededSnapshot

SNAPSHOT = ("account_id", "as_of", "version_id", "run_id", "score", "customer_score", "band", "coverage", "breakdown")
SUPERSEDED = ("account_id", "as_of", "run_id", "version_id", "score", "band", "coverage", "breakdown")
SUMMARY = ("as_of", "owner_id", "segment_id", "phase", "band", "accounts", "score_sum", "arr_reporting")
HEALTH = (
    "account_id", "as_of", "run_id", "version_id", "score", "customer_score", "band", "coverage", "low", "high",
    "flags", "score_month_ago", "band_month_ago", "sparkline", "arr_reporting", "active_users", "last_ebr_on",
    "last_touchpoint_on", "nps",
)  # fmt: skip
CENTS = Decimal("0.01")
SPARKLINE_WEEKS = 26
# How much older than a month the snapshot may be that "a month ago" is read from.
MONTH_SLACK_DAYS = 31


def save_run(run: ScoringRun, conclusions: list[Conclusion]) -> int:
    """Write a day's snapshots and summaries; says how many snapshots are new or differ. Call it in a transaction."""
    changed = save_snapshots(run, conclusions)
    save_summaries(run, conclusions)
    if run.refreshes_health:
        save_health(run, conclusions)
    return changed


def save_snapshots(run: ScoringRun, conclusions: list[Conclusion]) -> int:
    """One row per account and day. The same content again changes nothing; other content keeps what it replaced."""
    there = Snapshot.objects.filter(as_of=run.as_of)
    if run.segment_id is not None:
        there = there.filter(account_id__in=[c.account_id for c in conclusions])
    before = {snapshot.account_id: snapshot for snapshot in there}
    fresh = [c for c in conclusions if is_new(c, before.get(c.account_id))]
    gone = before.keys() - {c.account_id for c in conclusions}
    replaced = [before[c.account_id] for c in fresh if c.account_id in before] + [before[key] for key in sorted(gone)]
    supersede(replaced)
    bulk.insert(model=Snapshot, fields=SNAPSHOT, rows=[snapshot_row(run, c) for c in fresh])
    return len(fresh) + len(gone)


def content(c: Conclusion) -> tuple[Any, ...]:
    """What makes a snapshot another one. JSON, because that is how it was kept."""
    return c.version_id, c.score, c.customer_score, c.band, c.coverage, json.dumps(c.breakdown)


def is_new(c: Conclusion, before: Snapshot | None) -> bool:
    """Whether the snapshot must be written. Most often there is none yet, and nothing needs to be compared."""
    return before is None or content(c) != kept(before)


def kept(s: Snapshot) -> tuple[Any, ...]:
    return s.version_id, s.score, s.customer_score, s.band, s.coverage, json.dumps(s.breakdown)


def supersede(snapshots: list[Snapshot]) -> None:
    """Move snapshots aside: they are kept, and no page shows them as the day's health."""
    rows = [tuple(getattr(snapshot, field) for field in SUPERSEDED) for snapshot in snapshots]
    bulk.upsert(model=SupersededSnapshot, fields=SUPERSEDED, rows=rows, unique=("account_id", "as_of", "run_id"))
    ids = [snapshot.pk for snapshot in snapshots]
    for start in range(0, len(ids), 500):
        Snapshot.objects.filter(pk__in=ids[start : start + 500]).delete()


def snapshot_row(run: ScoringRun, c: Conclusion) -> tuple[Any, ...]:
    return (
        c.account_id, run.as_of, c.version_id, run.pk, c.score, c.customer_score, c.band, c.coverage, c.breakdown,
    )  # fmt: skip


def save_summaries(run: ScoringRun, conclusions: list[Conclusion]) -> None:
    """The day's counts and ARR by owner, segment, phase and band: rebuilt whole for what the run covers."""
    there = DailySummary.objects.filter(as_of=run.as_of)
    (there if run.segment_id is None else there.filter(segment_id=run.segment_id)).delete()
    sums: dict[tuple[int, int, int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for c in conclusions:
        entry = sums[(c.owner_id, c.segment_id, c.phase, c.band)]
        entry[0] += 1
        entry[1] += c.score or 0
        entry[2] += c.arr_cents
    rows = [
        (run.as_of, none(owner), none(segment), PHASES[phase], band, accounts, score_sum, money(arr_cents))
        for (owner, segment, phase, band), (accounts, score_sum, arr_cents) in sorted(sums.items())
    ]
    bulk.insert(model=DailySummary, fields=SUMMARY, rows=rows)


def save_health(run: ScoringRun, conclusions: list[Conclusion]) -> None:
    """The latest health of each account, unless a later day was scored before."""
    if AccountHealth.objects.filter(as_of__gt=run.as_of).exists():
        return
    ids = [c.account_id for c in conclusions]
    if run.segment_id is None:
        AccountHealth.objects.exclude(
            account_id__in=Snapshot.objects.filter(as_of=run.as_of).values("account_id")
        ).delete()
    sparklines = sparklines_of(run, ids)
    earlier = month_ago(run.as_of)
    rows = [
        health_row(run, c, sparkline=sparklines[c.account_id], earlier=earlier.get(c.account_id)) for c in conclusions
    ]
    bulk.upsert(model=AccountHealth, fields=HEALTH, rows=rows, unique=("account_id",))


def health_row(
    run: ScoringRun, c: Conclusion, *, sparkline: list[list[int | None]], earlier: tuple[int | None, int] | None
) -> tuple[Any, ...]:
    low, high = c.breakdown[2]
    score_then, band_then = earlier or (None, None)
    return (
        c.account_id, run.as_of, run.pk, c.version_id, c.score, c.customer_score, c.band, c.coverage, low, high,
        [flag[0] for flag in c.breakdown[3]], score_then, band_then, sparkline, money(c.arr_cents), c.active_users,
        day_of(c.last_ebr), day_of(c.last_touchpoint), c.nps,
    )  # fmt: skip


def sparklines_of(run: ScoringRun, ids: Iterable[int]) -> dict[int, list[list[int | None]]]:
    """[days before, score] of 26 weeks, oldest first: on each week's day, or the scored day nearest before it."""
    days = weekly_days(run.as_of)
    lines: dict[int, list[list[int | None]]] = {account: [] for account in ids}
    rows = Snapshot.objects.filter(as_of__in=days).order_by("as_of").values_list("account_id", "as_of", "score")
    for account, day, score in rows.iterator(chunk_size=10_000):
        if account in lines:
            lines[account].append([(run.as_of - day).days, score])
    return lines


def weekly_days(as_of: date) -> list[date]:
    """The scored days that stand for the last 26 weeks; a week without any is left out."""
    first = as_of - timedelta(weeks=SPARKLINE_WEEKS)
    scored = set(
        ScoringRun.objects.filter(state=ScoringRun.State.DONE, as_of__range=(first, as_of), segment=None)
        .values_list("as_of", flat=True)
        .distinct()
    ) | {as_of}
    weeks = (as_of - timedelta(weeks=week) for week in range(SPARKLINE_WEEKS))
    nearest = (max((day for day in scored if end - timedelta(days=7) < day <= end), default=None) for end in weeks)
    return sorted(day for day in nearest if day)


def month_ago(as_of: date) -> dict[int, tuple[int | None, int]]:
    """(score, band) per account on the last scored day that is a month ago or a little more."""
    target = months_before(as_of, months=1)
    then = (
        DailySummary.objects.filter(as_of__range=(target - timedelta(days=MONTH_SLACK_DAYS), target))
        .order_by("-as_of")
        .values_list("as_of", flat=True)
        .first()
    )
    rows = Snapshot.objects.filter(as_of=then).values_list("account_id", "score", "band") if then else []
    return {account: (score, band) for account, score, band in rows}


def months_before(day: date, *, months: int) -> date:
    """The same day of an earlier month, or that month's last day."""
    return date.fromordinal(int(recency.add_months(np.array([float(day.toordinal())]), -months)[0]))


def none(key: int) -> int | None:
    return None if key < 0 else key


def money(cents: int) -> Decimal:
    return (Decimal(cents) / 100).quantize(CENTS)


def day_of(ordinal: int | None) -> date | None:
    return None if ordinal is None else date.fromordinal(ordinal)


def packed(conclusions: list[Conclusion]) -> bytes:
    """Conclusions for the chunk's row, until the run closes."""
    return json.dumps([list(vars(c).values()) for c in conclusions], separators=(",", ":")).encode()


def unpacked(blob: bytes) -> list[Conclusion]:
    """What `packed` wrote."""
    return [Conclusion(*fields) for fields in json.loads(blob)]
