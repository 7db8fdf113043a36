"""Tokens of the API: make one, which is shown once, revoke one, note that one was used."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from knox.models import get_token_model

from accounts import audit
from accounts.models import ApiToken, Scope, Source, User

SHORTEST_DAYS, LONGEST_DAYS, DEFAULT_DAYS = 1, 365, 90
LONGEST_NAME = 80
PREFIX_SHOWN = 8
# A busy token would otherwise write a row at every request.
USE_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def create_token(
    *, user: User, name: str, scopes: Collection[str], days: int, source: Source | None, by: User | None, at: datetime
) -> tuple[ApiToken, str]:
    """What the token may do, and the token itself: the only time that anybody sees it."""
    check_token(name=name, scopes=scopes, days=days)
    kept, text = get_token_model().objects.create(user, expiry=timedelta(days=days))
    token = ApiToken.objects.create(
        token=kept,
        user=user,
        name=name.strip(),
        prefix=text[:PREFIX_SHOWN],
        scopes=sorted(set(scopes)),
        source=source,
        created_at=at,
        created_by=by,
        expires_at=at + timedelta(days=days),
    )
    audit.record(
        verb="API token made",
        subject=token,
        by=by,
        at=at,
        user=user.pk,
        name=token.name,
        scopes=token.scopes,
        days=days,
        source=source.name if source else "",
    )
    return token, text


def check_token(*, name: str, scopes: Collection[str], days: int) -> None:
    """Refuses what makes no token, with the field that is wrong."""
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise ValidationError({"name": f"Say in 1 to {LONGEST_NAME} characters what the token is for."})
    if not scopes:
        raise ValidationError({"scopes": "Choose at least one thing that the token may do."})
    if unknown := sorted(set(scopes) - set(Scope.values)):
        raise ValidationError({"scopes": f"There is no scope {unknown[0]!r}; there are {', '.join(Scope.values)}."})
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise ValidationError({"days": f"A token works for {SHORTEST_DAYS} to {LONGEST_DAYS} days."})


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User | None, at: datetime) -> None:
    """The token stops working at once. Revoking it again changes nothing."""
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at, token=None):
        return
    if token.token_id:
        get_token_model().objects.filter(pk=token.token_id).delete()
    audit.record(verb="API token revoked", subject=token, by=by, at=at, user=token.user_id, name=token.name)


def note_use(*, token: ApiToken, at: datetime) -> None:
    """Somebody used it; noted once a minute at most."""
    stale = at - USE_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at <= stale:
        used = ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=stale), pk=token.pk)
        used.update(last_used_at=at)
