"""The accounts table by keyboard: rows are ticked, one thing is done to them, and undone; columns are moved."""

import pytest

from accounts.models import Account
from tests.browser.test_accessibility import violations
from tests.dashboards.pages.boards import give_health

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def table(page, live_server, log_in, organization, csm, make_account):
    for name, score in (("Ana", 4000), ("Bob", 8000), ("Cid", 6000)):
        give_health(make_account(name, owner=csm), score=score)
    log_in(page, csm)
    page.goto(f"{live_server.url}/accounts", wait_until="networkidle")
    return page


def test_rows_are_ticked_changed_and_put_back(table):
    for _ in range(2):
        table.keyboard.press("j")
        table.keyboard.press("x")
    assert table.locator("[data-bulk-count]").inner_text() == "2"
    assert violations(table) == []
    table.get_by_role("button", name="Change phase").click()
    table.get_by_label("New phase").select_option("renewal")
    table.locator("#sheet").get_by_text("Going to be changed").wait_for()
    table.locator("#sheet").get_by_role("button", name="Change phase").click()
    table.get_by_text("Change phase: 2 accounts.").wait_for()
    assert list(Account.objects.order_by("name").values_list("phase", flat=True)) == [
        "renewal",
        "renewal",
        "onboarding",
    ]
    table.get_by_role("button", name="Undo").click()
    table.get_by_text("Taken back: 2 accounts.").wait_for()
    assert set(Account.objects.values_list("phase", flat=True)) == {"onboarding"}


def test_columns_are_chosen_and_moved_by_keyboard_and_tabs_are_counted(table):
    table.locator(".tab", has_text="All").get_by_text("3").wait_for()
    table.locator("summary", has_text="Columns").click()
    assert violations(table) == []
    table.get_by_role("checkbox", name="ARR").focus()
    for _ in range(2):
        table.keyboard.press("Alt+ArrowUp")
    table.get_by_label("6 month trend").uncheck()
    table.locator(".columns button[type=submit]").last.click()
    table.wait_for_url("**columns=account,score,arr,change,users**")
    assert table.locator("thead th").all_inner_texts()[1:5] == ["Account", "Score", "ARR", "1 month"]
