"""Where all accounts stood on some days of the year, packed so that leadership's page adds them up at once.

A day's row of an account is made of its snapshot and its dated history; nothing of the past is scored anew. Shapes:
A accounts in the order of their ids; money is whole cents of the reporting currency.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db.models import Max

from accounts.queries.exchange import load_rates
from scoring.breakdown import acting_in
from scoring.core.arrays import Floats, Ints, filled
from scoring.core.bands import AT_RISK
from scoring.core.groups import is_last_of
from scoring.extract.columns import columns
from scoring.extract.money import in_reporting
from scoring.extract.register import History
from scoring.extract.stints import history_until
from scoring.models import ScoringRun, Snapshot, YearDay
from scoring.queries.summaries import ScoredDays, scored_days
from scoring.store import months_before

MONTHS = 13
# How many months before the newest day are the days that it is compared with most, beside the month ends.
COMPARED_MONTHS = (1, 3, 12)
SLACK_DAYS = 31
# What an account was on a day: `since` is the ordinal on which its phase began, a score of -1 is none, and a bit of
# `flags` is one of the day's flags; these are known of accounts at risk alone.
STANDING = np.dtype([
    ("account", "<i8"), ("cents", "<i8"), ("flags", "<u8"), ("since", "<i4"), ("score", "<i2"), ("band", "i1"),
    ("phase", "i1"),
])  # fmt: skip
# ARR of an account that was there a year before the day: then, and on the day, at one rate; 0 for who left.
RETAINED = np.dtype([("account", "<i8"), ("begun", "<i8"), ("ended", "<i8")])
MOST_FLAGS = 64
Table = np.ndarray[Any, np.dtype[np.void]]


@dataclass(frozen=True)
class Day:
    """All accounts of one day; `flags` names the bits."""

    as_of: date
    flags: tuple[str, ...]
    standing: Table
    retained: Table


def work_out_year(*, at: datetime) -> list[YearDay]:
    """Work out the days that are missing or were scored again, and drop those that nobody compares with any more."""
    days = scored_days()
    if days.newest is None:
        return []
    wanted = days_wanted(days)
    YearDay.objects.exclude(as_of__in=wanted).delete()
    runs = newest_runs(wanted)
    kept = dict(YearDay.objects.values_list("as_of", "run_number"))
    # What is known of the newest day may still change; of days before it, what was scored stands.
    due = [day for day in wanted if kept.get(day) != runs[day] or day == days.newest]
    history = history_until(days.newest)
    return [save_day(day_of(history, day), run=runs[day], at=at) for day in due]


def days_wanted(days: ScoredDays) -> list[date]:
    """The newest day, the month ends of a year, and the scored days next before usual spans of comparing."""
    if days.newest is None:
        return []
    spans = [day_months_ago(days, months) for months in COMPARED_MONTHS]
    return sorted({*days.month_ends(months=MONTHS), days.newest, *(day for day in spans if day)})


def day_months_ago(days: ScoredDays, months: int) -> date | None:
    """The scored day closest to so many months before the newest; none where all are far from it."""
    return days.nearest(months_before(days.newest, months=months), within_days=SLACK_DAYS) if days.newest else None


def newest_runs(days: Sequence[date]) -> dict[date, int]:
    """The newest finished run over all accounts of each of the days."""
    done = ScoringRun.objects.filter(state=ScoringRun.State.DONE, kind=ScoringRun.Kind.FULL, as_of__in=days)
    return dict(done.order_by().values_list("as_of").annotate(newest=Max("pk")))


def save_day(day: Day, *, run: int, at: datetime) -> YearDay:
    found, _ = YearDay.objects.update_or_create(
        as_of=day.as_of,
        defaults={
            "run_number": run, "computed_at": at, "flags": list(day.flags),
            "standing": packed(day.standing), "retained": packed(day.retained),
        },
    )  # fmt: skip
    return found


def read_day(kept: YearDay) -> Day:
    return Day(kept.as_of, tuple(kept.flags), unpacked(kept.standing, STANDING), unpacked(kept.retained, RETAINED))


def packed(table: Table) -> bytes:
    return zlib.compress(table.tobytes(), 1)


def unpacked(kept: bytes | memoryview, kind: Any) -> Table:
    return np.frombuffer(zlib.decompress(bytes(kept)), dtype=kind)


def day_of(history: History, day: date) -> Day:
    """The day of all accounts that were scored and, as far as is known now, active on it."""
    standing, flags = standing_on(history, day)
    return Day(day, flags, standing, retained_on(history, day))


def standing_on(history: History, day: date) -> tuple[Table, tuple[str, ...]]:
    until = history.at(history.since <= day.toordinal())
    is_last = is_last_of(until.account_ids)
    now, begun = until.at(is_last), phase_began(until)[is_last]
    ids, scores, bands = columns(Snapshot.objects.filter(as_of=day), "account_id", "score", "band")
    both, here, there = np.intersect1d(now.account_ids, ids.astype(np.int64), return_indices=True)
    active = now.statuses[here] == 0
    here, there = here[active], there[active]
    table = np.zeros(len(here), dtype=STANDING)
    table["account"], table["since"], table["phase"] = both[active], begun[here], now.phases[here]
    table["score"], table["band"] = filled(scores[there], -1.0), bands[there]
    table["cents"] = in_reporting(now.cents[here], now.currencies[here], load_rates(), day)
    return table, add_flags(table, day)


def phase_began(history: History) -> Floats:
    """Of each row of history the ordinal since which the account was in that phase without a break."""
    new = np.ones(len(history.account_ids), dtype=bool)
    same = history.account_ids[1:] == history.account_ids[:-1]
    new[1:] = ~same | (history.phases[1:] != history.phases[:-1])
    firsts = np.maximum.accumulate(np.where(new, np.arange(len(new)), 0)) if len(new) else np.zeros(0, dtype=int)
    return history.since[firsts]


def add_flags(table: Table, day: date) -> tuple[str, ...]:
    """Sets the bits of the accounts at risk; says which flags they are."""
    keys: dict[str, int] = {}
    bits: dict[int, int] = {}
    rows = Snapshot.objects.filter(as_of=day, band__in=AT_RISK).values_list("account_id", "breakdown")
    for account, kept in rows.iterator(chunk_size=5_000):
        for key in acting_in(kept)[1]:
            if len(keys) < MOST_FLAGS or key in keys:
                bits[account] = bits.get(account, 0) | 1 << keys.setdefault(key, len(keys))
    at_risk = np.flatnonzero(np.isin(table["band"], AT_RISK))
    table["flags"][at_risk] = [bits.get(account, 0) for account in table["account"][at_risk].tolist()]
    return tuple(keys)


def retained_on(history: History, day: date) -> Table:
    """The accounts with ARR a year before the day. One rate for both ends: what a currency does is no retention."""
    year_ago = months_before(day, months=12)
    then, now = history.on(year_ago), history.on(day)
    begun = arr_of(then, year_ago)
    table = np.zeros(len(begun), dtype=RETAINED)
    table["account"], table["begun"] = then.account_ids, begun
    ended = arr_of(now, year_ago)
    places = np.searchsorted(now.account_ids, then.account_ids)
    # Whoever had a row a year before has one on the day.
    table["ended"] = ended[places] if len(places) else 0
    return table[begun > 0]


def arr_of(rows: History, day: date) -> Ints:
    """In cents, at the day's rates; 0 of who is not active."""
    active = rows.statuses == 0
    found = np.zeros(len(rows.account_ids), dtype=np.int64)
    found[active] = in_reporting(rows.cents[active], rows.currencies[active], load_rates(), day)
    return found
