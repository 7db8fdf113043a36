"""The overview in a real browser: its charts are drawn, switched and followed to the accounts behind them."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.dashboards.pages.boards import give_health
from tests.dashboards.pages.years import give_score

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def overview(page, log_in, live_server, organization, leader, csm, smb, make_account):
    """The overview of one Weak and one Strong account; three months ago both were Strong."""
    today = timezone.localdate()
    for name, score, arr in [("Strong Ltd", 80, 600_000), ("Weak Ltd", 40, 200_000)]:
        account = make_account(name, owner=csm, renewal_date=today + timedelta(days=1), arr=Decimal(arr))
        for day in (today - timedelta(days=91), today - timedelta(days=62), today):
            give_score(account, day, score if day == today else 80)
        give_health(account, score=score * 100)
    log_in(page, leader)
    page.goto(f"{live_server.url}/overview")
    return page


def test_the_charts_are_drawn_without_an_error(page, log_in, live_server, request):
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    shown = request.getfixturevalue("overview")
    shown.locator("[data-chart=arr-money] .main-svg").first.wait_for()
    shown.locator("[data-chart=renewals-by-band] .main-svg").first.wait_for()
    assert errors == []


def test_the_area_switches_between_money_share_and_accounts(overview):
    share = overview.get_by_role("radio", name="Share")
    share.click()
    assert share.get_attribute("aria-checked") == "true"
    overview.locator("[data-chart=arr-share] .main-svg").first.wait_for()
    expect(overview.locator("[data-chart=arr-money]")).to_be_hidden()


def test_a_cell_of_the_heat_map_opens_its_accounts(overview):
    overview.locator(".heat__cell--2").first.click()
    overview.wait_for_url(re.compile(r"/accounts\?"))
    assert "band=weak" in overview.url
    expect(overview.get_by_text("Weak Ltd").first).to_be_visible()
    assert overview.get_by_text("Strong Ltd").count() == 0


def test_a_flow_of_the_migration_opens_the_accounts_that_moved(overview):
    overview.get_by_role("link", name="Strong to Weak: 1 account").click()
    overview.wait_for_url(re.compile(r"/overview/accounts"))
    expect(overview.get_by_role("link", name="Weak Ltd")).to_be_visible()
    assert overview.get_by_text("Strong Ltd").count() == 0


def test_it_prints_on_three_pages_of_a4(overview):
    overview.locator("[data-chart=arr-money] .main-svg").first.wait_for()
    sheets = overview.pdf(format="A4", print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", sheets)) == 3


def test_it_fits_a_phone(overview):
    overview.set_viewport_size({"width": 390, "height": 844})
    width = overview.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width == 0
