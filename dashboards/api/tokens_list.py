"""Tokens and sources: which there are, and stopping a token."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import Action
from accounts.models import ApiToken, Scope, Source
from accounts.operations.tokens import revoke_token
from accounts.queries.tokens import visible_tokens
from dashboards.api.answers import NOT_CHANGED, TO_READ, refusals
from dashboards.api.base import ApiView


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """A token without what it is: only its hash is kept."""

    user = serializers.CharField(source="user.email")
    source = serializers.CharField(source="source.name", default=None, allow_null=True)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    revoked_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True, help_text="To the minute or so.")

    class Meta:
        model = ApiToken
        fields = (
            "id", "name", "prefix", "user", "scopes", "source", "created_at", "expires_at", "last_used_at",
            "revoked_at",
        )  # fmt: skip


class TokenList(ApiView, ListAPIView):
    action_needed = Action.HAVE_TOKENS
    scope_needed = Scope.ADMIN
    serializer_class = TokenSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[ApiToken]:
        if getattr(self, "swagger_fake_view", False):
            return ApiToken.objects.none()
        return visible_tokens(self.request.user)

    @extend_schema(
        summary="Your tokens",
        parameters=TO_READ,
        responses={200: TokenSerializer(many=True), **NOT_CHANGED, **refusals()},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One's own, also those that work no more; CS operations gets everybody's."""
        return super().get(request, *args, **kwargs)


class TokenDetail(ApiView, GenericAPIView):
    action_needed = action_to_write = Action.HAVE_TOKENS
    scope_needed = scope_to_write = Scope.ADMIN
    queryset = ApiToken.objects.none()
    serializer_class = TokenSerializer

    @extend_schema(summary="Revoke a token", request=None, responses={204: None, **refusals(404)})
    def delete(self, request: Request, pk: int) -> Response:
        """It stops working at once. Revoking it again changes nothing."""
        token = get_object_or_404(visible_tokens(request.user), pk=pk)
        revoke_token(token=token, by=request.user, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class SourceSerializer(serializers.ModelSerializer[Source]):
    class Meta:
        model = Source
        fields = ("id", "name")


class SourceList(ApiView, ListAPIView):
    action_needed = Action.VIEW_ACCOUNT
    serializer_class = SourceSerializer
    queryset = Source.objects.all()
    filter_backends = ()

    @extend_schema(
        summary="The sources of facts",
        parameters=TO_READ,
        responses={200: SourceSerializer(many=True), **NOT_CHANGED, **refusals()},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The systems in whose names facts are written."""
        return super().get(request, *args, **kwargs)
