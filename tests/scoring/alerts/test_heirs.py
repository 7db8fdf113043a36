"""Rules of people who left pass to CS operations, who are told."""

import pytest

from accounts.models import AuditEntry, User
from accounts.operations.playbooks import PlaybookWords, StepWords, make_playbook
from scoring.alerts.heirs import ALONE
from scoring.alerts.watch import look
from scoring.models import Alert, AlertNotice, AlertRule
from tests.conftest import NOW, TODAY

STEPS = (StepWords("Call the sponsor", 1),)


@pytest.fixture
def left(csm):
    def leaves(user: User = csm) -> User:
        User.objects.filter(pk=user.pk).update(is_active=False)
        return user

    return leaves


def passed(rule: AlertRule) -> AlertRule:
    look(at=NOW, today=TODAY)
    return AlertRule.objects.get(pk=rule.pk)


def test_a_csms_rule_becomes_operations_rule_about_the_team(acme, csm, ops, rule_of, left):
    rule = rule_of(csm)
    left()
    now = passed(rule)
    assert (now.author, now.scope, now.team, now.is_on) == (ops, "team", csm.team, True)
    assert now.edition == rule.edition + 1


def test_each_of_operations_gets_a_notice_that_opens_the_rule(client, acme, csm, ops, rule_of, left):
    rule = rule_of(csm)
    left()
    passed(rule)
    notice = AlertNotice.objects.get()
    assert notice.user == ops
    assert User.objects.get(pk=ops.pk).unread_alerts == 1
    assert notice.alert.text == (
        "Its author left: the rule is CS operations' now; "
        "it was about accounts that they saw, and is about their whole team now"
    )
    client.force_login(ops)
    assert client.get(f"/alerts/{notice.pk}").url == f"/alerts/rules/{rule.pk}"
    assert "The rule" not in client.get("/alerts").content.decode().split("<tbody>")[1].split("</tbody>")[0]


def test_what_reaches_further_starts_no_playbook_and_writes_to_nobody(acme, csm, ops, rule_of, left):
    playbook = make_playbook(words=PlaybookWords("Save it", "Fell", steps=STEPS), by=ops, at=NOW)
    rule = rule_of(csm, playbook=playbook, writes_contacts=True)
    left()
    now = passed(rule)
    assert (now.playbook, now.writes_contacts) == (None, False)
    assert Alert.objects.get().text.endswith("so it no longer starts the playbook Save it or writes to contacts")


def test_a_managers_rule_keeps_its_accounts_and_its_playbook(acme, manager, ops, rule_of, left):
    playbook = make_playbook(words=PlaybookWords("Save it", "Fell", steps=STEPS), by=ops, at=NOW)
    rule = rule_of(manager, scope="all", playbook=playbook)
    left(manager)
    now = passed(rule)
    assert (now.scope, now.team, now.playbook) == ("team", manager.team, playbook)
    assert Alert.objects.get().text == "Its author left: the rule is CS operations' now, about the same accounts"


def test_the_audit_says_what_was_and_is(acme, csm, ops, rule_of, left):
    rule = rule_of(csm)
    left()
    passed(rule)
    told = AuditEntry.objects.get(verb="alert rule passed on")
    assert (told.by, told.detail["former"], told.detail["author"]) == (None, csm.pk, ops.pk)
    assert (told.detail["before"]["scope"], told.detail["now"]["scope"]) == ("mine", "team")


def test_a_second_look_passes_nothing_on(acme, csm, ops, rule_of, left):
    rule = rule_of(csm)
    left()
    passed(rule)
    passed(rule)
    assert Alert.objects.count() == AuditEntry.objects.filter(verb="alert rule passed on").count() == 1


def test_rules_that_are_off_stay_where_they_are(acme, csm, ops, rule_of, left):
    rule = rule_of(csm, is_on=False)
    left()
    assert passed(rule).author == csm


def test_with_nobody_in_operations_the_rule_says_that_it_is_alone(acme, csm, ops, rule_of, left):
    rule = rule_of(csm)
    left()
    left(ops)
    assert passed(rule).error == ALONE
