"""Product usage and how we score in a real browser: rules of accessibility, a phone's width, numbers that open."""

import pytest
from playwright.sync_api import expect

from scoring.pipeline import score_days
from tests.browser.test_accessibility import violations
from tests.conftest import NOW, TODAY
from tests.use_world import make_use

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shown(page, log_in, live_server, organization, make_account, leader, csm, other_csm, source):
    make_use(make_account, csm, other_csm, source)
    score_days([TODAY], clock=lambda: NOW)
    log_in(page, leader)
    return page


@pytest.mark.parametrize("address", ["/usage", "/how-we-score"])
def test_it_follows_the_rules_in_both_themes_and_fits_a_phone(shown, live_server, address):
    shown.goto(live_server.url + address, wait_until="networkidle")
    for theme in ("light", "dark"):
        shown.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
        assert violations(shown) == []
    shown.set_viewport_size({"width": 390, "height": 844})
    assert shown.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_numbers_and_flows_open_their_accounts(shown, live_server):
    shown.goto(live_server.url + "/usage", wait_until="networkidle")
    shown.get_by_role("link", name="Reports to Left: 1").focus()
    shown.keyboard.press("Enter")
    expect(shown.get_by_role("heading", name="1 account")).to_be_visible()
    expect(shown.get_by_role("link", name="Gone")).to_be_visible()
    shown.go_back()
    shown.get_by_role("region", name="Feature adoption").get_by_role("link", name="2").first.click()
    expect(shown.get_by_role("heading", name="2 accounts")).to_be_visible()
