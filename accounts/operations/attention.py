"""Put a cause off, and take that back. Both are the user's own: nobody else's list changes."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Account, AttentionKind, GrowthKind, Snooze, User

LONGEST_SNOOZE_DAYS = 366

KINDS = {*AttentionKind.values, *GrowthKind.values}

# A kind and which one of its kind.
Cause = tuple[str, str]


@transaction.atomic
def snooze(*, account: Account, causes: Collection[Cause], until: date, by: User, at: datetime) -> None:
    """The user hears no more of these causes before the day; of a new cause they do. What ended before goes away."""
    today = timezone.localtime(at).date()
    check_causes(causes)
    check_until(until, today=today)
    mine = Snooze.objects.filter(user=by)
    mine.filter(until__lte=today).delete()
    for kind, mark in dict.fromkeys(causes):
        mine.update_or_create(
            user=by, account=account, kind=kind, mark=mark, defaults={"until": until, "snoozed_at": at}
        )
    kinds = sorted({kind for kind, _ in causes})
    audit.record(verb="attention snoozed", subject=account, by=by, at=at, kinds=kinds, until=until.isoformat())


@transaction.atomic
def unsnooze(
    *, account: Account, by: User, at: datetime, snoozed_at: datetime | None = None, kinds: Collection[str] = ()
) -> bool:
    """Takes back what the user put off at that moment, or all of these kinds; whether there was anything."""
    mine = Snooze.objects.filter(user=by, account=account, kind__in=kinds or AttentionKind.values)
    gone, _ = (mine if snoozed_at is None else mine.filter(snoozed_at=snoozed_at)).delete()
    if gone:
        audit.record(verb="attention unsnoozed", subject=account, by=by, at=at)
    return gone > 0


def check_causes(causes: Collection[Cause]) -> None:
    longest = Snooze._meta.get_field("mark").max_length or 0
    if not causes or any(kind not in KINDS or len(mark) > longest for kind, mark in causes):
        raise ValidationError("Say what is to be snoozed. Reload the page and try again.")


def check_until(until: date, *, today: date) -> None:
    last = today + timedelta(days=LONGEST_SNOOZE_DAYS)
    if not today < until <= last:
        raise ValidationError({"until": f"Choose a day from tomorrow to {last.day} {last:%b %Y}."})
