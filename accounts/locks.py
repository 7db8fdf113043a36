"""Who waits for whom when days of use are added up, on PostgreSQL. SQLite has one writer at a time anyway.

A day that is built anew is taken away and made again, and what is added to a day is added to what stands there: both
at once would count twice or not at all. All locks end with their transaction.
"""

from django.db import connection

# Any number, the same in every process.
ADDING_UP = 7_246_004


def add_up_alone() -> None:
    """Nobody else builds days or months of use, or adds to them, until the transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ADDING_UP])


def may_add_up() -> bool:
    """The same without waiting: whether nobody else does it now."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ADDING_UP])
        (is_ours,) = cursor.fetchone() or (False,)
    return bool(is_ours)
