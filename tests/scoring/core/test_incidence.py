"""Rates of rare events: Garwood's intervals, and too little is said to be too little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.incidence import poisson_limits, rate_of


@pytest.mark.parametrize(
    ("events", "low", "high"),
    # Garwood 1936, table; the last line from chi-square quantiles.
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (3, 0.6187, 8.767), (10, 4.795, 18.39), (500, 457.13, 545.81)],
)
def test_the_interval_is_that_of_the_tables(events, low, high):
    assert poisson_limits(events) == pytest.approx((low, high), rel=1e-3)


def test_three_departures_from_ten_accounts_in_a_year():
    rate = rate_of(3, years=10.0)
    assert (rate.rate, rate.low, rate.high) == pytest.approx((0.3, 0.0619, 0.8767), rel=1e-3)


def test_under_ten_accounts_for_a_year_tell_nothing():
    assert not rate_of(3, years=9.99).is_enough
    assert rate_of(0, years=10.0).is_enough


@given(st.integers(0, 300))
def test_the_interval_holds_what_was_seen_and_grows_with_it(events):
    low, high = poisson_limits(events)
    assert low <= events <= high
    assert poisson_limits(events + 1) > (low, high)
