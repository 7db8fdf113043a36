"""From the portfolio to the accounts behind a number, by mouse and by keyboard, in both themes."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def portfolio(page, live_server, log_in, company, csm):
    log_in(page, csm)
    page.goto(live_server.url + "/portfolio")
    page.locator("[data-chart=health] .slice").first.wait_for()
    return page


def names(page) -> list[str]:
    return page.locator(".accounts-table tbody .table__name a").all_inner_texts()


def test_a_slice_of_the_ring_opens_its_accounts(portfolio):
    # Clockwise in band order: Strong, Moderate, Weak, Undefined. A slice starts where the one before ended.
    ring = portfolio.locator("[data-chart=health] .slice path.surface")
    assert ring.count() == 4
    box = ring.nth(0).bounding_box()
    # Strong is four of twelve: at the right, its middle lies 60 degrees from the top.
    portfolio.mouse.click(box["x"] + box["width"] - 6, box["y"] + box["height"] * 0.55)
    portfolio.wait_for_url(re.compile(r"/accounts\?band=strong$"))
    assert names(portfolio) == ["Company 00", "Company 01", "Company 02", "Company 03"]


def test_a_row_of_the_table_opens_the_same_accounts_with_the_filters(portfolio, live_server):
    portfolio.goto(live_server.url + "/portfolio?segment=smb")
    portfolio.locator(".band-table").get_by_role("link", name="Weak").click()
    portfolio.wait_for_url(re.compile(r"/accounts\?band=weak&segment=smb$"))
    assert len(names(portfolio)) == 4
    assert portfolio.locator(".filter--set").count() == 2


def test_the_ring_switches_to_arr(portfolio):
    portfolio.get_by_role("radio", name="ARR").click()
    expect(portfolio.locator("[data-chart=health-arr] .slice").first).to_be_visible()
    expect(portfolio.locator("[data-chart=health] .slice").first).to_be_hidden()


def test_the_ring_stands_in_the_address_and_in_the_view_that_is_kept(portfolio, live_server):
    portfolio.get_by_role("radio", name="ARR").click()
    expect(portfolio).to_have_url(re.compile(r"/portfolio\?by=arr$"))
    portfolio.locator(".view-menu").get_by_text("View", exact=True).click()
    portfolio.get_by_label("Keep what you see as").fill("By money")
    portfolio.get_by_role("button", name="Keep view").click()
    expect(portfolio).to_have_url(re.compile(r"/portfolio\?view=\d+&by=arr$"))
    expect(portfolio.get_by_role("radio", name="ARR")).to_be_checked()
    expect(portfolio.locator("[data-chart=health-arr] .slice").first).to_be_visible()
    # The other ring differs from the view, which offers to save it; back again, nothing is to be saved.
    reset = portfolio.get_by_role("link", name="Reset")
    expect(reset).to_be_hidden()
    portfolio.get_by_role("radio", name="Accounts").click()
    expect(reset).to_be_visible()
    expect(portfolio).to_have_url(re.compile(r"/portfolio\?view=\d+$"))
    portfolio.get_by_role("radio", name="ARR").click()
    expect(reset).to_be_hidden()
    # The filters take the ring along.
    portfolio.get_by_text("Phase: All").click()
    portfolio.get_by_label("Expansion").check()
    portfolio.locator("h1").click()
    expect(portfolio).to_have_url(re.compile(r"/portfolio\?phase=expansion&by=arr&view=\d+$"))


def test_a_filter_applies_when_its_list_closes(portfolio):
    portfolio.get_by_text("Phase: All").click()
    portfolio.get_by_label("Expansion").check()
    portfolio.locator("h1").click()
    portfolio.wait_for_url(re.compile(r"/portfolio\?phase=expansion$"))
    expect(portfolio.get_by_text("No accounts match")).to_be_visible()
    portfolio.go_back()
    expect(portfolio.get_by_text("Phase: All")).to_be_visible()


def test_the_slash_key_finds_an_account(portfolio):
    portfolio.keyboard.press("/")
    portfolio.keyboard.type("company 07")
    portfolio.keyboard.press("Enter")
    portfolio.wait_for_url(re.compile(r"/accounts/\d+$"))
    expect(portfolio.get_by_role("heading", name="Company 07")).to_be_visible()


def test_keys_move_from_row_to_row_and_open_one(portfolio, live_server):
    portfolio.goto(live_server.url + "/accounts?sort=-score")
    portfolio.keyboard.press("j")
    portfolio.keyboard.press("j")
    portfolio.keyboard.press("Enter")
    portfolio.wait_for_url(re.compile(r"/accounts/\d+$"))
    expect(portfolio.get_by_role("heading", name="Company 01")).to_be_visible()


def test_a_head_sorts_up_down_and_not(portfolio, live_server):
    portfolio.goto(live_server.url + "/accounts?band=strong,moderate,weak")
    for query, first, sorting in [
        ("sort=score", "Company 10", "ascending"),
        ("sort=-score", "Company 00", "descending"),
        ("band=strong,moderate,weak", "Company 00", None),
    ]:
        portfolio.locator(".accounts-table thead").get_by_role("link", name="Score").click()
        portfolio.wait_for_url(re.compile(rf"{query}$"))
        assert names(portfolio)[0] == first
        head = portfolio.locator(".accounts-table thead th", has_text="Score")
        assert head.get_attribute("aria-sort") == sorting


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_a_theme_is_kept_and_charts_take_its_colors(portfolio, theme):
    portfolio.locator(".user summary").click()
    portfolio.locator(".user").get_by_role("button", name=theme).click()
    portfolio.wait_for_load_state()
    assert portfolio.locator("html").get_attribute("data-theme") == theme.lower()
    portfolio.locator("[data-chart=health] .slice").first.wait_for()
    fill = portfolio.locator("[data-chart=health] .slice path.surface").first.evaluate("p => getComputedStyle(p).fill")
    token = portfolio.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--strong').trim()")
    assert fill == f"rgb({', '.join(str(int(token[n : n + 2], 16)) for n in (1, 3, 5))})"


@pytest.mark.parametrize("address", ["/portfolio", "/accounts"])
@pytest.mark.parametrize("width", [320, 390, 768, 1024])
def test_no_page_scrolls_sideways(portfolio, live_server, address, width):
    portfolio.set_viewport_size({"width": width, "height": 844})
    portfolio.goto(live_server.url + address)
    assert portfolio.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_on_a_phone_the_table_is_a_list(portfolio, live_server):
    portfolio.set_viewport_size({"width": 390, "height": 844})
    portfolio.goto(live_server.url + "/accounts")
    expect(portfolio.locator(".accounts-table")).to_be_hidden()
    portfolio.get_by_label("Sort").select_option("-score")
    portfolio.wait_for_url(re.compile("sort=-score"))
    assert "Company 00" in portfolio.locator(".accounts-list__row").first.inner_text()
