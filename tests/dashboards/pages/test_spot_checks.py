"""Spot checks: does the score fit, once a month and person; and where people disagree, for CS operations."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from accounts.models import AuditEntry, ManualReading
from scoring.models import SpotCheck
from scoring.pipeline import score_days
from scoring.queries.spotchecks import disagreement
from tests.conftest import NOW, TODAY
from tests.scoring.conftest import publish_card  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization")]
SHEET = {"HX-Request": "true"}
FROM_ACCOUNTS = {"Referer": "http://testserver/accounts"}
RATING = {"key": "reading:rating", "weight": 60, "curve": "linear", "zero": 1, "full": 5}
NPS = {"key": "nps", "weight": 40, "curve": "linear", "zero": -100, "full": 100}


@pytest.fixture
def scored(acme, make_account, csm, source, publish_card):  # noqa: F811
    """Acme and Bolt at 75 by a card of two measures, of which one is known."""
    publish_card(RATING, NPS)
    for account in (acme, make_account("Bolt", owner=csm)):
        ManualReading.objects.create(
            account=account, measure="rating", value=4, read_on=TODAY, expires_on=TODAY + timedelta(days=60),
            source=source, external_id=account.name, recorded_at=NOW,
        )  # fmt: skip
    score_days([TODAY], clock=lambda: NOW)
    return acme


@pytest.fixture
def maya(client, csm):
    client.force_login(csm)
    return client


def seen_in(client, account) -> str:
    shown = client.get(reverse("spot-check", args=[account.pk]), headers=SHEET).content.decode()
    return re.search(r'name="seen" value="([^"]*)"', shown)[1]


def say(client, account, verdict: str = "too_high", **sent: str):
    data = {"verdict": verdict, "measure": "reading:rating", "reason": "They are leaving.", "seen": ""} | sent
    data["seen"] = data["seen"] or seen_in(client, account)
    return client.post(reverse("spot-check", args=[account.pk]), data, headers=SHEET)


def test_what_is_said_is_kept_with_the_score_and_the_card_of_that_day(maya, scored, csm):
    assert say(maya, scored).headers["HX-Refresh"] == "true"
    check = SpotCheck.objects.get()
    assert (check.author, check.verdict, check.measure, check.reason) == (
        csm, "too_high", "reading:rating", "They are leaving.",
    )  # fmt: skip
    assert (check.as_of, check.score, check.band, check.version.number) == (TODAY, 7500, 0, 1)
    assert AuditEntry.objects.get(verb="score checked").detail["verdict"] == "too_high"


@pytest.mark.parametrize(
    ("sent", "field"),
    [({"verdict": ""}, "verdict"), ({"reason": " "}, "reason"), ({"measure": "days_overdue"}, "measure")],
)
def test_disagreement_needs_a_verdict_a_reason_and_a_measure_of_the_card(maya, scored, sent, field):
    answer = say(maya, scored, **({"verdict": "too_low"} | sent))
    assert answer.status_code == 422
    assert list(answer.context["page"].errors) == [field]
    assert not SpotCheck.objects.exists()


def test_who_agrees_needs_no_words_and_names_no_measure(maya, scored):
    say(maya, scored, "agree", reason="")
    assert SpotCheck.objects.get().measure == ""


def test_said_again_in_the_month_it_takes_the_place_of_the_former_and_undo_brings_that_back(maya, scored, csm):
    say(maya, scored)
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        say(maya, scored, "agree", reason="After the call it fits.")
        assert SpotCheck.objects.get().verdict == "agree"
        undo = reverse("spot-check-undo", args=[SpotCheck.objects.get().pk])
        maya.post(undo, headers=FROM_ACCOUNTS)
        check = SpotCheck.objects.get()
        assert (check.verdict, check.measure, check.reason, check.as_of) == (
            "too_high", "reading:rating", "They are leaving.", TODAY,
        )  # fmt: skip
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        say(maya, scored, "too_low")
    assert SpotCheck.objects.filter(author=csm).count() == 2


def test_the_first_one_is_undone_by_its_author_alone(maya, scored, manager):
    say(maya, scored)
    undo = reverse("spot-check-undo", args=[SpotCheck.objects.get().pk])
    maya.force_login(manager)
    maya.post(undo, headers=FROM_ACCOUNTS)
    assert SpotCheck.objects.exists()
    maya.force_login(scored.owner)
    maya.post(undo, headers=FROM_ACCOUNTS)
    assert not SpotCheck.objects.exists()


def test_each_person_has_a_word_of_their_own_and_the_database_keeps_it_at_one(maya, scored, manager):
    say(maya, scored)
    maya.force_login(manager)
    say(maya, scored, "agree")
    assert SpotCheck.objects.count() == 2
    twin = SpotCheck.objects.order_by("pk").first()
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_of_another_score_than_the_one_that_was_seen_nothing_is_kept(maya, scored):
    answer = say(maya, scored, seen="2026-06-29=4000=1")
    assert answer.status_code == 409
    assert "They are leaving." in answer.content.decode()
    assert not SpotCheck.objects.exists()


def test_before_the_first_score_there_is_nothing_to_check(maya, acme):
    shown = maya.get(reverse("spot-check", args=[acme.pk]), headers=SHEET).content.decode()
    assert "The account has no score" in shown
    assert say(maya, acme, seen="x").status_code == 422


def test_disagreement_is_counted_by_card_and_by_measure(maya, scored, manager, client):
    bolt = scored.owner.team.members.get(role="csm")
    say(maya, scored)
    say(maya, type(scored).objects.get(name="Bolt"), "agree")
    assert bolt
    maya.force_login(manager)
    say(maya, scored, "too_low", measure="")
    found = disagreement(since=None)
    assert [(card.name, card.number, card.tally.disagree, card.tally.checks) for card in found.cards] == [
        ("Default", 1, 2, 3)
    ]
    assert [(row.key, row.tally.too_high, row.tally.too_low, row.tally.checks) for row in found.measures] == [
        ("reading:rating", 1, 0, 3),
        ("nps", 0, 0, 3),
    ]
    assert disagreement(since=NOW + timedelta(days=1)).total.checks == 0


def test_operations_reads_all_of_it_and_takes_it_along(maya, scored, ops, django_assert_max_num_queries):
    say(maya, scored)
    maya.force_login(ops)
    with django_assert_max_num_queries(16):
        shown = maya.get(reverse("spot-checks"), {"period": "all"})
    assert "disagree with <b>1 of 1 score</b>" in shown.content.decode()
    assert "They are leaving." in shown.content.decode()
    for block, last in (("cards", "1,0,1,0,1.0"), ("measures", "1,1,0,0,0.0"), ("checks", "Default,1")):
        lines = maya.get(reverse("spot-checks-csv"), {"block": block}).content.decode("utf-8-sig").splitlines()
        assert lines[-1].endswith(last), lines
    assert maya.get(reverse("spot-checks-csv"), {"block": "all"}).status_code == 404


def test_the_dialog_asks_few_queries(maya, scored, django_assert_max_num_queries):
    with django_assert_max_num_queries(9):
        maya.get(reverse("spot-check", args=[scored.pk]), headers=SHEET)
