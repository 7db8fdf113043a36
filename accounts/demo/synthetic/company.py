"""What is true of each account of the synthetic company, all of it from a seed.

Shapes: N accounts, S seats for users at each. Days are counted from 1970, as numpy's datetime64[D] does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
# One table's columns by name, all of one length. A masked value, NaT or None is an empty one.
Columns = dict[str, Any]

AS_OF = date(2026, 6, 30)
BATCH = 5_000
MOST_USERS = 12
DORMANT_DAYS = 20
# Days on which the source delivered nothing for anyone, of a hundred.
GAPS_PERCENT = 4
WEEKEND_RATIO = 0.25
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class SegmentPlan:
    slug: str
    name: str
    share: float
    ebr_months: int
    touchpoint_days: int


SEGMENTS = (
    SegmentPlan("enterprise", "Enterprise", 0.1, 4, 14),
    SegmentPlan("key", "Key accounts", 0.15, 4, 21),
    SegmentPlan("mid-market", "Mid-market", 0.25, 6, 30),
    SegmentPlan("smb", "SMB", 0.4, 8, 60),
    SegmentPlan("public", "Public sector", 0.1, 6, 45),
)
FEATURES = ("boards", "search", "reports", "alerts", "exports", "mobile", "automation", "archive")
KEY_FEATURES = 5
CSMS = 60
# What one unit is worth in USD, from a day on.
RATES = {"EUR": ((date(2020, 1, 1), "1.1000"), (date(2026, 1, 1), "1.0800"))}


@dataclass(frozen=True)
class Keys:
    """The primary keys of what stands around the accounts."""

    source: int
    segments: Array
    owners: Array
    features: Array


def keys_of(*, source: int, segments: Sequence[int], owners: Sequence[int], features: Sequence[int]) -> Keys:
    return Keys(source=source, segments=np.array(segments), owners=np.array(owners), features=np.array(features))


# As an empty database gives them.
PLAIN_KEYS = keys_of(
    source=1,
    segments=range(1, len(SEGMENTS) + 1),
    owners=range(1, CSMS + 1),
    features=range(1, len(FEATURES) + 1),
)


@dataclass(frozen=True)
class Company:
    """N accounts that are all active on the last day. The same seed tells the same, row by row."""

    accounts: int
    days: int = 90
    seed: int = 1
    as_of: date = AS_OF
    keys: Keys = PLAIN_KEYS

    @property
    def last(self) -> int:
        return (self.as_of - EPOCH).days

    def chance(self, *about: int) -> np.random.Generator:
        """A source of chance for one subject, whatever was drawn for others."""
        return np.random.default_rng([self.seed, *about])

    @cached_property
    def ids(self) -> Array:
        return np.arange(1, self.accounts + 1)

    @cached_property
    def started(self) -> Array:
        """The first day of each account; one in twenty began within the days of usage."""
        return self.last - self.chance(1).integers(40, 1_500, self.accounts)

    @cached_property
    def segment(self) -> Array:
        """The place of each account's segment in SEGMENTS."""
        return self.chance(2).choice(len(SEGMENTS), self.accounts, p=[plan.share for plan in SEGMENTS])

    @cached_property
    def owner(self) -> Array:
        """The place of each account's CSM; -1 for the few without one."""
        owners = self.chance(3).integers(0, CSMS, self.accounts)
        return np.where(self.chance(4).random(self.accounts) < 0.02, -1, owners)

    @cached_property
    def users(self) -> Array:
        """How many people ever used it at each account."""
        return np.clip(1 + self.chance(5).poisson(4, self.accounts), 1, MOST_USERS)

    @cached_property
    def seats(self) -> Array:
        return self.users + self.chance(6).integers(0, 6, self.accounts)

    @cached_property
    def breadth(self) -> Array:
        """How many of the features, from the first on, each account uses."""
        return self.chance(7).integers(1, len(FEATURES) + 1, self.accounts)

    @cached_property
    def dollars(self) -> Array:
        """ARR in whole hundreds of the account's currency."""
        return self.chance(8).integers(20, 2_000, self.accounts) * 100

    @cached_property
    def is_in_euros(self) -> Array:
        return self.chance(9).random(self.accounts) < 0.2

    @cached_property
    def unknown_days(self) -> frozenset[int]:
        """Days on which the source delivered nothing; the last is known."""
        gaps = self.chance(10).choice(self.days - 1, self.days * GAPS_PERCENT // 100, replace=False)
        return frozenset((self.last - 1 - gaps).tolist())

    @cached_property
    def known_days(self) -> list[date]:
        """The days of usage that the source delivered, oldest first."""
        days = range(self.last - self.days + 1, self.last + 1)
        return [EPOCH + timedelta(days=day) for day in days if day not in self.unknown_days]

    def batches(self) -> Iterator["Batch"]:
        """The accounts, some thousands at a time, so that memory does not grow with the company."""
        for first in range(0, self.accounts, BATCH):
            yield Batch(company=self, first=first, size=min(BATCH, self.accounts - first))


@dataclass(frozen=True)
class Batch:
    """Some thousands of accounts that follow each other."""

    company: Company
    first: int
    size: int

    def chance(self, about: int) -> np.random.Generator:
        return self.company.chance(about, self.first)

    def of(self, trait: Array) -> Array:
        """The part of a company's array that is this batch's."""
        return trait[self.first : self.first + self.size]

    @property
    def ids(self) -> Array:
        return self.of(self.company.ids)

    @property
    def started(self) -> Array:
        return self.of(self.company.started)

    def fact(self, accounts: Array, nth: Array, *, prefix: str) -> Columns:
        """What every fact carries: its origin, and that it was recorded on the day after the last."""
        names = zip(accounts.tolist(), nth.tolist(), strict=True)
        return {
            "source_id": [self.company.keys.source] * len(accounts),
            "external_id": [f"{prefix}{account}-{n}" for account, n in names],
            "recorded_at": np.full(len(accounts), recorded_at(self.company)),
        }

    def several(self, each: int) -> tuple[Array, Array]:
        """The place in the batch of each row, and which of its account's rows it is, with `each` rows per account."""
        return np.repeat(np.arange(self.size), each), np.tile(np.arange(each), self.size)

    def past_days(self, chance: np.random.Generator, places: Array, *, within: int) -> Array:
        """A day for each row in the last `within` days, not before its account's start."""
        ago = chance.integers(0, within, len(places))
        return np.maximum(self.company.last - ago, self.started[places])


def recorded_at(company: Company) -> Any:
    """Early on the morning after the last day, in UTC."""
    return np.datetime64(company.as_of, "s") + np.timedelta64(26, "h")


def as_days(days: Array, *, empty: Array | None = None) -> Array:
    """Day numbers as dates; NaT where `empty`."""
    dates = days.astype("datetime64[D]")
    return dates if empty is None else np.where(empty, np.datetime64("NaT", "D"), dates)


def optional(values: Array, *, empty: Array) -> Any:
    """The values, masked where `empty`."""
    return np.ma.masked_array(values, mask=empty)  # type: ignore[no-untyped-call]


def owner_ids(company: Company, places: Array) -> Any:
    return optional(company.keys.owners[places], empty=places < 0)


def chosen(names: Sequence[str], places: Array) -> Array:
    return np.array(names)[places]
