"""From points to base: weights, missing values, coverage and the exact lines (docs/scoring.md, "From points to score").

Shapes: points are Floats (A, M), accounts by measures in the scorecard's order; weights are Ints (M,) in whole
percent; amounts of score are Ints in hundredths of a point. An account without a score has is_defined False and zeros.

Exactness: points are first rounded half up to millionths of a point (micro points). All after that is integer
arithmetic, so the same points give the same score on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from scoring.core.arrays import Bools, Floats, Ints, divide, divide_rounded, filled, quantize

FULL_HUNDREDTHS = 10_000
MICRO_PER_POINT = 1_000_000
MICRO_PER_HUNDREDTH = 10_000


class Missing(StrEnum):
    """What a measure without a value counts as."""

    LEAVE_OUT = "leave_out"  # its weight goes to the others
    ZERO = "zero"
    NEUTRAL = "neutral"


POINTS_WHEN_MISSING = {Missing.LEAVE_OUT: np.nan, Missing.ZERO: 0.0, Missing.NEUTRAL: 50.0}


@dataclass(frozen=True)
class Scored:
    """The base of each account and all that explains it."""

    base_hundredths: Ints  # (A,)
    lines_hundredths: Ints  # (A, M); each row sums to the base
    coverage: Floats  # (A,) share of the weight whose measures have a value, 0 to 1
    is_defined: Bools  # (A,)
    low_hundredths: Ints  # (A,) the base if all missing measures were at 0
    high_hundredths: Ints  # (A,) the base if all missing measures were at 100
    points: Floats  # (A, M) as counted: missing filled by its policy, in whole micro points, NaN where left out


def combine(points: Floats, weights: Ints, *, missing: Sequence[Missing], min_coverage: float) -> Scored:
    """The weighted mean of the points, undefined below the minimum of coverage and where nothing at all is known."""
    _refuse_nonsense(points, weights, missing=missing, min_coverage=min_coverage)
    known_weight = ~np.isnan(points) @ weights
    # The float nearest to a share is also what a minimum such as 0.7 is read as, so "at the minimum" is exact.
    coverage = divide(known_weight, weights.sum())
    is_defined = (known_weight > 0) & (coverage >= min_coverage)
    counted = np.where(np.isnan(points), [POINTS_WHEN_MISSING[policy] for policy in missing], points)
    lines = np.where(is_defined[:, np.newaxis], _lines(counted, weights), 0)
    return Scored(
        base_hundredths=lines.sum(axis=1),
        lines_hundredths=lines,
        coverage=coverage,
        is_defined=is_defined,
        low_hundredths=_base(filled(points, 0.0), weights),
        high_hundredths=_base(filled(points, 100.0), weights),
        points=np.where(np.isnan(counted), np.nan, _micro(counted) / MICRO_PER_POINT),
    )


def _base(points: Floats, weights: Ints) -> Ints:
    """Σ weight × points ÷ Σ weight, rounded half up to the hundredth; 0 where no weight counts."""
    return divide_rounded(_micro(points) @ weights, _units(points, weights))


def _lines(points: Floats, weights: Ints) -> Ints:
    """Each contribution rounded down; the hundredths missing from the base go to the largest remainders."""
    units = _units(points, weights)[:, np.newaxis]
    whole, remainders = np.divmod(_micro(points) * weights, units)
    lacking = _base(points, weights) - whole.sum(axis=1)
    # A stable sort of the negatives: largest first, ties in the scorecard's order.
    order = np.argsort(-remainders, axis=1, kind="stable")
    places = np.argsort(order, axis=1, kind="stable")
    return np.asarray(whole + (places < lacking[:, np.newaxis]), dtype=np.int64)


def _units(points: Floats, weights: Ints) -> Ints:
    """What weight × micro points is divided by to give hundredths: the weight that counts, in micro points."""
    counting_weight = ~np.isnan(points) @ weights
    return np.asarray(np.maximum(counting_weight, 1) * MICRO_PER_HUNDREDTH, dtype=np.int64)


def _micro(points: Floats) -> Ints:
    return quantize(filled(points, 0.0), per_unit=MICRO_PER_POINT)


def _refuse_nonsense(points: Floats, weights: Ints, *, missing: Sequence[Missing], min_coverage: float) -> None:
    if points.ndim != 2 or weights.shape != points.shape[1:] or len(missing) != len(weights):
        raise ValueError(
            f"{points.shape} points need as many weights and policies; got {len(weights)}, {len(missing)}."
        )
    if not np.issubdtype(weights.dtype, np.integer) or (weights < 0).any() or weights.sum() <= 0:
        raise ValueError(f"Weights must be whole, not negative, and not all 0; got {weights.tolist()}.")
    if ((points < 0) | (points > 100)).any():
        raise ValueError("Points must lie between 0 and 100.")
    if not 0 <= min_coverage <= 1:
        raise ValueError(f"The minimum of coverage must lie between 0 and 1; got {min_coverage}.")
