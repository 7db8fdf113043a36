"""Cohorts, months as bits, the feature used most, and flows: by hand, and laws on random input."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring.core import adoption


def test_a_month_is_known_where_half_of_its_days_from_the_start_on_are():
    known = np.array([[1, 1, 0, 0, 1, 0, 0, 0]] * 2, dtype=bool)
    found = adoption.enough_of_months(known, starts=np.array([0, 3]), edges=np.array([0, 4, 8]))
    # Two of four, one of four; from the fourth day on none of one, and again one of four.
    assert found.tolist() == [[True, False], [False, False]]


def test_a_month_before_the_start_is_not_known():
    known = np.ones((1, 4), dtype=bool)
    assert adoption.enough_of_months(known, starts=np.array([2]), edges=np.array([0, 2, 4])).tolist() == [[False, True]]


def test_cohorts_count_from_their_start_month_on():
    known = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 1], [1, 1, 1]], dtype=bool)
    active = np.array([[1, 0, 1], [1, 1, 0], [1, 1, 1], [1, 1, 1]], dtype=bool)
    told, used = adoption.cohort_counts(
        groups=np.array([0, 0, 0, 1]), cohorts=np.array([0, 0, -1, 1]), known=known, active=active, count=2
    )
    # Of two that started in the first month, the second one is not known in the second; the third started earlier.
    assert told[0].tolist() == [[2, 1, 2], [0, 0, 0], [0, 0, 0]]
    assert used[0].tolist() == [[2, 0, 1], [0, 0, 0], [0, 0, 0]]
    assert used[1].tolist() == [[0, 0, 0], [0, 1, 1], [0, 0, 0]]


def test_the_newest_month_is_bit_0():
    assert adoption.months_as_bits(np.array([[1, 0, 1], [0, 1, 0]], dtype=bool)).tolist() == [5, 2]


def test_most_used_is_that_with_most_days_and_of_two_the_lower_id():
    found = adoption.most_used(
        accounts=np.array([0, 0, 1, 1, 2]), features=np.array([7, 3, 9, 4, 5]), days=np.array([6, 6, 2, 8, 0]), count=4
    )
    assert found.tolist() == [3, 4, 0, 0]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-2, 4), st.integers(-2, 4)), max_size=40))
def test_flows_add_up_to_the_accounts_of_each_group(rows):
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    found = adoption.flows(groups=table[:, 0], before=table[:, 1], now=table[:, 2])
    assert {group: sum(counts.values()) for group, counts in found.items()} == {
        group: int((table[:, 0] == group).sum()) for group in set(table[:, 0].tolist())
    }


@given(st.integers(0, 2**32), st.integers(1, 30), st.integers(1, 6))
def test_no_cohort_has_more_accounts_in_use_than_known(seed, accounts, months):
    rng = np.random.default_rng(seed)
    known, active = rng.random((2, accounts, months)) < 0.6
    groups, cohorts = rng.integers(0, 3, accounts), rng.integers(-1, months, accounts)
    told, used = adoption.cohort_counts(groups=groups, cohorts=cohorts, known=known, active=active, count=3)
    assert (used <= told).all()
    sizes = [[((groups == g) & (cohorts == c)).sum() for c in range(months)] for g in range(3)]
    assert (told <= np.array(sizes)[:, :, np.newaxis]).all()
