"""A link to the customer's page in real browsers: made by the CSM, opened by the customer, stopped, and gone."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import ShareLink
from tests.browser.test_accessibility import violations
from tests.dashboards.pages.boards import give_health, give_plan, give_step
from tests.dashboards.snapshots import MEASURES, give_snapshot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def account_url(live_server, organization, acme):
    give_snapshot(acme, day=timezone.localdate(), score=7688, measures=MEASURES)
    give_health(acme, score=7688)
    return f"{live_server.url}/accounts/{acme.pk}"


def make_link(page, account_url) -> str:
    page.goto(account_url)
    card = page.locator("#share")
    card.get_by_text("Share", exact=True).click()
    card.get_by_label("For whom").fill("Ann Lee")
    assert card.get_by_label("Works for, in days").input_value() == "90"
    card.get_by_role("button", name="Make a link").click()
    return page.get_by_label("Copy it now").input_value()


def test_a_link_is_made_opened_without_a_login_and_stopped(page, log_in, account_url, csm, browser):
    log_in(page, csm)
    url = make_link(page, account_url)

    customer = browser.new_context().new_page()
    problems: list[str] = []
    customer.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    assert customer.goto(url).status == 200
    expect(customer.get_by_role("heading", name="Your health with Kestrel Works is strong")).to_be_visible()
    expect(customer.get_by_text("Are your teams using it?").first).to_be_visible()
    customer.locator(".main-svg").first.wait_for()
    assert problems == []

    page.goto(account_url)
    page.get_by_text("opened 1 time").wait_for()
    page.get_by_text("Stop sharing").click()
    page.get_by_role("button", name="Stop this link").click()
    page.get_by_text("Stopped sharing with Ann Lee.").wait_for()

    assert customer.goto(url).status == 404
    expect(customer.get_by_role("heading", name="This link no longer works")).to_be_visible()
    assert ShareLink.objects.get().opened_count == 1


def test_the_customers_page_fits_a_phone(page, log_in, account_url, csm, browser):
    log_in(page, csm)
    url = make_link(page, account_url)
    phone = browser.new_context(viewport={"width": 320, "height": 640}).new_page()
    phone.goto(url)
    assert phone.evaluate("document.documentElement.scrollWidth") == 320


def test_without_a_script_the_numbers_are_there(page, log_in, account_url, csm, browser):
    log_in(page, csm)
    url = make_link(page, account_url)
    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(url)
    expect(plain.get_by_text("77", exact=True).first).to_be_visible()
    expect(plain.get_by_text("counts 38%").first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_customers_page_follows_the_rules_in_both_themes(page, log_in, account_url, acme, csm, browser, theme):
    step = give_step(give_plan(acme, owner=csm, opened_on=timezone.localdate()), position=1, due=timezone.localdate())
    step.is_shared = step.is_customers_turn = True
    step.save()
    log_in(page, csm)
    url = make_link(page, account_url)
    customer = browser.new_context(color_scheme=theme).new_page()
    customer.goto(url, wait_until="networkidle")
    assert violations(customer) == []
    customer.get_by_role("button", name="Mark").click()
    expect(customer.get_by_text("Saved. Your contact hears of it.")).to_be_visible()
    customer.get_by_text("Comment", exact=False).first.click()
    assert violations(customer) == []
