"""Outcomes and milestones: in order, with what is late; reached by one click, undone by whoever said so."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.amendments import facts_as_known
from accounts.models import AccountTouch, Milestone, Outcome
from accounts.operations.goals import GoalChanged, reach_goal, take_back
from dashboards.pages.account_goals import build_goals
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization")]
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def goals(acme, source):
    shared = {"account": acme, "source": source, "recorded_at": NOW}
    Outcome.objects.create(**shared, external_id="a", name="Met", due_on=date(2026, 5, 1), met_on=date(2026, 5, 2))
    Outcome.objects.create(**shared, external_id="b", name="Ahead", due_on=TODAY + timedelta(days=3))
    Milestone.objects.create(**shared, external_id="m", kind="first_value", due_on=None)
    return Outcome.objects.create(**shared, external_id="c", name="Late", due_on=TODAY - timedelta(days=9))


def test_what_is_open_comes_first_by_its_day_and_says_how_late_it_is(goals, acme, django_assert_num_queries):
    with django_assert_num_queries(2):
        found = build_goals(acme, today=TODAY)
    assert [(row.label, row.days_over) for row in found.outcomes] == [("Late", 9), ("Ahead", 0), ("Met", 0)]
    assert (found.outcomes_met, [row.label for row in found.milestones]) == (1, ["First value"])


def test_reaching_one_is_a_click_and_the_toast_undoes_it(client, csm, acme, goals):
    client.force_login(csm)
    assert "9 d overdue" in client.get(reverse("account", args=[acme.pk])).content.decode().replace("\xa0", " ")
    client.post(reverse("account-goal", args=[acme.pk, "outcome", goals.pk]) + f"?seen={NOW.isoformat()[:19]}Z")
    assert Outcome.objects.get(name="Late").met_on == TODAY
    assert AccountTouch.objects.get(account=acme).touches == 1
    [message] = client.get(reverse("account", args=[acme.pk])).context["messages"]
    client.post(message.extra_tags)
    assert Outcome.objects.get(name="Late").met_on is None


def test_what_was_said_before_stays_known(goals, csm):
    reach_goal(goal=goals, seen=NOW, by=csm, at=LATER)
    with facts_as_known(NOW, until=TODAY):
        assert Outcome.objects.get(name="Late").met_on is None


def test_a_stale_click_and_somebody_elses_undo_are_refused(client, goals, acme, csm, manager):
    reached = reach_goal(goal=goals, seen=NOW, by=manager, at=LATER)
    with pytest.raises(GoalChanged):
        reach_goal(goal=goals, seen=NOW, by=csm, at=LATER)
    client.force_login(csm)
    undo = reverse("account-goal", args=[acme.pk, "outcome", goals.pk]) + "?undo=1"
    client.post(undo)
    assert Outcome.objects.get(name="Late").met_on == TODAY
    take_back(goal=reached, seen=LATER, by=manager, at=LATER + timedelta(minutes=1))
    assert Outcome.objects.get(name="Late").met_on is None


def test_there_are_no_other_kinds(client, csm, acme, goals):
    client.force_login(csm)
    assert client.post(reverse("account-goal", args=[acme.pk, "contact", goals.pk])).status_code == 404
