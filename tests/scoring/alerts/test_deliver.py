"""Messages to a real HTTP target: signed, tried again, never to the inside, and a dead one delays nobody."""

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.integrations.webhooks import addresses
from accounts.integrations.webhooks.addresses import RefusedAddress, is_public, place_of
from accounts.models import AuditEntry
from scoring.alerts.deliver import RESTS_AFTER, deliver_due, pause_after
from scoring.alerts.messages import escaped
from scoring.alerts.targets import exchange_secret, make_target, secret_text, send_again, thin
from scoring.alerts.watch import look
from scoring.models import AlertDelivery, AlertTarget, AlertWatch, DeliveryTry, ScoringRun
from tests.conftest import NOW, TODAY
from tests.scoring.alerts.receiver import receiving

MINUTE = timedelta(minutes=1)


@pytest.fixture
def receiver(settings):
    settings.ALERT_INNER_HOSTS, settings.ALERT_SECONDS = {"127.0.0.1"}, 1
    with receiving() as found:
        yield found


@pytest.fixture
def target(receiver, ops):
    def make(path: str, kind: str = "webhook") -> AlertTarget:
        return make_target(kind=kind, name=path, url=receiver.url(path), by=ops, at=NOW)

    return make


@pytest.fixture
def fired(acme, scored, ops, rule_of):
    """Acme fell; one message to each of these targets waits."""

    def fire(*targets: AlertTarget) -> None:
        scored(acme, {1: 72, 0: 40})
        ScoringRun.objects.update(finished_at=NOW)
        AlertWatch.objects.create(pk=1, looked_at=NOW)
        rule_of(ops, scope="all", targets=targets)
        assert look(at=NOW, today=TODAY) == 1

    return fire


def deliver(at=NOW) -> int:
    return deliver_due(clock=lambda: at)


def state_of(target: AlertTarget) -> tuple[str, int]:
    found = AlertDelivery.objects.get(target=target)
    return found.state, found.attempts


