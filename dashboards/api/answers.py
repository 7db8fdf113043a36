"""What the description says of every call: its refusals, its headers, and how it is limited."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from dashboards.api.errors import CODES, ErrorSerializer
from dashboards.api.idempotency import HEADER, REPLAYED

SAID = {
    400: "A parameter or the body makes no sense, or no parameter is called so; `errors` names what and says why.",
    401: "No session and no token that works.",
    403: "Your role, or the scope of your token, does not allow this.",
    404: "There is no such thing, or you may not see it.",
    409: "The same request, by its Idempotency-Key, is being worked on; `Retry-After` says when to ask again.",
    413: "The body is too large.",
    415: "The body is not declared as JSON.",
    422: "The Idempotency-Key came before with another request.",
    429: "More requests in this minute than allowed; `Retry-After` says in how many seconds there are more.",
    500: "A mistake of ours; nothing was written.",
    503: "The database does not answer; `Retry-After` says when to ask again.",
}
ALWAYS = (400, 401, 403, 406, 429, 500, 503)
NOT_CHANGED = {304: OpenApiResponse(description="As it was when the ETag that you named in If-None-Match was given.")}


def refusals(*more: int) -> dict[int, OpenApiResponse]:
    """Those that every call has, and these."""
    return {
        status: OpenApiResponse(ErrorSerializer, description=SAID.get(status, CODES[status][1]))
        for status in sorted({*ALWAYS, *more})
    }


def answer_header(name: str, kind: Any, description: str, statuses: list[int] | bool = True) -> OpenApiParameter:
    return OpenApiParameter(name, kind, OpenApiParameter.HEADER, description=description, response=statuses or True)


LIMITS = [
    answer_header("X-RateLimit-Limit", int, "Requests allowed in a minute.", [200]),
    answer_header("X-RateLimit-Remaining", int, "How many are left in this one.", [200]),
    answer_header("X-RateLimit-Reset", int, "Seconds until the next one begins.", [200]),
]
TO_READ = [
    OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER, description="The ETag of what you have."),
    answer_header("ETag", str, "Changes when the answer does.", [200]),
    *LIMITS,
]
TO_WRITE = [
    OpenApiParameter(
        "source", str, description="The source in whose name you write; not needed where the token names one."
    ),
    OpenApiParameter(
        HEADER,
        {"type": "string", "pattern": "^[!-~]{1,200}$"},
        OpenApiParameter.HEADER,
        description="Of your making, such as a UUID: sent again within 24 hours, the request is not done again.",
    ),
    answer_header(REPLAYED, OpenApiTypes.BOOL, "The answer is the one that was given before.", [200]),
    *LIMITS,
]
