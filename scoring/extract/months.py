"""Packed months of use → flat records with the account and the day of each: what the measures of usage are made of.

Shapes: a kind of record is a numpy record array (R,); places are Ints (R,), months' first ordinals Ints (R,).
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from accounts import months
from accounts.models import UsageMonth
from scoring.core.arrays import Bools, Floats, Ints
from scoring.extract.plans import Named
from scoring.extract.scope import Scope

BITS = np.uint64(32)


@dataclass(frozen=True)
class Records:
    """The records of one column of UsageMonth, of the accounts in scope."""

    records: npt.NDArray[Any]
    places: Ints
    month_starts: Ints  # ordinal of the first of the record's month

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return np.asarray(self.records[name])

    def stated(self, name: str) -> Floats:
        """A column of figures, NaN where the source did not state them."""
        values = self[name].astype(np.float64)
        return np.where(values == months.UNSTATED, np.nan, values)

    @cached_property
    def days(self) -> Ints:
        """The ordinal of each record's day."""
        return np.asarray(self.month_starts + self.records["day"].astype(np.int64) - 1)

    def within(self, first: date, last: date) -> Bools:
        """Which records are of these days."""
        return np.asarray((self.days >= first.toordinal()) & (self.days <= last.toordinal()))

    def days_within(self, first: date, last: date) -> npt.NDArray[np.uint32]:
        """For records with a set of days: those of it from `first` to `last`."""
        low = np.clip(first.toordinal() - self.month_starts, 0, 32).astype(np.uint64)
        high = np.clip(last.toordinal() - self.month_starts + 1, 0, 32).astype(np.uint64)
        # Bits below `high` without those below `low`, counted in 64 bits so that 32 can be shifted by.
        one = np.uint64(1)
        mask = ((one << high) - one) & ~((one << low) - one)
        return np.asarray(self.records["days"] & mask.astype(np.uint32))


def records_of(scope: Scope, column: str, *, first: date, last: date, started: Floats) -> Records:
    """The records of one column in the months that these days touch, without days before an account's start (A,)."""
    kept = Named(
        ("months", first, last),
        lambda: UsageMonth.objects.filter(month__in=months.months_between(first=first, last=last)),
    )
    found = scope.blobs_of(kept, "account_id", "month", blob=column, days=("month",))
    dtype = months.COLUMNS[column]
    ids, starts = found.columns
    counts = found.lengths // dtype.itemsize
    places, is_ours = scope.places(ids)
    keep = np.repeat(is_ours, counts)
    records = Records(
        records=np.frombuffer(found.data, dtype=dtype)[keep],
        places=np.repeat(places, counts)[keep],
        month_starts=np.repeat(starts.astype(np.int64), counts)[keep],
    )
    return since(records, started[records.places].astype(np.int64))


def since(records: Records, first_days: Ints) -> Records:
    """The records without what came before a day of each (R,)."""
    is_early = first_days > records.month_starts
    if not is_early.any():
        return records
    if "day" in (records.records.dtype.names or ()):
        return only(records, records.days >= first_days)
    early = np.clip(first_days - records.month_starts, 0, 32).astype(np.uint64)
    kept = records.records.copy()
    kept["days"] &= ~((np.uint64(1) << early) - np.uint64(1)).astype(np.uint32)
    return only(Records(kept, records.places, records.month_starts), kept["days"] > 0)


def only(records: Records, keep: Bools) -> Records:
    return Records(records.records[keep], records.places[keep], records.month_starts[keep])


def highest_day(days: npt.NDArray[np.uint32], month_starts: Ints) -> Floats:
    """The ordinal of the last day of each set; NaN where it is empty."""
    # frexp gives the number of bits exactly, as every 32 bit number is a float.
    bits = np.frexp(days.astype(np.float64))[1]
    return np.where(days > 0, month_starts + bits - 1.0, np.nan)
