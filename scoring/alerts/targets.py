"""Targets made, exchanged, switched and dropped; a message sent again; what is old goes."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.integrations.webhooks import signing
from accounts.integrations.webhooks.addresses import RefusedAddress, checked_url
from accounts.models import User
from scoring.models import Alert, AlertDelivery, AlertFiring, AlertTarget, DeliveryState

FORMER_SIGNS_FOR = timedelta(hours=24)
TEST_PAUSE = timedelta(minutes=1)
DELIVERIES_KEPT, ALERTS_KEPT = timedelta(days=90), timedelta(days=400)
OVER = (DeliveryState.DELIVERED, DeliveryState.FAILED)


@transaction.atomic
def make_target(*, kind: str, name: str, url: str, by: User, at: datetime) -> AlertTarget:
    """Where the name leads is looked at whenever something is sent; what can be seen at once is refused at once."""
    try:
        host = checked_url(url.strip()).hostname
    except RefusedAddress as refused:
        raise ValidationError({"url": str(refused)}) from refused
    target = AlertTarget(kind=kind, name=" ".join(name.split()), url=url.strip(), created_by=by, created_at=at)
    target.full_clean(exclude=["created_by"])
    target.save()
    # Of Slack the path is the secret: the record names the host alone.
    audit.record(verb="alert target made", subject=target, by=by, at=at, kind=kind, name=target.name, host=host)
    return target


def secret_text(target: AlertTarget) -> str:
    """Shown once, where it was made."""
    return signing.shown(signing.secret_of(str(target.uid), target.secret_number))


@transaction.atomic
def exchange_secret(*, target: AlertTarget, by: User, at: datetime) -> AlertTarget:
    """A new secret; for a day messages are signed with both."""
    target = AlertTarget.objects.select_for_update().get(pk=target.pk)
    target.secret_number += 1
    target.former_until = at + FORMER_SIGNS_FOR
    target.save(update_fields=["secret_number", "former_until"])
    audit.record(verb="alert target's secret exchanged", subject=target, by=by, at=at, number=target.secret_number)
    return target


@transaction.atomic
def switch_target(*, target: AlertTarget, is_on: bool, by: User, at: datetime) -> bool:
    """What waits, waits on. Switched on again it is asked at once."""
    found = AlertTarget.objects.filter(pk=target.pk, is_on=not is_on)
    if not found.update(is_on=is_on, failures=0, rests_until=None):
        return False
    verb = "alert target switched on" if is_on else "alert target switched off"
    audit.record(verb=verb, subject=target, by=by, at=at, name=target.name)
    return True


@transaction.atomic
def drop_target(*, target: AlertTarget, by: User, at: datetime) -> None:
    AlertTarget.objects.filter(pk=target.pk).update(dropped_at=at)
    audit.record(verb="alert target dropped", subject=target, by=by, at=at, name=target.name)


@transaction.atomic
def take_target_back(*, target: AlertTarget, by: User, at: datetime) -> None:
    AlertTarget.objects.filter(pk=target.pk).update(dropped_at=None)
    audit.record(verb="alert target taken back", subject=target, by=by, at=at, name=target.name)


@transaction.atomic
def queue_test(*, target: AlertTarget, by: User, at: datetime) -> AlertDelivery:
    """A message that says it is a test, on record before it goes. One a minute for a target that is on."""
    target = AlertTarget.objects.select_for_update().get(pk=target.pk)
    if not target.is_on or target.dropped_at is not None:
        raise ValidationError(f"{target.name} is off. Switch it on first.")
    if AlertDelivery.objects.filter(target=target, firing=None, queued_at__gt=at - TEST_PAUSE).exists():
        raise ValidationError("A test went there less than a minute ago.")
    # Whoever queued it sends it at once; were they killed, the next look does after a minute.
    test = AlertDelivery.objects.create(target=target, firing=None, queued_at=at, next_try_at=at + TEST_PAUSE)
    audit.record(verb="alert target tested", subject=target, by=by, at=at, name=target.name, delivery=test.pk)
    return test


@transaction.atomic
def send_again(*, delivery: AlertDelivery, by: User, at: datetime) -> bool:
    """Under the same id; says whether it was over."""
    over = AlertDelivery.objects.filter(pk=delivery.pk, state__in=OVER)
    if not over.update(state=DeliveryState.WAITING, next_try_at=at, queued_at=at):
        return False
    AlertTarget.objects.filter(pk=delivery.target_id).update(failures=0, rests_until=None)
    audit.record(verb="alert sent again", subject=delivery, by=by, at=at, target=delivery.target_id)
    return True


def thin(*, at: datetime) -> dict[str, int]:
    """Every night: what was sent long ago goes with its tries, then what was told."""
    sent, _ = AlertDelivery.objects.filter(state__in=OVER, queued_at__lt=at - DELIVERIES_KEPT).delete()
    told, _ = Alert.objects.filter(at__lt=at - ALERTS_KEPT).delete()
    AlertFiring.objects.filter(at__lt=at - ALERTS_KEPT, alerts=None).delete()
    return {"deliveries": sent, "alerts": told}
