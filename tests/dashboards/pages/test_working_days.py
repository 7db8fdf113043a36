"""Weekdays and holidays on their page: entered by operations, refused by line, taken back; read by everybody."""

from datetime import date

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.models import Holiday, Organization

pytestmark = pytest.mark.usefixtures("on_the_day")


def undo_of(answer) -> str:
    return list(get_messages(answer.wsgi_request))[-1].extra_tags


def test_weekdays_are_set_and_taken_back(browser):
    answer = browser.post(reverse("working-days-set"), {"weekdays": ["1", "2", "7"], "before": "12345"})
    assert Organization.objects.get().working_days == "127"
    browser.post(undo_of(answer))
    assert Organization.objects.get().working_days == "12345"


def test_no_weekday_and_a_page_that_is_old_are_refused_in_words(browser):
    answer = browser.post(reverse("working-days-set"), {"before": "12345"})
    assert (answer.status_code, "Choose one working day at least." in answer.content.decode()) == (422, True)
    answer = browser.post(reverse("working-days-set"), {"weekdays": ["1"], "before": "1234"})
    assert "Somebody else has set them meanwhile" in answer.content.decode()
    assert 'value="12345"' in answer.content.decode()
    assert Organization.objects.get().working_days == "12345"


def test_a_year_is_pasted_at_once_and_taken_back(browser):
    lines = "2026-12-25 Christmas Day\n\n2027-01-01\tNew Year <1>\n"
    answer = browser.post(reverse("holidays-add"), {"holidays": lines})
    assert list(Holiday.objects.order_by("day").values_list("day", "name")) == [
        (date(2026, 12, 25), "Christmas Day"), (date(2027, 1, 1), "New Year <1>"),
    ]  # fmt: skip
    assert "New Year &lt;1&gt;" in browser.get(reverse("working-days")).content.decode()
    browser.post(undo_of(answer))
    assert not Holiday.objects.exists()


@pytest.mark.parametrize(("lines", "sentence"), [
    ("", "Write a day and its name."), ("25.12.2026 Christmas", "Line 1: “25.12.2026” is no day."),
    ("2026-12-25 A\n2026-13-01 B", "Line 2: “2026-13-01” is no day."), ("2026-12-25", "say what the day is called"),
    ("2026-12-25 A\n2026-12-25 B", "2026-12-25 is there twice."), ("2026-05-01 Again", "a holiday already: May Day"),
    ("1926-05-01 Old", "more than ten years"), ("2026-12-25\x00 A", "Null characters are not allowed"),
])  # fmt: skip
def test_what_is_no_holiday_is_said_with_its_line_and_nothing_is_added(browser, lines, sentence):
    Holiday.objects.create(day=date(2026, 5, 1), name="May Day")
    answer = browser.post(reverse("holidays-add"), {"holidays": lines})
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert Holiday.objects.count() == 1


def test_a_removed_holiday_comes_back(browser):
    holiday = Holiday.objects.create(day=date(2026, 12, 25), name="Christmas Day")
    answer = browser.post(reverse("holiday-remove", args=[holiday.pk]))
    assert not Holiday.objects.exists()
    browser.post(undo_of(answer))
    assert Holiday.objects.get().name == "Christmas Day"


def test_everybody_reads_them_and_operations_alone_sets_them(client, organization, csm):
    Holiday.objects.create(day=date(2026, 7, 4), name="Independence Day")
    client.force_login(csm)
    text = client.get(reverse("working-days")).content.decode()
    assert "Monday, Tuesday, Wednesday, Thursday, Friday" in text
    assert "no working day anyway" in text
    assert "Remove" not in text
    assert "Independence Day" in client.get(reverse("holidays-csv")).content.decode()


def test_the_page_asks_few_queries(browser, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        browser.get(reverse("working-days"))
