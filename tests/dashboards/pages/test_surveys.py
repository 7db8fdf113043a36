"""The pages of surveys: whom to ask, what came back, and how a survey is set up."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, OutboxMail, Survey, SurveyResponse
from accounts.operations.answering import Answer, answer_survey, unsubscribe
from accounts.operations.surveys import WORDS, create_survey
from accounts.queries.asking import invitation_of
from tests.accounts.asking_cast import ask, make_contact, make_survey
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def today(time_machine) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def asked(acme, other_csm, make_account, organization):
    """At Acme one promoter, one detractor and one who is silent; an open question at a stranger's account."""
    survey, csat = make_survey(), make_survey("csat")
    for name, score, comment in (("Rosa Silva", 10, "=Fast"), ("Lee Ming", 3, ""), ("Sam Still", None, "")):
        contact = make_contact(acme, name, persona="champion" if score else "")
        token = ask(survey, contact, at=NOW - 40 * DAY)
        if score:
            stated = Answer(score=score, comment=comment, tags={"product": "good"} if comment else {})
            answer_survey(invitation=invitation_of(token), answer=stated, at=NOW - 38 * DAY)
    ask(csat, make_contact(make_account("Beta", owner=other_csm), "Bo Else"))
    return acme


def lines(client, **query: str) -> list[list[str]]:
    answer = client.get(reverse("surveys-csv"), query)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_csm_reads_the_answers_of_their_accounts_with_rate_and_silence(client, csm, asked):
    client.force_login(csm)
    page = client.get(reverse("surveys")).context["page"]
    assert (page.totals.asked, page.totals.answered, page.totals.open, page.totals.silent) == (3, 2, 0, 1)
    assert page.totals.nps == 0
    assert {(row.contact, row.state) for row in page.answers} == {
        ("Rosa Silva", "answered"), ("Lee Ming", "answered"), ("Sam Still", "silent"),
    }  # fmt: skip
    rosa = next(row for row in page.answers if row.score == 10)
    assert (rosa.shown, rosa.about, rosa.age_days, rosa.role) == ("10 of 10", ("Product good",), 38, "Champion")


def test_answers_are_summed_by_contact_account_role_and_kind(client, ops, asked):
    client.force_login(ops)
    found = {by: client.get(reverse("surveys"), {"by": by}).context["page"].sums for by in
             ("contacts", "accounts", "roles", "kinds")}  # fmt: skip
    assert {row.name for row in found["contacts"]} == {"Rosa Silva", "Lee Ming", "Sam Still", "Bo Else"}
    assert [(row.name, row.totals.asked, row.totals.rate) for row in found["accounts"]] == [
        ("Acme", 3, pytest.approx(2 / 3)), ("Beta", 1, 0),
    ]  # fmt: skip
    assert {row.name: row.totals.silent for row in found["roles"]} == {"No persona": 1, "Champion": 0}
    assert {(row.name, row.totals.open) for row in found["kinds"]} == {("NPS", 0), ("CSAT", 1)}


@pytest.mark.parametrize(("query", "names"), [
    ({"state": "silent"}, {"Sam Still"}), ({"state": "open"}, {"Bo Else"}), ({"kind": "csat"}, {"Bo Else"}),
    ({"days": "90", "state": "answered"}, {"Rosa Silva", "Lee Ming"}),
])  # fmt: skip
def test_answers_are_filtered_and_the_file_has_what_is_shown(client, ops, asked, query, names):
    client.force_login(ops)
    assert {row[1] for row in lines(client, **query)[1:]} == names


def test_the_file_has_no_formulas_and_sums_too(client, csm, asked):
    client.force_login(csm)
    assert "'=Fast" in {row[9] for row in lines(client)}
    assert lines(client, by="accounts")[1][:5] == ["Acme", "", "3", "2", str(2 / 3)]


def test_without_any_survey_the_pages_say_so(client, ops, acme):
    client.force_login(ops)
    assert "No survey was sent yet" in client.get(reverse("surveys")).content.decode()
    assert "No answers match" in client.get(reverse("surveys"), {"kind": "nps"}).content.decode()
    assert "There is no survey yet" in client.get(reverse("survey-send")).content.decode()
    assert "Nobody was asked yet" in client.get(reverse("account-surveys", args=[acme.pk])).content.decode()


def test_the_accounts_tab_lists_who_answers_and_who_is_silent(client, viewer, asked):
    client.force_login(viewer)
    page = client.get(reverse("account-surveys", args=[asked.pk])).context["page"]
    assert {row.name for row in page.people} == {"Rosa Silva", "Lee Ming", "Sam Still"}
    assert [tab.label for tab in page.tabs if tab.is_current] == ["Surveys"]
    assert not page.may_ask


