"""A score with every line, and the history of scores."""

from datetime import date

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from dashboards.api.accounts import VisibleAccounts
from dashboards.api.answers import NOT_CHANGED, TO_READ, refusals
from dashboards.api.base import ApiView
from dashboards.api.days import DaysSerializer, PeriodSerializer
from dashboards.api.errors import Refusal
from dashboards.api.scores import build_score
from dashboards.api.serializers import HistoryDaySerializer, ScoreSerializer
from scoring.queries.explanation import explanation_on
from scoring.queries.history import newest_scored_day, scored_days
from scoring.store import months_before

HISTORY_MONTHS = 12


class AccountScore(VisibleAccounts, ApiView, GenericAPIView):
    serializer_class = ScoreSerializer
    filter_backends = ()
    pagination_class = None
    parameters_to_read = ("as_of",)

    @extend_schema(
        summary="A score with every line",
        parameters=[
            OpenApiParameter("as_of", date, description="The newest score up to this day; without it, today."),
            *TO_READ,
        ],
        responses={200: ScoreSerializer, **NOT_CHANGED, **refusals(404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """Why the account scored what it did: its measures, rules, pulses and overrides, and its flags."""
        found = self.account()
        day = newest_scored_day(found.pk, until=self.asked(DaysSerializer).get("as_of", timezone.localdate()))
        explained = explanation_on(found, day=day) if day else None
        if explained is None:
            raise Refusal(404, "The account has no score up to that day.")
        return Response(ScoreSerializer(build_score(explained, account=found)).data)


class AccountScores(VisibleAccounts, ApiView, GenericAPIView):
    serializer_class = HistoryDaySerializer
    filter_backends = ()
    pagination_class = None
    parameters_to_read = ("from", "to")

    @extend_schema(
        summary="The history of a score",
        parameters=[
            OpenApiParameter("from", date, description="First day; without it, a year before the last."),
            OpenApiParameter("to", date, description="Last day; without it, today."),
            *TO_READ,
        ],
        responses={200: HistoryDaySerializer(many=True), **NOT_CHANGED, **refusals(404)},
    )
    def get(self, request: Request, pk: int) -> Response:
        """The scored days of a period, oldest first. A day without a row was not scored."""
        found, period = self.account(), self.asked(PeriodSerializer)
        last = period.get("to", timezone.localdate())
        first = period.get("from") or months_before(last, months=HISTORY_MONTHS)
        return Response(HistoryDaySerializer(scored_days(found.pk, first=first, last=last), many=True).data)
