"""Who waits for whom when rows of scores are written, on PostgreSQL. SQLite has one writer at a time anyway.

All locks end with their transaction.
"""

# ruff: noqa: S608  # all names are our own; values are parameters

from collections.abc import Collection

from django.db import connection

# Any numbers, the same in every process.
CLOSING, FAMILIES, OTHERS = 7_246_002, 7_246_003, 7_246_005


def hold_few(account_ids: Collection[int]) -> None:
    """Before a few accounts are scored: whoever closes a run writes the same rows, and does so alone.

    Nobody deletes these accounts before the transaction ends; all else about them may change.
    """
    hold("pg_advisory_xact_lock_shared", "WHERE id = ANY(%s) ORDER BY id", [sorted(account_ids)])


def close_alone() -> None:
    """Nobody writes single accounts while a run is closed, and nobody deletes an account."""
    hold("pg_advisory_xact_lock", "", [])


def hold(function: str, which: str, params: list[list[int]]) -> None:
    """What a check of a foreign key would do row by row, in one statement."""
    if connection.vendor == "postgresql":
        held = f"SELECT 1 FROM accounts_account {which} FOR KEY SHARE"
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s), (SELECT count(*) FROM ({held}) AS held)", [CLOSING, *params])


def score_families_alone() -> None:
    """Two children scored at the same time share a parent: the second reads after the first has written."""
    take("pg_advisory_xact_lock", FAMILIES)


def may_score_others() -> bool:
    """Whether nobody else scores accounts without a fact of their own: that leaves the other workers to facts."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [OTHERS])
        (is_ours,) = cursor.fetchone() or (False,)
    return bool(is_ours)


def take(function: str, key: int) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [key])
