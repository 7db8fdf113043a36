"""The event stream of client libraries: POST /v1/batch and its relatives, answered only after the commit.

No login, no session and no cookie: a key names the source, and whoever has it may send and do nothing else.
"""

import time
from datetime import datetime
from typing import Any

import structlog
from django.core.signals import got_request_exception
from django.db import InterfaceError, InternalError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts.ingest.events.accept import Accepted, KeyRevoked, accept
from accounts.ingest.events.decode import decode
from accounts.ingest.events.event import EventType
from accounts.ingest.events.split import Letter, split_batch, split_single
from accounts.ingest.events.verdicts import BadBody, TooLarge
from accounts.queries.sources import LiveKey
from dashboards.events import answers, keys, rates
from dashboards.events.bodies import body_of
from dashboards.gate import public

log = structlog.get_logger(__name__)

KINDS: dict[str, EventType | None] = {
    "batch": None, "b": None, "track": "track", "t": "track", "identify": "identify", "i": "identify",
    "group": "group", "g": "group", "page": "page", "p": "page", "screen": "screen", "s": "screen",
    "alias": "alias", "a": "alias",
}  # fmt: skip
ROUTE = rf"^v1/(?P<call>{'|'.join(KINDS)})/?$"
COME_BACK_SECONDS = 5
# What the database says when it cannot be reached, is locked, full, starting or a standby.
NOT_NOW = (OperationalError, InterfaceError, InternalError)


class Unknown(Exception):
    """The request names no key that works."""


class TooFast(Exception):
    """The source has sent as much as it may."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@csrf_exempt
@public
def receive(request: HttpRequest, call: str) -> HttpResponse:
    """Takes in what a client sends, and says what became of each event."""
    if request.method == "OPTIONS":
        return answers.preflight()
    if request.method != "POST":
        return answers.problem(405, "method_not_allowed", "Send events with POST.")
    try:
        return take(request, call)
    except Unknown:
        return answers.problem(401, "unknown_key", "Send the key of a source: Basic, Bearer or `writeKey` in the body.")
    except TooFast as wait:
        message = f"The source has sent as many events as it may in a minute. Try again in {wait.seconds} s."
        return answers.problem(429, "too_many_requests", message, retry_after=wait.seconds)
    except BadBody as bad:
        return answers.problem(413 if isinstance(bad, TooLarge) else 400, bad.code, bad.message)
    except NOT_NOW:
        return try_later()
    except Exception:
        return broken(request)


def take(request: HttpRequest, call: str) -> HttpResponse:
    """A header is looked at before the body, so that strangers cannot make us read much."""
    now, clock = timezone.now(), time.time()
    text = keys.key_in_header(request)
    source = admitted(text, at=now, clock=clock) if text else None
    letter = split(body_of(request), call)
    if source is None:
        text = letter.key
        source = admitted(text, at=now, clock=clock)
    decoded = decode(letter, kind=KINDS[call], received_at=now)
    try:
        taken = accept_on_any_line(source_id=source.source_id, events=decoded.events, at=now, key_id=source.pk)
    except KeyRevoked:
        keys.forget(text or "")
        raise Unknown from None
    rates.count(source.source_id, len(letter.events), now=clock)
    return answers.receipt(accepted=taken.accepted, duplicates=taken.duplicates, rejected=decoded.rejected)


def accept_on_any_line(**about: Any) -> Accepted:
    """As `accept`, without asking first whether a connection kept from another request still works.

    Where it does not, the events are taken in on a new one: what had been kept already counts once.
    """
    if connection.connection is None:
        return accept(**about)
    connection.health_check_done = True  # type: ignore[attr-defined]  # django-stubs lacks it
    try:
        return accept(**about)
    except (OperationalError, InterfaceError):
        if connection.is_usable():
            raise
        connection.close()
        return accept(**about)


def split(body: bytes, call: str) -> Letter:
    return split_single(body) if KINDS[call] else split_batch(body)


def admitted(text: str | None, *, at: datetime, clock: float) -> LiveKey:
    """The key, which works and whose source may send now."""
    found = keys.known_key(text, at=at) if text else None
    if found is None:
        raise Unknown
    if seconds := rates.seconds_to_wait(found.source_id, now=clock):
        raise TooFast(seconds)
    return found


def try_later() -> HttpResponse:
    """Nothing was taken in, or nobody knows whether it was: sent again, it counts once."""
    log.warning("the database is not there, a sender was told to come back", exc_info=True)
    connection.close()
    return answers.problem(
        503, "try_again", f"The database cannot be reached. Try again in {COME_BACK_SECONDS} s.",
        retry_after=COME_BACK_SECONDS,
    )  # fmt: skip


def broken(request: HttpRequest) -> HttpResponse:
    """A mistake of ours: the log has its details. Senders try again by themselves, as after any 5xx."""
    log.exception("a sender's request broke off", path=request.path)
    got_request_exception.send(sender=None, request=request)
    return answers.problem(500, "broken", "This is a mistake of ours, and it is in the log. Send the same again later.")
