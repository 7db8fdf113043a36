"""What every call of the API has in common: headers, ETags, and that the limit is asked before the gate."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from django_filters import CharFilter
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from dashboards.api.parameters import JsonAlone, KnownParameters


class ApiView(KnownParameters, APIView):
    """Before a view class of the framework: reads carry an ETag, and a known one is answered with a 304."""

    content_negotiation_class = JsonAlone

    @method_decorator(conditional_page)
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        return super().dispatch(request, *args, **kwargs)

    def check_permissions(self, request: Request) -> None:
        # What is refused counts too.
        super().check_throttles(request)
        super().check_permissions(request)

    def check_throttles(self, request: Request) -> None:
        """Done already."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        finished = super().finalize_response(request, response, *args, **kwargs)
        rate = getattr(request, "rate", None)
        for name, value in rate.headers.items() if rate else ():
            finished[name] = value
        finished["Cache-Control"] = "private, no-cache"
        patch_vary_headers(finished, ("Authorization", "Cookie"))
        return finished

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """An empty number, day or choice is no filter that somebody meant."""
        filters = getattr(getattr(self, "filterset_class", None), "base_filters", {})
        for name, known in filters.items():
            if self.request.query_params.get(name) == "" and not isinstance(known, CharFilter):
                raise ValidationError({name: "This is empty: leave it out, or say what you want."})
        return super().filter_queryset(queryset)  # type: ignore[misc]

    def asked(self, serializer: type[Serializer]) -> dict[str, Any]:
        """The checked parameters of the address; nonsense is answered with a 400."""
        known = serializer(data=self.request.query_params.dict())
        known.is_valid(raise_exception=True)
        return known.validated_data
