"""Who waits for whom when rows of scores are written, on PostgreSQL. SQLite has one writer at a time anyway.

All locks end with their transaction.
"""

from django.db import connection

# Any numbers, the same in every process.
CLOSING, FAMILIES = 7_246_002, 7_246_003


def wait_for_closing() -> None:
    """Before a few accounts are written: whoever closes a run writes the same rows, and does so alone."""
    take("pg_advisory_xact_lock_shared", CLOSING)


def close_alone() -> None:
    """Nobody writes single accounts while a run is closed."""
    take("pg_advisory_xact_lock", CLOSING)


def score_families_alone() -> None:
    """Two children scored at the same time share a parent: the second reads after the first has written."""
    take("pg_advisory_xact_lock", FAMILIES)


def take(function: str, key: int) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [key])
