"""Days and months of the demo company's calendar."""

import calendar
from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def days_after(day: date, days: float) -> date:
    """The day so many days later, parts of a day dropped."""
    return day + timedelta(days=int(days))


def workday(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0)


def moment(day: date, minutes: int = 600) -> datetime:
    """A time of that day in UTC, so many minutes after midnight."""
    return datetime.combine(day, time(), tzinfo=UTC) + timedelta(minutes=minutes)


def month_starts(first: date, last: date) -> list[date]:
    """The first days of the months that touch the two days."""
    starts = [first.replace(day=1)]
    while add_months(starts[-1], 1) <= last:
        starts.append(add_months(starts[-1], 1))
    return starts
