"""Logging in: each role lands on its own page, a wrong password tells nothing, five tries and then a wait."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.conftest import PASSWORD

LOGIN = "/login"


@pytest.fixture(autouse=True)
def forget_tries():
    cache.clear()


def log_in(client, email, password=PASSWORD):
    return client.post(LOGIN, {"login": email, "password": password})


@pytest.mark.parametrize(
    ("who", "landing"),
    [("csm", "portfolio"), ("manager", "reviews"), ("leader", "overview"), ("viewer", "overview"), ("ops", "overview")],
)
def test_each_role_lands_on_its_own_page(client, request, who, landing):
    user = request.getfixturevalue(who)
    assert log_in(client, user.email).headers["Location"] == "/"
    assert client.get("/").headers["Location"] == reverse(landing)


def test_a_wrong_password_and_an_unknown_address_get_the_same_words(client, csm):
    wrong = log_in(client, csm.email, "not the password").content.decode()
    unknown = log_in(client, "nobody@kestrel.example").content.decode()
    assert "E-mail or password is not right." in wrong
    assert "E-mail or password is not right." in unknown


def test_after_five_wrong_tries_even_the_right_password_waits(client, csm):
    for _ in range(5):
        log_in(client, csm.email, "not the password")
    assert "Wait 300 seconds" in log_in(client, csm.email).content.decode()


def test_after_login_one_is_back_on_the_page_that_was_asked_for(client, csm):
    asked = client.get("/accounts")
    assert asked.headers["Location"] == "/login?next=/accounts"
    answer = client.post(asked.headers["Location"], {"login": csm.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/accounts"


def test_nobody_signs_up(client, db):
    assert client.get("/signup").status_code == 404
