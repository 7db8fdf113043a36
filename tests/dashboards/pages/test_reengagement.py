"""The pages of re-engagement: results, terms and words with a preview, and who allows it at an account."""

import pytest
from django.urls import reverse

from accounts.models import MailPermission, Reengagement, ReengagementMail, ReengagementText
from accounts.operations.reengaging import WORDS, Terms, change_terms, ready, set_permission, write_to
from tests.accounts.asking_cast import make_contact
from tests.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client, organization, ops):
    client.force_login(ops)
    return client


@pytest.fixture
def rosa(acme):
    return make_contact(acme, "Rosa Silva")


@pytest.fixture
def sent(organization, acme, rosa, ops):
    kept = ready(by=ops, at=NOW)
    change_terms(terms=Terms(is_on=True, most_mails=2, window_days=90), texts={}, seen=kept.changed_at, by=ops, at=NOW)
    set_permission(contact=rosa, is_allowed=True, by=ops, at=NOW)
    [mail] = write_to(causes={acme.pk: "Rule 7: Falls"}, by=ops, at=NOW)
    return mail


def form(**changes: str) -> dict[str, str]:
    words = {
        f"{text.language}-{name}": getattr(text, name) for text in ReengagementText.objects.all() for name in WORDS
    }
    return {"most_mails": "3", "window_days": "60", "is_on": "on", **words, **changes}


def test_before_anything_was_sent_the_page_says_so(operator):
    page = operator.get(reverse("reengagement")).content.decode()
    assert "No mail went yet" in page
    assert "<b>Off.</b>" in page


def test_the_page_lists_what_was_sent_and_what_came_of_it(operator, sent, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        page = operator.get(reverse("reengagement")).content.decode()
    assert "Rule 7: Falls" in page
    assert "Too early to say" in page


def test_the_file_has_every_mail(operator, sent):
    ReengagementMail.objects.update(outcome="back")
    lines = b"".join(operator.get(reverse("reengagement-csv")).streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "sent_on,account,contact,language,rule,on_behalf_of,opted_out_on,outcome"
    assert lines[1] == "2026-06-30,Acme,Rosa Silva,English,Rule 7: Falls,Olu Example,,Came back"


def test_who_does_not_see_the_account_does_not_see_its_mails(client, sent, other_csm):
    client.force_login(other_csm)
    assert "Rosa" not in client.get(reverse("reengagement")).content.decode()


def test_a_preview_shows_the_mail_and_saves_nothing(operator):
    operator.get(reverse("reengagement-words"))
    answer = operator.post(reverse("reengagement-words"), form(preview="1", **{"en-subject": "Ahoy {name}, of {csm}"}))
    assert answer.status_code == 200
    assert "Ahoy Ada, of Maya Okafor" in answer.content.decode()
    assert not ReengagementText.objects.filter(subject__startswith="Ahoy").exists()
    assert not Reengagement.objects.get().is_on


def test_terms_and_words_are_saved(operator):
    operator.get(reverse("reengagement-words"))
    answer = operator.post(reverse("reengagement-words"), form(**{"de-subject": "Moin {name}"}))
    assert answer.status_code == 302
    kept = Reengagement.objects.get()
    assert (kept.is_on, kept.most_mails, kept.window_days) == (True, 3, 60)
    assert ReengagementText.objects.get(language="de").subject == "Moin {name}"


@pytest.mark.parametrize("wrong", [{"most_mails": "0"}, {"window_days": "6"}, {"en-body": ""}])
def test_what_cannot_be_is_refused(operator, wrong):
    operator.get(reverse("reengagement-words"))
    assert operator.post(reverse("reengagement-words"), form(**wrong)).status_code == 422
    assert not Reengagement.objects.get().is_on


def test_the_second_of_two_who_change_it_is_told(operator, sent):
    answer = operator.post(reverse("reengagement-words"), form(seen="2026-01-01T00:00:00+00:00"))
    assert answer.status_code == 409
    assert "Somebody changed this" in answer.content.decode()


def test_a_csm_notes_that_a_contact_allows_it_and_takes_it_back(client, csm, acme, rosa):
    client.force_login(csm)
    address = reverse("contact-mails", args=[acme.pk, rosa.pk])
    client.post(address)
    assert MailPermission.objects.get().noted_by == csm
    page = client.get(reverse("account-surveys", args=[acme.pk])).content.decode()
    assert "Allowed" in page
    client.post(f"{address}?allow=0")
    assert not MailPermission.objects.exists()
