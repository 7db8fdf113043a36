"""The page that a survey's mail opens: what it stores, what it does not, and when it is closed."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, SurveyInvitation, SurveyOptOut, SurveyResponse
from accounts.queries.asking import hash_of
from dashboards.public.survey_words import WORDS
from scoring.pipeline import score_days
from scoring.queries.history import scored_days
from scoring.tasks import rescore_touched
from tests.accounts.asking_cast import ask, make_contact, make_survey
from tests.conftest import NOW, TODAY
from tests.scoring.conftest import publish_card  # noqa: F401

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def today(time_machine) -> None:
    time_machine.move_to(NOW, tick=False)
    cache.clear()


@pytest.fixture
def rosa(acme, organization):
    return make_contact(acme, "Rosa Silva")


@pytest.fixture
def token(rosa) -> str:
    return ask(make_survey(), rosa)


def address(token: str, query: str = "") -> str:
    return reverse("survey", args=[token]) + query


def answer(**fields: object) -> SurveyResponse:
    found = SurveyResponse.objects.get()
    for name, value in fields.items():
        assert getattr(found, name) == value, name
    return found


def test_opening_the_link_stores_nothing_and_sets_no_cookie(client, token):
    for method in (client.get, client.head):
        opened = method(address(token, "?a=9"))
        assert opened.status_code == 200
        assert not opened.cookies
    answer(score=None, answered_on=None)
    shown = client.get(address(token, "?a=9")).content.decode()
    assert 'value="9" required checked' in shown
    assert "Maya Example and the team at Kestrel Works" in shown


def test_the_page_is_not_to_be_found_kept_or_dark(client, token):
    opened = client.get(address(token))
    assert opened["X-Robots-Tag"] == "noindex, nofollow"
    assert "no-store" in opened["Cache-Control"]
    assert b'data-theme="light"' in opened.content


def test_one_click_saves_without_login_or_csrf_cookie(token):
    stranger = Client(enforce_csrf_checks=True)
    saved = stranger.post(address(token), {"score": "9"})
    assert (saved.status_code, saved["Location"]) == (303, address(token, "?lang=en"))
    answer(score=9, answered_on=TODAY)
    assert "Saved: 9" in stranger.get(address(token)).content.decode()


def test_the_comment_and_tags_go_with_it_and_thanks_come_after(client, token):
    client.post(address(token), {"score": "9"})
    form = {"score": "9", "comment": " Fast. ", "about_product": "good", "about_process": "bad", "done": "1"}
    thanks = client.post(address(token), form, follow=True).content.decode()
    assert "Thank you, Rosa" in thanks
    assert "Change my answer" in thanks
    answer(comment="Fast.", about_product=5, about_process=1, about_brand=None, about_people=None)
    assert [entry.verb for entry in AuditEntry.objects.filter(subject="surveyinvitation").order_by("pk")] == [
        "survey sent", "survey answered", "survey answer changed",
    ]  # fmt: skip


def test_an_answer_can_be_changed_for_two_weeks(client, token, time_machine):
    client.post(address(token), {"score": "9"})
    time_machine.move_to(NOW + 13 * DAY, tick=False)
    client.post(address(token), {"score": "4"})
    answer(score=4, answered_on=TODAY)
    time_machine.move_to(NOW + 14 * DAY, tick=False)
    for late in (client.get(address(token)), client.post(address(token), {"score": "10"})):
        assert late.status_code == 410
        assert "can no longer be changed" in late.content.decode()
    answer(score=4)


def test_an_expired_and_an_unknown_link_are_told_in_a_sentence(client, token, time_machine):
    time_machine.move_to(NOW + 30 * DAY, tick=False)
    expired = client.post(address(token), {"score": "10"})
    assert (expired.status_code, "its time is over" in expired.content.decode()) == (410, True)
    answer(score=None)
    unknown = client.get(address("nothing"), headers={"Accept-Language": "de"})
    assert (unknown.status_code, "öffnet keine Umfrage" in unknown.content.decode()) == (404, True)


@pytest.mark.parametrize("score", ["", "11", "-1", "nine", "²"])
def test_what_is_no_number_of_the_survey_is_refused(client, token, score):
    refused = client.post(address(token), {"score": score})
    assert (refused.status_code, "Choose one of the numbers." in refused.content.decode()) == (422, True)
    answer(score=None)


def test_odd_numbers_in_the_address_choose_nothing(client, token):
    for odd in ("99", "-1", "x", "²"):
        assert b" checked" not in client.get(address(token), {"a": odd}).content


def test_a_comment_is_kept_up_to_its_length_and_shown_as_text(client, token):
    client.post(address(token), {"score": "3", "comment": "<b>no</b>" + "x" * 2_000})
    assert len(answer(score=3).comment) == 1_000
    assert b"&lt;b&gt;no" in client.get(address(token)).content


def test_a_csat_survey_asks_from_one_to_five(client, rosa):
    token = ask(make_survey("csat"), rosa)
    shown = client.get(address(token)).content.decode()
    assert shown.count('name="score"') == 5
    assert client.post(address(token), {"score": "0"}).status_code == 422
    client.post(address(token), {"score": "5"})
    answer(kind="csat", score=5)


def test_the_page_speaks_the_language_of_the_mail_and_others(client, rosa):
    token = ask(make_survey(), rosa, language="fr")
    assert "Recommanderiez-vous Kestrel Works" in client.get(address(token)).content.decode()
    german = client.get(address(token, "?lang=de")).content.decode()
    assert WORDS["de"].save in german
    assert "weiterempfehlen" in german


def test_too_many_answers_in_a_minute_are_told_to_wait(client, token, monkeypatch):
    monkeypatch.setattr("dashboards.public.survey.MOST_ANSWERS", 2)
    statuses = [client.post(address(token), {"score": str(n)}).status_code for n in range(4)]
    assert statuses == [303, 303, 429, 429]
    answer(score=1)


def test_one_post_unsubscribes_and_a_get_shows_a_button(token, rosa):
    stranger, stop = Client(enforce_csrf_checks=True), reverse("survey-stop", args=[token])
    assert 'type="submit"' in stranger.get(stop).content.decode()
    assert not SurveyOptOut.objects.exists()
    # As a mail program sends it (RFC 8058).
    for _ in range(2):
        assert stranger.post(stop, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert SurveyOptOut.objects.get().contact == rosa
    stranger.post(stop, {"again": "1"})
    assert not SurveyOptOut.objects.exists()
    assert stranger.post(reverse("survey-stop", args=["nothing"])).status_code == 404


def test_unsubscribing_works_when_the_survey_is_over(client, token, time_machine):
    time_machine.move_to(NOW + 300 * DAY, tick=False)
    client.post(reverse("survey-stop", args=[token]))
    assert SurveyOptOut.objects.exists()


def test_an_answer_moves_the_score(client, token, acme, publish_card):  # noqa: F811
    publish_card({"key": "nps", "weight": 100, "curve": "linear", "zero": -100, "full": 100})
    score_days([TODAY - DAY], clock=lambda: NOW)

    def score_after(number: int) -> int | None:
        client.post(address(token), {"score": str(number)})
        rescore_touched()
        return scored_days(acme.pk, last=TODAY)[-1].score

    assert scored_days(acme.pk, last=TODAY)[-1].score is None
    assert [score_after(10), score_after(7), score_after(0)] == [10_000, 5_000, 0]


def test_the_hash_alone_finds_the_invitation(token):
    assert SurveyInvitation.objects.get(token_hash=hash_of(token)).response.kind == "nps"


def test_the_page_takes_four_queries(client, token, django_assert_num_queries):
    with django_assert_num_queries(4):
        client.get(address(token))
