"""Who comes back and who stays away.

Shapes: rows are (R,), one per user and active week, each pair once; users are (U,) with account_index (U,) saying
which account, 0 to A - 1, each belongs to; results are Floats (A,), NaN where nothing can be said.
"""

import numpy as np

from scoring.core.arrays import Floats, Ints, divide


def retention_index(*, user_index: Ints, weeks: Ints, account_index: Ints, accounts: int, last_week: int) -> Floats:
    """The share of users who are back k weeks after their first, as a mean over k that counts week k k times.

    Weeks are numbered 0 to last_week. A user is expected back in week k only once k weeks have passed since the
    first. Where nobody began before the last week there is nothing to come back from: unknown.
    """
    first_weeks = np.full(len(account_index), last_week, dtype=np.int64)
    np.minimum.at(first_weeks, user_index, weeks)
    shape = (accounts, last_week + 1)
    back = _count(account_index[user_index], weeks - first_weeks[user_index], shape=shape)
    reach = _count(account_index, last_week - first_weeks, shape=shape)
    # Whoever can be seen in week k can be seen in all weeks before it: sum from the right.
    expected = np.flip(np.cumsum(np.flip(reach, axis=1), axis=1), axis=1)
    week_weights = np.arange(last_week + 1) * (expected > 0)
    shares = np.nan_to_num(divide(back, expected))
    return divide((shares * week_weights).sum(axis=1), week_weights.sum(axis=1))


def loyalty_index(*, days_since_active: Floats, account_index: Ints, accounts: int, quiet_days: int = 30) -> Floats:
    """1 − users with no activity for over 30 days ÷ all users who were ever active in the window."""
    quiet = np.bincount(account_index[days_since_active > quiet_days], minlength=accounts)
    return 1.0 - divide(quiet, np.bincount(account_index, minlength=accounts))


def _count(rows: Ints, columns: Ints, *, shape: tuple[int, int]) -> Ints:
    counted = np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1])
    return np.asarray(counted.reshape(shape), dtype=np.int64)
