"""The API's own description, and what is answered where there is nothing."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from dashboards.api.base import ApiView
from dashboards.api.parameters import KnownParameters
from dashboards.api.permissions import DeclaredAction


class BearerToken(OpenApiAuthenticationExtension):
    target_class = "dashboards.api.tokens.ScopedToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "From manage.py create_token, or the page Tokens."}


def close_records(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """What is written has the columns that are described and no others."""
    for name, component in result["components"]["schemas"].items():
        if name.endswith(("Record", "RecordRequest", "Rows", "RowsRequest")):
            component["additionalProperties"] = False
    return result


class Schema(KnownParameters, SpectacularAPIView):
    """The OpenAPI description of this API."""

    action_needed = Action.VIEW_ACCOUNT
    permission_classes = (DeclaredAction,)
    parameters_to_read = ("format",)

    def handle_exception(self, exc: Exception) -> Response:
        """A refusal is no description: it is JSON as everywhere."""
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = JSONRenderer.media_type
        return super().handle_exception(exc)


@extend_schema(exclude=True)
class NotThere(ApiView):
    """Any other address below /api/v1/: refused in the API's own words, and not by a page."""

    action_needed = action_to_write = Action.VIEW_ACCOUNT

    def check_parameters(self, request: Request) -> None:
        """That there is nothing comes first."""

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise NotFound

    post = put = patch = delete = get
