"""How a run's rows meet what is there: the same content again changes nothing, other content keeps what it replaced.

In SQL that PostgreSQL and SQLite share. What meets nothing is written straight away.
"""

# ruff: noqa: S608  # all names are those of our own models; values are parameters

from collections.abc import Iterable

from accounts import bulk
from scoring.models import AccountHealth, ScoringRun, Snapshot, SupersededSnapshot

SNAPSHOT = ("account_id", "as_of", "version_id", "run_id", "score", "customer_score", "band", "coverage", "breakdown")
CONTENT = ("version_id", "score", "customer_score", "band", "coverage", "breakdown")
# In the order in which store packs them.
HEALTH = (
    "account_id", "as_of", "version_id", "run_id", "score", "customer_score", "band", "coverage", "low", "high",
    "flags", "score_month_ago", "band_month_ago", "score_half_year_ago", "arr_reporting", "active_users",
    "last_ebr_on", "last_touchpoint_on", "nps",
)  # fmt: skip


def write_snapshots(run: ScoringRun, packed: Iterable[bytes]) -> int:
    """The day's snapshots; says how many are new, differ or are gone. Twice changes nothing."""
    there = Snapshot.objects.filter(as_of=run.as_of)
    if not there.exists():
        return insert_all(packed)
    stage = staged(model=Snapshot, fields=SNAPSHOT, packed=packed)
    gone = 0
    if run.kind == ScoringRun.Kind.FULL:
        gone = supersede(run, stage, where="NOT EXISTS (SELECT 1 FROM {stage} t WHERE t.account_id = s.account_id)")
    differs = " OR ".join(f"t.{name} IS DISTINCT FROM s.{name}" for name in CONTENT)
    supersede(run, stage, where=f"EXISTS (SELECT 1 FROM {{stage}} t WHERE t.account_id = s.account_id AND ({differs}))")
    return gone + bulk.run(
        f"INSERT INTO {table(Snapshot)} ({bulk.names(SNAPSHOT)}) SELECT {bulk.names(SNAPSHOT)} FROM {stage} t"
        f" WHERE NOT EXISTS (SELECT 1 FROM {table(Snapshot)} s WHERE s.account_id = t.account_id AND s.as_of = t.as_of)"
    )


def insert_all(packed: Iterable[bytes]) -> int:
    return sum(bulk.insert_packed(model=Snapshot, fields=SNAPSHOT, packed=rows) for rows in packed)


def supersede(run: ScoringRun, stage: str, *, where: str) -> int:
    """Move the day's snapshots that a condition names aside: they are kept, and no page shows them as the day's."""
    kept = ("account_id", "as_of", "run_id", *CONTENT)
    condition = f"s.as_of = %s AND {where.format(stage=stage)}"
    # The same run may replace an account's snapshot twice (a fact in the morning, one at noon): the newer is kept.
    bulk.run(
        f"INSERT INTO {table(SupersededSnapshot)} ({bulk.names(kept)})"
        f" SELECT {', '.join(f's.{name}' for name in kept)} FROM {table(Snapshot)} s WHERE {condition}"
        f" {bulk.on_conflict(kept, ('account_id', 'as_of', 'run_id'))}",
        (run.as_of,),
    )
    return bulk.run(f"DELETE FROM {table(Snapshot)} AS s WHERE {condition}", (run.as_of,))


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
