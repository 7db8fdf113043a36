"""The days that a range means."""

from datetime import date, timedelta

# Ten years of days: a slip of the finger in a year asks for many more.
MOST_DAYS = 3_660


class BadSpan(ValueError):
    """A range that makes no sense, with the reason as a sentence."""


def days_of_span(*, first: date, last: date, month_ends: bool) -> list[date]:
    """Every day from the first to the last, or those of them that end a month. Raises BadSpan."""
    if last < first:
        raise BadSpan(f"The last day, {last}, is before the first, {first}.")
    if (last - first).days >= MOST_DAYS:
        raise BadSpan(f"{first} to {last} is more than {MOST_DAYS} days.")
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    chosen = [day for day in days if ends_a_month(day)] if month_ends else days
    if not chosen:
        raise BadSpan(f"No month ends from {first} to {last}.")
    return chosen


def ends_a_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1
