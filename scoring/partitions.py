"""Snapshots by month, on PostgreSQL: a day's pages are few, and an old month is dropped as a whole.

Rows of a month that has no partition of its own lie in the one for all others.
"""

# ruff: noqa: S608  # the names are made here

from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

OTHERS = "scoring_snapshot_other"
# Any number, the same in every process: who makes a partition makes others wait.
LOCK = 7_246_001
# Rather do a month another time than let everybody wait behind a reader who takes long.
LOCK_SECONDS = 10


def ensure_month(day: date) -> None:
    """A partition for the day's month. On SQLite there are none, and nothing is done."""
    if connection.vendor != "postgresql" or exists(name_of(day)):
        return
    first = day.replace(day=1)
    after = month_after(first)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if exists(name_of(day)):
            return
        name = name_of(day)
        within = f"as_of >= '{first}' AND as_of < '{after}'"
        cursor.execute(f"CREATE TABLE {name} (LIKE scoring_snapshot INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(
            f"WITH moved AS (DELETE FROM {OTHERS} WHERE {within} RETURNING *) INSERT INTO {name} SELECT * FROM moved"
        )
        attach(cursor, first)


def keep_last_days(month: date) -> None:
    """PostgreSQL: of each account the month's last snapshot; the month's old partition is dropped as a whole.

    Call it in a transaction. What is kept is copied first; readers wait only while the partitions change places.
    """
    ensure_month(month)
    name, kept = name_of(month), f"{name_of(month)}_kept"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        # A table with checks still to be made cannot be dropped.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Nobody writes the month meanwhile; who reads it does not wait.
        cursor.execute(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(f"CREATE TABLE {kept} (LIKE scoring_snapshot INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(
            f"INSERT INTO {kept} SELECT DISTINCT ON (account_id) * FROM {name} ORDER BY account_id, as_of DESC"
        )
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        cursor.execute(f"ALTER TABLE scoring_snapshot DETACH PARTITION {name}")
        cursor.execute(f"DROP TABLE {name}")
        cursor.execute(f"ALTER TABLE {kept} RENAME TO {name}")
        attach(cursor, month)


def attach(cursor: Any, month: date) -> None:
    cursor.execute(
        f"ALTER TABLE scoring_snapshot ATTACH PARTITION {name_of(month)}"
        f" FOR VALUES FROM ('{month}') TO ('{month_after(month)}')"
    )


def month_after(month: date) -> date:
    """The first day of the month after the one that begins on a day."""
    return (month + timedelta(days=31)).replace(day=1)


def name_of(day: date) -> str:
    return f"scoring_snapshot_{day:%Y_%m}"


def exists(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        return bool(cursor.fetchone()[0])
