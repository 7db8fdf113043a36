"""The organization's weekdays and holidays, as CS operations sets them. Dates that plans have already stay."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.models import AuditEntry, Holiday, Organization, User

# A holiday beyond is a slip of the pen; and a start finds a working day within a few steps.
FARTHEST = timedelta(days=3_660)
LONGEST_NAME = 80
MOST_AT_ONCE = 200
WEEKDAYS_SET, HOLIDAYS_ADDED, HOLIDAY_REMOVED = "working days set", "holidays added", "holiday removed"


class WeekdaysChanged(Exception):
    """Somebody else set them after they were read."""

    def __init__(self, now: str) -> None:
        super().__init__(now)
        self.now = now


@transaction.atomic
def set_weekdays(*, weekdays: Collection[int], before: str, by: User, at: datetime) -> Organization:
    """The weekdays at work, as ISO numbers; `before` is what was read. Raises WeekdaysChanged."""
    if not weekdays:
        raise ValidationError({"weekdays": "Choose one working day at least."})
    if set(weekdays) - set(range(1, 8)):
        raise ValidationError({"weekdays": "A weekday is a number from 1 to 7."})
    organization = Organization.objects.select_for_update().get()
    if organization.working_days != before:
        raise WeekdaysChanged(organization.working_days)
    organization.working_days = "".join(map(str, sorted(set(weekdays))))
    organization.save(update_fields=["working_days"])
    audit.record(verb=WEEKDAYS_SET, subject=organization, by=by, at=at, before=before, now=organization.working_days)
    return organization


@transaction.atomic
def add_holidays(*, holidays: Sequence[tuple[date, str]], by: User, at: datetime) -> list[Holiday]:
    """New days off, all or none. A day that is one already is refused by its name."""
    if not holidays:
        raise ValidationError({"holidays": "Write a day and its name."})
    if len(holidays) > MOST_AT_ONCE:
        raise ValidationError({"holidays": f"At most {MOST_AT_ONCE} days at once."})
    if problems := [found for found in problems_of(holidays, today=at.date()) if found]:
        raise ValidationError({"holidays": problems})
    made = Holiday.objects.bulk_create(Holiday(day=day, name=name.strip()) for day, name in holidays)
    told = [[holiday.day.isoformat(), holiday.name] for holiday in made]
    audit.record(verb=HOLIDAYS_ADDED, subject=made[0], by=by, at=at, days=told)
    return made


def problems_of(holidays: Sequence[tuple[date, str]], *, today: date) -> list[str]:
    """What is wrong with each, in the order in which they were given; empty where nothing is."""
    # The lock lets two who add the same day meet here, not at the database's refusal.
    list(Organization.objects.select_for_update())
    known = dict(Holiday.objects.filter(day__in=[day for day, _ in holidays]).values_list("day", "name"))
    problems, before = [], set[date]()
    for day, name in holidays:
        problems.append(problem_of(day, name.strip(), known=known, before=before, today=today))
        before.add(day)
    return problems


def problem_of(day: date, name: str, *, known: dict[date, str], before: set[date], today: date) -> str:
    if not name:
        return f"{day}: say what the day is called."
    if len(name) > LONGEST_NAME:
        return f"{day}: a name has {LONGEST_NAME} characters at most."
    if abs(day - today) > FARTHEST:
        return f"{day} is more than ten years from today."
    if day in known:
        return f"{day} is a holiday already: {known[day]}."
    return f"{day} is there twice." if day in before else ""


@transaction.atomic
def remove_holiday(*, holiday: Holiday, by: User, at: datetime) -> None:
    audit.record(verb=HOLIDAY_REMOVED, subject=holiday, by=by, at=at, days=[[holiday.day.isoformat(), holiday.name]])
    holiday.delete()


@transaction.atomic
def take_back(*, entry: AuditEntry, by: User, at: datetime) -> str:
    """Undoes one's own deed about the working days; says what is as it was. Raises ValidationError."""
    undo = UNDOING.get(entry.verb)
    if undo is None or entry.by_id != by.pk:
        raise ValidationError("Only what you did yourself to the working days can be taken back.")
    return undo(entry.detail, by, at)


def weekdays_back(detail: dict[str, Any], by: User, at: datetime) -> str:
    try:
        set_weekdays(weekdays=[int(n) for n in detail["before"]], before=detail["now"], by=by, at=at)
    except WeekdaysChanged:
        raise ValidationError("Somebody has set them again since.") from None
    return "The working days are as they were."


def holidays_gone(detail: dict[str, Any], by: User, at: datetime) -> str:
    """Those that still say what was added; the undo of an undo finds none."""
    found = [
        holiday
        for day, name in detail["days"]
        for holiday in Holiday.objects.select_for_update().filter(day=date.fromisoformat(day), name=name)
    ]
    if not found:
        raise ValidationError("They are not there any more.")
    for holiday in found:
        remove_holiday(holiday=holiday, by=by, at=at)
    return "The holiday is gone again." if len(found) == 1 else f"{len(found)} holidays are gone again."


def holidays_back(detail: dict[str, Any], by: User, at: datetime) -> str:
    add_holidays(holidays=[(date.fromisoformat(day), name) for day, name in detail["days"]], by=by, at=at)
    return f"{detail['days'][0][1]} is a holiday again."


UNDOING: dict[str, Callable[[dict[str, Any], User, datetime], str]] = {
    WEEKDAYS_SET: weekdays_back,
    HOLIDAYS_ADDED: holidays_gone,
    HOLIDAY_REMOVED: holidays_back,
}
