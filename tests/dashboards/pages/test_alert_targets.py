"""Targets and the log of messages: a secret shown once, an address never again, and a message sent again."""

import pytest
from django.urls import reverse

from accounts.integrations.webhooks.post import Answer
from scoring.alerts.operations import Said, make_rule
from scoring.alerts.targets import secret_text
from scoring.models import AlertDelivery, AlertFiring, AlertRule, AlertTarget, DeliveryTry
from tests.conftest import NOW
from tests.dashboards.pages.test_alerts import RULE, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization")]
HOOK = {"kind": "webhook", "name": "Pager", "url": "https://hooks.example/very/secret"}


@pytest.fixture
def olu(client, ops):
    client.force_login(ops)
    return client


@pytest.fixture
def pager(olu) -> AlertTarget:
    olu.post(reverse("alert-targets"), HOOK)
    return AlertTarget.objects.get()


@pytest.fixture
def failed(pager, ops) -> AlertDelivery:
    said = Said(name="Falls", kind="flag", params={"flag": ""}, targets=(pager,))
    firing = AlertFiring.objects.create(rule=make_rule(said=said, by=ops, at=NOW), at=NOW)
    delivery = AlertDelivery.objects.create(
        target=pager, firing=firing, state="failed", attempts=1, queued_at=NOW, next_try_at=NOW
    )
    DeliveryTry.objects.create(delivery=delivery, at=NOW, milliseconds=12, status=500, said="broken")
    return delivery


def test_the_secret_is_shown_once_and_the_address_not_again(olu):
    answer = olu.post(reverse("alert-targets"), HOOK)
    secret = secret_text(AlertTarget.objects.get())
    assert (secret in answer.content.decode(), answer.headers["Cache-Control"]) == (True, "no-store")
    listed = olu.get(reverse("alert-targets")).content.decode()
    assert "hooks.example" in listed
    assert (secret in listed, "very/secret" in listed) == (False, False)


def test_a_new_secret_is_another(olu, pager):
    before = secret_text(pager)
    answer = olu.post(reverse("alert-target-secret", args=[pager.pk]))
    assert before not in answer.content.decode()
    assert "whsec_" in answer.content.decode()


def test_an_address_that_is_none_is_said_beside_the_field(olu):
    answer = olu.post(reverse("alert-targets"), HOOK | {"url": "http://hooks.example/"})
    assert (answer.status_code, "https:// alone" in text_of(answer)) == (422, True)


def test_a_target_is_switched_dropped_and_taken_back(olu, pager):
    olu.post(f"{reverse('alert-target-switch', args=[pager.pk])}?on=0")
    assert "Off" in text_of(olu.get(reverse("alert-targets")))
    olu.post(reverse("alert-target-drop", args=[pager.pk]))
    assert "No targets yet" in text_of(olu.get(reverse("alert-targets")))
    olu.post(reverse("alert-target-back", args=[pager.pk]))
    assert "Pager" in text_of(olu.get(reverse("alert-targets")))


def test_a_rule_is_given_a_target_by_who_may_alert_others_alone(olu, pager, client, csm):
    olu.post(reverse("alert-rule-new"), RULE | {"targets": [pager.pk]})
    assert list(AlertRule.objects.get().targets.all()) == [pager]
    client.force_login(csm)
    assert "Pager" not in text_of(client.get(reverse("alert-rule-new")))
    client.post(reverse("alert-rule-new"), RULE | {"targets": [pager.pk], "name": "Mine"})
    assert not AlertRule.objects.get(name="Mine").targets.exists()


def test_the_log_has_every_try_and_sends_again(olu, failed):
    said = text_of(olu.get(reverse("alert-deliveries")))
    assert "500 broken" in said
    assert f"msg_{failed.uid.hex}" in said
    assert "No messages" in text_of(olu.get(f"{reverse('alert-deliveries')}?state=delivered"))
    olu.post(reverse("alert-replay", args=[failed.pk]))
    assert AlertDelivery.objects.get().state == "waiting"
    lines = b"".join(olu.get(reverse("alert-deliveries-csv")).streaming_content).decode()
    assert "Falls,Pager,Waiting,1" in lines


def test_the_log_asks_as_much_for_many_as_for_one(olu, failed, django_assert_max_num_queries):
    for _ in range(4):
        firing = AlertFiring.objects.create(rule=failed.firing.rule, at=NOW)
        AlertDelivery.objects.create(target=failed.target, firing=firing, queued_at=NOW, next_try_at=NOW)
    for name in ("alert-deliveries", "alert-targets"):
        olu.get(reverse(name))
        with django_assert_max_num_queries(10):
            olu.get(reverse(name))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(200, "ok"), "Pager took the test: it answered 200."),
        (Answer(500, "broken"), "Pager did not take the test: it answered 500, “broken”."),
        (Answer(None, "TimeoutError"), "Pager did not take the test: no answer (TimeoutError)."),
    ],
)
def test_what_came_back_of_a_test_is_said_in_words_and_logged(olu, pager, monkeypatch, answer, words):
    monkeypatch.setattr("scoring.alerts.deliver.post", lambda *args, **more: answer)
    assert words in text_of(olu.post(reverse("alert-target-test", args=[pager.pk]), follow=True))
    listed = olu.get(reverse("alert-deliveries")).content.decode()
    assert '<span class="table__name">Test</span>' in listed
    assert "less than a minute ago" in text_of(olu.post(reverse("alert-target-test", args=[pager.pk]), follow=True))
