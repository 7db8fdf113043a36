"""A rule starts its playbook: for whom, once, on whose behalf; and what its try-out says of it."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Account, AuditEntry, MitigationPlan, Role, Status
from accounts.operations.plans import close_plan, open_plan
from accounts.operations.playbooks import PlaybookWords, StepWords, archive_playbook, make_playbook
from scoring.alerts import starts
from scoring.alerts.edges import Edge
from scoring.alerts.mails import line_of
from scoring.alerts.messages import told as told_to_target
from scoring.alerts.operations import Said, make_rule
from scoring.alerts.queries import rules_of
from scoring.alerts.rehearsal import rehearse
from scoring.alerts.starts import why_starts_none, would_start
from scoring.alerts.watch import look
from scoring.models import Alert, AlertNotice, AlertWatch, ScoringRun
from tests.conftest import NOW, TODAY

LATER = NOW + timedelta(hours=1)


def scored_anew(at=NOW) -> None:
    ScoringRun.objects.update(finished_at=at)
    AlertWatch.objects.get_or_create(pk=1, defaults={"looked_at": at})


@pytest.fixture
def playbook(organization, ops):
    steps = (StepWords("Call the sponsor", 1), StepWords("Ask the manager in", 5, "manager"))
    return make_playbook(words=PlaybookWords("Save it", "Score fell", steps=steps), by=ops, at=NOW)


@pytest.fixture
def fell(acme, scored):
    scored(acme, {1: 72, 0: 40})
    scored_anew()
    return acme


def test_a_firing_starts_the_plan_with_owners_by_role(fell, csm, manager, rule_of, playbook):
    rule_of(manager, scope="all", playbook=playbook)
    assert look(at=NOW, today=TODAY) == 1
    plan = MitigationPlan.objects.get()
    assert (plan.account, plan.owner, plan.origin, plan.playbook) == (fell, csm, "rule", playbook)
    assert plan.score_at_opening_hundredths == 4_000
    assert [step.owner for step in plan.steps.order_by("position")] == [csm, manager]
    assert Alert.objects.get().plan == plan


def test_the_audit_says_which_rule_and_why(fell, manager, rule_of, playbook):
    rule = rule_of(manager, scope="all", playbook=playbook)
    look(at=NOW, today=TODAY)
    told = AuditEntry.objects.get(verb="plan opened")
    assert (told.by, told.detail["origin"]) == (manager, "rule")
    assert told.detail["cause"] == f"Alert rule {rule.pk}: Moved from Strong to Weak"


def test_an_account_with_an_open_plan_gets_the_alert_alone(fell, csm, manager, rule_of, playbook):
    mine = open_plan(account=fell, reason="Mine", by=csm, at=NOW)
    rule_of(manager, scope="all", playbook=playbook)
    assert look(at=NOW, today=TODAY) == 1
    assert MitigationPlan.objects.get() == mine
    assert Alert.objects.get().plan is None


def test_a_closed_plan_does_not_come_back_for_the_same_cause(fell, csm, manager, rule_of, playbook):
    rule_of(manager, scope="all", playbook=playbook)
    look(at=NOW, today=TODAY)
    close_plan(plan=MitigationPlan.objects.get(), outcome="dropped", by=csm, at=LATER)
    AlertWatch.objects.update(runs=[])
    assert look(at=LATER, today=TODAY) == 0
    assert MitigationPlan.objects.filter(closed_at=None).count() == 0


def test_two_rules_start_one_plan(fell, manager, rule_of, playbook):
    rule_of(manager, scope="all", playbook=playbook)
    rule_of(manager, scope="all", playbook=playbook, name="Again")
    assert look(at=NOW, today=TODAY) == 2
    assert MitigationPlan.objects.count() == 1


def test_no_more_than_the_days_share_of_plans_is_started(fell, globex, scored, manager, rule_of, playbook, monkeypatch):
    monkeypatch.setattr(starts, "MOST_A_DAY", 1)
    scored(globex, {1: 72, 0: 40})
    scored_anew()
    rule_of(manager, scope="all", playbook=playbook)
    assert look(at=NOW, today=TODAY) == 2
    assert MitigationPlan.objects.count() == 1


def test_an_account_that_left_gets_no_plan(fell, manager, rule_of, playbook):
    Account.objects.filter(pk=fell.pk).update(status=Status.CHURNED)
    rule_of(manager, scope="all", playbook=playbook)
    look(at=NOW, today=TODAY)
    assert not MitigationPlan.objects.exists()


def test_an_archived_playbook_starts_nothing_and_the_rule_says_so(fell, manager, ops, rule_of, playbook):
    rule_of(manager, scope="all", playbook=playbook)
    archive_playbook(playbook=playbook, by=ops, at=NOW)
    assert look(at=NOW, today=TODAY) == 1
    assert not MitigationPlan.objects.exists()
    assert why_starts_none(rules_of(manager).get()) == "It starts no plan: the playbook Save it is archived."


def test_a_rule_whose_author_may_open_plans_no_more_starts_none(fell, manager, rule_of, playbook):
    rule_of(manager, scope="all", playbook=playbook)
    manager.role = Role.LEADER
    manager.save()
    assert look(at=NOW, today=TODAY) == 1
    assert not MitigationPlan.objects.exists()
    assert why_starts_none(rules_of(manager).get()) == "It starts no plan: its author may not open plans."


def test_who_may_not_open_plans_makes_no_rule_that_does(organization, leader, playbook):
    with pytest.raises(PermissionDenied, match="open plans"):
        make_rule(said=Said("A", "band", {"move": "worse"}, playbook=playbook), by=leader, at=NOW)


def test_a_silent_source_starts_no_playbook(organization, manager, playbook):
    with pytest.raises(ValidationError, match="of no one account"):
        make_rule(said=Said("A", "silence", {}, playbook=playbook), by=manager, at=NOW)


def test_an_archived_playbook_is_refused_by_name(organization, manager, ops, playbook):
    playbook = archive_playbook(playbook=playbook, by=ops, at=NOW)
    with pytest.raises(ValidationError, match="Save it is archived"):
        make_rule(said=Said("A", "band", {"move": "worse"}, playbook=playbook), by=manager, at=NOW)


def test_the_mail_and_the_webhook_say_that_a_plan_was_started(fell, manager, rule_of, playbook):
    rule_of(manager, scope="all", playbook=playbook)
    look(at=NOW, today=TODAY)
    assert "Started the plan “Save it”." in line_of(AlertNotice.objects.first())
    assert told_to_target(Alert.objects.get())["plan"] == {"id": MitigationPlan.objects.get().pk}


def test_the_try_out_says_how_many_plans_and_writes_nothing(acme, globex, scored, manager, rule_of, playbook):
    # Acme falls twice, Globex once; Acme's plan would still be open at its second fall.
    scored(acme, {9: 72, 8: 40, 5: 72, 4: 40})
    scored(globex, {5: 72, 4: 40})
    rule = rule_of(manager, scope="all", playbook=playbook, is_on=False)
    done = rehearse(rule, today=TODAY, at=NOW, timer=lambda: 0.0)
    assert (len(done.found), len(done.starts)) == (3, 2)
    assert not MitigationPlan.objects.exists()


def test_a_try_out_respects_the_plans_of_each_day(acme, csm):
    def edge(day: int) -> Edge:
        return Edge(acme.pk, f"c{day}", "Fell", date(2026, 6, day))

    plan = open_plan(account=acme, reason="Mine", by=csm, at=NOW - timedelta(days=20))  # 10 June
    close_plan(plan=plan, outcome="resolved", by=csm, at=NOW - timedelta(days=10))  # 20 June
    assert NOW.date() == date(2026, 6, 30)
    assert would_start([edge(12)]) == set()
    assert would_start([edge(9)]) == {"c9"}
    assert would_start([edge(25), edge(12), edge(20)]) == {"c20"}
