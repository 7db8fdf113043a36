"""Snapshots by month, on PostgreSQL: a day's pages are few, and an old month is dropped as a whole.

Rows of a month that has no partition of its own lie in the one for all others.
"""

# ruff: noqa: S608  # the names are made here

from datetime import date, timedelta

from django.db import connection, transaction

OTHERS = "scoring_snapshot_other"
# Any number, the same in every process: who makes a partition makes others wait.
LOCK = 7_246_001


def ensure_month(day: date) -> None:
    """A partition for the day's month. On SQLite there are none, and nothing is done."""
    if connection.vendor != "postgresql" or exists(name_of(day)):
        return
    first = day.replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
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
        cursor.execute(
            f"ALTER TABLE scoring_snapshot ATTACH PARTITION {name} FOR VALUES FROM ('{first}') TO ('{after}')"
        )


def name_of(day: date) -> str:
    return f"scoring_snapshot_{day:%Y_%m}"


def exists(name: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
        return bool(cursor.fetchone()[0])
