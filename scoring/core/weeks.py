"""An account's use week by week: who and what was active, from sets of days.

Shapes: `active` is Bools (U, D), one row per user or feature and one column per day; W weeks of seven columns each, the
last one ending with the last day. Results are Floats (W,), NaN where the week is not known.
"""

import numpy as np

from scoring.core.arrays import Bools, Floats, Ints, divide

WEEK = 7


def week_ends(days: int, weeks: int) -> Ints:
    """The column of the last day of each of the last weeks, the oldest first."""
    return np.arange(days - 1 - WEEK * (weeks - 1), days, WEEK)


def active_in_windows(active: Bools, ends: Ints, *, window_days: int) -> Floats:
    """How many rows were active at all in the window that ends with each of the days."""
    return np.array(
        [active[:, max(end - window_days + 1, 0) : end + 1].any(axis=1).sum() for end in ends], dtype=np.float64
    )


def active_weeks(active: Bools, ends: Ints) -> Bools:
    """(U, W): whether each row was active in each week."""
    columns = [active[:, max(end - WEEK + 1, 0) : end + 1].any(axis=1) for end in ends]
    return np.column_stack(columns) if columns else np.zeros((len(active), 0), dtype=bool)


def back_from_week_before(in_week: Bools, is_known: Bools) -> Floats:
    """Of those active in the week before, the share that is active again; both weeks must be known."""
    before, now = in_week[:, :-1], in_week[:, 1:]
    shares = divide((before & now).sum(axis=0), before.sum(axis=0))
    return np.concatenate([[np.nan], np.where(is_known[:-1] & is_known[1:], shares, np.nan)])


def cohorts(in_week: Bools, is_known: Bools) -> tuple[Ints, Floats]:
    """Users by the week in which they were first active: how many (W,), and the share active in each week (W, W).

    NaN before a cohort's own week, in weeks that are not known, and for a cohort of nobody.
    """
    weeks = in_week.shape[1]
    first = np.where(in_week.any(axis=1), in_week.argmax(axis=1), -1)
    sizes = np.array([(first == week).sum() for week in range(weeks)], dtype=np.int64)
    counts = np.array([in_week[first == week].sum(axis=0) for week in range(weeks)]).reshape(weeks, weeks)
    shares = divide(counts, sizes[:, np.newaxis])
    is_later = np.arange(weeks)[np.newaxis, :] >= np.arange(weeks)[:, np.newaxis]
    return sizes, np.where(is_later & is_known[np.newaxis, :], shares, np.nan)


def median_in_windows(values: Floats, days: Ints, ends: Ints, *, window_days: int) -> Floats:
    """The median of the values (R,) of the days (R,) in the window that ends with each of the days."""
    found = [values[(days > end - window_days) & (days <= end)] for end in ends]
    return np.array([np.median(within) if len(within) else np.nan for within in found])


def enough_known(is_known: Bools, ends: Ints, *, window_days: int, first: int) -> Bools:
    """Whether at least half of each window's days is known, of those from the column `first` on."""
    found = []
    for end in ends:
        start = max(end - window_days + 1, first, 0)
        found.append(end >= start and 2 * is_known[start : end + 1].sum() >= end + 1 - start)
    return np.array(found, dtype=bool)
