"""The smallest single changes with which a score would reach a band: first in points, then in a measure's own value.

Shapes: one account with M measures; points are Floats (M,) as they counted, NaN where a measure was left out. Amounts
of score are whole hundredths. Everything is tried with the code that scores (`combine`, `apply`), so an answer is
exact: it holds, and nothing smaller does. Both steps halve an interval, which needs what scoring promises: more points
never make a lower score, and a curve never turns back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from scoring.core import adjustments
from scoring.core.adjustments import Kind
from scoring.core.arrays import Floats, Ints, quantize
from scoring.core.scorecard import MICRO_PER_POINT, Missing, combine

FULL_MICRO = 100 * MICRO_PER_POINT
OUT_OF_REACH = -1


@dataclass(frozen=True)
class Acting:
    """A change that acts on the base today, with its amount as it is applied."""

    kind: Kind
    amount: float


@dataclass(frozen=True)
class Grid:
    """The values that people would name: whole steps of 1 / per_unit between two ends, both included."""

    per_unit: int
    low: float
    high: float


def scores_of(points: Floats, weights: Ints, *, changes: Sequence[Acting]) -> Ints:
    """What rows of points (R, M) score under the changes, in hundredths."""
    scored = combine(points, weights, missing=[Missing.LEAVE_OUT] * len(weights), min_coverage=0.0)
    acting = [(change.kind, np.full(len(points), change.amount)) for change in changes]
    return adjustments.apply(scored.base_hundredths, changes=acting).score_hundredths


def least_points(points: Floats, weights: Ints, *, changes: Sequence[Acting], needed: int) -> Ints:
    """For each measure the fewest micro points with which it alone lifts the score to `needed` hundredths.

    OUT_OF_REACH where 100 points would not do. A measure that was left out is tried as one that becomes known.
    """
    low, high = np.zeros(len(weights), dtype=np.int64), np.full(len(weights), FULL_MICRO, dtype=np.int64)
    is_possible = scores_with(high, points, weights, changes=changes) >= needed
    while (low < high).any():
        middle = (low + high) // 2
        reaches = scores_with(middle, points, weights, changes=changes) >= needed
        low, high = np.where(reaches, low, middle + 1), np.where(reaches, middle, high)
        low = np.minimum(low, high)
    return np.where(is_possible, high, OUT_OF_REACH)


def scores_with(micro: Ints, points: Floats, weights: Ints, *, changes: Sequence[Acting]) -> Ints:
    """The score for each measure, if that one alone had the micro points given for it."""
    rows = np.tile(points, (len(weights), 1))
    np.fill_diagonal(rows, micro / MICRO_PER_POINT)
    return scores_of(rows, weights, changes=changes)


def nearest_value(
    points_at: Callable[[Floats], Floats], *, today: float | None, grid: Grid, rises: bool, least_micro: int
) -> float | None:
    """The value of the grid nearest to today's that gives so many points; None where none of the grid does.

    `rises`: whether more is better. Without a value today, the least demanding one of the grid.
    """
    steps = steps_from(today, grid=grid, rises=rises)
    if not steps or not gives_enough(points_at, steps[-1] / grid.per_unit, least_micro=least_micro):
        return None
    first, last = 0, len(steps) - 1
    while first < last:
        middle = (first + last) // 2
        is_enough = gives_enough(points_at, steps[middle] / grid.per_unit, least_micro=least_micro)
        first, last = (first, middle) if is_enough else (middle + 1, last)
    return steps[first] / grid.per_unit


def nearest_listed(
    points_at: Callable[[Floats], Floats], *, today: float | None, listed: Sequence[float], least_micro: int
) -> float | None:
    """Of the values that a table lists, the one nearest to today's that gives so many points; the first of equals."""
    enough = [value for value in listed if gives_enough(points_at, value, least_micro=least_micro)]
    return min(enough, key=lambda value: 0.0 if today is None else abs(value - today), default=None)


def steps_from(today: float | None, *, grid: Grid, rises: bool) -> range:
    """The grid in whole steps, from beyond today's value towards the better end."""
    first, last = ceil(grid.low * grid.per_unit), floor(grid.high * grid.per_unit)
    if rises:
        return range(first if today is None else max(first, floor(today * grid.per_unit) + 1), last + 1)
    return range(last if today is None else min(last, ceil(today * grid.per_unit) - 1), first - 1, -1)


def gives_enough(points_at: Callable[[Floats], Floats], value: float, *, least_micro: int) -> bool:
    """Whether the curve gives a value so many points; unknown points are never enough."""
    found = points_at(np.array([value]))
    return not np.isnan(found[0]) and int(quantize(found, per_unit=MICRO_PER_POINT)[0]) >= least_micro
