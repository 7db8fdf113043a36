"""Rules of accessibility for what opens on the pages of the CSM's day: dialogs, menus and popovers, in both themes."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts.models import Account, Organization, PulseCategory
from accounts.operations.approvals import Drafted, propose
from accounts.operations.business_events import enter_event
from tests.accounts.asking_cast import ask, make_contact, make_survey
from tests.browser.test_accessibility import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LISTS = ["portfolio", "attention", "accounts", "movers", "ratings", "surveys", "survey-send", "search"]
TABS = [
    "account", "account-timeline", "account-contacts", "account-plan", "account-usage", "account-history",
    "account-ratings", "account-surveys", "account-peers",
]  # fmt: skip
PAGES = [("csm", name) for name in (*LISTS, *TABS)] + [
    ("manager", "approvals"), ("manager", "portfolio"), ("ops", "approvals"), ("ops", "spot-checks"),
    ("ops", "survey-setup"), ("ops", "survey-edit"),
]  # fmt: skip
QUERIES = {"survey-send": "?account={pk}", "search": "?q=acme"}
BULK = ["Log touchpoint", "Start plan", "Change owner", "Change segment", "Change phase"]


@pytest.fixture
def busy(company, csm) -> Account:
    """Acme with something of everything that opens."""
    now = timezone.now()
    survey = make_survey()
    ask(survey, make_contact(company, "Rosa Silva", persona="champion"), at=now)
    make_contact(company, "Ben User")
    enter_event(account=company, kind="acquired", occurred_on=now.date(), note="By Larger.", key="e", by=csm, at=now)
    Organization.objects.update(pulse_limit_percent=10)
    drafted = Drafted(
        percent=Decimal(-20), category=PulseCategory.ACQUIRED, reason="New owners review all vendors.",
        starts_on=now.date(), ends_on=now.date() + timedelta(days=30),
    )  # fmt: skip
    propose(account=company, drafted=drafted, by=csm, at=now)
    return company


@pytest.fixture
def show(page, live_server, log_in, busy, request):
    """Opens a page of the busy company in a theme."""

    def shown(who: str, name: str, theme: str) -> Page:
        user = request.getfixturevalue(who)
        user.theme = theme
        user.save()
        log_in(page, user)
        account = Account.objects.get(name="Company 10") if name == "account-plan" else busy
        survey = [busy.responses.get().invitation.survey_id] if name == "survey-edit" else []
        url = reverse(name, args=[account.pk] if name.startswith("account-") or name == "account" else survey)
        page.goto(live_server.url + url + QUERIES.get(name, "").format(pk=busy.pk), wait_until="networkidle")
        return page

    return shown


def sheets_of(page: Page) -> list[str]:
    """The addresses of the dialogs that the page opens, one of each sort."""
    found = page.locator("a[data-sheet]:visible").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    return list({re.sub(r"\d+", "N", href.partition("?")[0]): href for href in found}.values())


def unfold(part: Locator) -> None:
    part.locator("details").evaluate_all("all => all.forEach(one => { one.open = true; })")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("who", "name"), PAGES)
def test_what_opens_on_a_page_follows_the_rules(show, who, name, theme):
    page = show(who, name, theme)
    assert violations(page) == []
    check_popovers(page)
    check_sheets(page)


def check_popovers(page: Page) -> None:
    """Each menu alone: open ones cover each other."""
    for menu in page.locator("details[data-popover]").filter(visible=True).all():
        menu.locator("summary").first.click()
        expect(menu).to_have_attribute("open", "")
        expect(menu.locator("> :not(summary)").first).to_be_visible()
        assert violations(page, within="details[data-popover][open]") == []
        page.keyboard.press("Escape")
        expect(menu).not_to_have_attribute("open", "")


def check_sheets(page: Page) -> None:
    for href in sheets_of(page):
        page.locator(f'a[data-sheet][href="{href}"]').filter(visible=True).first.click()
        sheet = page.locator("#sheet[open]")
        expect(sheet.locator("form").first).to_be_visible()
        unfold(sheet)
        assert violations(page, within="#sheet") == [], href
        sheet.locator("[data-close-dialog]").first.click()
        expect(sheet).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_palette_and_the_keys_follow_the_rules(show, theme):
    page = show("csm", "account", theme)
    page.keyboard.press("/")
    expect(page.get_by_role("combobox")).to_be_focused()
    for text, found in (("log acm", "Log touchpoint"), ("zzzzqqq", "")):
        page.get_by_role("combobox").fill(text)
        if found:
            expect(page.get_by_role("option", name=found).first).to_be_visible()
        else:
            expect(page.get_by_role("option")).to_have_count(0)
        assert violations(page, within="#palette") == []
    page.locator("#palette [data-close-dialog]").click()
    expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    assert violations(page, within="#keys") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_looks_before_a_bulk_change_follow_the_rules(show, theme):
    page = show("csm", "accounts", theme)
    page.locator("thead").get_by_role("checkbox").check()
    expect(page.locator("[data-bulk-count]")).to_have_text("12")
    assert violations(page) == []
    for name in BULK:
        page.get_by_role("button", name=name).click()
        sheet = page.locator("#sheet[open]")
        expect(sheet.get_by_role("heading").first).to_be_visible()
        assert violations(page, within="#sheet") == [], name
        sheet.locator("[data-close-dialog]").first.click()
        expect(sheet).to_have_count(0)
