"""Idempotency keys: a request that names one is done once, and its answer is given again for a day.

The claim is committed before the work, so that a second process sees it; the answer is committed with the work, so
that neither is ever there without the other. A claim whose process died is free after a lease.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts.models import KeptAnswer, User

KEPT_FOR = timedelta(hours=24)
# Longer than a web process may take for an answer (gunicorn kills it after 30 s).
LEASE = timedelta(seconds=60)


@dataclass(frozen=True)
class Claim:
    """The work is ours until the lease ends."""

    pk: int
    claimed_at: datetime


class KeyInFlight(Exception):
    """The same request is being worked on."""

    def __init__(self, *, free_in: timedelta) -> None:
        super().__init__("the same request is being worked on")
        self.free_in = free_in


class KeyUsed(Exception):
    """The key came before with another request."""


def claim(*, user: User, key: str, request_digest: str, at: datetime) -> Claim | KeptAnswer:
    """The claim, or the answer that was given before. Call it outside of a transaction."""
    KeptAnswer.objects.filter(claimed_at__lte=at - KEPT_FOR).delete()
    try:
        with transaction.atomic():
            row = KeptAnswer.objects.create(user=user, key=key, request_digest=request_digest, claimed_at=at)
        return Claim(row.pk, at)
    except IntegrityError:
        return claimed_before(user=user, key=key, request_digest=request_digest, at=at)


def claimed_before(*, user: User, key: str, request_digest: str, at: datetime) -> Claim | KeptAnswer:
    row = KeptAnswer.objects.filter(user=user, key=key).first()
    if row is None:
        # Released between our two looks: whoever asks again gets it.
        raise KeyInFlight(free_in=timedelta(seconds=1))
    if row.request_digest != request_digest:
        raise KeyUsed
    if row.status is not None:
        return row
    if row.claimed_at + LEASE > at:
        raise KeyInFlight(free_in=row.claimed_at + LEASE - at)
    taken = KeptAnswer.objects.filter(pk=row.pk, status=None, claimed_at=row.claimed_at).update(claimed_at=at)
    if not taken:
        raise KeyInFlight(free_in=LEASE)
    return Claim(row.pk, at)


def keep_answer(*, mine: Claim, status: int, answer: str) -> None:
    """In the transaction of the work. Raises KeyInFlight where somebody else took over when the lease ended."""
    kept = KeptAnswer.objects.filter(pk=mine.pk, status=None, claimed_at=mine.claimed_at)
    if not kept.update(status=status, answer=answer):
        raise KeyInFlight(free_in=LEASE)


def release(*, mine: Claim) -> None:
    """Nothing was done: the key is free again."""
    KeptAnswer.objects.filter(pk=mine.pk, status=None, claimed_at=mine.claimed_at).delete()
