"""Parameters of addresses: an unknown one is refused and never ignored, and the description names all others."""

import pytest
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from dashboards.api.parameters import known_parameters
from tests.dashboards.api.conftest import token_client
from tests.dashboards.api.rows import ROWS

pytestmark = pytest.mark.django_db

NONE = "This address takes no parameters."


@pytest.fixture
def api(csm):
    client = APIClient()
    client.force_login(csm)
    return client


def errors(answer) -> list[tuple[str, str]]:
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    return [(error["field"], error["message"]) for error in answer.json()["errors"]]


def test_a_filter_that_is_misspelled_is_refused_with_those_that_exist(api, acme):
    assert errors(api.get("/api/v1/accounts", {"stauts": "active", "status": "active"})) == [
        (
            "stauts",
            "There is no such parameter here. There are: band, changed_since, cursor, external_id, owner, page_size, "
            "phase, segment, source, status.",
        )
    ]


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("contacts", "account_id, changed_since, cursor, external_id, page_size, source"),
        ("accounts/1/score", "as_of"),
        ("accounts/1/history", "from, to"),
        ("movement", "band, from, owner, phase, segment, status, to"),
        ("sources", "cursor, page_size"),
        ("schema", "format"),
    ],
)
def test_each_address_names_its_own(api, path, known):
    assert errors(api.get(f"/api/v1/{path}?x=1")) == [
        ("x", f"There is no such parameter here. There are: {known}.")
    ]  # fmt: skip


def test_an_address_without_parameters_says_so(api, acme):
    assert errors(api.get(f"/api/v1/accounts/{acme.pk}?page_size=1&as_of=today")) == [
        ("page_size", NONE),
        ("as_of", NONE),
    ]


def test_what_chooses_no_format_is_no_parameter_either(api, acme):
    assert errors(api.get(f"/api/v1/accounts/{acme.pk}?format=xml")) == [("format", NONE)]


def test_a_write_with_an_unknown_parameter_writes_nothing(feed, acme):
    row = {"external_id": "c9", "account": "acme", "name": "Ann"}
    for path, body in (("contacts", row), ("contacts/bulk", {"rows": [row]})):
        answer = feed.post(f"/api/v1/{path}?dry_run=yes", body, format="json")
        assert errors(answer) == [("dry_run", "There is no such parameter here. There are: source.")]
    assert feed.get("/api/v1/contacts").json()["results"] == []


@pytest.mark.parametrize("name", ["", "\x00", "a" * 5000, "💥", "from[]"])
def test_odd_names_are_told_in_words(api, acme, name):
    ((field, message),) = errors(api.get("/api/v1/accounts/1", {name: "1"}))
    assert (message, len(field) < 400, bool(field)) == (NONE, True, True)


def test_who_may_not_ask_hears_that_first(acme, ops):
    assert APIClient().get("/api/v1/accounts?x=1").status_code == 401
    assert token_client(ops, "ingest").get("/api/v1/accounts?x=1").status_code == 403


def test_what_is_not_there_stays_not_there_and_a_method_not_taken(api, acme):
    assert api.get("/api/v1/shoes?x=1").status_code == 404
    assert api.delete("/api/v1/accounts?x=1").status_code in {403, 405}


def test_the_description_names_every_parameter_that_is_taken_and_no_other(organization):
    described = SchemaGenerator().get_schema(public=True)["paths"]
    assert len(described) > 3 * len(ROWS)
    for path, methods in described.items():
        view = resolve(path.replace("{id}", "1")).func.cls()
        for method, operation in methods.items():
            named = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
            assert sorted(named) == known_parameters(view, method.upper()), (path, method)
            assert "400" in operation["responses"], (path, method)
