"""Figures over the rows of an account: medians and weighted means.

Shapes: rows are (R,), with group_index (R,) saying which account each belongs to, 0 to A - 1, in any order; results
are Floats (A,), NaN for an account without rows.
"""

import numpy as np

from scoring.core.arrays import Floats, Ints, divide

WHOLE_BITS = 32


def median_of_groups(values: Ints, group_index: Ints, groups: int, *, unit: float = 1.0) -> Floats:
    """The median of each account's rows, such as the seconds per active user and day, ÷ unit.

    Values are whole numbers from 0 to 2 ** 32 - 1: with their group before them they are sorted as one number.
    """
    in_order = np.sort((group_index.astype(np.int64) << WHOLE_BITS) | values.astype(np.int64))
    return middle_of((in_order & ((1 << WHOLE_BITS) - 1)) / unit, np.bincount(group_index, minlength=groups))


def middle_of(in_order: Floats, sizes: Ints) -> Floats:
    """The median of each group, given its values in order, group after group, and how many each group has (A,)."""
    starts = np.cumsum(sizes) - sizes
    medians = np.full(len(sizes), np.nan)
    filled = sizes > 0
    low = starts[filled] + (sizes[filled] - 1) // 2
    high = starts[filled] + sizes[filled] // 2
    medians[filled] = (in_order[low] + in_order[high]) / 2
    return medians


def weighted_mean_of_groups(values: Floats, weights: Floats, group_index: Ints, groups: int) -> Floats:
    """The weighted mean of each account's rows, such as rapport with decision makers counted twice."""
    known = ~np.isnan(values)
    owners = group_index[known]
    totals = np.bincount(owners, weights=(values * weights)[known], minlength=groups)
    return divide(totals, np.bincount(owners, weights=weights[known], minlength=groups))
