"""Signatures as the Standard Webhooks ask for them: webhook-id, webhook-timestamp, webhook-signature (v1)."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings

PREFIX = "whsec_"
PURPOSE = "healthapp.webhook.secret"


def secret_of(target: str, number: int) -> bytes:
    """A target's secret of that number, made of the installation's own key: it is stored nowhere, and so not stolen
    with the database or an export."""
    said = f"{PURPOSE}:{target}:{number}".encode()
    return hmac.digest(settings.SECRET_KEY.encode(), said, hashlib.sha256)


def shown(secret: bytes) -> str:
    """As people copy it into the program that checks signatures."""
    return PREFIX + base64.b64encode(secret).decode()


def headers_of(*, message_id: str, timestamp: int, body: bytes, secrets: Iterable[bytes]) -> dict[str, str]:
    """While a secret is exchanged the message is signed with both."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    signatures = (hmac.digest(secret, signed, hashlib.sha256) for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(each).decode()}" for each in signatures),
    }
