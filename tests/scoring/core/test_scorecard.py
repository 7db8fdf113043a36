"""docs/scoring.md, "From points to score" and "Arithmetic": by hand, as laws, and against the oracle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.scorecard import Missing, combine
from tests.scoring import oracle

NAN = np.nan
OUT, ZERO, NEUTRAL = Missing.LEAVE_OUT, Missing.ZERO, Missing.NEUTRAL


def score(*rows, weights, missing=None, min_coverage=0.5):
    policies = missing or [OUT] * len(weights)
    return combine(np.array(rows, dtype=np.float64), np.array(weights), missing=policies, min_coverage=min_coverage)


# 1. The base


def test_the_base_is_the_weighted_mean_of_the_points():
    # 50 × 100 + 30 × 50 + 20 × 0 = 6500, ÷ 100.
    assert score([100, 50, 0], weights=[50, 30, 20]).base_hundredths.tolist() == [6500]


def test_weights_that_do_not_sum_to_100_are_divided_by_their_sum():
    assert score([100, 0], weights=[1, 3]).base_hundredths.tolist() == [2500]


def test_a_missing_measure_is_left_out_and_hands_its_weight_to_the_others():
    scored = score([100, 50, NAN], weights=[50, 30, 20])
    # 50 / 80 × 100 = 62.5 and 30 / 80 × 50 = 18.75.
    assert scored.base_hundredths.tolist() == [8125]
    assert scored.lines_hundredths.tolist() == [[6250, 1875, 0]]
    np.testing.assert_array_equal(scored.points, [[100, 50, NAN]])


def test_a_measure_may_say_that_missing_counts_as_0():
    scored = score([100, 50, NAN], weights=[50, 30, 20], missing=[OUT, OUT, ZERO])
    assert scored.lines_hundredths.tolist() == [[5000, 1500, 0]]
    assert scored.points.tolist() == [[100, 50, 0]]


def test_a_measure_may_say_that_missing_counts_as_50():
    scored = score([100, 50, NAN], weights=[50, 30, 20], missing=[OUT, OUT, NEUTRAL])
    assert scored.lines_hundredths.tolist() == [[5000, 1500, 1000]]
    assert scored.points.tolist() == [[100, 50, 50]]


def test_the_policy_of_a_measure_touches_only_the_accounts_that_miss_it():
    scored = score([100, 20], [100, NAN], weights=[50, 50], missing=[OUT, ZERO])
    assert scored.base_hundredths.tolist() == [6000, 5000]


# 2. Coverage, Undefined and the range


def test_coverage_is_the_share_of_the_weight_whose_measures_have_a_value():
    scored = score([1, 1, 1], [1, NAN, 1], [NAN, NAN, 1], weights=[50, 30, 20])
    assert scored.coverage.tolist() == [1.0, 0.7, 0.2]


def test_a_missing_value_that_a_policy_fills_is_still_not_covered():
    scored = score([100, NAN], weights=[40, 60], missing=[OUT, NEUTRAL])
    assert scored.coverage.tolist() == [0.4]
    assert scored.is_defined.tolist() == [False]


def test_coverage_below_the_minimum_gives_no_score():
    scored = score([100, NAN], weights=[49, 51])
    assert scored.is_defined.tolist() == [False]
    assert scored.base_hundredths.tolist() == [0]
    assert scored.lines_hundredths.tolist() == [[0, 0]]


@pytest.mark.parametrize(("weight", "minimum"), [(50, 0.5), (70, 0.7), (35, 0.35), (29, 0.29), (57, 0.57)])
def test_coverage_exactly_at_the_minimum_gives_a_score(weight, minimum):
    scored = score([80, NAN], weights=[weight, 100 - weight], min_coverage=minimum)
    assert scored.is_defined.tolist() == [True]


def test_an_account_with_no_data_at_all_has_no_score_even_without_a_minimum():
    scored = score([NAN, NAN], weights=[50, 50], missing=[ZERO, NEUTRAL], min_coverage=0.0)
    assert scored.is_defined.tolist() == [False]


def test_an_account_known_only_by_measures_of_weight_0_has_no_score():
    assert score([90, NAN], weights=[0, 100], min_coverage=0.0).is_defined.tolist() == [False]


def test_a_score_of_0_is_defined():
    scored = score([0, 0], weights=[50, 50])
    assert (scored.is_defined.tolist(), scored.base_hundredths.tolist()) == ([True], [0])


def test_beside_every_score_stands_the_range_with_all_missing_at_0_and_all_at_100():
    scored = score([100, 50, NAN], [100, 50, 0], [NAN, NAN, NAN], weights=[50, 30, 20])
    assert scored.low_hundredths.tolist() == [6500, 6500, 0]
    assert scored.high_hundredths.tolist() == [8500, 6500, 10_000]


def test_the_range_does_not_depend_on_what_missing_counts_as():
    scored = score([100, NAN], weights=[60, 40], missing=[OUT, NEUTRAL])
    assert (scored.low_hundredths.tolist(), scored.high_hundredths.tolist()) == ([6000], [10_000])


# Arithmetic


def test_the_base_is_rounded_half_up():
    # (1 × 0.01 + 1 × 0.02) ÷ 2 = 0.015 → 0.02.
    assert score([0.01, 0.02], weights=[1, 1]).base_hundredths.tolist() == [2]
    # 69.995 → 70.00; 69.9949 → 69.99.
    assert score([69.995], [69.9949], weights=[100]).base_hundredths.tolist() == [7000, 6999]


def test_contributions_are_rounded_down_and_the_missing_hundredths_go_to_the_largest_remainders():
    # 100 × 17 / 97 = 17.52577, 50 × 47 / 97 = 24.22680, 80 × 33 / 97 = 27.21649; their sum, 68.96907, is 68.97.
    # Down: 17.52 + 24.22 + 27.21 = 68.95. The two missing go to the remainders .680 and .649, and not to .577.
    scored = score([100, 50, 80, NAN], weights=[17, 47, 33, 3])
    assert scored.base_hundredths.tolist() == [6897]
    assert scored.lines_hundredths.tolist() == [[1752, 2423, 2722, 0]]


def test_ties_among_remainders_go_in_the_scorecards_order():
    # Three equal parts of 100: 33.33 each and one hundredth over, which the first line gets.
    assert score([100, 100, 100], weights=[1, 1, 1]).lines_hundredths.tolist() == [[3334, 3333, 3333]]
    # Three equal parts of 50: 16.66 each and two over.
    assert score([50, 50, 50], weights=[1, 1, 1]).lines_hundredths.tolist() == [[1667, 1667, 1666]]


def test_points_count_in_whole_millionths_rounded_half_up():
    scored = score([100 / 3, 200 / 3, 0.0000005], weights=[1, 1, 98], min_coverage=0.0)
    assert scored.points.tolist() == [[33.333333, 66.666667, 0.000001]]
    assert scored.base_hundredths.tolist() == [100]


# What combine refuses


@pytest.mark.parametrize(
    ("points", "weights", "policies", "minimum", "sentence"),
    [
        ([[1.0, 2.0]], [100], [OUT], 0.5, "as many weights"),
        ([[1.0]], [100], [OUT, OUT], 0.5, "as many weights"),
        ([[1.0]], [0], [OUT], 0.5, "not all 0"),
        ([[1.0, 1.0]], [-1, 101], [OUT, OUT], 0.5, "not negative"),
        ([[1.0]], [0.5], [OUT], 0.5, "whole"),
        ([[100.1]], [100], [OUT], 0.5, "between 0 and 100"),
        ([[-0.1]], [100], [OUT], 0.5, "between 0 and 100"),
        ([[np.inf]], [100], [OUT], 0.5, "between 0 and 100"),
        ([[1.0]], [100], [OUT], 50, "minimum of coverage"),
    ],
)
def test_nonsense_is_refused(points, weights, policies, minimum, sentence):
    with pytest.raises(ValueError, match=sentence):
        combine(np.array(points), np.array(weights), missing=policies, min_coverage=minimum)


# Laws

point = st.floats(0, 100) | st.sampled_from([0.0, 50.0, 100.0, 100 / 3, 0.005, NAN, NAN])


@st.composite
def scorecards(draw):
    """Random points, the first account empty, with random weights and policies."""
    measures = draw(st.integers(1, 9))
    rows = draw(st.lists(st.lists(point, min_size=measures, max_size=measures), max_size=12))
    weights = draw(st.lists(st.integers(0, 100), min_size=measures, max_size=measures).filter(any))
    missing = draw(st.lists(st.sampled_from(list(Missing)), min_size=measures, max_size=measures))
    minimum = draw(st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]))
    return np.array([[NAN] * measures, *rows]), np.array(weights), missing, minimum


def combined(card):
    points, weights, missing, minimum = card
    return combine(points, weights, missing=missing, min_coverage=minimum)


@given(card=scorecards())
def test_the_fast_engine_agrees_with_the_oracle(card):
    points, weights, missing, minimum = card
    fast = combined(card)
    for row, account in enumerate(points.tolist()):
        slow = oracle.combine(account, weights.tolist(), missing=missing, min_coverage=minimum)
        assert fast.is_defined[row] == (slow.base is not None)
        assert fast.base_hundredths[row] == (slow.base or 0)
        assert fast.lines_hundredths[row].tolist() == slow.lines
        assert fast.coverage[row] == float(slow.coverage)
        assert (fast.low_hundredths[row], fast.high_hundredths[row]) == (slow.low, slow.high)


@given(card=scorecards())
def test_the_lines_sum_exactly_to_the_base(card):
    scored = combined(card)
    np.testing.assert_array_equal(scored.lines_hundredths.sum(axis=1), scored.base_hundredths)


@given(card=scorecards())
def test_no_line_is_negative_or_stands_for_nothing(card):
    scored = combined(card)
    assert (scored.lines_hundredths >= 0).all()
    counts_for_nothing = np.isnan(scored.points) | (scored.points == 0) | (card[1] == 0)
    assert (scored.lines_hundredths[counts_for_nothing] == 0).all()


@given(card=scorecards())
def test_a_defined_base_lies_within_its_range_and_within_0_to_100(card):
    scored = combined(card)
    known = scored.is_defined
    assert (scored.low_hundredths <= scored.base_hundredths)[known].all()
    assert (scored.base_hundredths <= scored.high_hundredths)[known].all()
    assert (scored.low_hundredths >= 0).all()
    assert (scored.high_hundredths <= 10_000).all()


@given(card=scorecards())
def test_without_missing_measures_the_range_is_the_base(card):
    scored = combined(card)
    whole = scored.coverage == 1
    np.testing.assert_array_equal(scored.low_hundredths[whole], scored.high_hundredths[whole])
    np.testing.assert_array_equal(scored.low_hundredths[whole], scored.base_hundredths[whole])


@given(card=scorecards(), column=st.integers(0, 8))
def test_better_points_never_lower_the_base(card, column):
    points, weights, missing, minimum = card
    better = points.copy()
    better[:, column % points.shape[1]] = np.minimum(better[:, column % points.shape[1]] + 7, 100)
    higher = combine(better, weights, missing=missing, min_coverage=minimum)
    assert (higher.base_hundredths >= combined(card).base_hundredths).all()


@given(card=scorecards(), seed=st.integers(0, 100))
def test_the_order_of_accounts_has_no_effect(card, seed):
    points, weights, missing, minimum = card
    order = np.random.default_rng(seed).permutation(len(points))
    shuffled = combine(points[order], weights, missing=missing, min_coverage=minimum)
    np.testing.assert_array_equal(shuffled.lines_hundredths, combined(card).lines_hundredths[order])


@given(card=scorecards())
def test_combining_leaves_its_input_untouched(card):
    points, weights = card[0].copy(), card[1].copy()
    combined(card)
    np.testing.assert_array_equal(card[0], points)
    np.testing.assert_array_equal(card[1], weights)


def test_no_accounts_give_an_empty_result():
    scored = combine(np.empty((0, 2)), np.array([50, 50]), missing=[OUT, OUT], min_coverage=0.5)
    assert scored.lines_hundredths.shape == (0, 2)
    assert scored.base_hundredths.tolist() == []