def test_who_cannot_be_asked_is_shown_with_the_reason_before_sending(client, csm, acme, organization):
    make_survey()
    unsubscribe(contact=make_contact(acme, "Stan Stop"), at=NOW)
    rosa = make_contact(acme, "Rosa Silva")
    client.force_login(csm)
    shown = client.get(reverse("survey-send"), {"account": acme.pk, "contact": rosa.pk})
    assert {(one.contact.name, one.reason, one.is_chosen) for one in shown.context["page"].choices} == {
        ("Rosa Silva", "", True), ("Stan Stop", "unsubscribed from surveys", False),
    }  # fmt: skip
    assert "unsubscribed from surveys" in shown.content.decode()
    assert not OutboxMail.objects.exists()


def test_a_survey_is_sent_to_the_chosen_contacts_of_seen_accounts_alone(client, csm, acme, make_account, other_csm):
    survey, rosa = make_survey(), make_contact(acme, "Rosa Silva")
    strange = make_contact(make_account("Beta", owner=other_csm), "Bo Else")
    client.force_login(csm)
    form = {"account": acme.pk, "survey": survey.pk, "contact": [rosa.pk, strange.pk], "send": "1"}
    sent = client.post(reverse("survey-send"), form, follow=True)
    assert "Our nps is on its way to 1 contact." in sent.content.decode()
    assert OutboxMail.objects.get().recipient == rosa.email
    assert AuditEntry.objects.get(verb="survey sent").by == csm
    again = client.post(reverse("survey-send"), form, follow=True).content.decode()
    assert "Rosa Silva was asked on 30 Jun 2026" in again
    assert OutboxMail.objects.count() == 1


def test_several_accounts_are_asked_at_once(client, ops, acme, make_account, organization):
    make_survey()
    other = make_account("Beta")
    make_contact(acme, "Rosa Silva")
    make_contact(other, "Bo Else")
    client.force_login(ops)
    # As a list of accounts sends it, too long for an address.
    for ticked in ({"account": [acme.pk, other.pk]}, {"id": [acme.pk, other.pk], "query": ""}, {"all": "1"}):
        page = client.post(reverse("survey-send"), ticked).context["page"]
        assert (page.chosen, page.can_ask) == (2, 2)


def test_nobody_chosen_is_told(client, csm, acme):
    survey = make_survey()
    client.force_login(csm)
    refused = client.post(reverse("survey-send"), {"account": acme.pk, "survey": survey.pk, "send": "1"})
    assert (refused.status_code, "Choose whom to ask." in refused.content.decode()) == (422, True)


def form_of(survey: Survey, **changes: object) -> dict[str, object]:
    texts = {f"{text.language}-{word}": getattr(text, word) for text in survey.texts.all() for word in WORDS}
    terms = {"name": survey.name, "is_active": "on", "rest_days": 90, "open_days": 30}
    return {**terms, "seen": survey.changed_at.isoformat(), **texts, **changes}


def test_operations_makes_a_survey_and_changes_its_words(client, ops):
    client.force_login(ops)
    client.post(reverse("survey-setup"), {"name": "Yearly", "kind": "nps"})
    survey = Survey.objects.get()
    assert survey.texts.count() == 4
    stated = form_of(survey, **{"de-question": "Würden Sie uns wieder wählen?", "after_kinds": ["ebr", "training"]})
    assert client.post(reverse("survey-edit", args=[survey.pk]), stated).status_code == 302
    survey.refresh_from_db()
    assert survey.after_kinds == ["ebr", "training"]
    assert survey.texts.get(language="de").question == "Würden Sie uns wieder wählen?"


def test_a_name_twice_and_a_schedule_within_the_rest_are_refused(client, ops):
    survey = create_survey(name="NPS", kind="nps", by=ops, at=NOW)
    client.force_login(ops)
    assert client.post(reverse("survey-setup"), {"name": "NPS", "kind": "csat"}).status_code == 422
    refused = client.post(reverse("survey-edit", args=[survey.pk]), form_of(survey, every_days=7))
    assert (refused.status_code, "rest of 90 days" in refused.content.decode()) == (422, True)


def test_who_saves_second_is_told_and_keeps_what_was_written(client, ops):
    survey = create_survey(name="NPS", kind="nps", by=ops, at=NOW)
    client.force_login(ops)
    mine = form_of(survey, **{"en-question": "Mine?"})
    Survey.objects.update(changed_at=NOW + DAY)
    told = client.post(reverse("survey-edit", args=[survey.pk]), mine)
    assert (told.status_code, "Somebody changed NPS" in told.content.decode()) == (409, True)
    assert "Mine?" in told.content.decode()
    assert survey.texts.get(language="en").question != "Mine?"


def test_pages_of_surveys_take_few_queries(client, csm, asked, django_assert_num_queries):
    client.force_login(csm)
    asked_more = [make_contact(asked, f"N{n} Name") for n in range(5)]
    ask(Survey.objects.get(kind="nps"), *asked_more)
    assert SurveyResponse.objects.count() == 9
    for name, query, queries in (("surveys", {}, 9), ("surveys", {"by": "roles"}, 9), ("survey-send", {}, 9)):
        with django_assert_num_queries(queries):
            client.get(reverse(name), {**query, "account": asked.pk})
