"""One shape for every refusal: a code for programs, a sentence for people, and what is wrong with which field."""

from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.serializers import CharField, ChoiceField, Serializer

# What each status is called, and what it says where nobody said more.
CODES = {
    400: ("invalid", "Something in the request makes no sense; `errors` says what."),
    401: ("not_authenticated", "Send a token: Authorization: Bearer …"),
    403: ("forbidden", "Your role does not allow this."),
    404: ("not_found", "There is no such thing, or you may not see it."),
    405: ("method_not_allowed", "This address does not take that method."),
    406: ("not_acceptable", "All answers are JSON: accept application/json."),
    409: ("in_flight", "The same request is being worked on. Ask again in a moment."),
    413: ("too_large", "The body is too large. Send fewer rows at once."),
    415: ("unsupported_media_type", "Send JSON: Content-Type: application/json"),
    422: ("key_reused", "This Idempotency-Key came before with another request."),
    429: ("too_many_requests", "Too many requests. Wait as long as Retry-After says."),
    500: ("broken", "This is a mistake of ours, and it is in the log. Nothing was written."),
    503: ("unavailable", "The database does not answer just now. Ask again in a moment."),
}
# Said by the libraries in words that help nobody.
OWN_WORDS = {404, 406, 415}
LONGEST_MESSAGE = 300


class FieldErrorSerializer(Serializer):
    field = CharField(help_text="The field or parameter; empty where it is the whole.", allow_blank=True)
    message = CharField()


class ErrorSerializer(Serializer):
    """Every refusal looks like this."""

    code = ChoiceField(choices=sorted(code for code, _ in CODES.values()))
    message = CharField(help_text="What was wrong and what to do, in a sentence.")
    errors = FieldErrorSerializer(many=True, help_text="What is wrong with each field; often empty.")


class Refusal(APIException):
    """A refusal with its own status, such as those of an Idempotency-Key."""

    def __init__(self, status_code: int, message: str = "", *, wait: float | None = None) -> None:
        super().__init__(message or CODES[status_code][1])
        self.status_code = status_code
        if wait is not None:
            self.wait = wait


def field_errors(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """Every message with the path of its field, however deep."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from field_errors(inner, f"{field}.{name}".strip(".") if name != "non_field_errors" else field)
    elif isinstance(detail, list):
        for inner in detail:
            yield from field_errors(inner, field)
    else:
        yield {"field": told(field), "message": told(str(detail))}


def told(text: str) -> str:
    """What somebody sent, as it can be shown: no half characters, and not pages of it."""
    shown = text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")
    return shown if len(shown) <= LONGEST_MESSAGE else f"{shown[:LONGEST_MESSAGE]} …"
