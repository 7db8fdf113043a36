"""Days, calendar months and shelf lives."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.recency import add_months, days_between, is_overdue, whole_months_between

NAN = np.nan
dates = st.dates(min_value=date(1960, 1, 1), max_value=date(2100, 12, 31))


def ordinals(*days):
    return np.array([NAN if day is None else float(day.toordinal()) for day in days])


def as_date(ordinal):
    return date.fromordinal(int(ordinal))


def test_days_count_from_the_date_to_the_end():
    end = date(2026, 3, 1).toordinal()
    assert days_between(ordinals(date(2026, 2, 28), date(2026, 3, 1)), end).tolist() == [1, 0]


def test_no_date_and_a_date_after_the_end_give_no_age():
    end = date(2026, 3, 1)
    np.testing.assert_array_equal(days_between(ordinals(None, date(2026, 3, 2)), end.toordinal()), [NAN, NAN])
    np.testing.assert_array_equal(whole_months_between(ordinals(None, date(2026, 3, 2)), end.toordinal()), [NAN, NAN])


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 1, 15), date(2026, 2, 14), 0),
        (date(2026, 1, 15), date(2026, 2, 15), 1),
        (date(2025, 11, 22), date(2026, 11, 22), 12),
        (date(2026, 1, 31), date(2026, 2, 27), 0),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(1969, 12, 31), date(1970, 1, 31), 1),
    ],
)
def test_a_month_is_over_on_the_same_day_of_the_next(start, end, months):
    assert whole_months_between(ordinals(start), end.toordinal()).tolist() == [months]


@pytest.mark.parametrize(
    ("start", "months", "due"),
    [
        (date(2026, 1, 15), 6, date(2026, 7, 15)),
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2023, 8, 31), 6, date(2024, 2, 29)),
        (date(2026, 10, 31), 4, date(2027, 2, 28)),
        (date(2026, 5, 31), 0, date(2026, 5, 31)),
    ],
)
def test_adding_months_keeps_the_day_or_takes_the_months_last(start, months, due):
    assert as_date(add_months(ordinals(start), months)[0]) == due


def test_an_ebr_is_overdue_from_the_day_after_the_cadence_ran_out():
    last = ordinals(date(2026, 1, 15))
    assert is_overdue(last, date(2026, 7, 15).toordinal(), 6).tolist() == [False]
    assert is_overdue(last, date(2026, 7, 16).toordinal(), 6).tolist() == [True]


def test_each_account_has_the_cadence_of_its_segment():
    last = ordinals(*[date(2026, 1, 15)] * 3)
    cadences = np.array([4, 6, 8])
    assert is_overdue(last, date(2026, 7, 20).toordinal(), cadences).tolist() == [True, True, False]


def test_without_any_date_nothing_is_overdue():
    assert is_overdue(ordinals(None), date(2026, 7, 20).toordinal(), 6).tolist() == [False]


@given(start=dates, months=st.integers(1, 120))
def test_months_added_are_months_between_from_that_day_on(start, months):
    due = add_months(ordinals(start), months)
    assert whole_months_between(ordinals(start), int(due[0])).tolist() == [months]
    assert whole_months_between(ordinals(start), int(due[0]) - 1).tolist() == [months - 1]


def slow_months(start, end):
    """Months passed, one by one, while the same day (or the month's last) of the next month has come."""
    months = 0
    while True:
        year, month = divmod(start.year * 12 + start.month + months, 12)  # month 0 is January
        after_year, after_month = divmod(year * 12 + month + 1, 12)
        last_day = date(after_year, after_month + 1, 1) - timedelta(days=1)
        if last_day.replace(day=min(start.day, last_day.day)) > end:
            return months
        months += 1


@given(start=dates, days=st.integers(0, 2000))
def test_months_agree_with_counting_them_one_by_one(start, days):
    end = start + timedelta(days=days)
    assert whole_months_between(ordinals(start), end.toordinal()).tolist() == [slow_months(start, end)]
