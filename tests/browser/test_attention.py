"""The morning on the portfolio: to a line, to what helps, off the list and back, by keyboard or without a script."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Snooze
from tests.browser.test_accessibility import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def portfolio(page, live_server, log_in, company, csm):
    log_in(page, csm)
    page.goto(live_server.url + "/portfolio", wait_until="networkidle")
    return page


def names(page) -> list[str]:
    return page.locator("#attention .table__name").all_inner_texts()


def line_in_focus(page):
    return page.locator("#attention li").filter(has=page.locator(":focus"))


def test_keys_move_snooze_and_undo_brings_back(portfolio):
    before = names(portfolio)
    portfolio.keyboard.press("j")
    portfolio.keyboard.press("j")
    expect(line_in_focus(portfolio)).to_contain_text(before[1])
    portfolio.keyboard.press("s")
    expect(portfolio.locator(":focus")).to_have_text("Until tomorrow")
    portfolio.keyboard.press("Enter")
    toast = portfolio.locator("[data-toasts]").get_by_text(f"{before[1]} is snoozed until")
    toast.wait_for()
    assert before[1] not in names(portfolio)
    # What followed has moved up, and the focus is on it.
    expect(line_in_focus(portfolio)).to_contain_text(before[2])
    assert {row.until for row in Snooze.objects.all()} == {timezone.localdate() + timedelta(days=1)}
    portfolio.get_by_role("button", name="Undo").click()
    portfolio.get_by_text(f"{before[1]} is back on the list.").wait_for()
    assert names(portfolio) == before
    assert not Snooze.objects.exists()


def test_enter_does_what_helps(portfolio):
    portfolio.get_by_role("navigation", name="Kinds of causes").get_by_role("link", name="Score drops").click()
    portfolio.wait_for_url(re.compile("kind=drop"))
    portfolio.keyboard.press("j")
    portfolio.keyboard.press("Enter")
    expect(portfolio.get_by_role("heading", name=re.compile("^Start a plan for "))).to_be_visible()


def test_without_a_script_a_line_is_snoozed_and_back(browser, live_server, log_in, company, csm):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, csm)
    page.goto(live_server.url + "/portfolio")
    first = names(page)[0]
    row = page.locator("[data-attention-row]").first
    row.locator("summary").click()
    row.get_by_role("button", name="For a week").click()
    assert first not in names(page)
    page.get_by_role("button", name="Undo").click()
    assert names(page)[0] == first
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_list_and_its_open_menus_follow_the_rules(page, live_server, log_in, company, csm, theme, width):
    csm.theme = theme
    csm.save()
    log_in(page, csm)
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(live_server.url + "/portfolio/attention", wait_until="networkidle")
    assert violations(page) == []
    page.locator("[data-snooze] summary").first.click()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
