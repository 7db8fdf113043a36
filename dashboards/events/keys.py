"""Which source sends: the key in the header, in any of the ways in which clients write it, or in the body."""

import base64
import binascii
import time
from datetime import datetime

from django.http import HttpRequest

from accounts.operations.sources import digest_of, note_use
from accounts.queries.sources import LiveKey, live_key

# A known key is not looked up again for so long. That it still works is asked in the statement that takes events in.
KNOWN_SECONDS = 30.0
MOST_KNOWN = 1_000
KNOWN: dict[str, tuple[LiveKey, float]] = {}


def key_in_header(request: HttpRequest) -> str | None:
    """`Basic` of `key:` or of `key` alone, or `Bearer key`; None when there is none of these."""
    scheme, _, rest = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    rest = rest.strip()
    if scheme.lower() == "bearer":
        return rest or None
    return user_of(rest) if scheme.lower() == "basic" else None


def user_of(encoded: str) -> str | None:
    """The part before the colon. What is no base64 is taken as the key itself."""
    try:
        text = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        text = encoded
    return text.partition(":")[0] or None


def known_key(key: str, *, at: datetime) -> LiveKey | None:
    """The key, if it works; its use is noted."""
    digest = digest_of(key)
    found, until = KNOWN.get(digest, (None, 0.0))
    if found is not None and time.monotonic() < until:
        return found
    found = live_key(digest)
    if found is not None:
        note_use(key_id=found.pk, last_used_at=found.last_used_at, at=at)
        if len(KNOWN) >= MOST_KNOWN:
            KNOWN.clear()
        KNOWN[digest] = (found, time.monotonic() + KNOWN_SECONDS)
    return found


def forget(key: str) -> None:
    """The key does not work any more."""
    KNOWN.pop(digest_of(key), None)
