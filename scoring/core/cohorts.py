"""Who comes back and who stays away.

Shapes: rows are (R,), one per user and active week, each pair once; users are (U,) with account_index (U,) saying
which account, 0 to A - 1, each belongs to; results are Floats (A,), NaN where nothing can be said.
"""

import numpy as np

from scoring.core.arrays import Bools, Floats, Ints, divide, filled


def retention_index(*, user_index: Ints, weeks: Ints, account_index: Ints, is_known: Bools) -> Floats:
    """The share of users who are back k weeks after their first, as a mean over k that counts week k k times.

    `is_known` (A, W) says which of the weeks 0 to W - 1 are known; in a week that is not, nobody is expected and
    nobody counts as back. Where nobody is expected in any week there is nothing to say: unknown.
    """
    accounts, size = is_known.shape
    first_weeks = np.full(len(account_index), size - 1, dtype=np.int64)
    np.minimum.at(first_weeks, user_index, weeks)
    starters = _count(account_index, first_weeks, shape=(accounts, size))
    counts = is_known[account_index[user_index], weeks]
    returned = user_index[counts], weeks[counts]
    back = _count(account_index[returned[0]], returned[1] - first_weeks[returned[0]], shape=(accounts, size))
    expected = np.column_stack(
        [np.zeros(accounts), *((starters[:, :-k] * is_known[:, k:]).sum(axis=1) for k in range(1, size))]
    )
    shares = filled(divide(back, expected), 0.0)
    week_weights = np.arange(size) * (expected > 0)
    return divide((shares * week_weights).sum(axis=1), week_weights.sum(axis=1))


def loyalty_index(*, days_since_active: Floats, account_index: Ints, accounts: int, quiet_days: int = 30) -> Floats:
    """1 − users with no activity for over 30 days ÷ all users who were ever active in the window."""
    quiet = np.bincount(account_index[days_since_active > quiet_days], minlength=accounts)
    return 1.0 - divide(quiet, np.bincount(account_index, minlength=accounts))


def _count(rows: Ints, columns: Ints, *, shape: tuple[int, int]) -> Ints:
    counted = np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1])
    return np.asarray(counted.reshape(shape), dtype=np.int64)
