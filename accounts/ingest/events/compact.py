"""Rows of use that a day's folds made → one for each account, feature, user and day, once the day is over.

At 200 events a second the folds of a day write millions of rows, most of them of the same users. A look back asks what
was known at the end of a day, so rows that became known on one day say together what they said alone.
"""

# ruff: noqa: S608  # the names are those of our own model; values are parameters

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from django.db import connection, transaction
from django.utils import timezone

from accounts import bulk, locks, touches
from accounts.ingest.events.fold import NAMED
from accounts.models import Account, UsageRow

# Events come on their day or soon after; few are later, and their rows stay as they are.
DAYS_BACK = 3
ACCOUNTS_AT_ONCE = 5_000
SAME = "source_id, account_id, feature_id, user_key, contract_key, day"
SUMMED = ("events", "seconds", "errors", "loads", "failed_loads", "load_ms")


def compact(*, at: datetime) -> int:
    """Joins the rows that became known on each of the last days before today; says how many rows that spared."""
    today = timezone.localtime(at).date()
    return sum(
        join_rows(day=day, known_on=known_on, first=first, last=last)
        for known_on, day in recent_days(today)
        for first, last in ranges_of_accounts()
    )


def recent_days(today: date) -> Iterator[tuple[date, date]]:
    """On which day rows became known, and of which day they are."""
    for ago in range(1, DAYS_BACK + 1):
        for before in range(DAYS_BACK + 1):
            yield today - timedelta(days=ago), today - timedelta(days=ago + before)


def ranges_of_accounts() -> Iterator[tuple[int, int]]:
    ids = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), ACCOUNTS_AT_ONCE):
        some = ids[start : start + ACCOUNTS_AT_ONCE]
        yield some[0], some[-1]


@transaction.atomic
def join_rows(*, day: date, known_on: date, first: int, last: int) -> int:
    """The newest row of each gets the sums of all, and the others go. Nobody folds meanwhile."""
    locks.add_up_alone()
    table = bulk.table_of(UsageRow)
    which = (
        "day = %s AND recorded_at >= %s AND recorded_at < %s AND account_id BETWEEN %s AND %s AND external_id LIKE %s"
    )
    start, end = (midnight(known_on + timedelta(days=days)) for days in (0, 1))
    parameters = [
        connection.ops.adapt_datefield_value(day), touches.stamp(start), touches.stamp(end), first, last, f"{NAMED}:%",
    ]  # fmt: skip
    sums = ", ".join(f"sum({name}) AS {name}" for name in SUMMED)
    settings = ", ".join(f"{name} = joined.{name}" for name in (*SUMMED, "recorded_at"))
    bulk.run(
        f"UPDATE {table} SET {settings} FROM (SELECT max(id) AS id, {sums}, max(recorded_at) AS recorded_at"
        f" FROM {table} WHERE {which} GROUP BY {SAME} HAVING count(*) > 1) joined WHERE {table}.id = joined.id",
        parameters,
    )
    return bulk.run(
        f"DELETE FROM {table} WHERE id IN (SELECT id FROM (SELECT id, max(id) OVER (PARTITION BY {SAME}) AS newest"
        f" FROM {table} WHERE {which}) older WHERE id < newest)",
        parameters,
    )


def midnight(day: date) -> datetime:
    """The first moment of a day of the organization."""
    return timezone.make_aware(datetime.combine(day, time(0)))
