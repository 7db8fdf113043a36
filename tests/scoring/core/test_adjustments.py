"""docs/scoring.md, "From points to score" and "Arithmetic": by hand, as laws, and against the oracle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.adjustments import Adjustment, apply, limit_pulse
from tests.scoring import oracle

NAN = np.nan


def adjust(base, *changes):
    """(lines, clamp, score) of one account."""
    columns = [(kind, np.array([amount], dtype=np.float64)) for kind, amount in changes]
    adjusted = apply(np.array([base]), changes=columns)
    return adjusted.lines_hundredths[0].tolist(), adjusted.clamp_hundredths[0], adjusted.score_hundredths[0]


def test_without_changes_the_score_is_the_base():
    assert adjust(8125) == ([], 0, 8125)


def test_percent_multiplies_by_1_plus_p_over_100():
    assert adjust(8125, ("percent", -20)) == ([-1625], 0, 6500)


def test_points_add():
    assert adjust(8125, ("points", -5.5)) == ([-550], 0, 7575)


def test_each_change_acts_on_what_the_one_before_left():
    # 80 − 20 % = 64, − 10 % of 64 = 57.60.
    assert adjust(8000, ("percent", -20), ("percent", -10)) == ([-1600, -640], 0, 5760)


def test_the_order_of_changes_matters():
    assert adjust(8000, ("points", -10), ("percent", -20)) == ([-1000, -1400], 0, 5600)
    assert adjust(8000, ("percent", -20), ("points", -10)) == ([-1600, -1000], 0, 5400)


@pytest.mark.parametrize("amount", [0.0, NAN])
def test_an_amount_of_0_or_nan_is_not_applied(amount):
    assert adjust(8125, ("percent", amount), ("points", amount)) == ([0, 0], 0, 8125)


def test_a_change_is_rounded_half_away_from_zero():
    # 10 % of 0.05 is exactly half a hundredth.
    assert adjust(5, ("percent", -10)) == ([-1], 0, 4)
    assert adjust(5, ("percent", 10)) == ([1], 0, 6)
    assert adjust(4, ("percent", -10)) == ([0], 0, 4)


def test_an_amount_counts_in_hundredths_of_a_percent_or_point():
    assert adjust(10_000, ("percent", -12.345)) == ([-1235], 0, 8765)
    assert adjust(10_000, ("points", -0.005)) == ([-1], 0, 9999)


def test_falling_below_0_is_undone_by_the_clamp():
    assert adjust(300, ("points", -5)) == ([-500], 200, 0)


def test_rising_above_100_is_undone_by_the_clamp():
    assert adjust(9500, ("percent", 10)) == ([950], -450, 10_000)


def test_the_clamp_comes_once_at_the_end():
    # 90 + 20 = 110, and the 20 % are of 110: 88 needs no clamp.
    assert adjust(9000, ("points", 20), ("percent", -20)) == ([2000, -2200], 0, 8800)


def test_an_account_without_a_base_of_its_own_loses_nothing_in_percent():
    assert adjust(0, ("percent", -20)) == ([0], 0, 0)


def test_a_rule_changes_only_the_accounts_where_it_is_on():
    rule = Adjustment(key="ebr_overdue", kind="percent", amount=-20)
    adjusted = apply(np.array([8000, 8000]), changes=[rule.change(np.array([True, False]))])
    assert adjusted.score_hundredths.tolist() == [6400, 8000]


@pytest.mark.parametrize(("kind", "amount"), [("factor", -20), ("percent", NAN), ("points", 2000)])
def test_a_rule_that_makes_no_sense_is_refused(kind, amount):
    with pytest.raises(ValueError, match="Adjustment 'odd'"):
        Adjustment(key="odd", kind=kind, amount=amount)


@pytest.mark.parametrize(("kind", "amount"), [("factor", -20), ("percent", np.inf), ("points", 2000)])
def test_a_change_that_makes_no_sense_is_refused(kind, amount):
    with pytest.raises(ValueError, match="of a change must"):
        adjust(5000, (kind, amount))


# Pulses


def test_a_pulse_may_not_raise_a_score_by_default():
    limited = limit_pulse(np.array([10.0, -10.0]), may_raise=False, largest_percent=30)
    assert limited.tolist() == [0, -10]


def test_a_pulse_may_raise_a_score_where_the_scorecard_says_so():
    assert limit_pulse(np.array([10.0, 40.0]), may_raise=True, largest_percent=30).tolist() == [10, 30]


def test_one_pulse_changes_a_score_by_the_largest_percent_at_most():
    assert limit_pulse(np.array([-30.0, -31.0, -100.0]), may_raise=False, largest_percent=30).tolist() == [
        -30,
        -30,
        -30,
    ]


def test_several_pulses_are_applied_one_by_one():
    assert adjust(10_000, ("percent", -30), ("percent", -30)) == ([-3000, -2100], 0, 4900)


# Laws

bases = st.lists(st.integers(0, 10_000), min_size=1, max_size=10)
kinds = st.lists(st.sampled_from(["percent", "points"]), max_size=6)


def columns(kinds, count, seed):
    """One column of amounts per change: zeros, gaps, ordinary amounts and halves of a hundredth."""
    random = np.random.default_rng(seed)
    pick = np.array([0.0, NAN, -20.0, -10.0, 12.345, -0.005, -100.0, 100.0, -33.33])
    return [(kind, pick[random.integers(0, len(pick), count)]) for kind in kinds]


@given(base=bases, kinds=kinds, seed=st.integers(0, 1000))
def test_the_fast_engine_agrees_with_the_oracle(base, kinds, seed):
    changes = columns(kinds, len(base), seed)
    adjusted = apply(np.array(base), changes=changes)
    for row, start in enumerate(base):
        of_row = [(kind, float(amounts[row])) for kind, amounts in changes if not np.isnan(amounts[row])]
        lines, clamp, score = oracle.adjust(start, of_row)
        applied = [not np.isnan(amounts[row]) for _, amounts in changes]
        assert adjusted.lines_hundredths[row][applied].tolist() == lines
        assert (adjusted.clamp_hundredths[row], adjusted.score_hundredths[row]) == (clamp, score)


@given(base=bases, kinds=kinds, seed=st.integers(0, 1000))
def test_base_lines_and_clamp_sum_exactly_to_a_score_within_0_to_100(base, kinds, seed):
    adjusted = apply(np.array(base), changes=columns(kinds, len(base), seed))
    total = np.array(base) + adjusted.lines_hundredths.sum(axis=1) + adjusted.clamp_hundredths
    np.testing.assert_array_equal(total, adjusted.score_hundredths)
    assert ((adjusted.score_hundredths >= 0) & (adjusted.score_hundredths <= 10_000)).all()


@given(base=bases, kinds=kinds, seed=st.integers(0, 1000))
def test_a_higher_base_never_ends_lower(base, kinds, seed):
    one_account = [(kind, amounts[:1]) for kind, amounts in columns(kinds, len(base), seed)]
    ordered = np.sort(np.array(base))
    scores = apply(ordered, changes=[(kind, np.repeat(amount, len(base))) for kind, amount in one_account])
    assert (np.diff(scores.score_hundredths) >= 0).all()


@given(base=bases, kinds=kinds, seed=st.integers(0, 1000))
def test_adjusting_leaves_its_input_untouched(base, kinds, seed):
    start, changes = np.array(base), columns(kinds, len(base), seed)
    copies = [amounts.copy() for _, amounts in changes]
    apply(start, changes=changes)
    assert start.tolist() == base
    for (_, amounts), copy in zip(changes, copies, strict=True):
        np.testing.assert_array_equal(amounts, copy)
