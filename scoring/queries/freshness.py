"""Up to which day scores tell, and from which day on pages count: one rule for all of them."""

from datetime import date, timedelta

# A night may be missed; after two, people are told, and days are counted from the day that the scores are of.
STALE_AFTER_DAYS = 2


def is_stale(as_of: date | None, *, today: date) -> bool:
    """Whether nothing was scored for longer than a missed night."""
    return as_of is not None and as_of < today - timedelta(days=STALE_AFTER_DAYS)


def counting_day(as_of: date | None, *, today: date) -> date:
    """The day from which days to a renewal or since a touchpoint are counted.

    Where the data ends in the past, every account would otherwise be years late. What people do about it, the steps of
    plans, is due by the real day.
    """
    return as_of if as_of is not None and is_stale(as_of, today=today) else today
