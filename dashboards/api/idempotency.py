"""`Idempotency-Key`: a POST that names one is done once, however often it is sent."""

import json
import re
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework.exceptions import ValidationError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import KeptAnswer
from accounts.operations.answers import Claim, KeyInFlight, KeyUsed, claim, keep_answer, release
from dashboards.api.errors import Refusal

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEY = re.compile(r"[!-~]{1,200}")
Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Handler:
    """Declare a POST that may be sent again: the answer is kept with what it did, in one transaction."""

    @wraps(handler)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return handler(view, request, *args, **kwargs)
        found = claimed(request, key)
        if isinstance(found, KeptAnswer):
            return Response(json.loads(found.answer), status=found.status, headers={REPLAYED: "true"})
        return work(found, lambda: handler(view, request, *args, **kwargs))

    return once


def claimed(request: Request, key: str) -> Claim | KeptAnswer:
    if not KEY.fullmatch(key):
        raise ValidationError({HEADER: "A key has 1 to 200 characters of ASCII without spaces, such as a UUID."})
    try:
        return claim(user=request.user, key=key, request_digest=digest(request), at=timezone.now())
    except KeyUsed:
        raise Refusal(422, "This Idempotency-Key came before with another request. Take a new one.") from None
    except KeyInFlight as busy:
        raise in_flight(busy) from None


def work(mine: Claim, handle: Callable[[], Response]) -> Response:
    """A refusal keeps nothing: nothing was done, and the same request may be right in a moment."""
    try:
        with transaction.atomic():
            response = handle()
            keep_answer(mine=mine, status=response.status_code, answer=JSONRenderer().render(response.data).decode())
    except KeyInFlight as busy:
        raise in_flight(busy) from None
    except BaseException:
        release(mine=mine)
        raise
    return response


def in_flight(busy: KeyInFlight) -> Refusal:
    return Refusal(409, wait=max(1, busy.free_in.total_seconds()))


def digest(request: Request) -> str:
    """Of what the request says, however its JSON is spaced."""
    said = [request.method, request.get_full_path(), request.data]
    return sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()
