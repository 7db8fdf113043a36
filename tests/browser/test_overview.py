"""The overview in a real browser: its charts are drawn, switched and followed to the accounts behind them."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.dashboards.pages.boards import done_run, give_health, give_summary

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def overview(page, log_in, live_server, organization, leader, csm, smb, make_account):
    """The overview of one Weak and one Strong account, today and two months ago."""
    today = timezone.localdate()
    for day in (today - timedelta(days=62), today):
        done_run(day)
        give_summary(day=day, owner=csm, segment=smb, band=0, accounts=1, score=80, arr=600_000)
        give_summary(day=day, owner=csm, segment=smb, band=2, accounts=1, score=40, arr=200_000)
    for name, score, arr in [("Strong Ltd", 8000, 600_000), ("Weak Ltd", 4000, 200_000)]:
        account = make_account(name, owner=csm, renewal_date=today + timedelta(days=1))
        give_health(account, score=score, arr=Decimal(arr))
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


def test_it_fits_a_phone(overview):
    overview.set_viewport_size({"width": 390, "height": 844})
    width = overview.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width == 0
