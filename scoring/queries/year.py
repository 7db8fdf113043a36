"""Days of the year for pages: read where they were worked out at night, else worked out and kept in memory.

Shapes: A accounts in the order of their ids.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from django.core.cache import caches
from django.db.models import QuerySet

from accounts.models import Account
from scoring.core.arrays import Bools, Ints
from scoring.core.bands import AT_RISK
from scoring.extract.columns import columns
from scoring.extract.register import PHASES
from scoring.extract.stints import history_until
from scoring.models import YearDay
from scoring.queries.summaries import Amount, Health
from scoring.year import Day, Table, day_of, newest_runs, read_day

KEPT_SECONDS = 3600
# An account that is not there on one of two days.
ABSENT = -9
CENTS = Decimal("0.01")
Keep = Callable[[Ints], Bools]


def days_of(days: Collection[date]) -> dict[date, Day]:
    """The days by their date; one that was scored again since it was worked out is worked out anew."""
    wanted = sorted(set(days))
    runs, cache = newest_runs(wanted), caches["pages"]
    keys = {day: f"year:{day}:{runs.get(day)}" for day in wanted}
    found: dict[str, Day] = cache.get_many(keys.values())
    missing = [day for day in wanted if keys[day] not in found]
    fresh = {kept.as_of: read_day(kept) for kept in stored(missing) if kept.run_number == runs.get(kept.as_of)}
    late = [day for day in missing if day not in fresh]
    if late:
        history = history_until(max(late))
        fresh |= {day: day_of(history, day) for day in late}
    cache.set_many({keys[day]: made for day, made in fresh.items()}, KEPT_SECONDS)
    return {day: fresh[day] if day in fresh else found[keys[day]] for day in wanted}


def stored(days: Sequence[date]) -> Sequence[YearDay]:
    return list(YearDay.objects.filter(as_of__in=days)) if days else ()


def everybody(accounts: Ints) -> Bools:
    return np.ones(len(accounts), dtype=bool)


def only(chosen: QuerySet[Account]) -> Keep:
    """Keeps the rows of these accounts. One query."""
    [found] = columns(chosen.order_by(), "pk")
    ids = np.sort(found.astype(np.int64))

    def keep(accounts: Ints) -> Bools:
        if not len(ids):
            return np.zeros(len(accounts), dtype=bool)
        return np.asarray(ids[np.minimum(np.searchsorted(ids, accounts), len(ids) - 1)] == accounts)

    return keep


def money(cents: int) -> Decimal:
    return Decimal(int(cents)).scaleb(-2).quantize(CENTS)


def health_on(day: Day, keep: Keep) -> Health:
    """Accounts, scores and ARR of the day, by band."""
    rows = day.standing[keep(day.standing["account"])]
    found = {}
    for band in np.unique(rows["band"]).tolist():
        own = rows[rows["band"] == band]
        scores = int(np.maximum(own["score"], 0).sum(dtype=np.int64))
        found[band] = Amount(len(own), scores, money(own["cents"].sum(dtype=np.int64)))
    return Health(found)


def weighted_score_on(day: Day, keep: Keep) -> Decimal | None:
    """The mean score in points of the day's scored accounts, each counted by its ARR."""
    rows = day.standing[keep(day.standing["account"]) & (day.standing["score"] >= 0)]
    whole = int(rows["cents"].sum(dtype=np.int64))
    if not whole:
        return None
    return Decimal(str((rows["score"].astype(np.float64) * rows["cents"]).sum())) / 100 / whole


def flagged_at_risk(day: Day, keep: Keep) -> dict[str, Amount]:
    """Accounts and ARR at risk by flag; an account counts with each of its flags, without any under ""."""
    rows = day.standing[keep(day.standing["account"]) & np.isin(day.standing["band"], AT_RISK)]
    bits = rows["flags"]
    masks = {key: bits & np.uint64(1 << n) != 0 for n, key in enumerate(day.flags)} | {"": bits == 0}
    return {
        key: Amount(int(mask.sum()), arr=money(rows["cents"][mask].sum(dtype=np.int64))) for key, mask in masks.items()
    }


def median_stays(day: Day, keep: Keep) -> dict[str, int]:
    """Days since the accounts now in a phase came into it: the median, rounded down, by phase."""
    rows = day.standing[keep(day.standing["account"])]
    stays = day.as_of.toordinal() - rows["since"].astype(np.int64)
    return {
        PHASES[code]: int(np.median(stays[rows["phase"] == code])) for code in np.unique(rows["phase"]).tolist()
        if code >= 0
    }  # fmt: skip


