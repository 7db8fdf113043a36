"""Any exception → an answer of the one shape."""

from typing import Any

import structlog
from django.core.signals import got_request_exception
from django.db import OperationalError
from rest_framework import status
from rest_framework.exceptions import NotAuthenticated, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from dashboards.api.errors import CODES, OWN_WORDS, Refusal, field_errors, told

log = structlog.get_logger(__name__)
RETRY_SECONDS = 5


def answer_error(error: Exception, context: dict[str, Any]) -> Response:
    """What was wrong with the request, or that we broke."""
    if isinstance(error, OperationalError):
        log.error("database does not answer", exc_info=error)
        error = Refusal(status.HTTP_503_SERVICE_UNAVAILABLE, wait=RETRY_SECONDS)
    response = exception_handler(error, context)
    if response is None:
        return broken(error, context)
    response.data = problem(error, response)
    return response


def broken(error: Exception, context: dict[str, Any]) -> Response:
    """A mistake of ours: the log has its details, the caller gets none. Who watches for it hears of it as ever."""
    request = context["request"]._request
    log.error("the API broke off", method=request.method, path=request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request)
    set_rollback()
    code, message = CODES[status.HTTP_500_INTERNAL_SERVER_ERROR]
    return Response({"code": code, "message": message, "errors": []}, status=status.HTTP_500_INTERNAL_SERVER_ERROR)


def problem(error: Exception, response: Response) -> dict[str, Any]:
    code, message = CODES.get(response.status_code, ("refused", ""))
    if isinstance(error, ValidationError):
        return {"code": code, "message": message, "errors": list(field_errors(error.detail))}
    said = response.data.get("detail") if isinstance(response.data, dict) else None
    is_theirs = response.status_code in OWN_WORDS or isinstance(error, NotAuthenticated)
    if said and (not is_theirs or isinstance(error, Refusal)):
        message = str(said)
    return {"code": code, "message": told(message), "errors": []}
