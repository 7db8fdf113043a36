"""Tokens of the API, for their page and for the API itself."""

from datetime import datetime

from django.db.models import QuerySet

from accounts.access import Action, can
from accounts.models import ApiToken, User


def visible_tokens(user: User) -> QuerySet[ApiToken]:
    """One's own; who manages tokens sees all. The newest first."""
    tokens = ApiToken.objects.select_related("user", "source", "created_by").order_by("-created_at", "-pk")
    return tokens if can(user, Action.MANAGE_TOKENS) else tokens.filter(user=user)


def is_working(token: ApiToken, *, at: datetime) -> bool:
    return token.token_id is not None and token.expires_at > at
