"""What was folded and settled is kept for a while, for whoever looks back, and then goes."""

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from accounts.ingest.events import seen
from accounts.models import EventQuarantine, InboxBatch, QuarantineState

FOLDED_KEPT, SETTLED_KEPT = timedelta(days=7), timedelta(days=90)
# Few enough that whoever writes meanwhile hardly waits.
AT_ONCE = 1_000


def tidy(*, at: datetime) -> dict[str, int]:
    """Drops batches folded over 7 days ago, quarantined events settled over 90 ago, ids of events seen over 90 ago."""
    settled = EventQuarantine.objects.exclude(state=QuarantineState.WAITING).filter(settled_at__lt=at - SETTLED_KEPT)
    return {
        "quarantined": drop(settled),
        "batches": drop(old_batches(at)),
        "seen": seen.forget_old(today=timezone.localtime(at).date()),
    }


def old_batches(at: datetime) -> QuerySet[InboxBatch]:
    """One that could not be read stays while it waits in quarantine."""
    unread = EventQuarantine.objects.filter(state=QuarantineState.WAITING, payload={}).values("batch")
    return InboxBatch.objects.filter(folded_at__lt=at - FOLDED_KEPT).exclude(pk__in=unread)


def drop(rows: "QuerySet[EventQuarantine] | QuerySet[InboxBatch]") -> int:
    """A part at a time."""
    count = 0
    while some := list(rows.values_list("pk", flat=True)[:AT_ONCE]):
        rows.model._default_manager.filter(pk__in=some).delete()
        count += len(some)
    return count
