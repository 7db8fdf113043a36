"""Conclusions → snapshots, the day's sums and the latest health of each account. The only writer of them.

The rows are made ready by whoever scored a chunk; whoever closes the run writes them, in one transaction.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any

import numpy as np
from django.db.models import Min

from accounts import bulk
from scoring import merge
from scoring.conclude import Concluded
from scoring.core import recency
from scoring.core.arrays import Floats, Ints, filled
from scoring.extract.register import PHASES
from scoring.extract.scope import Scope
from scoring.extract.shared import shared
from scoring.models import AccountHealth, DailySummary, ScoringRun, Snapshot

SUMMARY = ("as_of", "owner_id", "segment_id", "phase", "band", "accounts", "score_sum", "arr_reporting")
CENTS = Decimal("0.01")
HALF_YEAR_WEEKS = 26
# How much older than a month the snapshot may be that "a month ago" is read from.
MONTH_SLACK_DAYS = 31
NO_BAND = -9

# [owner, segment, phase, band, accounts, sum of scores, sum of ARR in cents]; -1 is none.
Sums = list[list[int]]


@dataclass(frozen=True)
class Rows:
    """A chunk's rows, ready to be written."""

    snapshots: bytes
    health: bytes
    sums: Sums


def rows_of(run: ScoringRun, found: Concluded) -> Rows:
    """What a run writes about the accounts of a chunk."""
    return Rows(
        snapshots=bulk.packed(model=Snapshot, columns=snapshot_columns(run, found)),
        health=bulk.packed(model=AccountHealth, columns=health_columns(run, found)) if run.refreshes_health else b"",
        sums=sums_of(found),
    )


def snapshot_columns(run: ScoringRun, found: Concluded) -> dict[str, Sequence[Any]]:
    size = len(found.account_ids)
    return {
        "account_id": found.account_ids.tolist(),
        "as_of": [run.as_of.isoformat()] * size,
        "version_id": found.versions.tolist(),
        "run_id": [run.pk] * size,
        "score": optional(found.scores),
        "customer_score": optional(found.customer_scores),
        "band": found.bands.tolist(),
        "coverage": found.coverage.tolist(),
        "breakdown": found.breakdowns,
    }


def health_columns(run: ScoringRun, found: Concluded) -> dict[str, Sequence[Any]]:
    shared = snapshot_columns(run, found)
    del shared["breakdown"]
    then = earlier_health(run.as_of, found.account_ids)
    return {
        **shared,
        "low": found.low.tolist(),
        "high": found.high.tolist(),
        "flags": [words(tuple(flags)) for flags in found.flags],
        "score_month_ago": optional(then.month_scores),
        "band_month_ago": [None if band == NO_BAND else band for band in then.month_bands.tolist()],
        "score_half_year_ago": optional(then.half_year_scores),
        "arr_reporting": [f"{cents // 100}.{cents % 100:02}" for cents in found.arr_cents.tolist()],
        "active_users": known(found.active_users),
        "last_ebr_on": [iso_day(day) for day in known(found.last_ebr)],
        "last_touchpoint_on": [iso_day(day) for day in known(found.last_touchpoint)],
        "nps": known(found.nps),
    }


@dataclass(frozen=True)
class Earlier:
    """Scores and bands of earlier days; -1 and NO_BAND where an account had none."""

    month_scores: Ints
    month_bands: Ints
    half_year_scores: Ints


def earlier_health(as_of: date, account_ids: Ints) -> Earlier:
    """What the accounts scored a month ago, and about 26 weeks ago."""
    scores, bands = scored_on(month_ago(as_of), account_ids)
    return Earlier(scores, bands, scored_on(half_year_ago(as_of), account_ids)[0])


def scored_on(day: date | None, account_ids: Ints) -> tuple[Ints, Ints]:
    """Score and band of each account on a day."""
    scores, bands = np.full(len(account_ids), -1), np.full(len(account_ids), NO_BAND)
    if day is not None and len(account_ids):
        scope = Scope(account_ids=account_ids, as_of=day)
        places, found, codes = scope.read(Snapshot.objects.filter(as_of=day), "score", "band")
        scores[places], bands[places] = filled(found, -1.0), codes
    return scores, bands


