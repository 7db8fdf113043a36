"""The weekly review in a real browser: a manager's Monday, by mouse, by keyboard and on a phone."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import OutboxMail, PlanReview
from tests.dashboards.pages.boards import give_health, give_plan, give_step

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def three_accounts(organization, csm, make_account):
    """Acme, with a late step, before Birch at risk without a plan, before Cedar, not reviewed for 40 days."""
    today = timezone.localdate()
    acme, birch, cedar = (make_account(name, owner=csm) for name in ("Acme", "Birch", "Cedar"))
    for account, score in [(acme, 4000), (birch, 3000), (cedar, 6000)]:
        give_health(account, score=score)
    for account, due in [(acme, today - timedelta(days=9)), (cedar, today + timedelta(days=9))]:
        plan = give_plan(account, owner=csm, opened_on=today - timedelta(days=40), score=5000)
        give_step(plan, position=1, due=due, text="Retrain the administrators")
    return acme, birch, cedar


@pytest.fixture
def review(page, log_in, live_server, three_accounts, manager, leader):
    """The review page, open."""
    log_in(page, manager)
    page.goto(f"{live_server.url}/reviews")
    return page


def open_account(page, account):
    page.wait_for_url(re.compile(rf"account={account.pk}"))
    expect(page.get_by_role("heading", name=account.name, exact=True)).to_be_visible()


def test_a_managers_monday(review, three_accounts, live_server, leader, csm):
    """Three accounts: one goes on, one gets a request, one is escalated; the week is done, the minutes are printed."""
    acme, birch, cedar = three_accounts
    expect(review.get_by_text("3 of 3 accounts")).to_be_visible()
    expect(review.get_by_role("heading", name="Acme", exact=True)).to_be_visible()
    expect(review.get_by_text("Overdue 9 days", exact=True)).to_be_visible()
    review.get_by_label("Note").fill("Split the step: the two late wards by Friday.")
    review.get_by_role("button", name="Ask for changes").click()
    open_account(review, birch)
    expect(review.get_by_text("1 of 3 reviewed")).to_be_visible()
    expect(review.get_by_text("Acme is signed off: Change steps.")).to_be_visible()
    review.get_by_label("Note").fill("Their sponsor left; this needs leadership.")
    review.get_by_role("button", name="Escalate").click()
    open_account(review, cedar)
    review.get_by_label("Note").fill("Steps are on time.")
    review.get_by_role("button", name="Mark reviewed").click()
    expect(review.get_by_text("All 3 accounts are reviewed.")).to_be_visible()
    expect(review.get_by_text("3 of 3 reviewed")).to_be_visible()
    review.get_by_role("link", name="Minutes").click()
    expect(review.get_by_role("heading", name="Minutes of the weekly review")).to_be_visible()
    for words in ("Split the step: the two late wards by Friday.", "Their sponsor left", "Steps are on time."):
        expect(review.get_by_text(words)).to_be_visible()
    assert review.pdf(format="A4").startswith(b"%PDF")
    review.emulate_media(media="print")
    expect(review.get_by_role("button", name="Print")).to_be_hidden()
    expect(review.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(review.get_by_text("Steps are on time.")).to_be_visible()
    escalated = PlanReview.objects.get(account=birch)
    told = OutboxMail.objects.filter(cause=f"review:{escalated.pk}").values_list("recipient", flat=True)
    assert set(told) == {leader.email, csm.email}


def test_the_agenda_is_printed_before(review):
    review.get_by_role("link", name="Agenda").click()
    expect(review.get_by_role("heading", name="Agenda of the weekly review")).to_be_visible()
    review.emulate_media(media="print")
    expect(review.get_by_text("Retrain the administrators").first).to_be_visible()
    expect(review.get_by_text("Note", exact=True).first).to_be_visible()


def test_undo_puts_an_account_back_into_the_queue(review):
    review.get_by_label("Note").fill("Fine")
    review.get_by_role("button", name="Mark reviewed").click()
    expect(review.get_by_text("1 of 3 reviewed")).to_be_visible()
    review.get_by_role("button", name="Undo").click()
    expect(review.get_by_text("Acme is back in the queue.")).to_be_visible()
    expect(review.get_by_text("0 of 3 reviewed")).to_be_visible()


def test_the_keys_move_through_the_queue_and_sign_off(review, three_accounts):
    acme, birch, cedar = three_accounts
    review.keyboard.press("j")
    open_account(review, birch)
    review.keyboard.press("k")
    open_account(review, acme)
    # Without words a letter leads to where they are written, and letters typed there act as letters.
    review.keyboard.press("s")
    note = review.get_by_label("Note")
    expect(note).to_be_focused()
    review.keyboard.type("rejoice")
    expect(note).to_have_value("rejoice")
    review.keyboard.press("Control+Enter")
    open_account(review, birch)
    kept = PlanReview.objects.get()
    assert (kept.note, kept.outcome) == ("rejoice", "change_steps")


def test_closing_asks_how_the_plan_ended(review, three_accounts):
    ending = review.get_by_label("How the plan ended")
    expect(ending).to_be_hidden()
    review.get_by_label("Note").fill("All of it is done.")
    review.get_by_text("Close plan").click()
    review.get_by_role("button", name="Close it").click()
    expect(review.get_by_text("Say how the plan ended.")).to_be_visible()
    expect(review.get_by_label("Note")).to_have_value("All of it is done.")
    ending.select_option("resolved")
    review.get_by_role("button", name="Close it").click()
    open_account(review, three_accounts[1])
    assert three_accounts[0].plans.get().outcome == "resolved"


def test_on_a_phone_the_list_comes_first_and_an_account_is_its_own_screen(review, three_accounts):
    review.set_viewport_size({"width": 390, "height": 844})
    expect(review.get_by_label("Note")).to_be_hidden()
    review.get_by_role("link", name=re.compile("Acme")).first.click()
    review.wait_for_url(re.compile(rf"account={three_accounts[0].pk}"))
    expect(review.get_by_label("Note")).to_be_visible()
    width = review.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width == 0
    review.get_by_role("link", name="All accounts").click()
    expect(review.get_by_label("Note")).to_be_hidden()
