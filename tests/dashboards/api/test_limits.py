"""Rate limits, ETags and the one shape of refusals."""

from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from rest_framework.test import APIClient

from dashboards.api.errors import LONGEST_MESSAGE, field_errors, told
from tests.conftest import NOW
from tests.dashboards.api.conftest import token_client
from tests.dashboards.api.rows import ROWS

pytestmark = pytest.mark.django_db


def rate(answer) -> tuple[str, str, str]:
    return tuple(answer[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))


def test_requests_are_counted_down_and_refused_until_the_minute_is_over(csm, settings):
    settings.API_REQUESTS_PER_MINUTE = 2
    client = token_client(csm, "read")
    with time_machine.travel(NOW + timedelta(seconds=15), tick=False):
        assert [rate(client.get("/api/v1/sources")) for _ in range(2)] == [("2", "1", "45"), ("2", "0", "45")]
        refused = client.get("/api/v1/sources")
        assert (refused.status_code, refused["Retry-After"], rate(refused)) == (429, "45", ("2", "0", "45"))
        assert refused.json()["code"] == "too_many_requests"
    with time_machine.travel(NOW + timedelta(seconds=60), tick=False):
        assert client.get("/api/v1/sources").status_code == 200


def test_each_token_has_its_own_limit_and_so_has_a_browser(csm, settings):
    settings.API_REQUESTS_PER_MINUTE = 1
    browser = APIClient()
    browser.force_login(csm)
    for client in (token_client(csm, "read"), token_client(csm, "read"), browser):
        assert [client.get("/api/v1/sources").status_code for _ in range(2)] == [200, 429]


def test_what_the_gate_refuses_counts_too(csm, settings):
    settings.API_REQUESTS_PER_MINUTE = 1
    client = token_client(csm, "write")
    assert [client.get("/api/v1/sources").status_code for _ in range(2)] == [403, 429]


@pytest.mark.parametrize("path", ["accounts", "accounts/{pk}", "contacts", "contacts/{fact}", "sources"])
def test_a_read_that_is_known_already_is_not_sent_again(feed, acme, path):
    fact = feed.post("/api/v1/contacts", ROWS["contacts"], format="json").json()["id"]
    url = f"/api/v1/{path.format(pk=acme.pk, fact=fact)}"
    first = feed.get(url)
    again = feed.get(url, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])


def test_an_etag_changes_with_what_is_read(feed, acme):
    first = feed.get("/api/v1/contacts")
    feed.post("/api/v1/contacts", ROWS["contacts"], format="json")
    again = feed.get("/api/v1/contacts", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again["ETag"] == first["ETag"]) == (200, False)


def test_no_cache_in_between_keeps_an_answer_for_somebody_else(feed):
    answer = feed.get("/api/v1/sources")
    assert answer["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Cookie"} <= set(answer["Vary"].split(", "))


def test_a_browser_writes_only_with_its_csrf_token(ops, acme):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(ops)
    answer = client.post("/api/v1/contacts?source=files", ROWS["contacts"], format="json")
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_errors_are_flat_however_deep_they_were():
    deep = {"rows": [{"name": ["missing", "short"]}], "non_field_errors": ["odd"]}
    assert list(field_errors(deep)) == [
        {"field": "rows.name", "message": "missing"},
        {"field": "rows.name", "message": "short"},
        {"field": "", "message": "odd"},
    ]


def test_what_somebody_sent_is_shown_short_and_whole():
    assert told("a\ud800\x00b") == "a\\ud800\\x00b"
    assert len(told("x" * 10_000)) == LONGEST_MESSAGE + 2


def test_a_mistake_of_ours_has_the_one_shape_and_tells_nothing_of_itself(feed, acme, monkeypatch):
    def broken(*args, **more):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr("dashboards.api.idempotency.keep_answer", broken)
    feed.raise_request_exception = False
    with transaction.atomic():
        answer = feed.post("/api/v1/contacts", ROWS["contacts"], format="json", headers={"idempotency-key": "k1"})
    assert (answer.status_code, answer.json()) == (500, {
        "code": "broken",
        "message": "This is a mistake of ours, and it is in the log. Nothing was written.",
        "errors": [],
    })  # fmt: skip
    monkeypatch.undo()
    again = feed.post("/api/v1/contacts", ROWS["contacts"], format="json", headers={"idempotency-key": "k1"})
    assert (again.status_code, again.json()["verdict"]) == (201, "created")


def test_who_sends_no_token_is_told_to(db):
    answer = APIClient().get("/api/v1/sources")
    assert (answer.status_code, answer.json()["message"]) == (401, "Send a token: Authorization: Bearer …")
