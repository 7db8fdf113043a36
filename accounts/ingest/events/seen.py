"""For how long an event that comes again is known to be a duplicate."""

from datetime import date, timedelta

from accounts.models import EventSeen

KEPT_DAYS = 90


def forget_old(*, today: date) -> int:
    """Forgets what came more than 90 days ago; says how many events that were."""
    old = EventSeen.objects.filter(seen_on__lt=today - timedelta(days=KEPT_DAYS))
    # No index on the day: it would cost each event more than reading the table once a night does.
    return old._raw_delete(using=old.db)
