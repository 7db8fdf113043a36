"""A survey in a real browser: sent, its mail's link opened, answered with a click, and the score moves."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.mailing import send_due
from accounts.models import OutboxMail, SurveyResponse
from scoring.pipeline import score_days
from scoring.rescore import rescore_waiting
from tests.accounts.asking_cast import make_contact, make_survey
from tests.browser.test_accessibility import violations
from tests.scoring.conftest import publish_card  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NPS = {"key": "nps", "weight": 100, "curve": "linear", "zero": -100, "full": 100, "missing": "neutral"}


@pytest.fixture
def opened(page, log_in, live_server, settings, acme, csm, publish_card):  # noqa: F811
    """The page of Acme, scored, with a contact and a survey."""
    settings.PUBLIC_URL = live_server.url
    publish_card(NPS)
    make_contact(acme, "Rosa Silva")
    make_survey()
    score_days([timezone.localdate()], clock=timezone.now)
    log_in(page, csm)
    page.goto(f"{live_server.url}/accounts/{acme.pk}", wait_until="networkidle")
    return page


def test_a_survey_is_sent_answered_with_one_click_and_moves_the_score(opened, mailoutbox, live_server, acme):
    opened.get_by_role("link", name="Send survey").click()
    opened.get_by_label("Rosa Silva").check()
    assert violations(opened) == []
    opened.get_by_role("button", name="Send to the chosen contacts").click()
    opened.get_by_text("Our nps is on its way to 1 contact.").wait_for()
    assert send_due(clock=timezone.now) == 1
    link = re.search(r"http\S+\?a=9", mailoutbox[0].body).group()

    # The customer's browser knows nothing of ours.
    theirs = opened.context.browser.new_context(viewport={"width": 390, "height": 844})
    customer = theirs.new_page()
    customer.goto(link)
    expect(customer.get_by_role("radio", name="9", exact=True)).to_be_checked()
    assert SurveyResponse.objects.get().score is None
    assert violations(customer) == []
    customer.get_by_text("9", exact=True).click()
    customer.get_by_text("Saved: 9. You can still change it.").wait_for()
    assert violations(customer) == []
    customer.get_by_label("What is the main reason?").fill("Fast.")
    customer.get_by_role("button", name="Send comment").click()
    customer.get_by_role("heading", name="Thank you, Rosa").wait_for()
    assert theirs.cookies() == []
    theirs.close()

    rescore_waiting(as_of=timezone.localdate(), at=timezone.now())
    opened.goto(f"{live_server.url}/accounts/{acme.pk}/surveys")
    opened.get_by_text("Fast.").wait_for()
    expect(opened.locator("#account-strip")).to_contain_text("100")
    assert OutboxMail.objects.get().text == ""


def test_digits_and_arrows_choose_and_enter_saves(opened, mailoutbox, acme, live_server):
    opened.goto(f"{live_server.url}/surveys/send?account={acme.pk}")
    opened.get_by_label("Rosa Silva").check()
    opened.get_by_role("button", name="Send to the chosen contacts").click()
    opened.get_by_text("is on its way").wait_for()
    send_due(clock=timezone.now)
    opened.goto(re.search(r"page: (http\S+)", mailoutbox[0].body).group(1))
    opened.keyboard.press("1")
    opened.keyboard.press("0")
    expect(opened.get_by_role("radio", name="10")).to_be_checked()
    opened.keyboard.press("ArrowLeft")
    expect(opened.get_by_role("radio", name="9", exact=True)).to_be_checked()
    assert SurveyResponse.objects.get().score is None
    opened.keyboard.press("Enter")
    opened.get_by_text("Saved: 9.").wait_for()
    assert SurveyResponse.objects.get().score == 9
