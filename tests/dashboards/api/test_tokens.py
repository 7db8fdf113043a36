"""Tokens: made once, hashed, narrowed by scopes, ended by their days, by revoking and with their user."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from knox.models import get_token_model
from rest_framework.test import APIClient

from accounts.access import is_in_scope
from accounts.models import ApiToken, AuditEntry, Scope, Source
from accounts.operations.tokens import create_token, revoke_token
from tests.conftest import NOW
from tests.dashboards.api.conftest import token_client
from tests.dashboards.api.rows import ROWS

pytestmark = pytest.mark.django_db


def client_with(text: str, *, word: str = "Bearer") -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"{word} {text}")
    return client


def make(capsys, *args: str) -> str:
    call_command("create_token", *args)
    return capsys.readouterr().out.strip()


@pytest.mark.parametrize("word", ["Bearer", "bearer", "Token"])
def test_a_token_reads_as_its_user_and_only_its_hash_is_stored(acme, csm, capsys, word):
    text = make(capsys, "MAYA@kestrel.example")
    found = client_with(text, word=word).get("/api/v1/accounts").json()["results"]
    kept, token = get_token_model().objects.get(), ApiToken.objects.get()
    assert [account["name"] for account in found] == ["Acme"]
    assert text not in (kept.digest, kept.token_key, token.prefix)
    assert (token.user, token.scopes, token.source, token.prefix) == (csm, ["read"], None, text[:8])
    assert token.expires_at == NOW + timedelta(days=90)
    assert AuditEntry.objects.get(verb="API token made").detail["scopes"] == ["read"]


def test_the_command_gives_scopes_days_a_name_and_a_source(ops, capsys):
    make(capsys, ops.email, "--scope", "read", "--scope", "ingest", "--days", "7", "--name", "Sync", "--source", "crm")
    token = ApiToken.objects.get()
    assert (token.scopes, token.name, token.source) == (["ingest", "read"], "Sync", Source.objects.get(name="crm"))
    assert token.expires_at == NOW + timedelta(days=7)


@pytest.mark.parametrize(
    "arguments",
    [
        ["nobody@kestrel.example"],
        ["maya@kestrel.example", "--days", "0"],
        ["maya@kestrel.example", "--days", "366"],
        ["maya@kestrel.example", "--name", " "],
        ["maya@kestrel.example", "--source", " "],
        ["maya@kestrel.example", "--scope", "everything"],
    ],
)
def test_a_token_for_nobody_or_for_no_time_is_refused(csm, arguments):
    with pytest.raises(CommandError):
        call_command("create_token", *arguments)
    assert not get_token_model().objects.exists()


@pytest.mark.parametrize(("scopes", "field"), [([], "scopes"), (["fly"], "scopes")])
def test_a_token_may_something_that_there_is(csm, scopes, field):
    with pytest.raises(ValidationError) as refused:
        create_token(user=csm, name="Sync", scopes=scopes, days=1, source=None, by=csm, at=NOW)
    assert list(refused.value.message_dict) == [field]


def test_a_token_stops_after_its_days_and_with_its_user(acme, csm):
    client = token_client(csm, "read")
    with time_machine.travel(NOW + timedelta(days=29, hours=23), tick=False):
        assert client.get("/api/v1/accounts").status_code == 200
    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        ended = client.get("/api/v1/accounts")
    assert (ended.status_code, ended.json()["code"]) == (401, "not_authenticated")
    csm.is_active = False
    csm.save()
    assert client.get("/api/v1/accounts").status_code == 401


def test_a_revoked_token_stops_at_once_and_stays_in_the_list(csm):
    client, token = token_client(csm, "admin"), ApiToken.objects.get()
    revoke_token(token=token, by=csm, at=NOW)
    revoke_token(token=token, by=csm, at=NOW + timedelta(days=1))
    token.refresh_from_db()
    assert client.get("/api/v1/accounts").status_code == 401
    assert (token.revoked_at, token.token) == (NOW, None)
    assert not get_token_model().objects.exists()
    assert AuditEntry.objects.filter(verb="API token revoked").count() == 1


@pytest.mark.parametrize("header", ["Bearer", "Bearer two words", "Bearer nonsense", "Token \xff", "Basic YTpi"])
def test_a_header_that_is_no_token_is_refused_with_words(db, header):
    answer = APIClient().get("/api/v1/accounts", headers={"authorization": header})
    assert (answer.status_code, answer["WWW-Authenticate"], answer.json()["code"]) == (
        401, "Bearer", "not_authenticated",
    )  # fmt: skip


def test_the_last_use_is_noted_once_a_minute(csm, django_assert_num_queries):
    client = token_client(csm, "read")
    client.get("/api/v1/sources")
    assert ApiToken.objects.get().last_used_at == NOW
    with time_machine.travel(NOW + timedelta(seconds=59), tick=False), django_assert_num_queries(2):
        client.get("/api/v1/sources")
    assert ApiToken.objects.get().last_used_at == NOW
    with time_machine.travel(NOW + timedelta(seconds=60), tick=False):
        client.get("/api/v1/sources")
    assert ApiToken.objects.get().last_used_at == NOW + timedelta(seconds=60)


# Scopes narrow, and widen nothing.


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("needed", list(Scope))
def test_a_scope_allows_itself_and_admin_everything(scope, needed):
    assert is_in_scope([scope], needed) == (scope == needed or scope == Scope.ADMIN)


CALLS = {
    "read": ("get", "/api/v1/contacts"),
    "write": ("post", "/api/v1/contacts?source=files"),
    "ingest": ("post", "/api/v1/contacts/bulk?source=files"),
    "admin": ("get", "/api/v1/tokens"),
}
# What the role allows at all, whatever the token may.
BY_ROLE = {
    "csm": {"read", "write", "admin"},
    "manager": {"read", "write", "admin"},
    "leader": {"read", "admin"},
    "viewer": {"read", "admin"},
    "ops": {"read", "write", "ingest", "admin"},
}


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("role", BY_ROLE)
def test_every_role_with_every_scope_tries_every_kind_of_call(request, acme, role, scope):
    client = token_client(request.getfixturevalue(role), scope.value)
    for needed, (method, path) in CALLS.items():
        body = {"rows": [ROWS["contacts"]]} if path.endswith("bulk?source=files") else ROWS["contacts"]
        answer = getattr(client, method)(path, body if method == "post" else None, format="json")
        may = needed in BY_ROLE[role] and is_in_scope([scope], Scope(needed))
        assert (answer.status_code in {200, 201}) == may, (needed, answer.status_code, answer.content)
        assert may or (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_token_that_may_not_says_what_it_needs(csm):
    answer = token_client(csm, "read").post("/api/v1/contacts", {}, format="json")
    assert answer.json()["message"] == "This needs a token of scope write; yours may: read."


# The list of tokens.


def test_one_sees_and_revokes_ones_own_and_operations_everybodys(csm, other_csm, ops):
    mine = token_client(csm, "admin")
    token_client(other_csm, "read")
    theirs = ApiToken.objects.get(user=other_csm)
    assert [token["user"] for token in mine.get("/api/v1/tokens").json()["results"]] == [csm.email]
    assert mine.delete(f"/api/v1/tokens/{theirs.pk}").status_code == 404
    assert "digest" not in mine.get("/api/v1/tokens").content.decode()
    boss = token_client(ops, "admin")
    assert len(boss.get("/api/v1/tokens").json()["results"]) == 3
    assert boss.delete(f"/api/v1/tokens/{theirs.pk}").status_code == 204
    theirs.refresh_from_db()
    assert theirs.revoked_at == NOW


def test_what_a_token_writes_says_which_token_and_from_where(feed, acme):
    ApiToken.objects.update(name="Nightly sync")
    body = {"external_id": "c1", "account": "acme", "name": "Ann"}
    assert feed.post("/api/v1/contacts", body, format="json", REMOTE_ADDR="203.0.113.9").status_code == 201
    token = ApiToken.objects.get()
    assert AuditEntry.objects.get(verb="took in contacts").origin == f"api 203.0.113.9, token {token.pk} Nightly sync"
