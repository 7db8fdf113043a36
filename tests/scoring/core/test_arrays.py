import numpy as np
import pytest

from scoring.core.arrays import divide, divide_rounded, quantize


def test_anything_over_zero_is_unknown():
    np.testing.assert_array_equal(divide([1.0, 0.0, -1.0, 3.0], [0.0, 0.0, 0.0, 2.0]), [np.nan, np.nan, np.nan, 1.5])


def test_an_unknown_part_makes_the_quotient_unknown():
    np.testing.assert_array_equal(divide([np.nan, 1.0], [2.0, np.nan]), [np.nan, np.nan])


def test_a_quotient_is_never_infinite():
    np.testing.assert_array_equal(divide([1e300], [1e-300]), [np.nan])


@pytest.mark.parametrize(
    ("value", "steps"), [(0.5, 1), (0.49, 0), (0.49999999999999994, 0), (-0.5, -1), (-0.49, 0), (2.5, 3), (-2.5, -3)]
)
def test_quantizing_rounds_half_away_from_zero(value, steps):
    assert quantize(np.array([value]), per_unit=1).tolist() == [steps]


def test_quantizing_counts_steps_of_the_unit():
    assert quantize(np.array([33.3333333333, 100.0]), per_unit=1_000_000).tolist() == [33_333_333, 100_000_000]


def test_integers_divide_rounded_half_away_from_zero():
    assert divide_rounded(np.array([4, 5, 14, 15, -4, -5, -15]), 10).tolist() == [0, 1, 1, 2, 0, -1, -2]
