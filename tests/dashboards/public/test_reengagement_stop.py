"""The page that ends re-engagement mails: looked at by anybody, changed by a click or a mail program."""

import pytest

from accounts.models import MailPermission, OutboxMail
from accounts.operations.reengaging import Terms, change_terms, ready, set_permission, write_to
from tests.accounts.asking_cast import make_contact, token_of
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(organization, acme, ops):
    kept = ready(by=ops, at=NOW)
    change_terms(terms=Terms(is_on=True, most_mails=2, window_days=90), texts={}, seen=kept.changed_at, by=ops, at=NOW)
    set_permission(contact=make_contact(acme, "Rosa Silva"), is_allowed=True, by=ops, at=NOW)
    write_to(causes={acme.pk: "Rule 7"}, by=None, at=NOW)
    return f"/m/{token_of(OutboxMail.objects.get())}/unsubscribe"


def is_refused() -> bool:
    return MailPermission.objects.get().withdrawn_at is not None


def test_opening_the_link_unsubscribes_nobody(client, link):
    answer = client.get(link)
    assert (answer.status_code, is_refused()) == (200, False)
    assert answer["Referrer-Policy"] == "no-referrer"
    assert "Set-Cookie" not in answer


def test_a_mail_program_unsubscribes_with_one_post_without_cookies(client, link):
    answer = client.post(link, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, is_refused()) == (200, True)
    assert "You are unsubscribed" in answer.content.decode()


def test_who_changes_their_mind_allows_it_again(client, link):
    client.post(link)
    answer = client.post(link, {"again": "1"})
    assert (answer.status_code, is_refused()) == (200, False)


def test_a_link_that_nobody_was_sent_opens_nothing(client, organization):
    assert client.get("/m/none/unsubscribe").status_code == 404
