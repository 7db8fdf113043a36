"""Links by which a customer opens its own health page: make, stop, note an opening."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.models import Account, ShareLink, User

SHORTEST_DAYS, LONGEST_DAYS, DEFAULT_DAYS = 1, 365, 90
TOKEN_BYTES = 32


def hash_of(token: str) -> str:
    """What is stored of a token. It is random and long, so one plain round cannot be guessed back."""
    return sha256(token.encode()).hexdigest()


@transaction.atomic
def create_share_link(*, account: Account, recipient: str, days: int, by: User, at: datetime) -> tuple[ShareLink, str]:
    """A link that works for so many days, and its token: the only time that anybody sees it."""
    recipient = recipient.strip()
    if not recipient:
        raise ValidationError({"recipient": "Say who gets the link."})
    if not SHORTEST_DAYS <= days <= LONGEST_DAYS:
        raise ValidationError({"days": f"A link works for {SHORTEST_DAYS} to {LONGEST_DAYS} days."})
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = ShareLink.objects.create(
        account=account,
        token_hash=hash_of(token),
        recipient=recipient,
        created_at=at,
        created_by=by,
        expires_at=at + timedelta(days=days),
    )
    audit.record(verb="health shared", subject=link, by=by, at=at, account=account.pk, recipient=recipient, days=days)
    return link, token


@transaction.atomic
def revoke_share_link(*, link: ShareLink, by: User, at: datetime) -> None:
    """The link stops working at once. Stopping it again changes nothing."""
    if ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=at):
        audit.record(verb="sharing stopped", subject=link, by=by, at=at, account=link.account_id)


def note_opening(*, link: ShareLink, at: datetime) -> None:
    """Somebody opened the page."""
    ShareLink.objects.filter(pk=link.pk).update(opened_count=F("opened_count") + 1, last_opened_at=at)
