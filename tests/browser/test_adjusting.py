"""The morning's work in a real browser: log a touchpoint by one key, adjust a pulse and see the score move."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import ManualReading, Pulse, Touchpoint
from scoring.pipeline import score_days
from scoring.rescore import rescore_waiting
from tests.browser.test_accessibility import violations
from tests.conftest import NOW
from tests.scoring.conftest import publish_card  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RATING = {"key": "reading:rating", "weight": 100, "curve": "linear", "zero": 1, "full": 5}


@pytest.fixture
def opened(page, log_in, live_server, acme, source, csm, publish_card):  # noqa: F811
    """The page of Acme, at 75 since this morning, in the browser of its CSM."""
    today = timezone.localdate()
    publish_card(RATING)
    ManualReading.objects.create(
        account=acme, measure="rating", value=4, read_on=today, expires_on=today + timedelta(days=60),
        source=source, external_id="r", recorded_at=NOW,
    )  # fmt: skip
    score_days([today], clock=timezone.now)
    log_in(page, csm)
    page.goto(f"{live_server.url}/accounts/{acme.pk}", wait_until="networkidle")
    return page


def rescore() -> None:
    """What the worker does, who is not here."""
    rescore_waiting(as_of=timezone.localdate(), at=timezone.now())


def test_a_touchpoint_is_logged_without_a_mouse_and_taken_back(opened, acme):
    opened.keyboard.press("t")
    sheet = opened.locator("#sheet[open]")
    sheet.get_by_text("Who of Acme was there").wait_for()
    assert sheet.get_by_label("Account").input_value() == "Acme"
    sheet.get_by_label("Note").fill("They stay another year.")
    opened.keyboard.press("Control+Enter")
    opened.get_by_text("Call logged for Acme.").wait_for()
    assert Touchpoint.objects.get(account=acme).note == "They stay another year."
    opened.get_by_role("button", name="Undo").click()
    opened.get_by_text("Taken back: Call of Acme.").wait_for()
    assert not Touchpoint.objects.exists()


def test_what_is_refused_stays_in_the_dialog(opened):
    opened.keyboard.press("t")
    sheet = opened.locator("#sheet[open]")
    sheet.get_by_label("Account").fill("Nobody")
    sheet.get_by_label("Note").fill("Words to keep")
    opened.keyboard.press("Control+Enter")
    sheet.get_by_text("You see no account called “Nobody”.").first.wait_for()
    assert sheet.get_by_label("Note").input_value() == "Words to keep"


def test_a_pulse_shows_its_effect_and_then_the_score_moves(opened):
    assert "75" in opened.locator("#account-strip .tile--score").inner_text()
    opened.get_by_role("link", name="Adjust pulse").click()
    sheet = opened.locator("#sheet[open]")
    sheet.locator(".pick", has_text="−20%").click()
    sheet.get_by_text("Score becomes").wait_for()
    assert "60" in sheet.locator("#adjust-preview").inner_text()
    assert not Pulse.objects.exists()
    sheet.locator(".pick", has_text="Sponsor left").click()
    sheet.get_by_label("In words").fill("Their sponsor left; nobody follows her yet.")
    sheet.get_by_role("button", name="Save pulse").click()
    opened.get_by_text("Pulse saved for Acme.").wait_for()
    rescore()
    opened.locator("#account-strip .tile--score", has_text="60").wait_for()
    # The trend is drawn anew as well, by the same look.
    opened.locator("#trend .annotation-text", has_text="60").wait_for()
    assert "−15.00" in opened.locator("#score-now").inner_text()
    expect(opened.get_by_text("Pulse saved for Acme.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["Log touchpoint", "Adjust pulse"])
def test_the_dialogs_follow_the_rules(opened, csm, name, theme):
    csm.theme = theme
    csm.save()
    opened.reload(wait_until="networkidle")
    opened.get_by_role("link", name=name).first.click()
    opened.locator("#sheet[open] form").wait_for()
    assert violations(opened) == []