@dataclass(frozen=True)
class Retention:
    """What became in a year of the ARR of the accounts that had any: cents then, now, and kept of each at most.

    net = ARR now of those accounts (with expansion, contraction and churn) ÷ their ARR a year before; gross the same
    with each account counted at no more than it had: the usual definitions (SaaS Metrics Standards Board, "Net
    Revenue Retention" and "Gross Revenue Retention"). Accounts that came within the year count in neither.
    """

    accounts: int
    begun: int
    ended: int
    kept: int

    @property
    def net(self) -> float | None:
        return self.ended / self.begun if self.begun else None

    @property
    def gross(self) -> float | None:
        return self.kept / self.begun if self.begun else None


def retention_on(day: Day, keep: Keep) -> Retention:
    """The twelve months that end with the day."""
    rows = day.retained[keep(day.retained["account"])]
    kept = np.minimum(rows["begun"], rows["ended"])
    return Retention(len(rows), *(int(column.sum(dtype=np.int64)) for column in (rows["begun"], rows["ended"], kept)))


@dataclass(frozen=True)
class Pairs:
    """Every account that stood on one of two days. Bands are ABSENT and cents 0 on a day on which it was not there."""

    accounts: Ints
    bands: tuple[Ints, Ints]
    cents: tuple[Ints, Ints]
    scores: tuple[Ints, Ints]

    def __len__(self) -> int:
        return len(self.accounts)

    def rows(self, *, start: int, size: int) -> "list[Pair]":
        """Some of them, those with the most ARR on either day first."""
        most = np.maximum(*self.cents)
        some = self.at(np.lexsort((self.accounts, -most))[start : start + size])
        columns = (some.accounts, *some.bands, *some.scores, *some.cents)
        return [Pair.of(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]

    def of(self, *, then: Collection[int] = (), now: Collection[int] = ()) -> "Pairs":
        """Those that were in one of these bands and are in one of those; nothing chosen leaves all."""
        keep = everybody(self.accounts)
        for bands, chosen in zip(self.bands, (then, now), strict=True):
            if chosen:
                keep &= np.isin(bands, list(chosen))
        return self.at(keep)

    def sums(self) -> tuple[Decimal, Decimal]:
        """ARR on both days."""
        then, now = (money(cents.sum(dtype=np.int64)) for cents in self.cents)
        return then, now

    def at(self, rows: Ints | Bools) -> "Pairs":
        return Pairs(self.accounts[rows], *(
            (then[rows], now[rows]) for then, now in (self.bands, self.cents, self.scores)
        ))  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """One account on two days; a band of None is that it was not there, a score of None that it had none."""

    account: int
    bands: tuple[int | None, int | None]
    scores: tuple[float | None, float | None]
    arr: tuple[Decimal, Decimal]

    @classmethod
    def of(cls, account: int, band: int, last_band: int, score: int, last_score: int, begun: int, ended: int) -> "Pair":
        bands = tuple(None if code == ABSENT else code for code in (band, last_band))
        scores = tuple(None if points < 0 else points / 100 for points in (score, last_score))
        return cls(account, bands, scores, (money(begun), money(ended)))  # type: ignore[arg-type]


def year_pairs(day: Day, keep: Keep) -> Pairs:
    """The accounts of the twelve months' retention, with ARR at both ends and no bands."""
    rows = day.retained[keep(day.retained["account"])]
    none = np.full(len(rows), ABSENT)
    return Pairs(rows["account"], (none, none), (rows["begun"], rows["ended"]), (none, none))


def pairs_of(then: Day, now: Day, keep: Keep) -> Pairs:
    """The accounts of both days, side by side."""
    first, last = (day.standing[keep(day.standing["account"])] for day in (then, now))
    ids = np.union1d(first["account"], last["account"])
    return Pairs(
        ids,
        (spread(ids, first, "band", ABSENT), spread(ids, last, "band", ABSENT)),
        (spread(ids, first, "cents", 0), spread(ids, last, "cents", 0)),
        (spread(ids, first, "score", -1), spread(ids, last, "score", -1)),
    )


def spread(ids: Ints, rows: Table, name: str, absent: int) -> Ints:
    found = np.full(len(ids), absent, dtype=np.int64)
    found[np.searchsorted(ids, rows["account"])] = rows[name]
    return found


@dataclass(frozen=True)
class Flow:
    """The accounts that went from one band to another; `then` and `now` are ABSENT for who came and who left.

    `arr` is what they have on the second day, of those that left what they had on the first.
    """

    then: int
    now: int
    accounts: int
    arr: Decimal


def flows_of(pairs: Pairs) -> list[Flow]:
    """Every flow with accounts in it."""
    (then, now), (before, after) = pairs.bands, pairs.cents
    amounts = np.where(now == ABSENT, before, after)
    codes, group_of = np.unique((then + 10) * 100 + now + 10, return_inverse=True)
    return [
        Flow(code // 100 - 10, code % 100 - 10, int((group_of == n).sum()), money(amounts[group_of == n].sum()))
        for n, code in enumerate(codes.tolist())
    ]
