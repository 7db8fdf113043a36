"""The REST API, read-only: accounts, a score with every line, the history of scores, and its own description."""

from datetime import date
from typing import Any, TypeVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.access import Action
from accounts.models import Account
from accounts.queries.account import accounts_in_full
from dashboards.api.filters import AccountFilter
from dashboards.api.permissions import DeclaredAction
from dashboards.api.scores import build_score
from dashboards.api.serializers import (
    AccountSerializer,
    DaysSerializer,
    HistoryDaySerializer,
    PeriodSerializer,
    ProblemSerializer,
    ScoreSerializer,
)
from scoring.queries.explanation import explanation_on
from scoring.queries.history import newest_scored_day, scored_days
from scoring.store import months_before

HISTORY_MONTHS = 12
Asked = TypeVar("Asked", bound=Serializer)

BAD = OpenApiResponse(description="A parameter makes no sense; the answer names it and says why.")
REFUSED = {
    401: OpenApiResponse(ProblemSerializer, description="No session and no valid token."),
    403: OpenApiResponse(ProblemSerializer, description="Your role does not allow this."),
}
NOT_THERE = {404: OpenApiResponse(ProblemSerializer, description="There is no such account, or you may not see it.")}


class VisibleAccounts:
    """The first query of every answer: the accounts that the reader sees."""

    action_needed = Action.VIEW_ACCOUNT
    request: Request
    kwargs: dict[str, Any]

    def get_queryset(self) -> QuerySet[Account]:
        if getattr(self, "swagger_fake_view", False):
            return Account.objects.none()
        return accounts_in_full(self.request.user)

    def account(self) -> Account:
        return get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])

    def asked(self, serializer: type[Asked]) -> dict[str, Any]:
        """The checked parameters of the address; nonsense is answered with a 400."""
        known = serializer(data=self.request.query_params)
        known.is_valid(raise_exception=True)
        return known.validated_data


class AccountList(VisibleAccounts, ListAPIView):
    serializer_class = AccountSerializer
    filterset_class = AccountFilter

    @extend_schema(
        summary="The accounts that you see", responses={200: AccountSerializer(many=True), 400: BAD, **REFUSED}
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of accounts, by id, each with its latest score. Follow `next` until it is null."""
        return super().get(request, *args, **kwargs)


class AccountDetail(VisibleAccounts, RetrieveAPIView):
    serializer_class = AccountSerializer

    @extend_schema(summary="One account", responses={200: AccountSerializer, **REFUSED, **NOT_THERE})
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The account as it is today, with its latest score."""
        return super().get(request, *args, **kwargs)


class AccountScore(VisibleAccounts, GenericAPIView):
    serializer_class = ScoreSerializer
    filter_backends = ()

    @extend_schema(
        summary="A score with every line",
        parameters=[OpenApiParameter("as_of", date, description="The newest score up to this day; without it, today.")],
        responses={200: ScoreSerializer, 400: BAD, **REFUSED, **NOT_THERE},
    )
    def get(self, request: Request, pk: int) -> Response:
        """Why the account scored what it did: its measures, rules, pulses and overrides, and its flags."""
        found = self.account()
        day = newest_scored_day(found.pk, until=self.asked(DaysSerializer).get("as_of", timezone.localdate()))
        explained = explanation_on(found, day=day) if day else None
        if explained is None:
            raise NotFound("The account has no score up to that day.")
        return Response(ScoreSerializer(build_score(explained, account=found)).data)


class AccountScores(VisibleAccounts, GenericAPIView):
    serializer_class = HistoryDaySerializer
    filter_backends = ()
    pagination_class = None

    @extend_schema(
        summary="The history of a score",
        parameters=[
            OpenApiParameter("from", date, description="First day; without it, a year before the last."),
            OpenApiParameter("to", date, description="Last day; without it, today."),
        ],
        responses={200: HistoryDaySerializer(many=True), 400: BAD, **REFUSED, **NOT_THERE},
    )
    def get(self, request: Request, pk: int) -> Response:
        """The scored days of a period, oldest first. A day without a row was not scored."""
        found, period = self.account(), self.asked(PeriodSerializer)
        last = period.get("to", timezone.localdate())
        first = period.get("from") or months_before(last, months=HISTORY_MONTHS)
        return Response(HistoryDaySerializer(scored_days(found.pk, first=first, last=last), many=True).data)


class Schema(SpectacularAPIView):
    """The OpenAPI description of this API."""

    action_needed = Action.VIEW_ACCOUNT
    permission_classes = (DeclaredAction,)
