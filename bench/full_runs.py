"""Full runs of the engine over the synthetic company: beside the floor, a naive loop, and each other."""

from functools import partial
from pathlib import Path
from statistics import median

from django.conf import settings
from django.db import connection

from accounts.demo.synthetic.company import AS_OF, Company
from accounts.models import Account
from bench import naive
from bench.cores import of_cores
from bench.database import Watch, company_database
from bench.floor.compute import compute
from bench.parquet import export
from bench.processes import FullRun, full_run, idle_worker_mb
from bench.runner import Benchmark, Result
from scoring.models import Snapshot

NAIVE_ACCOUNTS = 500
# Without an index that fits, a question reads a whole table of 100,000 accounts: 500 would take an hour.
NAIVE_SECONDS = 180
FLOOR_TIMES = 5
# Above this, once is enough: chance evens out over the chunks of a run.
ONCE_FROM = 50_000
TIMES = 3
FLOOR = "floor: polars over Parquet"
RATIO_BARS = {"postgresql": (5.0, 2.0), "sqlite": (10.0, 4.0)}
MEMORY_MB = (400.0, 250.0)
SNAPSHOT_BYTES = (350.0, 250.0)
# Of seven measures a value of 8 bytes each, and nothing to explain it or to find it by.
BARE_BYTES = 56.0


def full_runs_of(accounts: int) -> Benchmark:
    return partial(measure, accounts)


def measure(accounts: int) -> list[Result]:
    """One worker, and where the database lets several write, as many as cores: two."""
    company = Company(accounts=accounts)
    floor = floor_seconds(company)
    with company_database(company):
        idle = idle_worker_mb()
        # Warms the caches, as the floor's first reading does.
        full_run()
        one = typical(accounts, workers=1)
        results = [of_run(one, accounts, floor=floor, workers=1), memory(one, accounts, idle=idle)]
        if connection.vendor == "postgresql":
            two = typical(accounts, workers=2)
            results += [of_run(two, accounts, floor=floor, workers=2), of_two(two, one, accounts), of_cores(2)]
            results += [snapshot_size()]
            one = min(one, two, key=lambda run: run.seconds)
        return [*results, against_a_loop(one, accounts)]


def growth_of(few: int, many: int) -> Benchmark:
    return partial(measure_growth, few, many)


def measure_growth(few: int, many: int) -> list[Result]:
    """The same run over more accounts."""
    taken = []
    for accounts in (few, many):
        with company_database(Company(accounts=accounts)):
            taken.append(typical(accounts, workers=1).seconds)
    factor = many / few
    return [
        Result(
            label(f"growth to {many:,} accounts"), taken[1], "s", f"{few:,} accounts", taken[0],
            ratio_bar=1.3 * factor, ratio_aim=factor,
        )
    ]  # fmt: skip


def typical(accounts: int, *, workers: int) -> FullRun:
    """The run of the middle time."""
    runs = [full_run(workers=workers) for _ in range(1 if accounts >= ONCE_FROM else TIMES)]
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]


def floor_seconds(company: Company) -> float:
    """Reading the files and computing 21 values per account; the files are written before, and not timed."""
    folder = exported(company)
    taken = []
    for _ in range(FLOOR_TIMES + 1):
        watch = Watch()
        assert compute(folder, as_of=AS_OF).height == company.accounts
        taken.append(watch.seconds)
    # The first warms the caches, as it does for the database.
    return round(median(taken[1:]), 4)


def exported(company: Company) -> Path:
    """The folder with the company's Parquet files, written where they are not there yet."""
    folder: Path = settings.VAR_DIR / "bench" / f"parquet-{company.accounts}"
    export(company, folder=folder)
    return folder


def of_run(run: FullRun, accounts: int, *, floor: float, workers: int) -> Result:
    bar, aim = RATIO_BARS[connection.vendor]
    name = label(f"full run, {accounts:,} accounts, {'one worker' if workers == 1 else f'{workers} workers'}")
    return Result(name, round(run.seconds, 3), "s", FLOOR, floor, ratio_bar=bar, ratio_aim=aim)


def of_two(two: FullRun, one: FullRun, accounts: int) -> Result:
    name = label(f"two workers, {accounts:,} accounts")
    return Result(name, round(two.seconds, 3), "s", "one worker", round(one.seconds, 3), ratio_bar=1 / 1.5)


def memory(run: FullRun, accounts: int, *, idle: float) -> Result:
    bar, aim = MEMORY_MB
    name = label(f"memory of a worker, {accounts:,} accounts")
    return Result(name, round(run.peak_mb), "MB", "idle worker", round(idle), bar=bar, aim=aim)


def snapshot_size() -> Result:
    """A snapshot with seven measures on disk: the row and its part of the indexes."""
    bar, aim = SNAPSHOT_BYTES
    rows = Snapshot.objects.count()
    value = snapshot_table_bytes() / rows
    return Result(label("snapshot, 7 measures"), round(value, 1), "bytes", "the values alone", BARE_BYTES, bar, aim=aim)


def snapshot_table_bytes() -> int:
    """Of the table with its indexes, whether it is one or has partitions."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(relid)) FROM pg_partition_tree(%s::regclass)", [Snapshot._meta.db_table]
        )
        partitions = cursor.fetchone()[0]
        cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [Snapshot._meta.db_table])
        return int(partitions or cursor.fetchone()[0])


def against_a_loop(run: FullRun, accounts: int) -> Result:
    """The same values account by account through the ORM, timed on 500, or on as many as a time allows, and scaled."""
    watch, some = Watch(), 0
    for account in Account.objects.order_by("pk")[:NAIVE_ACCOUNTS]:
        naive.values(account, as_of=AS_OF)
        some += 1
        if watch.seconds > NAIVE_SECONDS:
            break
    loop = watch.seconds * accounts / some
    return Result(
        label(f"full run against a loop, {accounts:,} accounts"), round(run.seconds, 3), "s",
        f"ORM loop, {some} accounts scaled", round(loop, 1), ratio_bar=1 / 300, ratio_aim=1 / 1000,
    )  # fmt: skip


def label(name: str) -> str:
    return f"{name}, {'PostgreSQL' if connection.vendor == 'postgresql' else 'SQLite'}"
