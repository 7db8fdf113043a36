"""The account page in a real browser: the build-up is drawn, the trend and the timeline follow the address."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Touchpoint
from accounts.operations.contacts import Person, add_contact, change_contact, edition
from tests.conftest import NOW
from tests.dashboards.pages.boards import give_health
from tests.dashboards.snapshots import MEASURES, give_pulse, give_snapshot

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def account_page(page, log_in, live_server, organization, acme, source, csm):
    """The page of an account with a score, a pulse and 25 calls, open in the browser of its CSM."""
    today = timezone.localdate()
    pulse = give_pulse(acme, author=csm)
    for days in (120, 40):
        give_snapshot(acme, day=today - timedelta(days=days), score=7688, measures=MEASURES)
    give_snapshot(
        acme, day=today, score=6919, customer_score=7688, measures=MEASURES, changes=[[f"pulse:{pulse.pk}", -769]]
    )
    give_health(acme, score=6919)
    for n in range(25):
        Touchpoint.objects.create(
            source=source, external_id=f"t{n}", recorded_at=NOW, account=acme, kind="call", state="held",
            day=today - timedelta(days=n), note=f"Call number {n}",
        )  # fmt: skip
    log_in(page, csm)
    page.goto(f"{live_server.url}/accounts/{acme.pk}")
    return page


def test_every_line_of_the_score_is_drawn_where_the_last_one_ended(account_page):
    table = account_page.get_by_role("table", name="The lines that add up to the score")
    expect(table.get_by_text("−7.69").first).to_be_visible()
    boxes = [bar.bounding_box() for bar in table.locator(".waterfall__earned").all()]
    assert len(boxes) == 6
    for before, after in zip(boxes, boxes[1:], strict=False):
        assert abs(before["x"] + before["width"] - after["x"]) < 1


def test_the_trend_is_drawn_and_its_period_lives_in_the_address(account_page):
    account_page.locator("#trend .main-svg").first.wait_for()
    account_page.get_by_role("link", name="3M").click()
    account_page.wait_for_url(re.compile("trend=3m"))
    assert account_page.get_by_role("link", name="3M").get_attribute("aria-current") == "true"


def test_the_timeline_has_a_tab_that_pages_and_filters(account_page):
    account_page.get_by_role("link", name="Timeline", exact=True).click()
    assert account_page.get_by_text("1 to 20 of 26").is_visible()
    account_page.get_by_role("link", name="Older").click()
    account_page.wait_for_url(re.compile("page=2"))
    assert account_page.get_by_text("21 to 26 of 26").is_visible()
    account_page.get_by_role("link", name=re.compile("Pulses and overrides")).click()
    account_page.wait_for_url(re.compile("kind=pulses"))
    assert account_page.get_by_text("Pulse −10%, acquired or merging").is_visible()


def test_what_went_on_is_drawn_in_lanes_below_the_trend(account_page):
    lane = account_page.locator("#trend .annotation-text", has_text="Touchpoints 25")
    lane.wait_for()
    assert account_page.locator("#trend .scatterlayer .points path").count() >= 25


def test_rapport_is_rated_in_the_row_by_keyboard_and_taken_back(account_page, acme, csm):
    add_contact(account=acme, person=Person(name="Ann Lee", rating=3), key="a", by=csm, at=NOW)
    account_page.goto(f"{account_page.url}/contacts")
    account_page.get_by_role("radio", name="3 of 5").focus()
    account_page.keyboard.press("ArrowRight")
    account_page.get_by_text("Ann Lee saved.").wait_for()
    assert account_page.get_by_role("radio", name="4 of 5").is_checked()
    account_page.get_by_role("button", name="Undo").click()
    account_page.get_by_text("Taken back: Ann Lee.").wait_for()
    assert account_page.get_by_role("radio", name="3 of 5").is_checked()


def test_a_row_that_somebody_else_changed_meanwhile_opens_a_dialog_with_both(account_page, acme, csm, manager):
    ann = add_contact(account=acme, person=Person(name="Ann Lee", rating=3), key="a", by=csm, at=NOW)
    account_page.goto(f"{account_page.url}/contacts")
    theirs = Person(name="Ann Roe")
    change_contact(contact=ann, person=theirs, seen=edition(ann), by=manager, at=NOW + timedelta(minutes=1))
    account_page.get_by_label("Persona of Ann Lee").select_option("champion")
    sheet = account_page.locator("#sheet[open]")
    sheet.get_by_text("Ann Roe was changed by somebody else meanwhile.").wait_for()
    assert sheet.get_by_label("Persona").input_value() == "champion"
    account_page.keyboard.press("Control+Enter")
    account_page.get_by_text("Ann Roe saved.").wait_for()


def test_a_phone_shows_the_lines_without_sideways_scroll(account_page):
    account_page.set_viewport_size({"width": 390, "height": 844})
    assert account_page.evaluate("document.documentElement.scrollWidth") == 390
    expect(account_page.locator(".build-up__phone").first).to_be_visible()
