from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from accounts.ingest.parse import values
from accounts.ingest.parse.values import DayReader, Order


@pytest.mark.parametrize("text", ["2023-08-07", "2023/8/7", "2023.08.07"])
def test_a_day_that_begins_with_the_year_is_always_read(text):
    assert DayReader().day(text) == date(2023, 8, 7)


def test_the_order_of_the_column_decides_what_07_08_is():
    assert DayReader(order=Order.DAY_FIRST).day("07-08-2023") == date(2023, 8, 7)
    assert DayReader(order=Order.MONTH_FIRST).day("07/08/2023") == date(2023, 7, 8)


@pytest.mark.parametrize("order", [Order.UNSETTLED, Order.CONTRADICTORY])
def test_without_an_order_07_08_is_refused_with_both_readings(order):
    with pytest.raises(ValueError, match="ambiguous: 7 August or 8 July\\? pass --date-format"):
        DayReader(order=order).day("07-08-2023")


def test_a_day_that_can_be_read_one_way_only_needs_no_order():
    assert DayReader().day("27-07-2023") == date(2023, 7, 27)
    assert DayReader().day("07-27-2023") == date(2023, 7, 27)
    assert DayReader().day("07-07-2023") == date(2023, 7, 7)


def test_a_stated_format_rules_and_iso_is_still_read():
    reader = DayReader(format=values.format_of("MM/DD/YY"))
    assert reader.day("07/08/23") == date(2023, 7, 8)
    assert reader.day("2023-08-07") == date(2023, 8, 7)
    with pytest.raises(ValueError, match="does not read as"):
        reader.day("27/07/2023")


@pytest.mark.parametrize("text", ["2023-02-30", "31-04-2023", "99-99-2023", "yesterday", "45123", "7-8-23"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError, match="."):
        DayReader(order=Order.DAY_FIRST).day(text)


def test_a_date_with_a_time_other_than_midnight_is_no_date():
    assert DayReader().day("2023-08-07 00:00:00") == date(2023, 8, 7)
    with pytest.raises(ValueError, match="time of day"):
        DayReader().day("2023-08-07 15:00")


def test_a_moment_without_a_zone_is_of_the_organization_and_without_a_time_is_midnight():
    reader = DayReader(zone=ZoneInfo("Europe/Berlin"))
    assert reader.moment("2023-07-28 3:00").astimezone(UTC) == datetime(2023, 7, 28, 1, 0, tzinfo=UTC)
    assert reader.moment("2023-07-28").astimezone(UTC) == datetime(2023, 7, 27, 22, 0, tzinfo=UTC)


def test_a_moment_with_a_zone_keeps_it():
    assert DayReader().moment("2023-07-28T03:00:05Z") == datetime(2023, 7, 28, 3, 0, 5, tzinfo=UTC)
    east = timezone(timedelta(hours=2))
    assert DayReader().moment("2023-07-28T03:00:05.123+02:00") == datetime(2023, 7, 28, 3, 0, 5, tzinfo=east)


def test_a_format_of_a_day_reads_the_day_of_a_moment_too():
    reader = DayReader(format=values.format_of("DD-MM-YYYY"))
    assert reader.moment("07-08-2023 03:00") == datetime(2023, 8, 7, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2023-07-28 25:00", "2023-07-28 3 pm", "2023-07-28 03:61"])
def test_a_time_that_no_clock_shows_is_refused(text):
    with pytest.raises(ValueError, match="time of day"):
        DayReader().moment(text)


def test_a_column_is_settled_by_the_values_that_can_be_read_one_way_only():
    assert values.vote("07-08-2023") is None
    assert values.vote("27-08-2023 10:00") is Order.DAY_FIRST
    assert values.vote("08/27/2023") is Order.MONTH_FIRST
    assert values.settled(set()) is Order.UNSETTLED
    assert values.settled({Order.DAY_FIRST}) is Order.DAY_FIRST
    assert values.settled({Order.DAY_FIRST, Order.MONTH_FIRST}) is Order.CONTRADICTORY


def test_numbers_are_exact_and_thousands_come_in_groups_of_three():
    assert values.decimal("1,234,567.89") == Decimal("1234567.89")
    assert values.whole("4.0") == 4
    assert values.whole("-3") == -3


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-inf", "1,5", "1.234,50", "12,34,567", "0x10", "1_000", "9" * 41])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError, match="is no number"):
        values.decimal(text)


def test_half_a_ticket_is_no_whole_number():
    with pytest.raises(ValueError, match="no whole number"):
        values.whole("4.5")


@pytest.mark.parametrize(
    ("text", "value"), [("TRUE", True), ("yes", True), ("1", True), ("False", False), ("N", False)]
)
def test_yes_and_no_are_read_in_many_words(text, value):
    assert values.truth(text) is value


def test_another_word_is_neither_yes_nor_no():
    with pytest.raises(ValueError, match="neither yes nor no"):
        values.truth("maybe")


def test_several_ids_stand_between_semicolons():
    assert values.several("c1; c2|c3;") == ("c1", "c2", "c3")


def test_a_word_is_no_date_format():
    with pytest.raises(ValueError, match="no date format"):
        values.format_of("European")
