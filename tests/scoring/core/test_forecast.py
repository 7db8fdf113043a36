"""The forecast's arithmetic, worked out by hand, and its laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.forecast import Judged, Lot, Rate, forecast


def test_a_rate_is_renewed_of_due_with_wilsons_interval():
    """Of 20 there renewed 18. Wilson at z = 1.645: center (0.9 + 0.0676) / 1.1353, half width 0.1137."""
    rate = Rate(18, 20)
    assert (rate.share, rate.is_known) == (0.9, True)
    low, high = rate.interval()
    assert (low, high) == (pytest.approx(0.7385, abs=0.001), pytest.approx(0.9661, abs=0.001))


def test_nine_renewals_are_too_few_and_ten_are_enough():
    assert (Rate(9, 9).is_known, Rate(10, 10).is_known) == (False, True)
    assert Rate(0, 0).interval() == (0.0, 1.0)


def test_the_expected_arr_is_that_of_jeffreys_mean():
    """19 of 19: mean 19.5 / 20 = 0.975. 100 × 0.975 = 97.5.

    Var[p] = 0.975 × 0.025 / 21 = 0.0011607; E[p(1 − p)] = 0.024375 − 0.0011607 = 0.0232143. Two accounts of 50:
    0.0232143 × 5,000 + 0.0011607 × 10,000 = 127.68, sd 11.30, half width 18.59.
    """
    found = forecast({0: Lot(100, 5_000)}, [], rates={0: Rate(19, 19)})
    assert (found.expected, found.known, found.unknown) == (pytest.approx(97.5), 100, 0)
    assert (found.low, found.high) == (pytest.approx(78.914, abs=0.01), 100)


def test_who_was_judged_counts_as_was_said_and_needs_no_rate():
    found = forecast({}, [Judged(80, 0.25), Judged(20, 1.0)], rates={})
    assert (found.expected, found.known) == (40, 100)
    # 80² × 0.25 × 0.75 = 1,200: sd 34.64, half width 56.98.
    assert (found.low, found.high) == (0, pytest.approx(96.98, abs=0.01))


def test_a_band_with_too_few_renewals_is_not_foreseen():
    found = forecast({0: Lot(100, 10_000), 2: Lot(50, 2_500)}, [], rates={0: Rate(10, 10), 2: Rate(3, 9)})
    assert (found.known, found.unknown, found.is_known) == (100, 50, True)
    assert forecast({2: Lot(50, 2_500)}, [], rates={}).is_known is False


@given(
    lots=st.dictionaries(st.sampled_from([-1, 0, 1, 2]), st.lists(st.floats(0, 1e6), min_size=1, max_size=5)),
    rates=st.dictionaries(st.sampled_from([-1, 0, 1, 2]), st.tuples(st.integers(0, 50), st.integers(0, 50))),
    judged=st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1)), max_size=4),
)
def test_the_interval_holds_the_expected_and_lies_within_what_there_is(lots, rates, judged):
    made = {band: Lot(sum(arrs), sum(arr**2 for arr in arrs)) for band, arrs in lots.items()}
    known = {band: Rate(min(pair), max(pair)) for band, pair in rates.items()}
    found = forecast(made, [Judged(*one) for one in judged], rates=known)
    assert 0 <= found.low <= found.expected * (1 + 1e-9) + 1e-6
    assert found.expected <= found.high + 1e-6 <= found.known + 2e-6
    whole = sum(lot.arr for lot in made.values()) + sum(arr for arr, _ in judged)
    assert found.known + found.unknown == pytest.approx(whole)
