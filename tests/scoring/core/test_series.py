"""Medians and weighted means over the rows of accounts."""

from statistics import median

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.series import median_of_groups, weighted_mean_of_groups

NAN = np.nan


def test_the_median_of_each_account_is_its_own():
    seconds = np.array([3, 1, 2, 8, 4], dtype=np.uint32)
    assert median_of_groups(seconds, np.array([0, 0, 0, 1, 1]), 2).tolist() == [2, 6]
    assert median_of_groups(seconds, np.array([0, 0, 0, 1, 1]), 2, unit=4).tolist() == [0.5, 1.5]


def test_an_account_without_rows_is_unknown():
    np.testing.assert_array_equal(median_of_groups(np.array([2]), np.array([1]), 3), [NAN, 2, NAN])


def test_no_rows_leave_every_account_unknown():
    none = np.array([], dtype=np.int64)
    np.testing.assert_array_equal(median_of_groups(none, none, 2), [NAN, NAN])


def test_rapport_counts_decision_makers_twice():
    # Decision maker 5, two others 2 and 3: (2 × 5 + 2 + 3) ÷ 4.
    rapport = weighted_mean_of_groups(np.array([5.0, 2, 3]), np.array([2.0, 1, 1]), np.array([0, 0, 0]), 2)
    np.testing.assert_array_equal(rapport, [3.75, NAN])


def test_a_persona_without_a_rating_takes_no_part_in_the_mean():
    assert weighted_mean_of_groups(np.array([NAN, 2.0]), np.array([2.0, 1]), np.array([0, 0]), 1).tolist() == [2]


rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2**32 - 1)), max_size=40)


@given(rows=rows)
def test_medians_agree_with_the_standard_library(rows):
    owners, values = (np.array([row[n] for row in rows], dtype=np.int64) for n in (0, 1))
    known = [[value for owner, value in rows if owner == group] for group in range(5)]
    slow = [median(values) if values else NAN for values in known]
    np.testing.assert_array_equal(median_of_groups(values, owners, 5), slow)
