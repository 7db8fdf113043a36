"""Usage rows → days and the ledger of known days. Whole days at a time, so that twice gives the same."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import partial

from django.db import transaction
from django.db.models import Case, Count, Q, QuerySet, Sum, When

from accounts import bulk, locks, touches
from accounts.models import AccountDay, FeatureDay, KnownDay, UsageRow, UserDay
from accounts.months import first_of_month, fold_months

# A month in a transaction: long enough to be quick, short enough to let others write.
DAYS_AT_ONCE = 31
NAMED = ~Q(user_key="")
ACTIVE = Q(events__gt=0)


def rebuild_days(*, days: Collection[date], at: datetime | None, known_at: datetime | None = None) -> None:
    """Makes the rollups of these days what their usage rows say, for all accounts and sources.

    `at`: whose use is another than before is touched; None where nothing new came.

    With `known_at`, what the rows said that were recorded by then: for a look back, in a transaction to roll back.
    """
    ordered = sorted(days)
    for start in range(0, len(ordered), DAYS_AT_ONCE):
        with transaction.atomic():
            rebuild(ordered[start : start + DAYS_AT_ONCE], at=at, known_at=known_at)
    fold_months(
        months={first_of_month(day) for day in ordered}, on_change=partial(touches.touch, at=at) if at else None
    )


def rebuild(days: Sequence[date], *, at: datetime | None, known_at: datetime | None) -> None:
    locks.add_up_alone()
    known = known_days(days)
    # Known days are only ever added; a look back forgets those on which nothing had come yet.
    for model in (UserDay, FeatureDay, AccountDay, *([KnownDay] if known_at else [])):
        # _raw_delete: nothing points at a rollup, so there is nothing to collect first.
        model._default_manager.filter(day__in=days)._raw_delete(using=UsageRow.objects.db)
    rows = UsageRow.objects.filter(day__in=days).order_by()
    if known_at:
        rows = rows.filter(recorded_at__lte=known_at)
    write_user_days(rows)
    write_feature_days(rows)
    write_account_days(rows)
    write_known_days(rows)
    if at:
        touches.touch_accounts_of({source for source, *_ in known_days(days) - known}, at=at)


def known_days(days: Sequence[date]) -> set[tuple[int, date, bool]]:
    return set(KnownDay.objects.filter(day__in=days).values_list("source_id", "day", "has_users"))


def write_user_days(rows: QuerySet[UsageRow]) -> None:
    bulk.insert_from(
        model=UserDay,
        fields=("account_id", "day", "user_key", "events", "seconds"),
        select=rows.filter(NAMED, ACTIVE)
        .values("account_id", "day", "user_key")
        .annotate(total=Sum("events"), time=Sum("seconds"))
        .values_list("account_id", "day", "user_key", "total", "time"),
    )


def write_feature_days(rows: QuerySet[UsageRow]) -> None:
    bulk.insert_from(
        model=FeatureDay,
        fields=("account_id", "day", "feature_id", "events"),
        select=rows.filter(ACTIVE, feature__isnull=False)
        .values("account_id", "day", "feature_id")
        .annotate(total=Sum("events"))
        .values_list("account_id", "day", "feature_id", "total"),
    )


def write_account_days(rows: QuerySet[UsageRow]) -> None:
    """`users` stays unknown where nobody was named, and is 0 where named users did nothing."""
    bulk.insert_from(
        model=AccountDay,
        fields=("account_id", "day", "users", "events", "seconds", "errors", "loads", "failed_loads", "load_ms"),
        select=rows.values("account_id", "day")
        .annotate(
            named=Count("pk", filter=NAMED),
            active=Count("user_key", filter=NAMED & ACTIVE, distinct=True),
            total=Sum("events"),
            time=Sum("seconds"),
            wrong=Sum("errors"),
            tried=Sum("loads"),
            failed=Sum("failed_loads"),
            ms=Sum("load_ms"),
        )
        .annotate(users=Case(When(named__gt=0, then="active"), default=None))
        .values_list("account_id", "day", "users", "total", "time", "wrong", "tried", "failed", "ms"),
    )


def write_known_days(rows: QuerySet[UsageRow]) -> None:
    """Added, never removed: a day that a source delivered stays delivered."""
    bulk.insert_from(
        model=KnownDay,
        fields=("source_id", "day", "has_users"),
        select=rows.values("source_id", "day")
        .annotate(named=Count("pk", filter=NAMED))
        .annotate(has_named=Case(When(named__gt=0, then=True), default=False))
        .values_list("source_id", "day", "has_named"),
        unique=("source_id", "day"),
    )
