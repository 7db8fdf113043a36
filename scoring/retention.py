"""How long daily snapshots are kept: some months all of them, then of each month an account's last one.

The explanation lives in the snapshot, so what is thinned is the day itself, with everything about it. Thinning again
changes nothing; a month is thinned in one transaction, so that one that is killed leaves whole months behind.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import F, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.months import first_of_month, months_between
from scoring import partitions
from scoring.models import Snapshot, SupersededSnapshot
from scoring.store import months_before


@dataclass(frozen=True)
class Thinned:
    """What went, or would go, of one month."""

    month: date
    snapshots: int
    superseded: int


def thin(
    *, keep_months: int, today: date, is_dry_run: bool = False, on_month: Callable[[Thinned], None] | None = None
) -> list[Thinned]:
    """Thin every month that ended before the daily ones begin, the oldest first."""
    done = []
    for month in old_months(keep_months=keep_months, today=today):
        done.append(counted(month) if is_dry_run else thin_month(month))
        if on_month:
            on_month(done[-1])
    return done


def daily_since(*, keep_months: int, today: date) -> date:
    """The first day from which all days are kept: a whole month, so that months are thinned as a whole."""
    return first_of_month(months_before(today, months=keep_months))


def old_months(*, keep_months: int, today: date) -> list[date]:
    """The first days of the months that are to be thinned, or were."""
    since = daily_since(keep_months=keep_months, today=today)
    firsts = [
        model._default_manager.filter(as_of__lt=since).aggregate(first=Min("as_of"))["first"]
        for model in (Snapshot, SupersededSnapshot)
    ]
    found = [first for first in firsts if first is not None]
    return months_between(first=min(found), last=since - timedelta(days=1)) if found else []


def thin_month(month: date) -> Thinned:
    """Keep of each account the month's last day."""
    planned = counted(month)
    with transaction.atomic():
        superseded, _ = surplus_superseded(month).delete()
        if planned.snapshots and connection.vendor == "postgresql":
            partitions.keep_last_days(month)
        elif planned.snapshots:
            doomed = surplus(month)
            doomed._raw_delete(using=doomed.db)  # nothing points at a snapshot
    return Thinned(month, planned.snapshots, superseded)


def counted(month: date) -> Thinned:
    return Thinned(month, surplus(month).count(), surplus_superseded(month).count())


def surplus(month: date) -> QuerySet[Snapshot]:
    """The month's snapshots that are not their account's last ones."""
    here = within(Snapshot.objects.all(), month)
    return here.filter(as_of__lt=Subquery(last_of_account(here)))


def surplus_superseded(month: date) -> QuerySet[SupersededSnapshot]:
    """What was replaced on days that are not kept."""
    here = within(SupersededSnapshot.objects.all(), month)
    kept = Coalesce(
        Subquery(last_of_account(within(Snapshot.objects.all(), month))), Subquery(last_of_account(here)), F("as_of")
    )
    return here.annotate(kept=kept).exclude(as_of=F("kept"))


def last_of_account(rows: QuerySet[Snapshot] | QuerySet[SupersededSnapshot]) -> QuerySet[Snapshot]:
    mine = rows.filter(account_id=OuterRef("account_id")).order_by()
    return mine.values("account_id").annotate(last=Max("as_of")).values("last")  # type: ignore[return-value]


def within(rows: QuerySet, month: date) -> QuerySet:  # type: ignore[type-arg]
    return rows.filter(as_of__gte=month, as_of__lt=partitions.month_after(month))
