"""Sources in a real browser: a key is made, its events are counted, the key is revoked, an event is replayed."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from accounts.ingest.events import fold
from accounts.models import AccountDay, Source
from tests.browser.test_accessibility import RULES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def web(transactional_db, organization) -> Source:
    return Source.objects.create(name="Web app", rhythm_days=1)


@pytest.fixture
def opened(page, log_in, live_server, web, ops):
    """The source's page."""
    log_in(page, ops)
    page.goto(f"{live_server.url}/sources/{web.pk}")
    return page


def send(url: str, key: str, *, of: str) -> int:
    """What the server answers to one event."""
    event = {"type": "track", "event": "Opened", "userId": "kim", "messageId": of, "context": {"groupId": of}}
    body = json.dumps({"batch": [event]}).encode()
    request = Request(f"{url}/v1/batch", data=body, headers={"Authorization": f"Bearer {key}"}, method="POST")  # noqa: S310
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status
    except HTTPError as refused:
        return refused.code


def fold_all() -> None:
    while fold.fold_waiting(at=timezone.now()):
        pass


def make_key(page) -> str:
    page.get_by_label("What it is for").fill("Shop")
    page.get_by_role("button", name="Make a key").click()
    key = page.get_by_label("Copy it now").input_value()
    page.get_by_role("link", name="Back to Web app").click()
    return key


def violations(page) -> list[str]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{rule['id']}: {node['html'][:160]}" for rule in found for node in rule["nodes"]]


def test_from_a_key_to_a_counted_event_to_a_revoked_key(opened, live_server, acme, watch):
    key = make_key(opened)
    assert send(live_server.url, key, of="acme") == 200
    fold_all()
    opened.reload()
    assert opened.get_by_text("Brought in all").locator("..").inner_text().split()[-2:] == ["1", "events"]
    expect(opened.get_by_role("cell", name="1 events")).to_be_visible()
    opened.locator("summary", has_text="Revoke").click()
    opened.get_by_role("button", name="Revoke this key").click()
    opened.get_by_text("The next request with it is refused.").wait_for()
    assert send(live_server.url, key, of="acme-2") == 401
    assert watch.complaints == []


def test_an_event_of_an_unknown_account_waits_until_the_account_came_and_it_is_replayed(
    opened, live_server, make_account
):
    assert send(live_server.url, make_key(opened), of="newco") == 200
    fold_all()
    opened.reload()
    opened.get_by_role("link", name="Unknown account").click()
    opened.get_by_text("1 event of Web app waits.").wait_for()
    newco = make_account("Newco")
    opened.locator("tbody summary", has_text="Replay").click()
    opened.get_by_role("button", name="Replay this event").click()
    opened.get_by_text("Sent 1 event through once more.").wait_for()
    fold_all()
    opened.reload()
    opened.get_by_text("No event of Web app waits.").wait_for()
    assert AccountDay.objects.get(account=newco).events == 1


@pytest.mark.parametrize("path", ["", "/mapping", "/quarantine"])
def test_the_pages_follow_the_rules_and_never_scroll_sideways(opened, live_server, web, path):
    send(live_server.url, make_key(opened), of="newco")
    fold_all()
    for width in (1440, 390, 320):
        opened.set_viewport_size({"width": width, "height": 844})
        opened.goto(f"{live_server.url}/sources/{web.pk}{path}", wait_until="networkidle")
        overhang = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert (width, opened.evaluate(overhang), violations(opened)) == (width, 0, [])
