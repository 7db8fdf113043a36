"""At-risk conditions that are on or off.

Shapes: facts are Floats (A,), flags are Bools (A,). What is unknown raises no flag: NaN is off under every comparison.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from scoring.core.arrays import Bools, Floats

Comparison = Literal["at_least", "at_most", "over", "fell_by_over", "is_true"]


def no_login(days_since_login: Floats, limit: float) -> Bools:
    """Nobody was active in the last `limit` days: 14 days ago lies outside the 14 days that end today."""
    return np.asarray(days_since_login >= limit)


def within(days: Floats, limit: float) -> Bools:
    """Not over `limit` days ago: for what happened once and fades."""
    return np.asarray(days <= limit)


def older_than(days: Floats, limit: float) -> Bools:
    """Over `limit` days, and not just as many; also for days overdue and for points lost."""
    return np.asarray(days > limit)


def fell_by(trend_ratio: Floats, percent: float) -> Bools:
    """Over `percent` less than before, given now ÷ before."""
    # (100 - percent) / 100 and not 1 - percent / 100: only the first is the float that a ratio of 0.3 also is.
    return np.asarray(trend_ratio < (100.0 - percent) / 100.0)


def is_true(facts: Floats) -> Bools:
    """A fact given as 1 (yes) or 0 (no), or as a count of events."""
    return np.asarray(facts > 0)


COMPARISONS: dict[Comparison, Callable[[Floats, float], Bools]] = {
    "at_least": no_login,
    "at_most": within,
    "over": older_than,
    "fell_by_over": fell_by,
    "is_true": lambda facts, _: is_true(facts),
}


@dataclass(frozen=True)
class FlagRule:
    """One flag of a scorecard: which fact is compared how with what, and the best band that it leaves, if it caps."""

    key: str
    fact: str
    comparison: Comparison
    limit: float
    band_cap: str | None = None

    def __post_init__(self) -> None:
        if self.comparison not in get_args(Comparison):
            known = ", ".join(get_args(Comparison))
            raise ValueError(f"Flag {self.key!r}: the comparison must be one of {known}; got {self.comparison!r}.")

    def is_on(self, facts: Floats) -> Bools:
        """Whether the flag is on, for each account."""
        return COMPARISONS[self.comparison](facts, self.limit)