def test_a_webhook_is_signed_as_the_standard_says(receiver, target, fired, acme):
    hook = target("ok")
    fired(hook)
    assert deliver() == 1
    ((headers, body),) = receiver.taken
    secret = base64.b64decode(secret_text(hook).removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    said = json.loads(body)
    assert said["type"] == "alerts.fired"
    assert said["data"]["alerts"][0]["account"]["name"] == "Acme"
    assert state_of(hook) == ("delivered", 1)
    assert (DeliveryTry.objects.get().status, DeliveryTry.objects.get().said) == (200, "thanks")


def test_while_a_secret_is_exchanged_both_sign(receiver, target, fired, ops):
    hook = target("ok")
    before = secret_text(hook)
    fired(exchange_secret(target=hook, by=ops, at=NOW))
    assert secret_text(AlertTarget.objects.get()) != before
    deliver()
    assert len(receiver.taken[0][0]["webhook-signature"].split()) == 2


def test_slack_gets_a_text_in_which_no_name_calls_anybody(receiver, target, fired):
    fired(target("ok", "slack"))
    deliver()
    headers, body = receiver.taken[0]
    assert "Moved from Strong to Weak" in json.loads(body)["text"]
    assert "webhook-signature" not in headers
    assert escaped("<!channel> & co|x") == "&lt;!channel&gt; &amp; co¦x"


@pytest.mark.parametrize(
    ("path", "status"), [("broken", 500), ("cut", None), ("drips", None), ("away", 302), ("busy", 429)]
)
def test_a_target_that_fails_is_tried_again_under_the_same_id(receiver, target, fired, path, status):
    hook = target(path)
    fired(hook)
    began = time.monotonic()
    assert deliver() == 0
    assert time.monotonic() - began < 5
    assert (state_of(hook), DeliveryTry.objects.get().status) == (("waiting", 1), status)
    assert deliver() == 0
    assert receiver.asked == 1
    AlertTarget.objects.update(url=receiver.url("ok"))
    assert deliver(NOW + 3 * MINUTE) == 1
    assert receiver.taken[0][0]["webhook-id"] == f"msg_{AlertDelivery.objects.get().uid.hex}"


def test_who_asks_for_a_pause_gets_it(target, fired):
    hook = target("busy")
    fired(hook)
    deliver()
    hook.refresh_from_db()
    assert AlertDelivery.objects.get().next_try_at >= NOW + 2 * MINUTE
    assert hook.rests_until >= NOW + 2 * MINUTE


def test_who_is_gone_for_good_is_not_asked_again(target, fired):
    hook = target("gone")
    fired(hook)
    deliver()
    assert state_of(hook) == ("failed", 1)


def test_a_dead_target_delays_no_other(receiver, target, fired):
    slow, quick = target("drips"), target("ok")
    fired(slow, quick)
    began = time.monotonic()
    assert deliver() == 1
    assert time.monotonic() - began < 5
    tries = {tried.delivery.target_id: tried.milliseconds for tried in DeliveryTry.objects.all()}
    assert (state_of(slow)[0], state_of(quick)[0], len(tries)) == ("waiting", "delivered", 2)


def test_a_target_that_fails_again_and_again_rests_and_is_asked_by_one(receiver, target, fired, ops):
    hook = target("broken")
    fired(hook)
    first = AlertDelivery.objects.get()
    for n in range(RESTS_AFTER):
        deliver(NOW + n * 5 * MINUTE)
    hook.refresh_from_db()
    assert hook.rests_until > NOW + 2 * 5 * MINUTE
    assert deliver(NOW + 2 * 5 * MINUTE) == 0
    AlertTarget.objects.update(url=receiver.url("ok"))
    assert send_again(delivery=first, by=ops, at=NOW) is False
    assert deliver(NOW + timedelta(hours=1)) == 1
    hook.refresh_from_db()
    assert (hook.failures, hook.rests_until) == (0, None)


def test_a_message_is_sent_again_under_its_id_and_on_record(receiver, target, fired, ops):
    fired(target("ok"))
    deliver()
    assert send_again(delivery=AlertDelivery.objects.get(), by=ops, at=NOW)
    assert deliver() == 1
    assert len({headers["webhook-id"] for headers, _ in receiver.taken}) == 1
    assert AuditEntry.objects.filter(verb="alert sent again").count() == 1


def test_what_a_killed_worker_held_is_sent_when_its_lease_is_over(receiver, target, fired):
    fired(target("ok"))
    AlertDelivery.objects.update(state="sending", attempts=1, next_try_at=NOW + MINUTE)
    assert deliver() == 0
    assert deliver(NOW + MINUTE) == 1


def test_of_an_erased_account_nothing_is_sent(receiver, target, fired, acme):
    hook = target("ok")
    fired(hook)
    acme.history.all().delete()
    acme.delete()
    assert deliver() == 0
    assert (state_of(hook)[0], receiver.asked) == ("failed", 0)


def test_old_messages_go_and_alerts_later(target, fired):
    fired(target("ok"))
    deliver()
    assert thin(at=NOW + timedelta(days=91))["deliveries"] == 2
    assert thin(at=NOW + timedelta(days=401))["alerts"] >= 1


def test_pauses_grow_with_jitter_and_end_at_an_hour():
    for attempts, seconds in ((1, 10), (2, 20), (5, 160), (30, 3600)):
        assert 0.75 * seconds <= pause_after(attempts).total_seconds() <= 1.25 * seconds


# Where messages do not go


@pytest.mark.parametrize(
    "ip",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.1", "224.0.0.1", "::1",
     "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::127.0.0.1"],
)  # fmt: skip
def test_no_address_inside_is_public_however_it_is_written(ip):
    assert not is_public(ip)


@pytest.mark.parametrize("ip", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_addresses_of_the_internet_are(ip):
    assert is_public(ip)


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1/", "https://2130706433/", "https://localhost:5432/", "https://[::1]/"]
)
def test_a_name_that_leads_inside_is_refused_where_it_is_connected_to(url):
    with pytest.raises(RefusedAddress, match="leads inside"):
        place_of(url)


def test_one_of_several_addresses_inside_is_enough(monkeypatch):
    found = [(2, 1, 6, "", (ip, 443)) for ip in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *args, **kwargs: found)
    with pytest.raises(RefusedAddress):
        place_of("https://example.com/")


def test_the_name_is_asked_once_and_that_address_is_connected_to(monkeypatch):
    answers = iter([[(2, 1, 6, "", ("93.184.216.34", 443))]])
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *args, **kwargs: next(answers))
    assert place_of("https://example.com/a?b=c").ip == "93.184.216.34"


@pytest.mark.parametrize(
    "url", ["http://example.com/", "ftp://example.com/", "https://a:b@example.com/", "https://", "https://a b/", "x"]
)
def test_what_is_no_address_is_refused_when_it_is_entered(ops, url):
    with pytest.raises(ValidationError):
        make_target(kind="webhook", name="X", url=url, by=ops, at=NOW)


def test_a_target_inside_fails_at_once_and_says_why(target, fired, settings):
    hook = target("ok")
    fired(hook)
    settings.ALERT_INNER_HOSTS = set()
    AlertTarget.objects.update(url="https://localhost:1/")
    deliver()
    assert state_of(hook) == ("failed", 1)
    assert "leads inside" in DeliveryTry.objects.get().said
