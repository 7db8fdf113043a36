"""Use by week, compared with loops that a newcomer can read, on random histories with gaps."""

import numpy as np
import pytest

from scoring.core import weeks

DAYS, USERS, WEEKS = 70, 9, 6


@pytest.fixture(params=[1, 2, 3])
def active(request):
    rng = np.random.default_rng(request.param)
    found = rng.random((USERS, DAYS)) < 0.08
    found[0] = False
    return found


@pytest.fixture
def ends():
    return weeks.week_ends(DAYS, WEEKS)


def days_of_week(end):
    return range(end - 6, end + 1)


def test_weeks_end_with_the_last_day(ends):
    assert ends.tolist() == [34, 41, 48, 55, 62, 69]


@pytest.mark.parametrize("window", [7, 28, 200])
def test_who_was_active_in_a_window_is_counted_once(active, ends, window):
    slow = [sum(any(row[max(0, e - window + 1) : e + 1]) for row in active.tolist()) for e in ends.tolist()]
    assert weeks.active_in_windows(active, ends, window_days=window).tolist() == slow


def test_who_is_back_was_there_the_week_before(active, ends):
    known = np.array([True, True, False, True, True, True])
    in_week = weeks.active_weeks(active, ends)
    found = weeks.back_from_week_before(in_week, known)
    who = [{u for u in range(USERS) if any(active[u, d] for d in days_of_week(e))} for e in ends.tolist()]
    for week in range(WEEKS):
        if week == 0 or not (known[week] and known[week - 1]) or not who[week - 1]:
            assert np.isnan(found[week])
        else:
            assert found[week] == len(who[week] & who[week - 1]) / len(who[week - 1])


def test_cohorts_are_those_first_seen_in_a_week(active, ends):
    known = np.array([True, True, True, False, True, True])
    in_week = weeks.active_weeks(active, ends)
    sizes, shares = weeks.cohorts(in_week, known)
    first = {u: next((w for w in range(WEEKS) if in_week[u, w]), None) for u in range(USERS)}
    for cohort in range(WEEKS):
        members = [u for u in range(USERS) if first[u] == cohort]
        assert sizes[cohort] == len(members)
        for week in range(WEEKS):
            if week < cohort or not known[week] or not members:
                assert np.isnan(shares[cohort, week])
            else:
                assert shares[cohort, week] == sum(in_week[u, week] for u in members) / len(members)
    assert sizes.sum() == in_week.any(axis=1).sum()


def test_the_median_is_that_of_the_days_in_the_window(ends):
    days, values = np.array([0, 20, 28, 34, 34, 50]), np.array([9.0, 1.0, 2.0, 3.0, 8.0, 5.0])
    found = weeks.median_in_windows(values, days, ends, window_days=15)
    # Days 20 to 34; then 27 to 41, 34 to 48, 41 to 55, 48 to 62, and none.
    np.testing.assert_array_equal(found, [2.5, 3.0, 5.5, 5.0, 5.0, np.nan])


def test_a_window_is_known_by_half_of_its_days_from_the_first_that_counts(ends):
    is_known = np.zeros(DAYS, dtype=bool)
    is_known[31:35] = True  # four of the seven days that end with day 34
    is_known[39:42] = True  # three of those that end with 41
    assert weeks.enough_known(is_known, ends, window_days=7, first=0).tolist() == [True] + [False] * 5
    # An account that began on day 39 has three days in that week, and all are known; before, none count.
    assert weeks.enough_known(is_known, ends, window_days=7, first=39).tolist() == [False, True] + [False] * 4
