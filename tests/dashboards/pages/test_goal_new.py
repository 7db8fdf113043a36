"""New outcomes and milestones, and those that will not be reached: agreed, missed, undone."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from accounts.models import AuditEntry, CommonTouch, Milestone, Outcome
from scoring.models import Snapshot
from scoring.pipeline import score_days
from scoring.rescore import rescore_waiting
from tests.conftest import NOW, TODAY
from tests.scoring.conftest import publish_card  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization")]
SHEET = {"HX-Request": "true"}
FROM_PLANS = {"Referer": "http://testserver/plans"}
OUTCOMES = {"key": "outcomes_met", "weight": 100, "curve": "linear", "zero": 0, "full": 1}


@pytest.fixture
def maya(client, csm):
    client.force_login(csm)
    return client


def agree(client, account, kind: str = "outcome", **sent: str):
    what = "Half the paperwork" if kind == "outcome" else "first_value"
    data = {"what": what, "due_on": "2026-07-31", "key": "k"} | sent
    return client.post(reverse("goal-new", args=[account.pk, kind]), data, headers=SHEET)


def say(client, goal, query: str = ""):
    url = reverse("account-goal", args=[goal.account_id, goal._meta.model_name, goal.pk])
    return client.post(f"{url}?seen={goal.recorded_at:%Y-%m-%dT%H:%M:%SZ}{query}", headers=FROM_PLANS)


def undo_in(client) -> str:
    shown = client.get(reverse("plans")).content.decode()
    return unescape(re.findall(r'action="([^"]+undo=1[^"]*)"', shown)[-1])


def test_an_outcome_and_a_milestone_are_agreed_once_however_often_the_form_is_sent(maya, acme):
    for _ in range(2):
        assert agree(maya, acme).headers["HX-Refresh"] == "true"
        agree(maya, acme, "milestone")
    assert (Outcome.objects.get().name, Outcome.objects.get().due_on) == ("Half the paperwork", date(2026, 7, 31))
    assert Milestone.objects.get().kind == "first_value"
    assert AuditEntry.objects.filter(verb="goal agreed").count() == 2


@pytest.mark.parametrize(
    ("kind", "sent", "field"),
    [("outcome", {"what": " "}, "what"), ("outcome", {"due_on": ""}, "due_on"), ("milestone", {"what": "x"}, "what")],
)
def test_what_is_refused_stays_in_the_dialog(maya, acme, kind, sent, field):
    answer = agree(maya, acme, kind, **sent)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert maya.get(reverse("goal-new", args=[acme.pk, "gift"])).status_code == 404


def test_what_will_not_be_met_counts_at_once_and_its_day_comes_back_by_undo(maya, acme, publish_card):  # noqa: F811
    publish_card(OUTCOMES)
    agree(maya, acme)
    score_days([TODAY], clock=lambda: NOW)
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        say(maya, Outcome.objects.get(), "&missed=1")
        assert Outcome.objects.get().due_on == TODAY - timedelta(days=1)
    rescore_waiting(as_of=TODAY, at=NOW)
    assert Snapshot.objects.get(account=acme).score == 0
    with time_machine.travel(NOW + timedelta(minutes=2), tick=False):
        maya.post(undo_in(maya), headers=FROM_PLANS)
    assert Outcome.objects.get().due_on == date(2026, 7, 31)


def test_what_is_met_or_late_cannot_be_missed_any_more(maya, acme):
    agree(maya, acme, due_on="2026-06-01")
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        say(maya, Outcome.objects.get(), "&missed=1")
        assert Outcome.objects.get().recorded_at == NOW
        say(maya, Outcome.objects.get())
    say(maya, Outcome.objects.get(), "&missed=1")
    assert Outcome.objects.get().due_on == date(2026, 6, 1)


def test_the_undo_of_a_new_one_takes_it_away_and_is_its_authors_alone(maya, acme, manager, csm):
    agree(maya, acme)
    undo = undo_in(maya)
    maya.force_login(manager)
    maya.post(undo, headers=FROM_PLANS)
    assert Outcome.objects.exists()
    maya.force_login(csm)
    maya.post(undo, headers=FROM_PLANS)
    assert not Outcome.objects.exists()


def test_the_first_milestone_that_anybody_records_concerns_every_account(maya, acme):
    before = CommonTouch.objects.values_list("touches", flat=True).first() or 0
    agree(maya, acme, "milestone", due_on="2026-06-01")
    assert (CommonTouch.objects.values_list("touches", flat=True).first() or 0) > before
