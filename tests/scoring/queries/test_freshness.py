"""From which day on pages count, where scores are fresh and where they ended long ago."""

from datetime import date

import pytest

from scoring.queries.freshness import counting_day, is_stale

TODAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("as_of", "is_old", "day"),
    [
        (None, False, TODAY),
        (TODAY, False, TODAY),
        (date(2026, 6, 28), False, TODAY),  # one night was missed
        (date(2026, 6, 27), True, date(2026, 6, 27)),
        (date(2024, 12, 31), True, date(2024, 12, 31)),
    ],
)
def test_days_are_counted_from_today_unless_scores_are_older_than_two_days(as_of, is_old, day):
    assert (is_stale(as_of, today=TODAY), counting_day(as_of, today=TODAY)) == (is_old, day)
