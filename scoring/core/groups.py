"""Rows in order of a group: where each group ends, and where its last stretch of one value began.

Shapes: R rows in the order of their groups, G groups.
"""

import numpy as np

from scoring.core.arrays import Bools, Floats, Ints


def is_last_of(groups: Floats | Ints) -> Bools:
    """Which rows are the last of their group (R,)."""
    is_last = np.ones(len(groups), dtype=bool)
    is_last[:-1] = groups[1:] != groups[:-1]
    return is_last


def start_of_last_stretch(groups: Ints, values: Floats) -> Ints:
    """For each group (G,), the row with which its last unbroken stretch of one value began."""
    begins = np.ones(len(groups), dtype=bool)
    begins[1:] = (groups[1:] != groups[:-1]) | (values[1:] != values[:-1])
    begun = np.maximum.accumulate(np.where(begins, np.arange(len(groups)), 0))
    return np.asarray(begun[is_last_of(groups)], dtype=np.int64)
