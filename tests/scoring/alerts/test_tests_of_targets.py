"""A test that somebody sends to a target: signed, tried once, in the log and on record."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.integrations.webhooks.signing import headers_of, secret_of
from accounts.models import AuditEntry
from scoring.alerts.deliver import deliver_due, send_test
from scoring.alerts.targets import make_target, queue_test, switch_target
from scoring.models import AlertDelivery, AlertTarget
from tests.conftest import NOW
from tests.scoring.alerts.receiver import receiving

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings):
    settings.ALERT_INNER_HOSTS, settings.ALERT_SECONDS = {"127.0.0.1"}, 1
    with receiving() as found:
        yield found


@pytest.fixture
def tested(receiver, ops):
    def send(path: str, kind: str = "webhook"):
        target = make_target(kind=kind, name=path, url=receiver.url(path), by=ops, at=NOW)
        return target, send_test(queue_test(target=target, by=ops, at=NOW), clock=lambda: NOW)

    return send


def test_a_test_is_signed_names_nobody_and_is_delivered(tested, receiver, ops):
    target, answer = tested("ok")
    assert answer.status == 200
    headers, body = receiver.taken[0]
    told = json.loads(body)
    assert (told["type"], told["timestamp"]) == ("alerts.test", NOW.isoformat())
    delivery = AlertDelivery.objects.get()
    wanted = headers_of(
        message_id=f"msg_{delivery.uid.hex}", timestamp=int(NOW.timestamp()), body=body,
        secrets=[secret_of(str(target.uid), 1)],
    )  # fmt: skip
    assert {name.lower(): value for name, value in wanted.items()}.items() <= headers.items()
    assert (delivery.state, delivery.attempts, delivery.tries.get().status) == ("delivered", 1, 200)
    entry = AuditEntry.objects.get(verb="alert target tested")
    assert (entry.by, entry.detail) == (ops, {"name": "ok", "delivery": delivery.pk})


def test_slack_gets_a_sentence(tested, receiver):
    tested("ok", kind="slack")
    assert json.loads(receiver.taken[0][1]) == {"text": "A test from healthapp: alerts can reach this target."}


def test_a_test_that_fails_is_not_tried_again_and_the_target_does_not_rest(tested, receiver):
    target, answer = tested("broken")
    assert (answer.status, AlertDelivery.objects.get().state) == (500, "failed")
    assert AlertTarget.objects.get(pk=target.pk).failures == 0
    assert deliver_due(clock=lambda: NOW + timedelta(days=1)) == 0
    assert receiver.asked == 1


def test_nothing_goes_to_the_inside(receiver, settings, ops):
    settings.ALERT_INNER_HOSTS = set()
    target = AlertTarget.objects.create(
        kind="webhook", name="Inner", url="https://127.0.0.1/x", created_by=ops, created_at=NOW
    )
    answer = send_test(queue_test(target=target, by=ops, at=NOW), clock=lambda: NOW)
    assert (answer.status, answer.is_refused_here, receiver.asked) == (None, True, 0)


def test_one_a_minute_and_none_to_a_target_that_is_off(tested, ops):
    target, _ = tested("ok")
    with pytest.raises(ValidationError, match="less than a minute ago"):
        queue_test(target=target, by=ops, at=NOW + timedelta(seconds=59))
    assert queue_test(target=target, by=ops, at=NOW + timedelta(seconds=61)).firing is None
    switch_target(target=target, is_on=False, by=ops, at=NOW)
    with pytest.raises(ValidationError, match="is off"):
        queue_test(target=target, by=ops, at=NOW + timedelta(hours=1))


def test_whoever_comes_second_does_not_send_it_too(tested, receiver, ops):
    target, _ = tested("ok")
    test = queue_test(target=target, by=ops, at=NOW + timedelta(hours=1))
    AlertDelivery.objects.filter(pk=test.pk).update(attempts=1)
    assert send_test(test, clock=lambda: NOW) is None
    assert receiver.asked == 1
