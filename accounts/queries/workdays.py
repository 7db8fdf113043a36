"""On which days the organization works: its weekdays without its holidays."""

from dataclasses import dataclass
from datetime import date, timedelta

from accounts.models import Holiday
from accounts.queries.organization import the_organization

DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkingDays:
    """`weekdays` as ISO counts them: 1 is Monday. There is at least one."""

    weekdays: frozenset[int]
    holidays: frozenset[date] = frozenset()

    def is_one(self, day: date) -> bool:
        return day.isoweekday() in self.weekdays and day not in self.holidays

    def after(self, start: date, *, days: int) -> date:
        """The day that is so many working days after the start; 0 is the start itself, or the next that is one."""
        day, left = start, days
        while left:
            day += DAY
            left -= self.is_one(day)
        while not self.is_one(day):
            day += DAY
        return day


def working_days() -> WorkingDays:
    """As they are set up now."""
    weekdays = frozenset(int(number) for number in the_organization().working_days)
    return WorkingDays(weekdays, frozenset(Holiday.objects.values_list("day", flat=True)))
