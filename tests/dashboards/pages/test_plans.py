"""The list of plans: who sees which, how they are ordered, and what a row says."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from accounts.models import PlanOutcome, PlanReview, ReviewOutcome
from accounts.operations.plans import close_plan
from dashboards.pages.plans import build_plans_page
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_health, give_plan, give_step


@pytest.fixture
def plan(organization, acme, csm):
    """Opened at 42, now 56; one step done, one 10 days late, one to come."""
    give_health(acme, score=5600)
    plan = give_plan(acme, owner=csm, opened_on=date(2026, 5, 1), score=4200)
    give_step(plan, position=1, due=date(2026, 5, 10), done_on=date(2026, 5, 9))
    give_step(plan, position=2, due=date(2026, 6, 20))
    give_step(plan, position=3, due=date(2026, 7, 20))
    return plan


def page_for(user, query: str = ""):
    return build_plans_page(user, query=QueryDict(query), today=TODAY)


def test_a_row_tells_effect_steps_and_what_is_late(plan, csm):
    row = page_for(csm).rows[0]
    assert (row.account, row.csm, row.band_name) == ("Acme", "Maya Example", "Moderate")
    assert (row.score_at_opening, row.score, row.effect) == (42, 56, 14)
    assert row.pips == ["done", "overdue", "open"]
    assert (row.done, row.overdue, row.open_steps, row.most_days_overdue) == (1, 1, 2, 10)
    assert [step.words for step in row.steps] == ["Done 9 May", "Overdue 10 days", "Not started"]


def test_the_effect_is_the_difference_of_the_scores_as_shown(plan, csm):
    plan.account.health.score = 5549  # 55.49 shows as 55
    plan.account.health.save()
    plan.score_at_opening_hundredths = 4150  # 41.50 shows as 42
    plan.save()
    assert page_for(csm).rows[0].effect == Decimal(13)


def test_without_a_score_then_or_now_there_is_no_effect(plan, csm):
    plan.score_at_opening_hundredths = None
    plan.save()
    assert page_for(csm).rows[0].effect is None


def test_plans_with_the_most_overdue_steps_come_first(plan, csm, make_account):
    calm = give_plan(make_account("Calm", owner=csm), owner=csm, opened_on=date(2026, 1, 1))
    give_step(calm, position=1, due=date(2026, 7, 1))
    worse = give_plan(make_account("Worse", owner=csm), owner=csm, opened_on=date(2026, 6, 1))
    give_step(worse, position=1, due=date(2026, 6, 28))
    give_step(worse, position=2, due=date(2026, 6, 29))
    assert [row.account for row in page_for(csm).rows] == ["Worse", "Acme", "Calm"]


def test_closed_plans_have_their_own_tab_and_nothing_in_them_is_late(plan, csm):
    close_plan(plan=plan, outcome=PlanOutcome.RESOLVED, by=csm, at=NOW)
    page = page_for(csm)
    assert (page.rows, [tab.count for tab in page.tabs]) == ([], [0, 1, 1])
    row = page_for(csm, "state=closed").rows[0]
    assert (row.closed_on, row.outcome, row.overdue) == (TODAY, "Risk resolved", 0)
    assert [row.account for row in page_for(csm, "state=all").rows] == ["Acme"]


def test_the_last_review_is_shown(plan, csm, manager):
    PlanReview.objects.create(
        account=plan.account, plan=plan, by=manager, at=NOW, outcome=ReviewOutcome.ON_TRACK, note="Good"
    )
    assert page_for(csm).rows[0].last_review_on == TODAY


def test_a_csm_sees_the_own_plans_a_manager_the_teams_leadership_all(plan, csm, other_csm, manager, leader):
    assert [len(page_for(who).rows) for who in (csm, other_csm, manager, leader)] == [1, 0, 1, 1]


def test_filters_by_csm_team_and_segment_live_in_the_address(plan, leader, csm, other_csm, north, south):
    assert len(page_for(leader, f"owner={csm.pk}&team={north.pk}&segment=smb").rows) == 1
    assert page_for(leader, f"owner={other_csm.pk}").rows == []
    assert page_for(leader, f"team={south.pk}").rows == []
    chosen = page_for(leader, f"owner={csm.pk}").choices.filters[1]
    assert (chosen.label, chosen.summary, chosen.is_set, chosen.clear_url) == ("CSM", "Maya Example", True, "/plans")


def test_what_an_address_names_and_nobody_offers_is_passed_over(plan, csm):
    assert len(page_for(csm, "owner=x&segment=no-such&team=-1&state=odd&page=99").rows) == 1


@time_machine.travel(NOW, tick=False)
def test_the_file_has_every_plan_of_the_tab_and_runs_no_formula(client, plan, csm):
    plan.reason = "=1+1"
    plan.save()
    client.force_login(csm)
    answer = client.get(reverse("plans-csv"))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert answer["Content-Disposition"] == 'attachment; filename="plans.csv"'
    assert rows == [
        {
            "Account": "Acme", "Segment": "SMB", "CSM": "Maya Example", "Plan owner": "Maya Example",
            "Reason": "'=1+1", "Goal": "", "Opened": "2026-05-01", "Closed": "", "Outcome": "", "Closing note": "",
            "Score": "56", "Band": "Moderate", "Score at opening": "42", "Steps": "3", "Done": "1", "Overdue": "1",
            "Last review": "", "Silent sources": "", "Target band": "", "Target date": "",
            "Target reached": "", "Playbook": "", "Steps without owner": "0",
        }
    ]  # fmt: skip


def test_names_are_escaped_and_an_empty_list_says_why(client, plan, csm, other_csm):
    plan.account.name = "<b>Acme</b>"
    plan.account.save()
    client.force_login(csm)
    html = client.get(reverse("plans")).content.decode()
    assert "&lt;b&gt;Acme&lt;/b&gt;" in html
    assert "<b>Acme</b>" not in html
    client.force_login(other_csm)
    assert "No plans yet" in client.get(reverse("plans")).content.decode()


@pytest.mark.parametrize("who", ["csm", "manager", "leader", "viewer", "ops"])
def test_every_role_may_open_it_in_at_most_twelve_queries(client, plan, who, request, django_assert_max_num_queries):
    client.force_login(request.getfixturevalue(who))
    with django_assert_max_num_queries(12):
        assert client.get(reverse("plans")).status_code == 200


def test_a_guest_is_asked_to_log_in(client, db):
    assert client.get(reverse("plans")).status_code == 302
