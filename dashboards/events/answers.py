"""What senders are answered: always JSON, also to browsers on other sites, which send no cookies with it."""

import msgspec
from django.http import HttpResponse

from accounts.ingest.events.verdicts import Verdict

# Any site may send with its key; nothing that a browser knows by itself (a session, a cookie) has any meaning here.
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After",
}
PREFLIGHT = {
    **CORS,
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding",
    "Access-Control-Max-Age": "86400",
}
JSON = msgspec.json.Encoder()


class Receipt(msgspec.Struct, frozen=True):
    """The answer after the commit."""

    accepted: int
    duplicates: int
    rejected: list[Verdict]
    success: bool = True


class Problem(msgspec.Struct, frozen=True):
    code: str
    message: str


def receipt(*, accepted: int, duplicates: int, rejected: list[Verdict]) -> HttpResponse:
    return answer(Receipt(accepted, duplicates, rejected), status=200)


def problem(status: int, code: str, message: str, *, retry_after: int | None = None) -> HttpResponse:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return answer(Problem(code, message), status=status, headers=headers)


def preflight() -> HttpResponse:
    return HttpResponse(status=204, headers=PREFLIGHT)


def answer(content: msgspec.Struct, *, status: int, headers: dict[str, str] | None = None) -> HttpResponse:
    body = JSON.encode(content)
    # No middleware stands behind the stream that would count.
    length = {"Content-Length": str(len(body))}
    return HttpResponse(
        body, status=status, content_type="application/json", headers={**CORS, **length, **(headers or {})}
    )
