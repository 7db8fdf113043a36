"""Figures over the rows of an account: medians and weighted means.

Shapes: rows are (R,), with group_index (R,) saying which account each belongs to, 0 to A - 1, in any order; results
are Floats (A,), NaN for an account without rows.
"""

import numpy as np

from scoring.core.arrays import Floats, Ints, divide


def median_of_groups(values: Floats, group_index: Ints, groups: int) -> Floats:
    """The median of each account's rows, such as the hours per active user and day; unknown rows are passed over."""
    known = ~np.isnan(values)
    kept, owners = values[known], group_index[known]
    in_order = kept[np.lexsort((kept, owners))]
    sizes = np.bincount(owners, minlength=groups)
    starts = np.cumsum(sizes) - sizes
    medians = np.full(groups, np.nan)
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
