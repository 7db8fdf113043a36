"""The event stream is reached without what pages need; everything else takes the whole way."""

import json

from django.test import Client

from tests.dashboards.events.conftest import track

SHORTCUT = "dashboards.events.shortcut.StreamMiddleware"


def nobody_comes_by(get_response):
    def refuse(request):
        raise AssertionError(f"{request.path} took the long way")

    return refuse


def test_a_call_meets_nothing_that_stands_behind_the_shortcut(key, settings):
    usual = settings.MIDDLEWARE
    settings.MIDDLEWARE = [*usual[: usual.index(SHORTCUT) + 1], f"{__name__}.nobody_comes_by"]
    client = Client(raise_request_exception=False)
    body = {"batch": [track()], "writeKey": key}
    for address in ("/v1/batch", "/v1/batch/"):
        answer = client.post(address, body, content_type="application/json")
        assert (answer.status_code, answer["X-Content-Type-Options"]) == (200, "nosniff")
    assert client.get("/login").status_code == 500


def test_an_answer_says_how_long_it_is_so_that_the_connection_can_be_kept(send):
    answer = send("batch", {"batch": [track()]})
    assert answer["Content-Length"] == str(len(answer.content))
    assert json.loads(answer.content)["accepted"] == 1


def test_a_host_that_is_not_ours_is_refused(client, settings, db):
    settings.ALLOWED_HOSTS = ["health.example"]
    call = ("/v1/batch", {"batch": [track()]}, "application/json")
    assert client.post(*call).status_code == 400
    assert client.post(*call, headers={"host": "health.example"}).status_code == 401
