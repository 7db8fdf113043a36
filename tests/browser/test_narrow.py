"""Narrow windows: no page scrolls sideways, and nothing a reader can reach hides its focus."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.operations.sharing import create_share_link

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    ("csm", "portfolio"), ("csm", "accounts"), ("csm", "account"), ("csm", "plans"), ("csm", "leaderboard"),
    ("manager", "reviews"), ("leader", "overview"), ("csm", "movers"),
]  # fmt: skip
WIDTHS = (320, 390, 768)
OVERHANG = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
FOCUS = """() => {
  if (document.activeElement === document.body) return true;
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
  return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
}"""


def sideways(page, url: str) -> list[int]:
    """The widths at which the page is wider than the window."""
    wrong = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(url, wait_until="networkidle")
        if page.evaluate(OVERHANG) > 0:
            wrong.append(width)
    return wrong


@pytest.mark.parametrize(("who", "name"), PAGES)
def test_no_page_scrolls_sideways(page, live_server, log_in, company, request, who, name):
    log_in(page, request.getfixturevalue(who))
    url = reverse(name, args=[company.pk] if name == "account" else [])
    assert sideways(page, live_server.url + url) == []


def test_pages_without_a_login_do_not_scroll_sideways(page, live_server, company, csm):
    _, token = create_share_link(account=company, recipient="Ines", days=30, by=csm, at=timezone.now())
    assert sideways(page, live_server.url + "/login") == []
    assert sideways(page, live_server.url + reverse("share", args=[token])) == []


@pytest.mark.parametrize(("who", "name"), [("csm", "plans"), ("csm", "leaderboard"), ("manager", "reviews")])
def test_whatever_has_the_focus_shows_it(page, live_server, log_in, company, request, who, name):
    log_in(page, request.getfixturevalue(who))
    page.goto(live_server.url + reverse(name), wait_until="networkidle")
    for _ in range(15):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUS), page.evaluate("() => document.activeElement.outerHTML")
