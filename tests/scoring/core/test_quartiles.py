"""What a group of customers is told about itself: coarse, smooth, and of no use against one of its members."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scoring.core.quartiles import FEWEST, STEP, Quartiles, coarse_quartiles, is_steady

SCORES = arrays(np.int64, st.integers(FEWEST, 60), elements=st.integers(0, 10_000))


def test_eleven_scores_by_hand():
    scores = np.array([4000, 4200, 5000, 5600, 6000, 6400, 6600, 7000, 7400, 8000, 9000])
    # Ranks 2.5, 5 and 7.5, each with those up to 1.5 away: (42+50+56+60)/4 = 52, (60+64+66)/3 = 63.3, (66+70+74+80)/4.
    assert coarse_quartiles(scores) == Quartiles(low=50, middle=65, high=75)


def test_ten_others_are_needed_besides_oneself():
    assert coarse_quartiles(np.arange(10) * 100) is None
    assert coarse_quartiles(np.arange(11) * 100) is not None


@given(SCORES)
def test_figures_are_in_order_whole_steps_and_no_matter_of_order(scores):
    found, turned = coarse_quartiles(scores), coarse_quartiles(scores[::-1].copy())
    assert found == turned
    assert 0 <= found.low <= found.middle <= found.high <= 100
    assert {found.low % STEP, found.middle % STEP, found.high % STEP} == {0}


@given(SCORES, st.integers(0, 59), st.integers(0, 10_000))
def test_one_account_moves_a_figure_by_no_more_than_a_third_of_its_own_change(scores, place, value):
    other = scores.copy()
    other[place % len(scores)] = value
    one, two = coarse_quartiles(scores), coarse_quartiles(other)
    most = abs(int(value) - int(scores[place % len(scores)])) / 3 / 100 + STEP
    for name in ("low", "middle", "high"):
        assert abs(getattr(one, name) - getattr(two, name)) <= most


def test_few_who_come_or_go_leave_the_figures_as_they_were():
    group = set(range(20))
    assert not is_steady(group, group, fewest_changes=5)
    assert is_steady(group, group | {20}, fewest_changes=5)
    assert is_steady(group, group - {1} | {20, 21, 22}, fewest_changes=5)
    assert not is_steady(group, group - {1} | {20, 21, 22, 23}, fewest_changes=5)


@pytest.mark.parametrize("others", [10, 20])
def test_even_who_knows_all_others_exactly_is_left_with_a_wide_range(others):
    """An attack far beyond what anybody here can do: every other score is known, and the figures are then published.

    All values that the last one could have and that give the same figures are what the attacker cannot tell apart.
    """
    random = np.random.default_rng(7)
    widths = []
    for _ in range(40):
        known = random.normal(6500, 1300, others).clip(0, 10_000).astype(np.int64)
        cells = defaultdict(list)
        for value in range(0, 10_001, 100):
            cells[coarse_quartiles(np.append(known, value))].append(value)
        for value in random.normal(6500, 1300, 20).clip(0, 10_000).astype(np.int64) // 100 * 100:
            cell = cells[coarse_quartiles(np.append(known, value))]
            widths.append(max(cell) - min(cell))
    assert np.mean(np.array(widths) >= 500) > 0.95
    assert np.median(widths) >= 2000
