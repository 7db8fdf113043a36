"""The page of API tokens: made and shown once, listed with the last use, revoked; one's own or everybody's."""

import pytest
import time_machine
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import ApiToken, Source
from accounts.operations.tokens import create_token
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

SYNC = {"name": "Sync", "scopes": ["read", "write"], "days": "30"}


@pytest.fixture(autouse=True)
def fixed_clock(organization):
    with time_machine.travel(NOW, tick=False):
        yield


def make(user, name: str) -> ApiToken:
    return create_token(user=user, name=name, scopes=["read"], days=30, source=None, by=user, at=NOW)[0]


def test_a_new_token_is_shown_once_and_works(client, csm):
    client.force_login(csm)
    answer = client.post(reverse("token-create"), SYNC)
    text, token = answer.context["page"].text, ApiToken.objects.get()
    assert text in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert text not in client.get(reverse("tokens")).content.decode()
    assert (token.user, token.created_by, token.scopes, token.name) == (csm, csm, ["read", "write"], "Sync")
    script = APIClient()
    script.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert script.get("/api/v1/accounts").status_code == 200


def test_operations_makes_a_token_for_a_system_in_the_name_of_a_source(client, ops, viewer):
    crm = Source.objects.create(name="crm")
    client.force_login(ops)
    client.post(reverse("token-create"), {**SYNC, "user": viewer.pk, "source": crm.pk})
    token = ApiToken.objects.get()
    assert (token.user, token.created_by, token.source) == (viewer, ops, crm)


def test_nobody_else_makes_a_token_for_another_person(client, csm, ops):
    client.force_login(csm)
    client.post(reverse("token-create"), {**SYNC, "user": ops.pk})
    assert ApiToken.objects.get().user == csm


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "Say what the token is for."),
        ("scopes", [], "Choose at least one thing that the token may do."),
        ("days", "366", "A token works for 1 to 365 days."),
        ("days", "soon", "Give a whole number of days."),
    ],
)
def test_what_makes_no_token_is_said_beside_its_field(client, csm, field, value, sentence):
    client.force_login(csm)
    answer = client.post(reverse("token-create"), {**SYNC, field: value})
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert not ApiToken.objects.exists()


def test_one_sees_ones_own_tokens_and_operations_everybodys(client, csm, ops):
    make(csm, "Of Maya")
    make(ops, "Of Olu")
    for who, names in ((csm, ["Of Maya"]), (ops, ["Of Olu", "Of Maya"])):
        client.force_login(who)
        assert [row.name for row in client.get(reverse("tokens")).context["page"].rows] == names


def test_a_revoked_token_says_so_and_cannot_be_revoked_by_others(client, csm, other_csm):
    token = make(csm, "Sync")
    client.force_login(other_csm)
    assert client.post(reverse("token-revoke", args=[token.pk])).status_code == 404
    client.force_login(csm)
    page = client.post(reverse("token-revoke", args=[token.pk]), follow=True)
    assert "Revoked Sync. It no longer works." in page.content.decode()
    (row,) = page.context["page"].rows
    assert (row.state, row.is_working) == ("revoked", False)


def test_queries_do_not_grow_with_the_number_of_tokens(client, ops, django_assert_max_num_queries):
    client.force_login(ops)
    for n in range(30):
        make(ops, f"Token {n}")
    with django_assert_max_num_queries(9):
        assert len(client.get(reverse("tokens")).context["page"].rows) == 25
