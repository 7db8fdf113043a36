"""What took long to put together is kept for a minute, for the one user who asked.

A page over a few hundred accounts takes milliseconds and is always made anew. One over a hundred thousand takes long
enough to be worth keeping: what the user does, the score that follows from it, or a finished run makes it anew at once;
what others do and what facts bring shows within the minute.
"""

import time
from collections.abc import Callable
from datetime import date
from hashlib import blake2b
from typing import TypeVar

from django.core.cache import caches
from django.db.models import Case, CharField, F, Subquery, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from accounts.access import standing
from accounts.models import AccountTouch, AuditEntry, Organization, User
from scoring.models import ScoringRun

KEPT_SECONDS = 60
WORTH_SECONDS = 0.1
T = TypeVar("T")


def remembered(name: str, user: User, *, address: str, today: date, make: Callable[[], T]) -> T:
    """What `make` gives, or gave less than a minute ago for the same user, address and state.

    It is kept in the memory of this process, which is why it must be picklable and is never of another version.
    """
    cache, key = caches["pages"], key_of(name, user, address=address, today=today)
    found: T | None = cache.get(key)
    if found is None:
        began = time.perf_counter()
        found = make()
        if time.perf_counter() - began > WORTH_SECONDS:
            cache.set(key, found, KEPT_SECONDS)
    return found


def key_of(name: str, user: User, *, address: str, today: date) -> str:
    """It changes with all that the user does and what follows from it, with each finished run, and at midnight."""
    text = repr((name, *standing(user), address, today, state_for(user)))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def state_for(user: User) -> tuple[int | None, int | None, int | None] | None:
    """The user's last deed, the last full run, and how often the account of that deed has been scored since."""
    deeds = AuditEntry.objects.filter(by=user).order_by("-pk")
    runs = ScoringRun.objects.filter(kind=ScoringRun.Kind.FULL, state=ScoringRun.State.DONE)
    newest = Subquery(runs.order_by("-pk").values("pk")[:1])
    about = Subquery(deeds.annotate(about=account_of_deed()).values("about")[:1])
    found = Organization.objects.values_list(Subquery(deeds.values("pk")[:1]), newest, about).first()
    return found and (found[0], found[1], settled(found[2] or ""))


def account_of_deed() -> Case:
    """The id of the account that an entry is about, as text."""
    named = Cast(KT("detail__account"), CharField())
    return Case(When(subject="account", then=F("subject_id")), default=named, output_field=CharField())


def settled(account: str) -> int | None:
    """How often the account was scored with news; None where there is no such account or nothing new of it."""
    if not account.isdecimal():
        return None
    return AccountTouch.objects.filter(pk=int(account)).values_list("settled", flat=True).first()
