"""How a run's rows meet what is there: the same content again changes nothing, other content keeps what it replaced.

In SQL that PostgreSQL and SQLite share. What meets nothing is written straight away.
"""

# ruff: noqa: S608  # all names are those of our own models; values are parameters

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from accounts import bulk
from accounts.models import Account
from accounts.touches import among, listed
from scoring.models import AccountHealth, ScoringRun, Snapshot, SupersededSnapshot

SNAPSHOT = ("account_id", "as_of", "version_id", "run_id", "score", "customer_score", "band", "coverage", "breakdown")
CONTENT = ("version_id", "score", "customer_score", "band", "coverage", "breakdown")
# In the order in which store packs them.
HEALTH = (
    "account_id", "as_of", "version_id", "run_id", "score", "customer_score", "band", "coverage", "low", "high",
    "flags", "score_month_ago", "band_month_ago", "score_half_year_ago", "arr_reporting", "active_users",
    "last_ebr_on", "last_touchpoint_on", "nps",
)  # fmt: skip
ROWS_AT_ONCE = 100
Row = Sequence[Any]
Columns = Mapping[str, Sequence[Any]]


def write_snapshots(run: ScoringRun, packed: Iterable[bytes]) -> int:
    """The day's snapshots; says how many are new, differ or are gone. Twice changes nothing."""
    there = Snapshot.objects.filter(as_of=run.as_of)
    if not there.exists():
        return insert_all(packed)
    stage = staged(model=Snapshot, fields=SNAPSHOT, packed=packed)
    gone = 0
    if run.kind == ScoringRun.Kind.FULL:
        gone = supersede(run, where=f"NOT EXISTS (SELECT 1 FROM {stage} t WHERE t.account_id = s.account_id)")
    differs = " OR ".join(f"t.{name} IS DISTINCT FROM s.{name}" for name in CONTENT)
    supersede(run, where=f"EXISTS (SELECT 1 FROM {stage} t WHERE t.account_id = s.account_id AND ({differs}))")
    return gone + bulk.run(
        f"INSERT INTO {table(Snapshot)} ({bulk.names(SNAPSHOT)}) SELECT {bulk.names(SNAPSHOT)} FROM {stage} t"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table(Snapshot)} s WHERE s.account_id = t.account_id AND s.as_of = t.as_of)"
    )


def insert_all(packed: Iterable[bytes]) -> int:
    return sum(bulk.insert_packed(model=Snapshot, fields=SNAPSHOT, packed=rows) for rows in packed)


def supersede(run: ScoringRun, *, where: str, params: Sequence[Any] = ()) -> int:
    """Move the day's snapshots that a condition names aside: they are kept, and no page shows them as the day's."""
    condition = f"s.as_of = %s AND {where}"
    keep_former(condition, (run.as_of, *params))
    return bulk.run(f"DELETE FROM {table(Snapshot)} AS s WHERE {condition}", (run.as_of, *params))


def keep_former(condition: str, params: Sequence[Any]) -> None:
    """The same run may replace an account's snapshot twice (a fact in the morning, one at noon): the newer is kept."""
    kept = ("account_id", "as_of", "run_id", *CONTENT)
    bulk.run(
        f"INSERT INTO {table(SupersededSnapshot)} ({bulk.names(kept)})"
        f" SELECT {', '.join(f's.{name}' for name in kept)} FROM {table(Snapshot)} s WHERE {condition}"
        f" {bulk.on_conflict(kept, ('account_id', 'as_of', 'run_id'))}",
        params,
    )


def write_few_snapshots(run: ScoringRun, columns: Columns) -> int:
    """As `write_snapshots`, for a few accounts of a day: compared here, without a table to stage them in."""
    rows = list(zip(*(columns[name] for name in SNAPSHOT), strict=True))
    stored = stored_content(run.as_of, columns["account_id"])
    content = zip(columns["account_id"], zip(*(columns[name] for name in CONTENT), strict=True), strict=True)
    fresh = {account for account, found in content if stored.get(account) != found}
    if replaced := stored.keys() & fresh:
        keep_former(f"s.as_of = %s AND {among('s.account_id')}", (run.as_of, listed(replaced)))
    same_day = bulk.on_conflict(SNAPSHOT, ("account_id", "as_of"))
    insert_few(Snapshot, SNAPSHOT, [row for row in rows if row[0] in fresh], conflict=same_day)
    return len(fresh)


