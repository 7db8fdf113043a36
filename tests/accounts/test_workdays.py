"""Working days: counted over weekends and holidays, set by operations, and each deed taken back."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, Holiday, Organization
from accounts.operations import workdays
from accounts.queries.workdays import WorkingDays, working_days
from tests.conftest import NOW

FRIDAY = date(2026, 7, 3)
USUAL = WorkingDays(frozenset({1, 2, 3, 4, 5}))


@pytest.mark.parametrize(
    ("start", "days", "due"),
    [
        (date(2026, 6, 30), 0, date(2026, 6, 30)),
        (FRIDAY, 1, date(2026, 7, 6)),
        (FRIDAY + timedelta(days=1), 0, date(2026, 7, 6)),
        (FRIDAY + timedelta(days=1), 1, date(2026, 7, 6)),
        (FRIDAY, 10, date(2026, 7, 17)),
    ],
)
def test_days_are_counted_over_weekends(start, days, due):
    assert USUAL.after(start, days=days) == due


def test_a_holiday_is_passed_over_and_other_weekdays_may_be_at_work():
    assert WorkingDays(USUAL.weekdays, frozenset({date(2026, 7, 6)})).after(FRIDAY, days=1) == date(2026, 7, 7)
    # Sunday to Thursday.
    assert WorkingDays(frozenset({7, 1, 2, 3, 4})).after(date(2026, 7, 2), days=1) == date(2026, 7, 5)


@given(
    start=st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    days=st.integers(0, 40),
    weekdays=st.sets(st.integers(1, 7), min_size=1),
    off=st.sets(st.integers(0, 60), max_size=20),
)
def test_the_day_is_at_work_and_so_many_working_days_lie_after_the_start(start, days, weekdays, off):
    calendar = WorkingDays(frozenset(weekdays), frozenset(start + timedelta(days=n) for n in off))
    due = calendar.after(start, days=days)
    assert calendar.is_one(due)
    between = (start + timedelta(days=n) for n in range(1, (due - start).days + 1))
    assert sum(calendar.is_one(day) for day in between) == (days or int(due != start))


def test_weekdays_are_set_told_and_taken_back(organization, ops):
    workdays.set_weekdays(weekdays=[7, 1, 2], before="12345", by=ops, at=NOW)
    assert Organization.objects.get().working_days == "127"
    with pytest.raises(workdays.WeekdaysChanged):
        workdays.set_weekdays(weekdays=[1], before="12345", by=ops, at=NOW)
    assert working_days().weekdays == {1, 2, 7}
    assert workdays.take_back(entry=AuditEntry.objects.latest("pk"), by=ops, at=NOW) == (
        "The working days are as they were."
    )
    assert Organization.objects.get().working_days == "12345"


def test_an_undo_after_somebody_elses_change_is_refused(organization, ops, manager):
    workdays.set_weekdays(weekdays=[1, 2], before="12345", by=ops, at=NOW)
    entry = AuditEntry.objects.latest("pk")
    workdays.set_weekdays(weekdays=[1, 2, 3], before="12", by=manager, at=NOW)
    with pytest.raises(ValidationError, match="Somebody has set them again since"):
        workdays.take_back(entry=entry, by=ops, at=NOW)
    with pytest.raises(ValidationError, match="Only what you did yourself"):
        workdays.take_back(entry=entry, by=manager, at=NOW)


@pytest.mark.parametrize(("weekdays", "words"), [([], "Choose one"), ([0, 1], "from 1 to 7")])
def test_an_organization_that_never_works_is_refused(organization, ops, weekdays, words):
    with pytest.raises(ValidationError, match=words):
        workdays.set_weekdays(weekdays=weekdays, before="12345", by=ops, at=NOW)


def test_holidays_are_added_together_and_taken_back(organization, ops):
    workdays.add_holidays(holidays=[(FRIDAY, " Founders' Day "), (date(2026, 12, 25), "Christmas")], by=ops, at=NOW)
    assert list(Holiday.objects.order_by("day").values_list("day", "name")) == [
        (FRIDAY, "Founders' Day"), (date(2026, 12, 25), "Christmas"),
    ]  # fmt: skip
    assert FRIDAY in working_days().holidays
    entry = AuditEntry.objects.latest("pk")
    assert workdays.take_back(entry=entry, by=ops, at=NOW) == "2 holidays are gone again."
    assert not Holiday.objects.exists()
    with pytest.raises(ValidationError, match="not there any more"):
        workdays.take_back(entry=entry, by=ops, at=NOW)


def test_a_removed_holiday_comes_back(organization, ops):
    [holiday] = workdays.add_holidays(holidays=[(FRIDAY, "Founders' Day")], by=ops, at=NOW)
    workdays.remove_holiday(holiday=holiday, by=ops, at=NOW)
    assert not Holiday.objects.exists()
    workdays.take_back(entry=AuditEntry.objects.latest("pk"), by=ops, at=NOW)
    assert Holiday.objects.get().name == "Founders' Day"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ([], "Write a day and its name"),
        ([(FRIDAY, " ")], "say what the day is called"),
        ([(FRIDAY, "x" * 81)], "80 characters at most"),
        ([(FRIDAY, "One"), (FRIDAY, "Two")], "there twice"),
        ([(date(2046, 1, 1), "Far")], "more than ten years"),
        ([(date(2026, 5, 1), "Again")], "a holiday already: May Day"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_added(organization, ops, days, words):
    Holiday.objects.create(day=date(2026, 5, 1), name="May Day")
    with pytest.raises(ValidationError, match=words):
        workdays.add_holidays(holidays=days, by=ops, at=NOW)
    assert Holiday.objects.count() == 1
