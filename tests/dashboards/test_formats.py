"""Numbers, money and dates, to the character."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from dashboards import formats


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (69.5, 0, "70"),
        (69.49, 0, "69"),
        (0.5, 0, "1"),
        (1204, 0, "1,204"),
        (-10, 0, "−10"),
        (-0.4, 0, "0"),
        (45.95, 1, "46.0"),
        (Decimal("45.85"), 1, "45.9"),
        (4.55, 2, "4.55"),
        (1234567.891, 1, "1,234,567.9"),
    ],
)
def test_a_number_has_separators_and_a_true_minus_and_halves_go_up(value, places, text):
    assert formats.plain(value, places=places) == text


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [(3.6, 1, "+3.6"), (-14, 1, "−14.0"), (0, 1, "0.0"), (18, 0, "+18"), (-4, 0, "−4"), (0, 0, "0"), (0.2, 0, "0")],
)
def test_a_signed_change_has_no_sign_at_zero(value, places, text):
    assert formats.signed(value, places=places) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0"),
        (850, "$850"),
        (999.4, "$999"),
        (999.5, "$1K"),
        (486_000, "$486K"),
        (486_499, "$486K"),
        (486_500, "$487K"),
        (999_499, "$999K"),
        (999_500, "$1.0M"),
        (7_200_000, "$7.2M"),
        (10_000_000, "$10.0M"),
        (999_949_999, "$999.9M"),
        (999_950_000, "$1.00B"),
        (1_240_000_000, "$1.24B"),
        (-300_000, "−$300K"),
        (-0.3, "$0"),
        (Decimal("25999999.99"), "$26.0M"),
    ],
)
def test_money_is_said_in_the_unit_that_its_rounding_reaches(amount, text):
    assert formats.money(amount) == text


def test_money_takes_the_symbol_of_its_currency():
    assert formats.money(486_000, currency="EUR") == "€486K"
    assert formats.money(7_200_000, currency="GBP") == "£7.2M"
    assert formats.exact_money(Decimal("486000.50"), currency="CHF") == "CHF486,000.50"


def test_exact_money_shows_cents_only_where_there_are_some():
    assert formats.exact_money(486_000) == "$486,000"
    assert formats.exact_money(Decimal("-1234.50")) == "−$1,234.50"


def test_a_change_of_money_has_its_sign():
    assert formats.signed_money(900_000) == "+$900K"
    assert formats.signed_money(-300_000) == "−$300K"
    assert formats.signed_money(0) == "$0"


def test_a_ratio_reads_as_a_percentage():
    assert formats.percent(0.42) == "42%"
    assert formats.percent(1.084, places=1) == "108.4%"
    assert formats.percent(Decimal("-0.004"), places=1) == "−0.4%"


def test_dates_are_never_all_digits():
    assert formats.day(date(2026, 11, 18)) == "18 Nov 2026"
    assert formats.short_day(date(2026, 9, 3)) == "3 Sep"
    assert formats.month(date(2026, 8, 31)) == "Aug 2026"
    assert formats.quarter(date(2026, 12, 31)) == "Q4 2026"
    assert formats.clock(datetime(2026, 11, 18, 6, 0)) == "06:00"  # noqa: DTZ001 - a time of day has no zone


def test_a_near_date_leaves_out_its_year_and_a_far_one_keeps_it():
    today = date(2026, 11, 18)
    assert formats.near_day(date(2027, 1, 21), today=today) == "21 Jan"
    assert formats.near_day(date(2026, 5, 19), today=today) == "19 May 2026"


def test_month_axes_carry_the_year_at_the_start_and_in_january():
    months = [date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 28)]
    assert formats.axis_months(months) == ["Nov ’25", "Dec", "Jan ’26", "Feb"]


def test_spans_of_days_are_short_in_tables():
    assert formats.span(64) == "64 days"
    assert formats.span(1) == "1 day"
    assert formats.short_span(16) == "16\u00a0d"


@pytest.mark.parametrize(
    ("now", "before", "change"),
    [
        (Decimal("50.68"), Decimal("68.42"), -17),  # 51 and 68 are shown; −17.74 alone would read 18
        (Decimal("69.5"), Decimal("69.4"), 1),
        (60.4, 59.6, 0),
        (None, Decimal(50), None),
        (Decimal(50), None, None),
    ],
)
def test_a_change_is_the_difference_of_the_scores_as_shown(now, before, change):
    assert formats.shown_change(now, before) == change


def test_a_change_has_the_decimals_of_its_scores():
    assert formats.shown_change(Decimal("57.84"), Decimal("51.57"), places=1) == Decimal("6.2")


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=40), "just now"),
        (timedelta(minutes=12), "12 min ago"),
        (timedelta(hours=3, minutes=50), "3 h ago"),
        (timedelta(hours=23, minutes=59), "23 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=34), "34 days ago"),
    ],
)
def test_the_past_is_told_in_its_largest_unit(passed, text):
    assert formats.ago(passed) == text


@pytest.mark.parametrize(
    ("number", "text"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (12, "12th"), (31, "31st"), (113, "113th")]
)
def test_places_in_an_order(number, text):
    assert formats.ordinal(number) == text
