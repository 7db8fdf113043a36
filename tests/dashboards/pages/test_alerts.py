"""The pages of alerts: what one was told, a rule tried before it is switched on, and a mail stopped with one click."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse

from scoring.alerts.mails import stop_token
from scoring.alerts.watch import look
from scoring.models import AlertMute, AlertNotice, AlertRule, AlertWatch, ScoringRun
from tests.conftest import NOW, TODAY
from tests.scoring.alerts.conftest import rule_of, scored  # noqa: F401
from tests.scoring.conftest import shipped  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization")]
RULE = {"name": "Falls", "move": "worse", "scope": "mine", "tells_me": "on", "mail": "now", "edition": "1"}


@pytest.fixture
def maya(client, csm):
    client.force_login(csm)
    return client


@pytest.fixture
def told(acme, csm, scored, rule_of):  # noqa: F811
    """Maya was told that Acme fell, as a task."""
    scored(acme, {1: 72, 0: 40})
    ScoringRun.objects.update(finished_at=NOW)
    AlertWatch.objects.create(pk=1, looked_at=NOW)
    rule_of(csm, due_days=3)
    look(at=NOW, today=TODAY)
    csm.refresh_from_db()
    return AlertNotice.objects.get()


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(answer.content.decode())).split())


def test_the_bell_counts_what_is_unread_on_every_page(maya, told):
    assert "1 unread" in text_of(maya.get(reverse("plans")))
    maya.post(reverse("alerts-read"))
    assert "1 unread" not in text_of(maya.get(reverse("plans")))


def test_what_one_was_told_stands_with_its_account_rule_and_day(maya, told):
    said = text_of(maya.get(reverse("alerts")))
    assert "Acme" in said
    assert "Moved from Strong to Weak" in said
    assert "due 3 Jul" in said


def test_a_task_is_ticked_off_and_taken_back(maya, told):
    answer = maya.post(reverse("alert-done", args=[told.pk]), follow=True)
    assert "Nothing here" in text_of(answer)
    maya.post(f"{reverse('alert-done', args=[told.pk])}?open=1")
    assert AlertNotice.objects.get().done_at is None


def test_opening_a_notice_leads_to_the_account_and_reads_it(maya, told, acme):
    assert maya.get(reverse("alert", args=[told.pk])).headers["Location"] == reverse("account", args=[acme.pk])
    assert AlertNotice.objects.get().read_at


def test_nobody_opens_what_another_was_told(client, told, other_csm, manager):
    for user in (other_csm, manager):
        client.force_login(user)
        assert client.get(reverse("alert", args=[told.pk])).status_code == 404
        assert client.post(reverse("alert-done", args=[told.pk])).status_code == 404


def test_the_file_has_what_the_page_has(maya, told):
    lines = b"".join(maya.get(reverse("alerts-csv")).streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "at,rule,account,alert,due,read_at,done_at,started_playbook"
    assert "Acme,Moved from Strong to Weak,2026-07-03" in lines[1]


def test_a_rule_is_tried_before_it_is_stored(maya, acme, scored):  # noqa: F811
    scored(acme, {50: 72, 40: 40, 20: 72, 3: 45})
    answer = maya.post(reverse("alert-rule-new"), RULE | {"try": "1"}, headers={"HX-Request": "true"})
    said = text_of(answer)
    assert said.startswith("It would have fired 2 times")
    assert said.index("27 Jun 2026") < said.index("21 May 2026")
    assert not AlertRule.objects.exists()


def test_a_rule_is_saved_off_tried_and_switched_on_with_undo(maya, csm, scored, acme):  # noqa: F811
    scored(acme, {3: 72, 2: 40})
    answer = maya.post(reverse("alert-rule-new"), RULE, follow=True)
    assert "It would have fired once" in text_of(answer)
    rule = AlertRule.objects.get()
    assert (rule.is_on, rule.author) == (False, csm)
    maya.post(f"{reverse('alert-rule-switch', args=[rule.pk])}?on=1")
    assert AlertRule.objects.get().on_since == TODAY
    listed = text_of(maya.get(reverse("alert-rules")))
    assert "Moves into a worse band" in listed
    maya.post(reverse("alert-rule-drop", args=[rule.pk]))
    assert "No rules yet" in text_of(maya.get(reverse("alert-rules")))
    maya.post(reverse("alert-rule-back", args=[rule.pk]))
    assert AlertRule.objects.get().dropped_at is None


@pytest.mark.parametrize(
    ("kind", "asked", "params"),
    [
        ("band", {"move": "into:2"}, {"move": "into", "band": 2}),
        ("score", {"direction": "fell", "points": "10", "days": "30"}, {"direction": "fell", "points": 10, "days": 30}),
        ("flag", {"flag": ""}, {"flag": ""}),
        ("measure", {"measure": "stickiness", "direction": "below", "value": "40"},
         {"measure": "stickiness", "direction": "below", "value": 0.4}),
        ("renewal", {"days": "60"}, {"days": 60}),
        ("silence", {}, {}),
    ],
)  # fmt: skip
def test_each_kind_of_condition_is_entered_and_shown_again(maya, shipped, kind, asked, params):  # noqa: F811
    sent = {name: value for name, value in RULE.items() if name != "move"} | asked
    answer = maya.post(f"{reverse('alert-rule-new')}?kind={kind}", sent)
    assert answer.status_code == 302, text_of(answer)
    rule = AlertRule.objects.get()
    assert (rule.kind, rule.params) == (kind, params)
    assert maya.get(reverse("alert-rule", args=[rule.pk])).status_code == 200
    assert maya.get(answer.headers["Location"]).status_code == 200
    assert maya.post(reverse("alert-rule", args=[rule.pk]), sent | {"name": "Again"}).status_code == 302
    assert AlertRule.objects.get().params == params


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"name": ""}, "Give the rule a name."), ({"tells_me": ""}, "Choose at least one who is told."),
     ({"scope": "segment"}, "Choose the segment."), ({"due_days": "900"}, "less than or equal to 90")],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(maya, wrong, words):
    answer = maya.post(reverse("alert-rule-new"), RULE | wrong)
    assert answer.status_code == 422
    assert words in text_of(answer)


def test_the_second_of_two_windows_is_told(maya, csm, rule_of):  # noqa: F811
    rule = rule_of(csm)
    maya.post(reverse("alert-rule", args=[rule.pk]), RULE)
    answer = maya.post(reverse("alert-rule", args=[rule.pk]), RULE)
    assert (answer.status_code, "was changed meanwhile" in text_of(answer)) == (422, True)


def test_a_csm_is_not_offered_to_alert_others(maya, client, manager):
    assert "owner's team" not in text_of(maya.get(reverse("alert-rule-new")))
    client.force_login(manager)
    assert "owner's team" in text_of(client.get(reverse("alert-rule-new")))


def test_hours_are_kept_and_half_of_them_refused(maya):
    url = reverse("alert-hours")
    said = {"time_zone": "Europe/Berlin", "quiet_from": "22:00", "quiet_until": "07:00"}
    assert maya.post(url, said).status_code == 302
    assert "22:00" in maya.get(url).content.decode()
    assert "both a beginning and an end" in text_of(maya.post(url, said | {"quiet_until": ""}))


def test_a_mail_program_stops_a_rules_mails_with_one_post(client, told, csm):
    url = reverse("alert-stop", args=[stop_token(csm.pk, [told.alert.rule_id])])
    assert "Stop these mails?" in text_of(client.get(url))
    assert not AlertMute.objects.exists()
    client.handler.enforce_csrf_checks = True
    assert client.post(url, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert AlertMute.objects.get().user == csm
    client.force_login(csm)
    assert "Falls" in text_of(client.get(reverse("alert-hours")))
    assert client.post(reverse("alert-stop", args=["made-up"])).status_code == 404


def test_the_pages_ask_as_much_for_many_as_for_one(
    maya,
    told,
    csm,
    make_account,
    scored,  # noqa: F811
    rule_of,  # noqa: F811
    django_assert_max_num_queries,
):
    for n in range(5):
        scored(make_account(f"Account {n}", owner=csm), {5 + n: 72, 4 + n: 40})
        rule_of(csm)
    for name, most in (("alerts", 10), ("alert-rules", 7), ("alert-hours", 6)):
        maya.get(reverse(name))
        with django_assert_max_num_queries(most):
            maya.get(reverse(name))


def test_the_bell_of_a_later_day_still_counts(told, csm):
    assert csm.unread_alerts == 1
    look(at=NOW + timedelta(days=1), today=TODAY + timedelta(days=1))
    csm.refresh_from_db()
    assert csm.unread_alerts == 1
