"""Touchpoints for the pages on which they are planned, held, cancelled and changed."""

from datetime import date

from django.db.models import Q, QuerySet

from accounts.access import visible_accounts
from accounts.models import Account, AuditEntry, Contact, Touchpoint, TouchpointState, User


def visible_touchpoints(user: User) -> QuerySet[Touchpoint]:
    """The touchpoints of the accounts that the user sees, each with account and host."""
    seen = Touchpoint.objects.filter(account__in=visible_accounts(user))
    return seen.select_related("account__segment", "host")


def contacts_there(account: Account, *, today: date, also: Touchpoint | None = None) -> QuerySet[Contact]:
    """Who is at the account, and who was at that touchpoint."""
    there = Q(left_on=None) | Q(left_on__gt=today)
    met = Q(touchpoints=also) if also else Q()
    return Contact.objects.filter(there | met, account=account).order_by("name", "pk").distinct()


def last_changed_by(touchpoint: Touchpoint) -> User | None:
    """Whoever wrote what the touchpoint says now, where it was written here."""
    entries = AuditEntry.objects.filter(subject="touchpoint", subject_id=str(touchpoint.pk), at=touchpoint.recorded_at)
    entry = entries.select_related("by").order_by("-pk").first()
    return entry.by if entry else None


def last_held(account: Account, *, today: date) -> Touchpoint | None:
    """The newest touchpoint that took place."""
    took_place = Touchpoint.objects.filter(account=account, state=TouchpointState.HELD, day__lte=today)
    return took_place.order_by("-day", "-pk").first()
