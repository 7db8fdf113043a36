"""The quartiles of a group, as coarse as a customer may see them (docs/customer-page.md).

Shapes: scores are Ints (A,) in hundredths of a point, one per account of the group, in any order.
"""

from dataclasses import dataclass

import numpy as np

from scoring.core.arrays import Ints

# Ten others and the account itself.
FEWEST = 11
# Points between two published figures.
STEP = 5
# How many ranks to each side of a quartile are averaged: no figure ever rests on fewer than three accounts.
REACH = 1.5


@dataclass(frozen=True)
class Quartiles:
    """Whole points, multiples of five."""

    low: int
    middle: int
    high: int


def coarse_quartiles(scores: Ints) -> Quartiles | None:
    """Each the mean of the scores around the quartile's rank, to the nearest five points; None for a small group."""
    if len(scores) < FEWEST:
        return None
    ordered = np.sort(scores)
    return Quartiles(*(coarse(ordered, share=share) for share in (0.25, 0.5, 0.75)))


def coarse(ordered: Ints, *, share: float) -> int:
    """The figure of one rank; halves go up."""
    rank = share * (len(ordered) - 1)
    first, last = int(np.ceil(rank - REACH)), int(np.floor(rank + REACH))
    around = ordered[first : last + 1]
    steps = (2 * int(around.sum()) + STEP * 100 * len(around)) // (2 * STEP * 100 * len(around))
    return steps * STEP


def is_steady(before: set[int], now: set[int], *, fewest_changes: int) -> bool:
    """Whether so few joined or left that new figures would tell about them."""
    return 0 < len(before ^ now) < fewest_changes
