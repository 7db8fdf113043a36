"""The weekly review in a real browser: a manager marks a plan as reviewed, by mouse and by keyboard."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import PlanReview
from tests.dashboards.pages.boards import give_health, give_plan, give_step

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def two_plans(organization, csm, make_account):
    """Acme, with a late step, is before Birch in the queue."""
    today = timezone.localdate()
    plans = []
    for name, score in [("Acme", 4000), ("Birch", 6000)]:
        account = make_account(name, owner=csm)
        give_health(account, score=score)
        plans.append(give_plan(account, owner=csm, opened_on=today - timedelta(days=40), score=5000))
    give_step(plans[0], position=1, due=today - timedelta(days=9), text="Retrain the administrators")
    give_step(plans[1], position=1, due=today + timedelta(days=9))
    return plans


@pytest.fixture
def review(page, log_in, live_server, two_plans, manager):
    """The review page, open."""
    log_in(page, manager)
    page.goto(f"{live_server.url}/reviews")
    return page


def test_a_manager_marks_a_plan_and_the_next_one_opens(review, two_plans, manager):
    assert review.get_by_role("heading", name="Acme").is_visible()
    assert review.get_by_text("Overdue 9 days").is_visible()
    review.get_by_label("Note").fill("Steps are late; the two of us call them on Monday.")
    review.get_by_role("button", name="Mark reviewed").click()
    review.wait_for_url(re.compile(rf"plan={two_plans[1].pk}"))
    assert review.get_by_role("heading", name="Birch").is_visible()
    assert review.get_by_text("1 of 2 reviewed").is_visible()
    assert review.get_by_text("Acme is reviewed.").is_visible()
    kept = PlanReview.objects.get()
    assert (kept.plan, kept.by, kept.note) == (
        two_plans[0], manager, "Steps are late; the two of us call them on Monday.",
    )  # fmt: skip


def test_the_keys_move_through_the_queue_and_mark_a_plan(review, two_plans):
    review.keyboard.press("j")
    review.wait_for_url(re.compile(rf"plan={two_plans[1].pk}"))
    review.keyboard.press("k")
    review.wait_for_url(re.compile(rf"plan={two_plans[0].pk}"))
    # Without words the key leads to where they are written, and letters typed there act as letters.
    review.keyboard.press("r")
    review.keyboard.type("rejoice")
    assert review.get_by_label("Note").input_value() == "rejoice"
    review.keyboard.press("Control+Enter")
    review.wait_for_url(re.compile(rf"plan={two_plans[1].pk}"))
    assert PlanReview.objects.get().note == "rejoice"


def test_closing_asks_how_the_plan_ended(review, two_plans):
    ending = review.get_by_label("How the plan ended")
    assert not ending.is_visible()
    review.get_by_label("Note").fill("All of it is done.")
    review.get_by_label("Outcome").select_option("close")
    review.get_by_role("button", name="Mark reviewed").click()
    assert review.get_by_text("Say how the plan ended.").is_visible()
    assert review.get_by_label("Note").input_value() == "All of it is done."
    ending.select_option("resolved")
    review.get_by_role("button", name="Mark reviewed").click()
    review.wait_for_url(re.compile(rf"plan={two_plans[1].pk}"))
    two_plans[0].refresh_from_db()
    assert two_plans[0].outcome == "resolved"


def test_on_a_phone_the_list_comes_first_and_a_plan_is_its_own_screen(review, two_plans):
    review.set_viewport_size({"width": 390, "height": 844})
    assert not review.get_by_label("Note").is_visible()
    review.get_by_role("link", name=re.compile("Acme")).first.click()
    review.wait_for_url(re.compile(rf"plan={two_plans[0].pk}"))
    assert review.get_by_label("Note").is_visible()
    review.get_by_role("link", name="All plans").click()
    assert not review.get_by_label("Note").is_visible()
    width = review.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width == 0
