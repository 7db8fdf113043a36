"""Looking when scores changed: once per cause, who is told, and when the mail goes."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry, OutboxMail, User
from accounts.models.touches import AccountTouch
from scoring.alerts import operations
from scoring.alerts.mails import mail_due, read_stop_token, stop_token
from scoring.alerts.operations import Said, Wishes, change_rule, make_rule, mute, set_done, set_wishes, unmute
from scoring.alerts.queries import notices_of, rules_of, unread_count
from scoring.alerts.tell import Hours
from scoring.alerts.watch import look
from scoring.models import Alert, AlertFiring, AlertNotice, AlertRule, AlertWatch, ScoringRun
from tests.conftest import NOW, TODAY
from tests.scoring.alerts.conftest import day

LATER = NOW + timedelta(hours=1)


def scored_anew(at: datetime = NOW) -> None:
    """As the night leaves it: a run that nobody looked at."""
    ScoringRun.objects.update(finished_at=at)
    AlertWatch.objects.get_or_create(pk=1, defaults={"looked_at": at})


@pytest.fixture
def fell(acme, scored):
    scored(acme, {1: 72, 0: 40})
    scored_anew()
    return acme


def told() -> list[tuple[str, str]]:
    rows = AlertNotice.objects.order_by("pk").values_list("user__name", "alert__text")
    return [(name.split()[0], text) for name, text in rows]


def test_a_new_run_is_looked_at_under_every_rule_that_is_on(fell, csm, rule_of):
    rule_of(csm)
    rule_of(csm, is_on=False)
    assert look(at=NOW, today=TODAY) == 1
    assert told() == [("Maya", "Moved from Strong to Weak")]
    assert unread_count(csm) == 1


def test_the_same_cause_is_told_once_however_often_somebody_looks(fell, csm, rule_of):
    rule_of(csm)
    look(at=NOW, today=TODAY)
    AlertWatch.objects.update(runs=[])
    assert look(at=LATER, today=TODAY) == 0
    assert len(told()) == AlertFiring.objects.count() == 1


def test_the_database_refuses_a_second_alert_of_a_cause(fell, csm, rule_of):
    rule_of(csm)
    look(at=NOW, today=TODAY)
    alert = Alert.objects.get()
    alert.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        alert.save()


def test_what_was_scored_before_the_first_look_is_no_news(acme, scored, csm, rule_of):
    scored(acme, {1: 72, 0: 40})
    ScoringRun.objects.update(finished_at=NOW)
    rule_of(csm)
    assert look(at=LATER, today=TODAY) == 0


def test_a_look_back_at_former_days_is_no_news(acme, scored, csm, rule_of):
    scored(acme, {9: 72, 8: 40, 1: 72, 0: 72})
    old = ScoringRun.objects.get(as_of=day(8))
    newest = ScoringRun.objects.get(as_of=TODAY)
    ScoringRun.objects.update(finished_at=NOW)
    AlertWatch.objects.create(pk=1, looked_at=NOW, runs=[newest.pk])
    rule_of(csm)
    assert look(at=LATER, today=TODAY) == 0
    assert old.pk not in AlertWatch.objects.get().runs


def test_an_account_that_was_scored_at_once_is_looked_at_alone(acme, globex, scored, csm, rule_of):
    scored(acme, {1: 72, 0: 40})
    scored(globex, {1: 72, 0: 40})
    ScoringRun.objects.update(finished_at=NOW - timedelta(days=30))
    AlertWatch.objects.create(pk=1, looked_at=NOW)
    AccountTouch.objects.update_or_create(
        account=globex, defaults={"touched_at": LATER, "settled_at": LATER, "settled_for": TODAY}
    )
    rule_of(csm)
    assert look(at=LATER, today=TODAY) == 1
    assert Alert.objects.get().account == globex


def test_one_who_looks_keeps_others_from_it_and_one_who_died_does_not(fell, csm, rule_of):
    rule_of(csm)
    AlertWatch.objects.update(held_until=NOW + timedelta(minutes=4))
    assert look(at=NOW, today=TODAY) == 0
    assert look(at=NOW + timedelta(minutes=5), today=TODAY) == 1


def test_a_rule_that_fails_says_so_and_keeps_no_other_from_its_alerts(fell, csm, rule_of):
    broken = rule_of(csm)
    AlertRule.objects.filter(pk=broken.pk).update(params={"move": "sideways"})
    rule_of(csm)
    assert look(at=NOW, today=TODAY) == 1
    assert "Choose a band" in AlertRule.objects.get(pk=broken.pk).error


def test_owners_and_their_managers_are_told_once_each(fell, csm, manager, ops, rule_of):
    rule_of(ops, scope="all", tells_owners=True, tells_managers=True)
    rule_of(manager, scope="team", team=manager.team, tells_managers=True)
    look(at=NOW, today=TODAY)
    assert sorted(name for name, _ in told()) == ["Elena", "Elena", "Maya", "Olu"]


def test_somebody_who_left_is_told_nothing(fell, csm, ops, rule_of):
    rule_of(ops, scope="all", tells_me=False, tells_owners=True)
    rule_of(csm)
    User.objects.filter(pk=csm.pk).update(is_active=False)
    look(at=NOW, today=TODAY)
    # Their rule is operations' now; nobody else is told.
    assert {name for name, _ in told()} == {"Olu"}


def test_a_notice_about_an_account_that_went_to_somebody_else_is_not_shown(fell, csm, other_csm, rule_of):
    rule_of(csm, mail="now")
    look(at=NOW, today=TODAY)
    fell.owner = other_csm
    fell.save()
    assert list(notices_of(csm)) == []
    assert mail_due(at=NOW) == 0


def test_a_mail_at_once_names_the_account_and_can_be_stopped_with_one_click(fell, csm, rule_of):
    rule = rule_of(csm, mail="now")
    look(at=NOW, today=TODAY)
    assert mail_due(at=NOW) == 1
    assert mail_due(at=NOW) == 0
    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.subject) == (csm.email, "Acme: Moved from Strong to Weak")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    token = mail.headers["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert read_stop_token(token) == (csm.pk, [rule.pk])
    assert f"/accounts/{fell.pk}" in mail.text


def test_many_alerts_of_a_rule_are_one_mail_and_a_digest_has_all_rules(acme, globex, scored, csm, rule_of):
    for account in (acme, globex):
        scored(account, {1: 72, 0: 40})
    scored_anew()
    rule_of(csm, mail="now", name="Band falls")
    rule_of(csm, mail="daily")
    rule_of(csm, "measure", {"measure": "nps", "direction": "below", "value": 1}, mail="daily")
    look(at=NOW, today=TODAY)
    assert mail_due(at=NOW) == 1
    assert OutboxMail.objects.get().subject == "Band falls: 2 alerts"
    assert mail_due(at=NOW + timedelta(days=1)) == 1
    assert OutboxMail.objects.order_by("-pk")[0].subject == "2 alerts today"


@pytest.mark.parametrize(
    ("at", "expected"),
    [("2026-06-30 12:00", "2026-06-30 12:00"), ("2026-06-30 22:30", "2026-07-01 07:00"),
     ("2026-07-01 03:00", "2026-07-01 07:00"), ("2026-07-01 07:00", "2026-07-01 07:00")],
)  # fmt: skip
def test_quiet_hours_go_over_midnight_in_the_persons_zone(at, expected):
    zone = ZoneInfo("America/New_York")
    hours = Hours(zone, time(22), time(7))
    assert hours.after_quiet(moment(at, zone)) == moment(expected, zone)


def test_digests_come_at_eight_and_weekly_ones_on_monday():
    zone = ZoneInfo("Europe/Berlin")
    hours, tuesday = Hours(zone), moment("2026-06-30 09:00", zone)
    assert hours.next_digest(tuesday, weekly=False) == moment("2026-07-01 08:00", zone)
    assert hours.next_digest(tuesday, weekly=True) == moment("2026-07-06 08:00", zone)
    assert hours.next_digest(moment("2026-07-06 07:00", zone), weekly=True) == moment("2026-07-06 08:00", zone)
    late = Hours(zone, time(20), time(9))
    assert late.next_digest(tuesday, weekly=False) == moment("2026-07-01 09:00", zone)


def moment(text: str, zone: ZoneInfo) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=zone)


def test_quiet_hours_put_a_mail_off_and_lose_nothing(fell, csm, rule_of):
    set_wishes(user=csm, wishes=Wishes("UTC", time(11), time(14)), at=NOW)
    rule_of(csm, mail="now")
    look(at=NOW, today=TODAY)
    assert mail_due(at=NOW) == 0
    assert mail_due(at=NOW + timedelta(hours=2)) == 1


def test_who_stopped_a_rules_mails_keeps_its_notices(fell, csm, rule_of):
    rule = rule_of(csm, mail="now")
    look(at=NOW, today=TODAY)
    assert mute(user=csm, rules=[rule.pk], at=NOW) == 1
    assert mute(user=csm, rules=[rule.pk], at=NOW) == 0
    assert mail_due(at=LATER) == 0
    assert unread_count(csm) == 1
    assert unmute(user=csm, rule=rule, at=NOW)


def test_a_token_that_was_changed_opens_nothing(csm):
    token = stop_token(csm.pk, [1])
    assert read_stop_token(token[:-1] + ("a" if token[-1] != "a" else "b")) is None


def test_a_task_is_due_in_so_many_days_and_ticked_off_once(fell, csm, rule_of):
    rule_of(csm, due_days=5)
    look(at=NOW, today=TODAY)
    notice = AlertNotice.objects.get()
    assert notice.due_on == TODAY + timedelta(days=5)
    assert set_done(notice=notice, is_done=True, by=csm, at=NOW)
    assert not set_done(notice=notice, is_done=True, by=csm, at=NOW)
    assert set_done(notice=notice, is_done=False, by=csm, at=NOW)
    assert AuditEntry.objects.filter(verb__startswith="alert task").count() == 2


def test_the_second_of_two_who_change_a_rule_is_told(csm, rule_of):
    rule = rule_of(csm)
    said = Said(name="Other", kind="flag", params={"flag": ""})
    change_rule(rule=rule, said=said, edition=rule.edition, by=csm, at=NOW)
    with pytest.raises(operations.ValidationError, match="changed meanwhile"):
        change_rule(rule=rule, said=said, edition=rule.edition, by=csm, at=NOW)


def test_a_csm_alerts_nobody_else(csm):
    said = Said(name="Mine", kind="flag", params={"flag": ""}, tells_owners=True)
    with pytest.raises(operations.PermissionDenied):
        make_rule(said=said, by=csm, at=NOW)


def test_who_sees_whose_rules(csm, other_csm, manager, ops, rule_of):
    mine = rule_of(csm)
    assert [list(rules_of(user)) for user in (csm, other_csm, manager, ops)] == [[mine], [], [mine], [mine]]
