"""Why scores moved between two days, each part by one cause: of one account, and of all that one sees."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from dashboards.api.accounts import VisibleAccounts
from dashboards.api.answers import NOT_CHANGED, TO_READ, refusals
from dashboards.api.base import ApiView
from dashboards.api.days import PeriodSerializer
from dashboards.api.errors import Refusal
from dashboards.api.filters import AccountFilter
from dashboards.api.serializers import PointsField
from scoring.core.movement import CAUSES, Cause
from scoring.queries.history import newest_scored_day
from scoring.queries.movement import Movement, movement_of_account, movement_of_accounts
from scoring.queries.stale_groups import stale_count
from scoring.queries.staleness import stale_among
from scoring.queries.summaries import scored_days
from scoring.store import months_before

NOTHING = "There is nothing to compare: it takes a score on two different days."
PERIOD = [
    OpenApiParameter("from", date, description="The newest scored day up to this one; without it, a month earlier."),
    OpenApiParameter("to", date, description="The newest scored day up to this one; without it, the last."),
]


class CausesSerializer(serializers.Serializer):
    """Points by cause; together they are the total."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {cause.value: PointsField() for cause in CAUSES}


class MovedLineSerializer(serializers.Serializer):
    """A line of the score that moved."""

    key = serializers.CharField()
    label = serializers.CharField()
    total = PointsField()
    causes = CausesSerializer()


class MovementSerializer(serializers.Serializer):
    """before + total = after; the lines' totals sum to the total, and so do the causes."""

    first = serializers.DateField()
    last = serializers.DateField()
    accounts = serializers.IntegerField(help_text="How many have a score on both days; the figures are their means.")
    stale_accounts = serializers.IntegerField(help_text="How many of the present scores depend on a silent source.")
    before = PointsField()
    after = PointsField()
    total = PointsField()
    causes = CausesSerializer()
    lines = MovedLineSerializer(many=True)


def told(found: Movement, *, stale: int) -> dict[str, Any]:
    lines = [
        {"key": line.key, "label": line.label, "total": line.total, "causes": every_cause(line.causes)}
        for line in found.lines
    ]
    names = ("first", "last", "accounts", "before", "after", "total")
    plain = {name: getattr(found, name) for name in names}
    return MovementSerializer(
        {**plain, "stale_accounts": stale, "causes": every_cause(found.causes), "lines": lines}
    ).data


def every_cause(causes: Mapping[Cause, int]) -> dict[str, int]:
    return {cause.value: causes.get(cause, 0) for cause in CAUSES}


class AccountMovement(VisibleAccounts, ApiView, GenericAPIView):
    serializer_class = MovementSerializer
    filter_backends = ()
    pagination_class = None
    parameters_to_read = ("from", "to")

    @extend_schema(
        summary="Why a score moved",
        parameters=[*PERIOD, *TO_READ],
        responses={200: MovementSerializer, **NOT_CHANGED, **refusals(404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """Line by line, by cause: behavior, aging, manual, configuration, peers."""
        found, period = self.account(), self.asked(PeriodSerializer)
        last = newest_scored_day(found.pk, until=period.get("to", timezone.localdate()))
        until = period.get("from") or (months_before(last, months=1) if last else None)
        first = newest_scored_day(found.pk, until=until) if until else None
        moved = movement_of_account(found.pk, first=first, last=last) if first and last and first < last else None
        if moved is None:
            raise Refusal(404, NOTHING)
        return Response(told(moved, stale=len(stale_among([found]))))


class PortfolioMovement(VisibleAccounts, ApiView, GenericAPIView):
    serializer_class = MovementSerializer
    filterset_class = AccountFilter
    pagination_class = None
    parameters_to_read = ("from", "to")

    @extend_schema(
        operation_id="movement_retrieve",
        filters=True,
        summary="Why the mean score moved",
        parameters=[*PERIOD, *TO_READ],
        responses={200: MovementSerializer, **NOT_CHANGED, **refusals(404)},
    )
    def get(self, request: Request) -> Response:
        """Of the accounts that you see, or of those that the filters leave, with a score on both days."""
        period, days = self.asked(PeriodSerializer), scored_days().days
        last = max((day for day in days if day <= period.get("to", timezone.localdate())), default=None)
        until = period.get("from") or (months_before(last, months=1) if last else None)
        first = max((day for day in days if until and day <= until), default=None)
        accounts = self.filter_queryset(self.get_queryset())
        ids = list(accounts.values_list("pk", flat=True))
        moved = movement_of_accounts(ids, first=first, last=last) if first and last and first < last else None
        if moved is None:
            raise Refusal(404, NOTHING)
        return Response(told(moved, stale=stale_count(accounts)))
