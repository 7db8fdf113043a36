"""Calendar weeks as addresses name them: 2026-W47, Monday to Sunday."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

FORM = re.compile(r"(\d{4})-W(\d{2})")


class BadWeek(ValueError):
    """Not a week of the calendar."""


@dataclass(frozen=True)
class Week:
    monday: date

    @property
    def code(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    @property
    def start(self) -> datetime:
        """Midnight at its start, in the organization's zone."""
        return timezone.make_aware(datetime.combine(self.monday, time.min))

    @property
    def end(self) -> datetime:
        """Midnight at its end, which belongs to the next week."""
        return self.after(1).start

    def after(self, weeks: int) -> "Week":
        return Week(self.monday + timedelta(weeks=weeks))


def week_of(day: date) -> Week:
    """The week in which a day lies."""
    return Week(day - timedelta(days=day.weekday()))


def week_from(code: str) -> Week:
    """The week that an address names. Raises BadWeek."""
    found = FORM.fullmatch(code)
    if found is None:
        raise BadWeek(f"A week reads like 2026-W47, not {code!r}.")
    try:
        return Week(date.fromisocalendar(int(found[1]), int(found[2]), 1))
    except ValueError as error:
        raise BadWeek(f"{code} is not in the calendar.") from error
