"""Where groups of rows end and where their last stretch began: by hand, then against plain loops."""

from itertools import groupby

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.groups import is_last_of, start_of_last_stretch

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 1)), max_size=30).map(
    lambda rows: sorted(rows, key=lambda row: row[0])
)


def columns(rows):
    table = np.array(rows, dtype=np.int64).reshape(len(rows), 2)
    return table[:, 0], table[:, 1].astype(np.float64)


def test_the_last_row_of_each_group_is_told():
    assert is_last_of(np.array([3, 3, 5, 8, 8, 8])).tolist() == [False, True, True, False, False, True]


def test_a_stretch_begins_where_the_value_changed_last_and_no_earlier_than_its_group():
    groups = np.array([1, 1, 1, 2, 2, 2, 3])
    values = np.array([7.0, 9.0, 9.0, 9.0, 7.0, 9.0, 9.0])
    assert start_of_last_stretch(groups, values).tolist() == [1, 5, 6]


def test_an_unknown_value_begins_a_stretch_each_time():
    assert start_of_last_stretch(np.array([1, 1]), np.array([np.nan, np.nan])).tolist() == [1]


def test_no_rows_are_no_groups():
    none, nothing = columns([])
    assert is_last_of(none).tolist() == []
    assert start_of_last_stretch(none, nothing).tolist() == []


@given(ROWS)
def test_both_agree_with_loops_and_leave_their_input_as_it_was(rows):
    groups, values = columns(rows)
    kept = groups.copy(), values.copy()
    ends, starts = [], []
    for _, of_group in groupby(range(len(rows)), key=lambda n: rows[n][0]):
        places = list(of_group)
        start = places[-1]
        while start > places[0] and rows[start - 1][1] == rows[start][1]:
            start -= 1
        ends.append(places[-1])
        starts.append(start)
    assert np.flatnonzero(is_last_of(groups)).tolist() == ends
    assert start_of_last_stretch(groups, values).tolist() == starts
    np.testing.assert_array_equal((groups, values), kept)
