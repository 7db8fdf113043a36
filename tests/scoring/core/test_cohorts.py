"""Users who come back and users who stay away."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.cohorts import loyalty_index, retention_index

NAN = np.nan


def retention(rows, *, owners, accounts, last_week, unknown=()):
    is_known = np.ones((accounts, last_week + 1), dtype=bool)
    for account, week in unknown:
        is_known[account, week] = False
    pairs = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return retention_index(
        user_index=pairs[:, 0],
        weeks=pairs[:, 1],
        account_index=np.array(owners),
        is_known=is_known,
    )


def test_later_weeks_count_more():
    # Ann starts in week 0 and is back in week 1, not 2; Bob starts in week 1 and is back in week 2.
    # After one week 2 of 2 are back, after two weeks 0 of 1: (1 × 1 + 2 × 0) ÷ (1 + 2).
    index = retention([(0, 0), (0, 1), (1, 1), (1, 2)], owners=[0, 0], accounts=1, last_week=2)
    assert index.tolist() == [1 / 3]


def test_everyone_back_every_week_gives_1_and_nobody_back_gives_0():
    rows = [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert retention(rows, owners=[0, 1], accounts=2, last_week=2).tolist() == [1, 0]


def test_a_user_of_the_last_week_is_not_yet_expected_back():
    with_newcomer = retention([(0, 0), (0, 1), (1, 1)], owners=[0, 0], accounts=1, last_week=1)
    assert with_newcomer.tolist() == [1]


def test_it_needs_over_a_week_of_data():
    np.testing.assert_array_equal(retention([(0, 1)], owners=[0], accounts=2, last_week=1), [NAN, NAN])


def test_in_a_week_that_is_not_known_nobody_failed_to_come_back():
    # Ann comes every week, but week 1 was not delivered. Bob is another account's, whose week 1 was: he stayed away.
    rows = [(0, 0), (0, 2), (1, 0), (1, 2)]
    index = retention(rows, owners=[0, 1], accounts=2, last_week=2, unknown=[(0, 1)])
    np.testing.assert_allclose(index, [1, 2 / 3])


def test_with_one_known_week_there_is_nothing_to_come_back_to():
    index = retention([(0, 0)], owners=[0], accounts=1, last_week=2, unknown=[(0, 1), (0, 2)])
    np.testing.assert_array_equal(index, [NAN])


@given(
    rows=st.sets(st.tuples(st.integers(0, 7), st.integers(0, 5)), max_size=30),
    owners=st.lists(st.integers(0, 2), min_size=8, max_size=8),
    unknown=st.sets(st.tuples(st.integers(0, 2), st.integers(0, 5)), max_size=8),
)
def test_retention_agrees_with_a_slow_count(rows, owners, unknown):
    fast = retention(sorted(rows), owners=owners, accounts=3, last_week=5, unknown=unknown)
    slow = [slow_retention(rows, owners, account, unknown) for account in range(3)]
    np.testing.assert_allclose(fast, slow, atol=1e-12)


def slow_retention(rows, owners, account, unknown):
    weeks_of = {}
    for user, week in rows:
        if owners[user] == account:
            weeks_of.setdefault(user, set()).add(week)
    total = weight = 0
    for k in range(1, 6):
        due = [(weeks, min(weeks) + k) for weeks in weeks_of.values()]
        expected = [(weeks, week) for weeks, week in due if week <= 5 and (account, week) not in unknown]
        if expected:
            total += k * sum(week in weeks for weeks, week in expected) / len(expected)
            weight += k
    return total / weight if weight else NAN


def test_loyalty_is_1_less_the_share_of_users_quiet_for_over_30_days():
    loyalty = loyalty_index(
        days_since_active=np.array([0.0, 30, 31, 100, 5]), account_index=np.array([0, 0, 0, 0, 1]), accounts=3
    )
    np.testing.assert_array_equal(loyalty, [0.5, 1, NAN])
