"""Facts of every kind: a list, one of them, writing one, and writing many with a verdict for each."""

from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from accounts.models import Scope
from accounts.queries.facts import add_lists, visible_facts
from dashboards.api.answers import NOT_CHANGED, TO_READ, TO_WRITE, refusals
from dashboards.api.base import ApiView
from dashboards.api.errors import told
from dashboards.api.fact_filters import fact_filter
from dashboards.api.fact_serializers import (
    MOST_ROWS,
    VerdictSerializer,
    VerdictsSerializer,
    bulk_serializer,
    fact_paths,
    fact_serializer,
    record_serializer,
)
from dashboards.api.idempotency import idempotent
from dashboards.api.kinds import Kind
from dashboards.api.writing import Verdict, source_asked, write_rows


class OfKind:
    """A call about one kind of facts."""

    kind: Kind
    action_needed = Action.VIEW_ACCOUNT
    request: Request
    kwargs: dict[str, Any]

    def get_queryset(self) -> QuerySet[Any]:
        rows = visible_facts(self.request.user, kind=self.kind.name)
        return rows.values(*fact_paths(self.kind))

    def told(self, rows: list[dict[str, Any]]) -> Any:
        add_lists(rows, kind=self.kind.name)
        return fact_serializer(self.kind)(rows, many=True).data


class WritesOne:
    """POST: one fact, by its external id."""

    kind: Kind
    request: Request
    parameters_to_write: tuple[str, ...] = ("source",)

    @idempotent
    def post(self, request: Request) -> Response:
        """Creates it, or amends the one of the same external id. What is left out counts as empty or as unstated."""
        if not isinstance(request.data, dict):
            raise ValidationError({"": "The body is one object of columns and values. For many, use …/bulk."})
        now = timezone.now()
        (verdict,) = write_rows(self.kind, [request.data], source=source_asked(request), by=request.user, at=now)
        if verdict.verdict == "refused":
            raise ValidationError({verdict.column: verdict.reason})
        is_new = verdict.verdict == "created"
        return Response(
            VerdictSerializer(verdict).data, status=status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        )


class FactList(WritesOne, OfKind, ApiView, GenericAPIView):
    def get(self, request: Request) -> Response:
        """A page of them, by id. Follow `next` until it is null."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(self.told(list(page or ())))


class FactDetail(OfKind, ApiView, GenericAPIView):
    filter_backends = ()
    pagination_class = None

    def get(self, request: Request, pk: int) -> Response:
        """As it was recorded last."""
        found = list(self.get_queryset().filter(pk=pk))
        if not found:
            raise NotFound
        return Response(self.told(found)[0])


class FactBulk(ApiView):
    """POST: many of them at once."""

    kind: Kind
    action_needed = Action.VIEW_ACCOUNT
    action_to_write = Action.INGEST_FACTS
    scope_to_write = Scope.INGEST
    parameters_to_write: tuple[str, ...] = ("source",)

    @idempotent
    def post(self, request: Request) -> Response:
        """Each row is created, amended, found unchanged, or refused with column and reason, which stops no other."""
        rows, now = rows_of(request.data), timezone.now()
        found = write_rows(self.kind, rows, source=source_asked(request), by=request.user, at=now)
        return Response(told_verdicts(found))


def rows_of(body: Any) -> list[Any]:
    if not isinstance(body, dict) or not isinstance(body.get("rows"), list):
        raise ValidationError({"rows": 'The body is an object with a list: {"rows": [{…}, …]}'})
    if others := [name for name in body if name != "rows"]:
        raise ValidationError({told(others[0]): "There is nothing of that name beside `rows`."})
    if not 1 <= len(body["rows"]) <= MOST_ROWS:
        raise ValidationError({"rows": f"Send 1 to {MOST_ROWS:,} rows at once; these are {len(body['rows']):,}."})
    return body["rows"]


def told_verdicts(found: list[Verdict]) -> dict[str, Any]:
    states = [verdict.verdict for verdict in found]
    counts = {state: states.count(state) for state in ("created", "changed", "unchanged", "refused")}
    return {**counts, "rows": [asdict(verdict) for verdict in found]}


# The views of each kind, with what the description says of them.


def describe_write(kind: Kind) -> Any:
    return extend_schema(
        summary=f"Write one of the {kind.title}",
        parameters=TO_WRITE,
        request=record_serializer(kind),
        responses={200: VerdictSerializer, 201: VerdictSerializer, **refusals(409, 413, 415, 422)},
    )


def list_view(kind: Kind) -> type[FactList]:
    described = extend_schema_view(
        get=extend_schema(
            operation_id=f"{kind.name}_list",
            summary=f"The {kind.title} that you see",
            parameters=TO_READ,
            responses={200: fact_serializer(kind)(many=True), **NOT_CHANGED, **refusals()},
        ),
        post=describe_write(kind),
    )
    members = {
        "kind": kind,
        "action_to_write": kind.action_to_write,
        "serializer_class": fact_serializer(kind),
        "filterset_class": fact_filter(kind),
    }
    return described(type(f"{kind.noun}List", (FactList,), members))


def detail_view(kind: Kind) -> type[FactDetail]:
    described = extend_schema_view(
        get=extend_schema(
            summary=f"One of the {kind.title}",
            parameters=TO_READ,
            responses={200: fact_serializer(kind), **NOT_CHANGED, **refusals(404)},
        )
    )
    return described(type(f"{kind.noun}Detail", (FactDetail,), {"kind": kind}))


def bulk_view(kind: Kind) -> type[FactBulk]:
    described = extend_schema_view(
        post=extend_schema(
            summary=f"Write many {kind.title}",
            parameters=TO_WRITE,
            request=bulk_serializer(kind),
            responses={200: VerdictsSerializer, **refusals(409, 413, 415, 422)},
        )
    )
    return described(type(f"{kind.noun}Bulk", (FactBulk,), {"kind": kind}))
