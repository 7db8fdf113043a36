"""Accounts: a list with their latest scores, one of them, and writing them."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from accounts.models import Account, Scope
from accounts.queries.account import accounts_in_full
from dashboards.api import kinds
from dashboards.api.account_filters import SyncedAccountFilter
from dashboards.api.account_serializers import FullAccountSerializer
from dashboards.api.answers import NOT_CHANGED, TO_READ, refusals
from dashboards.api.base import ApiView
from dashboards.api.facts import WritesOne, bulk_view, describe_write
from scoring.queries.staleness import Staleness, stale_among

ACCOUNTS = kinds.ALL["accounts"]


class VisibleAccounts:
    """The first query of every answer: the accounts that the reader sees."""

    action_needed = Action.VIEW_ACCOUNT
    request: Request
    kwargs: dict[str, Any]
    stale: dict[int, Staleness] = {}

    def get_queryset(self) -> QuerySet[Account]:
        if getattr(self, "swagger_fake_view", False):
            return Account.objects.none()
        return accounts_in_full(self.request.user).select_related("source")

    def get_object(self) -> Account:
        found = super().get_object()  # type: ignore[misc]
        self.stale = stale_among([found])
        return found

    def paginate_queryset(self, queryset: QuerySet[Account]) -> list[Account] | None:
        page = super().paginate_queryset(queryset)  # type: ignore[misc]
        self.stale = stale_among(page or ())
        return page

    def get_serializer_context(self) -> dict[str, Any]:
        """With what depends on a silent source: found once for all the accounts of an answer."""
        return {**super().get_serializer_context(), "stale": self.stale}  # type: ignore[misc]

    def account(self) -> Account:
        return get_object_or_404(self.get_queryset(), pk=self.kwargs["pk"])


@extend_schema_view(post=describe_write(ACCOUNTS))
class AccountList(WritesOne, VisibleAccounts, ApiView, ListAPIView):
    kind = ACCOUNTS
    action_to_write = ACCOUNTS.action_to_write
    scope_to_write = Scope.WRITE
    serializer_class = FullAccountSerializer
    filterset_class = SyncedAccountFilter

    @extend_schema(
        summary="The accounts that you see",
        parameters=TO_READ,
        responses={200: FullAccountSerializer(many=True), **NOT_CHANGED, **refusals()},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A page of accounts, by id, each with its latest score. Follow `next` until it is null."""
        return super().get(request, *args, **kwargs)


class AccountDetail(VisibleAccounts, ApiView, RetrieveAPIView):
    serializer_class = FullAccountSerializer
    pagination_class = None

    @extend_schema(
        summary="One account",
        parameters=TO_READ,
        responses={200: FullAccountSerializer, **NOT_CHANGED, **refusals(404)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The account as it is today, with its latest score."""
        return super().get(request, *args, **kwargs)


AccountBulk = bulk_view(ACCOUNTS)