def stored_content(as_of: date, account_ids: Collection[int]) -> dict[int, Row]:
    """What the snapshots of a day say of these accounts. Plain SQL: this is done for every fact that comes."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.account_id, {', '.join(f's.{name}' for name in CONTENT)} FROM {table(Snapshot)} s"
            f" WHERE s.as_of = %s AND {among('s.account_id')}",
            [as_of, listed(account_ids)],
        )
        return {account: (*content, bytes(breakdown)) for account, *content, breakdown in cursor.fetchall()}


def write_few_health(columns: Columns) -> None:
    """The latest health of a few accounts, unless a later day was scored before."""
    rows = list(zip(*(columns[name] for name in HEALTH), strict=True))
    newer = f" WHERE excluded.as_of >= {table(AccountHealth)}.as_of"
    insert_few(AccountHealth, HEALTH, rows, conflict=bulk.on_conflict(HEALTH, ("account_id",)) + newer)


def forget_deleted(as_of: date) -> None:
    """What was written of accounts that were deleted since they were scored. Call it while the accounts are held."""
    deleted = Snapshot.objects.filter(~Exists(Account.objects.filter(pk=OuterRef("account_id"))), as_of=as_of)
    if gone := list(deleted.values_list("account_id", flat=True)):
        for model in (Snapshot, AccountHealth):
            model._default_manager.filter(account_id__in=gone).delete()


def forget(run: ScoringRun, account_ids: Collection[int]) -> int:
    """Accounts that are not active on the day have no score on it, and no health."""
    AccountHealth.objects.filter(account_id__in=account_ids, as_of__lte=run.as_of).delete()
    return supersede(run, where=among("s.account_id"), params=[listed(account_ids)])


def insert_few(
    model: type[Snapshot] | type[AccountHealth], fields: Sequence[str], rows: Sequence[Row], *, conflict: str
) -> None:
    """A statement for a hundred rows: SQLite takes only so many parameters in one."""
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        values = ", ".join([f"({bulk.marks(fields)})"] * len(part))
        bulk.run(
            f"{bulk.insert_into(model, fields)} VALUES {values} {conflict}", [value for row in part for value in row]
        )


def write_health(run: ScoringRun, packed: Iterable[bytes]) -> None:
    """The latest health of each account that the run covers, unless a later day was scored before."""
    older = AccountHealth.objects.filter(as_of__lte=run.as_of)
    if run.kind == ScoringRun.Kind.FULL:
        older._raw_delete(using=older.db)  # nothing points at it; churned accounts lose theirs
        if not AccountHealth.objects.exists():
            for rows in packed:
                bulk.insert_packed(model=AccountHealth, fields=HEALTH, packed=rows)
            return
    replace_older(staged(model=AccountHealth, fields=HEALTH, packed=packed))


def replace_older(stage: str) -> None:
    """The rows of the stage instead of older ones of the same accounts."""
    bulk.run(
        f"DELETE FROM {table(AccountHealth)} AS h"
        f" WHERE EXISTS (SELECT 1 FROM {stage} t WHERE t.account_id = h.account_id AND t.as_of >= h.as_of)"
    )
    bulk.run(
        f"INSERT INTO {table(AccountHealth)} ({bulk.names(HEALTH)}) SELECT {bulk.names(HEALTH)} FROM {stage} t"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table(AccountHealth)} h WHERE h.account_id = t.account_id)"
    )


def staged(*, model: type[Snapshot] | type[AccountHealth], fields: tuple[str, ...], packed: Iterable[bytes]) -> str:
    stage = bulk.empty_stage(model=model, fields=fields)
    for rows in packed:
        bulk.insert_packed(model=model, fields=fields, packed=rows, table=stage)
    return stage


def table(model: type[Snapshot] | type[AccountHealth] | type[SupersededSnapshot]) -> str:
    return bulk.table_of(model)
