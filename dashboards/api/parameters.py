"""The parameters that an address takes. Others are refused: a misspelled filter would show everything."""

from types import SimpleNamespace
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from dashboards.api.errors import told


class JsonAlone(DefaultContentNegotiation):
    """Without the framework's `?format=`, which would answer a 404 where there is no such format."""

    settings = SimpleNamespace(URL_FORMAT_OVERRIDE=None)


class KnownParameters:
    """For a view of the framework. Who may not ask is refused as such before, an unknown method after."""

    # What the description of the view's methods names, beside filters and pages.
    parameters_to_read: tuple[str, ...] = ()
    parameters_to_write: tuple[str, ...] = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)  # type: ignore[misc]
        if hasattr(self, (request.method or "").lower()):
            self.check_parameters(request)

    def check_parameters(self, request: Request) -> None:
        known = known_parameters(self, request.method or "")
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            raise ValidationError({told(name) or '""': refusal(known) for name in unknown})


def refusal(known: list[str]) -> str:
    return (
        f"There is no such parameter here. There are: {', '.join(known)}."
        if known
        else "This address takes no parameters."
    )


def known_parameters(view: Any, method: str) -> list[str]:
    """The names in the order of the alphabet."""
    if method not in SAFE_METHODS:
        return sorted(view.parameters_to_write)
    filters = getattr(getattr(view, "filterset_class", None), "base_filters", {})
    paginator = getattr(view, "paginator", None)
    pages = (paginator.cursor_query_param, paginator.page_size_query_param) if paginator else ()
    return sorted({*view.parameters_to_read, *filters, *pages})
