"""What a message to a target says: the alerts of one firing, as they are stored; or that it is a test."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.integrations.webhooks import signing
from scoring.models import Alert, AlertDelivery, AlertFiring, AlertTarget, TargetKind

MOST_NAMED = 20
TEST = "A test from healthapp: alerts can reach this target."
JSON = {"Content-Type": "application/json"}


def body_of(delivery: AlertDelivery) -> bytes | None:
    """None where the accounts that it was about are gone."""
    if delivery.firing is None:
        return json.dumps(test_of(delivery), separators=(",", ":")).encode()
    alerts = list(delivery.firing.alerts.select_related("account").order_by("pk"))
    if not alerts:
        return None
    said = event_of if delivery.target.kind == TargetKind.WEBHOOK else slack_of
    return json.dumps(said(delivery.firing, alerts), separators=(",", ":")).encode()


def test_of(delivery: AlertDelivery) -> dict[str, Any]:
    """It names nobody, and is of a type of its own, so that no target takes it for an alert."""
    if delivery.target.kind != TargetKind.WEBHOOK:
        return {"text": TEST}
    return {"type": "alerts.test", "timestamp": delivery.queued_at.isoformat(), "data": {"text": TEST}}


def event_of(firing: AlertFiring, alerts: Sequence[Alert]) -> dict[str, Any]:
    rule = firing.rule
    return {
        "type": "alerts.fired",
        "timestamp": firing.at.isoformat(),
        "data": {
            "rule": {"id": rule.pk, "name": rule.name, "kind": rule.kind},
            "alerts": [told(alert) for alert in alerts],
        },
    }


def told(alert: Alert) -> dict[str, Any]:
    """Of an alert that started a plan, its id."""
    account = alert.account
    about = None if account is None else {"id": account.pk, "name": account.name, "url": address_of(alert)}
    told = {"id": alert.pk, "account": about, "text": alert.text, "as_of": alert.as_of.isoformat()}
    return told | ({"plan": {"id": alert.plan_id}} if alert.plan_id else {})


def address_of(alert: Alert) -> str:
    return f"{settings.PUBLIC_URL}/accounts/{alert.account_id}"


def slack_of(firing: AlertFiring, alerts: Sequence[Alert]) -> dict[str, Any]:
    return {"text": "\n".join(slack_lines(firing.rule.name, alerts))}


def slack_lines(rule: str, alerts: Sequence[Alert]) -> Iterator[str]:
    yield f"*{escaped(rule)}*"
    for alert in alerts[:MOST_NAMED]:
        name = f"<{address_of(alert)}|{escaped(alert.account.name)}>: " if alert.account else ""
        yield f"• {name}{escaped(alert.text)}"
    if len(alerts) > MOST_NAMED:
        yield f"… and {len(alerts) - MOST_NAMED} more: {settings.PUBLIC_URL}/alerts"


def escaped(text: str) -> str:
    """As Slack asks for, so that no name becomes a link or calls anybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "¦")


def headers_of(delivery: AlertDelivery, body: bytes, *, at: datetime) -> dict[str, str]:
    """The id is the same for every try, so that a target can tell a second one."""
    if delivery.target.kind != TargetKind.WEBHOOK:
        return dict(JSON)
    secrets = secrets_of(delivery.target, at=at)
    message_id, timestamp = f"msg_{delivery.uid.hex}", int(at.timestamp())
    return JSON | signing.headers_of(message_id=message_id, timestamp=timestamp, body=body, secrets=secrets)


def secrets_of(target: AlertTarget, *, at: datetime) -> list[bytes]:
    """The secret in use, and while it is exchanged the former one."""
    numbers = [target.secret_number]
    if target.former_until is not None and at < target.former_until:
        numbers.append(target.secret_number - 1)
    return [signing.secret_of(str(target.uid), number) for number in numbers]
