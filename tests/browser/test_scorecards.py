"""The editor of a scorecard in a real browser: a wrong weight, its error, the right one, publishing, the history."""

import re

import pytest
from playwright.sync_api import expect

from scoring.models import ScorecardDraft, ScorecardVersion
from scoring.operations import publish_shipped
from tests.browser.test_accessibility import violations
from tests.conftest import NOW

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def editor(page, log_in, live_server, organization, smb, ops, watch):
    """A fresh draft of the SMB card, open before operations."""
    publish_shipped(by=None, at=NOW)
    log_in(page, ops)
    page.goto(f"{live_server.url}/scorecards")
    page.get_by_role("link", name="SMB scorecard").click()
    page.get_by_role("button", name="Start a draft").click()
    page.wait_for_url(re.compile("/scorecards/smb/draft"))
    yield page
    assert (watch.complaints, watch.strangers) == ([], [])


def weight(page, measure: str):
    return page.get_by_role("textbox", name=f"Weight of {measure}")


def test_a_weight_is_mended_and_the_card_published(editor):
    adoption = weight(editor, "Adoption against target")
    adoption.fill("3O")
    adoption.press("Tab")
    expect(editor.get_by_role("heading", name="1 thing to mend")).to_be_visible()
    assert editor.locator("#note-measures-0").inner_text() == (
        "Adoption against target: the weight is a whole number from 0 to 100; given is '3O'."
    )
    adoption.fill("35")
    adoption.press("Tab")
    expect(editor.get_by_text("5 too many")).to_be_visible()
    expect(editor.get_by_text("was 30")).to_be_visible()
    weight(editor, "Usage trend").fill("15")
    editor.keyboard.press("Tab")
    expect(editor.get_by_text("Adds up to 100")).to_be_visible()
    expect(editor.get_by_role("heading", name="Ready to publish")).to_be_visible()
    expect(editor.locator("#draft-changes").get_by_text("Usage trend: weight 20 → 15")).to_be_visible()
    editor.get_by_label("What changes, and why").fill("Adoption decides; the review of lost deals showed it.")
    editor.get_by_role("button", name="Publish v2").click()
    editor.wait_for_url(re.compile("/scorecards/smb$"))
    expect(editor.get_by_role("heading", name="v2, in force")).to_be_visible()
    expect(editor.get_by_text("2 changes from v1")).to_be_visible()
    assert ScorecardVersion.objects.get(number=2).items.get(position=0).weight == 35
    assert not ScorecardDraft.objects.exists()


def test_a_slider_moves_a_weight_and_the_sum_with_the_keyboard(editor):
    editor.get_by_role("slider", name="Weight of NPS, slider").focus()
    editor.keyboard.press("ArrowRight")
    assert weight(editor, "NPS").input_value() == "6"
    expect(editor.get_by_text("1 too many")).to_be_visible()
    editor.get_by_role("button", name="Scale to 100").click()
    expect(editor.get_by_text("Adds up to 100")).to_be_visible()


def test_another_curve_brings_its_own_fields_and_keeps_what_was_typed(editor):
    editor.get_by_label("Value to points").nth(1).select_option("thresholds")
    expect(editor.get_by_label("Healthy from").first).to_be_visible()
    editor.locator("#measures-1-healthy").fill("100")
    editor.locator("#measures-1-at_risk").fill("80")
    editor.keyboard.press("Tab")
    expect(editor.get_by_role("heading", name="Ready to publish")).to_be_visible()
    assert ScorecardDraft.objects.get().content["measures"][1]["healthy"] == 1


def test_a_band_that_begins_elsewhere_moves_the_end_of_the_next(editor):
    editor.get_by_label("Strong begins at").fill("75")
    editor.keyboard.press("Tab")
    expect(editor.get_by_text("to 74")).to_be_visible()
    expect(editor.locator("#draft-changes").get_by_text("Strong: from 70 → 75")).to_be_visible()


def test_the_editor_can_be_used_without_a_script(
    browser, live_server, log_in, organization, smb, ops, transactional_db
):
    publish_shipped(by=None, at=NOW)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    log_in(page, ops)
    page.goto(f"{live_server.url}/scorecards/smb")
    page.get_by_role("button", name="Start a draft").click()
    weight(page, "NPS").fill("7")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("2 too many")).to_be_visible()
    page.get_by_role("button", name="Move down").first.click()
    assert ScorecardDraft.objects.get().content["measures"][1]["key"] == "utilisation_vs_target"
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_follow_the_rules_of_accessibility(editor, live_server, ops, theme):
    ops.theme = theme
    ops.save()
    for path in ("scorecards", "scorecards/smb", "scorecards/smb/draft"):
        editor.goto(f"{live_server.url}/{path}", wait_until="networkidle")
        assert violations(editor) == [], path


def test_on_a_phone_nothing_scrolls_sideways(editor, live_server):
    editor.set_viewport_size({"width": 390, "height": 844})
    for path in ("scorecards", "scorecards/smb", "scorecards/smb/draft"):
        editor.goto(f"{live_server.url}/{path}")
        width = editor.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width == 0, path


def test_discarding_asks_first(editor):
    editor.locator("summary", has_text="Discard").click()
    editor.get_by_role("button", name="Discard the draft").click()
    editor.wait_for_url(re.compile("/scorecards/smb$"))
    expect(editor.get_by_text("The draft of SMB scorecard is discarded.")).to_be_visible()
    assert not ScorecardDraft.objects.exists()
