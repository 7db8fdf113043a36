"""Who is asked and who is not, what the mail holds, and what surveys send by themselves."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts import mailing
from accounts.models import (
    AuditEntry,
    Contact,
    OutboxMail,
    Survey,
    SurveyInvitation,
    SurveyResponse,
    Touchpoint,
    TouchpointState,
)
from accounts.operations.answering import unsubscribe
from accounts.operations.asking import send_due, send_survey
from accounts.operations.erasure import erase_account, erase_contact
from accounts.operations.surveys import SurveyChanged, Terms, change_survey, create_survey
from accounts.queries.asking import candidates, hash_of, invitation_of
from accounts.survey_texts import TEXTS, language_of_country
from tests.accounts.asking_cast import ask, make_contact, make_survey, token_of
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def rosa(acme, organization) -> Contact:
    return make_contact(acme, "Rosa Silva", persona="champion")


def reasons(survey: Survey, today: date = TODAY) -> dict[str, str]:
    found = candidates(survey, Contact.objects.select_related("account").order_by("pk"), today=today)
    return {one.contact.name: one.reason for one in found}


def touchpoint(account, *contacts, kind="training", day=TODAY, state=TouchpointState.HELD, key="t") -> Touchpoint:
    made = Touchpoint.objects.create(
        source=account.source, external_id=key, recorded_at=NOW - HOUR, account=account, kind=kind, day=day, state=state
    )
    made.contacts.set(contacts)
    return made


def test_a_contact_gets_a_mail_with_a_link_for_each_number(rosa, csm):
    token = ask(make_survey(), rosa)
    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.contact, mail.is_secret) == (rosa.email, rosa, True)
    assert mail.subject == "One question about Kestrel Works"
    assert "Hello Rosa" in mail.text
    link = f"http://localhost:8000{reverse('survey', args=[token])}"
    for number in range(11):
        assert f"{link}?a={number}\n" in mail.text
        assert f'href="{link}?a={number}"' in mail.html
    assert mail.headers == {
        "List-Unsubscribe": f"<http://localhost:8000{reverse('survey-stop', args=[token])}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def test_only_the_hash_of_the_token_is_kept_once_the_mail_is_sent(rosa):
    token = ask(make_survey(), rosa)
    # 24 random bytes, in base 64.
    assert len(token) == 32
    mailing.send_due(clock=lambda: NOW)
    assert invitation_of(token).token_hash == hash_of(token)
    for model in (OutboxMail, SurveyInvitation, SurveyResponse, AuditEntry):
        assert token not in str(list(model.objects.values()))


def test_being_asked_is_a_fact_without_an_answer(rosa):
    ask(make_survey(), rosa)
    response = SurveyResponse.objects.get()
    assert (response.contact, response.asked_on, response.answered_on, response.score) == (rosa, TODAY, None, None)
    assert response.source.name == "surveys"


def test_each_is_asked_in_the_language_of_their_country_or_the_chosen_one(make_account, organization):
    survey, subjects = make_survey(), []
    for n, (country, chosen) in enumerate([("Germany", ""), ("Spain", ""), ("Japan", ""), ("Germany", "fr")]):
        account = make_account(f"A{n}", country=country)
        send_survey(survey=survey, contacts=[make_contact(account, "Ann Lee")], by=None, at=NOW, language=chosen)
        subjects.append(OutboxMail.objects.order_by("-pk").first().subject.split()[0])
    assert subjects == ["Eine", "Una", "One", "Une"]
    assert language_of_country(" france ") == "fr"


def test_all_texts_are_there_in_all_languages():
    for texts in TEXTS.values():
        assert set(texts) == {"en", "de", "fr", "es"}
        assert len({frozenset(words) for words in texts.values()}) == 1


def test_who_cannot_be_asked_is_named_with_the_reason(acme, make_account, rosa):
    make_contact(acme, "Lee Gone", left_on=TODAY)
    make_contact(acme, "Nora Nomail", email="")
    make_contact(acme, "Rose Twin", email=rosa.email.upper())
    make_contact(make_account("Old", status="churned"), "Otto Old")
    unsubscribe(contact=make_contact(acme, "Stan Stop"), at=NOW)
    assert reasons(make_survey()) == {
        "Rosa Silva": "",
        "Lee Gone": "left the company",
        "Nora Nomail": "has no e-mail address",
        "Rose Twin": "has the same address as somebody before",
        "Otto Old": "is no longer with a customer",
        "Stan Stop": "unsubscribed from surveys",
    }
    sent = send_survey(survey=Survey.objects.get(), contacts=list(Contact.objects.all()), by=None, at=NOW)
    assert [one.response.contact for one in sent.invitations] == [rosa]
    assert len(sent.skipped) == 5


def test_nobody_is_asked_twice_within_the_rest_by_any_survey(rosa):
    ask(make_survey(rest_days=60), rosa)
    other = make_survey("csat", rest_days=60)
    assert reasons(other, TODAY + 59 * DAY)["Rosa Silva"] == (
        "was asked on 30 Jun 2026, may be asked again from 29 Aug 2026"
    )
    assert send_survey(survey=other, contacts=[rosa], by=None, at=NOW + 59 * DAY).invitations == []
    assert reasons(other, TODAY + 60 * DAY) == {"Rosa Silva": ""}


def test_a_survey_that_is_not_in_use_is_not_sent(rosa):
    with pytest.raises(ValidationError, match="not in use"):
        send_survey(survey=make_survey(is_active=False), contacts=[rosa], by=None, at=NOW)


def test_who_was_there_is_asked_once_after_each_kind_of_touchpoint(acme, rosa):
    make_survey("csat", after_kinds=["training"], rest_days=1)
    meeting = touchpoint(acme, rosa)
    touchpoint(acme, rosa, kind="call", key="other")
    touchpoint(acme, rosa, state=TouchpointState.PLANNED, key="planned")
    assert (send_due(at=NOW - HOUR / 2), send_due(at=NOW), send_due(at=NOW + 2 * DAY)) == (0, 1, 0)
    assert SurveyResponse.objects.get().touchpoint == meeting


def test_what_happened_before_a_survey_asked_by_itself_is_not_asked_about(acme, rosa):
    make_survey("csat", after_kinds=["training"], since=TODAY)
    touchpoint(acme, rosa, day=TODAY - DAY)
    assert send_due(at=NOW) == 0


def test_a_schedule_asks_its_personas_in_office_hours_and_again_after_its_days(acme, rosa):
    make_contact(acme, "Ben User", persona="business_user")
    make_survey(every_days=180, personas=["champion"])
    night, sunday = NOW - 9 * HOUR, NOW + 5 * DAY
    assert (send_due(at=night), send_due(at=sunday)) == (0, 0)
    assert (send_due(at=NOW), send_due(at=NOW + DAY), send_due(at=NOW + 181 * DAY)) == (1, 0, 1)
    assert {mail.recipient for mail in OutboxMail.objects.all()} == {rosa.email}


def terms(survey: Survey, **changes: object) -> Terms:
    return Terms(**{name: getattr(survey, name) for name in Terms.__dataclass_fields__} | changes)


def test_operations_writes_the_words_and_who_saves_second_is_told(ops):
    survey = create_survey(name="NPS", kind="nps", by=ops, at=NOW)
    words = {**TEXTS["nps"]["en"], "question": "Would you   choose us again?"}
    later = NOW + DAY
    changed = change_survey(
        survey=survey, terms=terms(survey, after_kinds=["ebr"]), texts={"en": words}, seen=NOW, by=ops, at=later
    )
    assert changed.texts.get(language="en").question == "Would you choose us again?"
    assert changed.since == later.date()
    told = AuditEntry.objects.filter(verb="survey changed").get().detail
    assert (told["before"]["after_kinds"], told["now"]["after_kinds"]) == ([], ["ebr"])
    with pytest.raises(SurveyChanged):
        change_survey(survey=survey, terms=terms(survey), texts={}, seen=NOW, by=ops, at=later + DAY)


def test_a_schedule_shorter_than_the_rest_is_refused(ops):
    survey = create_survey(name="NPS", kind="nps", by=ops, at=NOW)
    with pytest.raises(ValidationError, match="rest of 90 days"):
        change_survey(survey=survey, terms=terms(survey, every_days=30), texts={}, seen=NOW, by=ops, at=NOW)


def test_an_erased_contact_is_in_no_invitation_and_the_link_opens_nothing(rosa, ops):
    token = ask(make_survey(), rosa)
    erase_contact(contact=rosa, by=ops, at=NOW)
    assert invitation_of(token) is None
    assert not OutboxMail.objects.exclude(recipient="").exists()


def test_an_erased_account_takes_its_invitations_with_it(rosa, ops):
    ask(make_survey(), rosa)
    unsubscribe(contact=rosa, at=NOW)
    erase_account(account=rosa.account, before=lambda *_: None, by=ops, at=NOW)
    assert not SurveyInvitation.objects.exists()
    assert not SurveyResponse.objects.exists()


def test_many_contacts_take_few_queries_to_judge(acme, django_assert_num_queries):
    people = [make_contact(acme, f"N{n} Name") for n in range(20)]
    survey = make_survey()
    for contact in people:
        assert contact.account == acme
    with django_assert_num_queries(2):
        assert len(candidates(survey, people, today=TODAY)) == 20


def test_tokens_differ(acme, organization):
    survey = make_survey()
    send_survey(survey=survey, contacts=[make_contact(acme, "A B"), make_contact(acme, "C D")], by=None, at=NOW)
    assert len({token_of(mail) for mail in OutboxMail.objects.all()}) == 2