def sums_of(found: Concluded) -> Sums:
    """Accounts, scores and ARR by owner, segment, phase and band."""
    rows = np.column_stack([found.owners, found.segments, found.phases, found.bands])
    groups, group_of = distinct_rows(rows)
    sums = np.zeros((len(groups), 3), dtype=np.int64)
    # Whole numbers are added as such: floats would lose cents beyond 2 ** 53.
    np.add.at(sums, group_of, np.column_stack([np.ones_like(group_of), np.maximum(found.scores, 0), found.arr_cents]))
    return np.column_stack([groups, sums]).tolist()  # type: ignore[no-any-return]


def distinct_rows(rows: Ints) -> tuple[Ints, Ints]:
    """The distinct rows, sorted, and of each row the place of its like."""
    order = np.lexsort(rows.T[::-1])
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = (rows[order[1:]] != rows[order[:-1]]).any(axis=1)
    group_of = np.empty(len(rows), dtype=np.int64)
    group_of[order] = np.cumsum(begins) - 1
    return rows[order[begins]], group_of


def save_run(run: ScoringRun, *, last: Sequence[Rows] = ()) -> int:
    """Write what the run's chunks found, and the `last` rows; says how many snapshots are new or differ.

    Call it in a transaction.
    """
    changed = merge.write_snapshots(run, chain(blobs_of(run, "snapshots"), (rows.snapshots for rows in last)))
    if run.refreshes_health:
        merge.write_health(run, chain(blobs_of(run, "health"), (rows.health for rows in last)))
    sums = chain(run.chunks.values_list("sums", flat=True), (rows.sums for rows in last))
    save_summaries(run, list(chain.from_iterable(sums)))
    return changed


def blobs_of(run: ScoringRun, name: str) -> Iterator[bytes]:
    """One chunk's rows after the other: all of them at once would fill the memory."""
    keys = list(run.chunks.order_by("first_id").values_list("pk", flat=True))
    return (bytes(run.chunks.values_list(name, flat=True).get(pk=key) or b"") for key in keys)


def save_summaries(run: ScoringRun, sums: Sums) -> None:
    """The day's counts and ARR by owner, segment, phase and band: rebuilt whole for what the run covers."""
    there = DailySummary.objects.filter(as_of=run.as_of)
    (there if run.segment_id is None else there.filter(segment_id=run.segment_id)).delete()
    table = np.array(sums, dtype=np.int64).reshape(-1, 7)
    groups, group_of = distinct_rows(table[:, :4])
    total = np.zeros((len(groups), 3), dtype=np.int64)
    np.add.at(total, group_of, table[:, 4:])
    rows = [
        (run.as_of, none(owner), none(segment), PHASES[phase], band, accounts, scores, money(arr))
        for (owner, segment, phase, band), (accounts, scores, arr) in zip(groups.tolist(), total.tolist(), strict=True)
    ]
    bulk.insert(model=DailySummary, fields=SUMMARY, rows=rows)


def month_ago(as_of: date) -> date | None:
    """The last scored day that is a month ago or a little more."""
    return shared(("month ago", as_of), lambda: last_scored_day(months_before(as_of, months=1)))


def last_scored_day(target: date) -> date | None:
    days = DailySummary.objects.filter(as_of__range=(target - timedelta(days=MONTH_SLACK_DAYS), target))
    return days.order_by("-as_of").values_list("as_of", flat=True).first()


def half_year_ago(as_of: date) -> date | None:
    """The first scored day of the last 26 weeks."""
    return shared(("half a year ago", as_of), lambda: first_scored_day(as_of))


def first_scored_day(as_of: date) -> date | None:
    first = as_of - timedelta(weeks=HALF_YEAR_WEEKS) + timedelta(days=1)
    return DailySummary.objects.filter(as_of__gte=first, as_of__lt=as_of).aggregate(day=Min("as_of"))["day"]  # type: ignore[no-any-return]


def months_before(day: date, *, months: int) -> date:
    """The same day of an earlier month, or that month's last day."""
    return date.fromordinal(int(recency.add_months(np.array([float(day.toordinal())]), -months)[0]))


def optional(column: Ints) -> list[int | None]:
    """-1 is none."""
    return [None if value < 0 else value for value in column.tolist()]


def known(column: Floats) -> list[int | None]:
    """Whole numbers; NaN is none."""
    return [None if value != value else int(value) for value in column.tolist()]


def none(key: int) -> int | None:
    return None if key < 0 else key


def money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2).quantize(CENTS)


@lru_cache(maxsize=10_000)
def iso_day(ordinal: int | None) -> str | None:
    return None if ordinal is None else date.fromordinal(ordinal).isoformat()


@lru_cache(maxsize=10_000)
def words(flags: tuple[str, ...]) -> str:
    return json.dumps(flags)
