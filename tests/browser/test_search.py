"""The box behind "/" in a real browser, without a mouse."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_accessibility import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_mistyped_name_and_enter_open_the_account_and_a_verb_logs(page, live_server, log_in, organization, csm, acme):
    log_in(page, csm)
    page.goto(f"{live_server.url}/plans")
    page.keyboard.press("/")
    page.keyboard.type("acmee", delay=10)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/accounts/{acme.pk}")
    page.keyboard.press("/")
    page.keyboard.type("log acm", delay=10)
    page.get_by_role("option", name="Log touchpoint").wait_for()
    page.keyboard.press("ArrowDown")
    assert page.locator("[role=option][aria-selected=true]").inner_text().startswith("Acme")
    assert violations(page) == []
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Log touchpoint").wait_for()
    assert page.locator("#touchpoint_account").input_value() == "Acme"
    assert not page.locator("#palette").is_visible()


def test_who_switched_single_keys_off_presses_them_in_vain_after_a_reload_too(page, live_server, log_in, company, csm):
    log_in(page, csm)
    page.goto(live_server.url + "/accounts")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.get_by_role("button", name="Switch single keys off").click()
    expect(page.locator("html")).to_have_attribute("data-keys", "off")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-keys", "off")
    for key in ("?", "/", "t", "j"):
        page.keyboard.press(key)
    # The one with a modifier still opens the box: had any of the others acted, a dialog would be open before it.
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(1)
    page.keyboard.type("t")
    expect(page.locator("#palette-text")).to_have_value("t")
