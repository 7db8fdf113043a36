"""The account page in a real browser: the build-up is drawn, the trend and the timeline follow the address."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Touchpoint
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
    assert table.get_by_text("−7.69").first.is_visible()
    boxes = [bar.bounding_box() for bar in table.locator(".waterfall__earned").all()]
    assert len(boxes) == 6
    for before, after in zip(boxes, boxes[1:], strict=False):
        assert abs(before["x"] + before["width"] - after["x"]) < 1


def test_the_trend_is_drawn_and_its_period_lives_in_the_address(account_page):
    account_page.locator("#trend .main-svg").first.wait_for()
    account_page.get_by_role("link", name="3M").click()
    account_page.wait_for_url(re.compile("trend=3m"))
    assert account_page.get_by_role("link", name="3M").get_attribute("aria-current") == "true"


def test_the_timeline_pages_and_filters(account_page):
    assert account_page.get_by_text("1 to 20 of 26").is_visible()
    account_page.get_by_role("link", name="Older").click()
    account_page.wait_for_url(re.compile("page=2"))
    assert account_page.get_by_text("21 to 26 of 26").is_visible()
    account_page.get_by_role("link", name=re.compile("Pulses and overrides")).click()
    account_page.wait_for_url(re.compile("kind=pulses"))
    assert account_page.get_by_text("Pulse −10%, acquired or merging").is_visible()


def test_a_phone_shows_the_lines_without_sideways_scroll(account_page):
    account_page.set_viewport_size({"width": 390, "height": 844})
    assert account_page.evaluate("document.documentElement.scrollWidth") == 390
    assert account_page.locator(".build-up__phone").first.is_visible()
