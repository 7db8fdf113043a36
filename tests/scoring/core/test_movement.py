"""The change between two breakdowns, line by line."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.movement import Breakdown, difference


def test_each_line_says_how_much_more_it_gave():
    before = Breakdown(
        keys=("usage", "nps", "ebr_overdue"), lines_hundredths=np.array([[4000, 2000, 0], [4000, 1000, 0]])
    )
    after = Breakdown(
        keys=("usage", "nps", "ebr_overdue"), lines_hundredths=np.array([[4500, 2000, -1300], [4000, 900, 0]])
    )
    moved = difference(before, after)
    assert moved.keys == ("usage", "nps", "ebr_overdue")
    assert moved.lines_hundredths.tolist() == [[500, 0, -1300], [0, -100, 0]]


def test_a_line_that_came_or_went_counts_in_full():
    before = Breakdown(keys=("usage", "csat"), lines_hundredths=np.array([[4000, 2000]]))
    after = Breakdown(keys=("nps", "usage"), lines_hundredths=np.array([[1500, 4200]]))
    moved = difference(before, after)
    assert dict(zip(moved.keys, moved.lines_hundredths[0].tolist(), strict=True)) == {
        "nps": 1500,
        "usage": 200,
        "csat": -2000,
    }
    assert moved.keys == ("nps", "usage", "csat")


@pytest.mark.parametrize(("keys", "lines"), [(("usage", "usage"), [[1, 2]]), (("usage",), [[1, 2]])])
def test_a_breakdown_needs_one_column_for_each_key(keys, lines):
    with pytest.raises(ValueError, match="one column for each of its keys"):
        Breakdown(keys=keys, lines_hundredths=np.array(lines))


lines = st.dictionaries(st.sampled_from("abcdef"), st.integers(-10_000, 10_000), min_size=1)


def breakdown(lines):
    return Breakdown(keys=tuple(lines), lines_hundredths=np.array([list(lines.values())]))


@given(before=lines, after=lines)
def test_the_lines_sum_exactly_to_the_change_of_the_score(before, after):
    moved = difference(breakdown(before), breakdown(after))
    assert moved.lines_hundredths.sum() == sum(after.values()) - sum(before.values())
