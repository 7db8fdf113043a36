"""A file of accounts through the real ingest: how long, and how much memory; beside update_or_create for each row."""

import csv
import json
import os
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from django.utils import timezone

from accounts.models import Account, AccountHistory, Source
from bench.database import Watch, address, empty_database
from bench.processes import ROOT
from bench.runner import Benchmark, Result

SECONDS_BAR, MB_BAR = 30, 300
NAIVE_ROWS = 2_000
FIELDS = (
    "external_id",
    "name",
    "started_on",
    "domain",
    "industry",
    "country",
    "phase",
    "arr",
    "currency",
    "seats",
    "renewal_date",
)
CHILD = """
import io, json, django; django.setup()
from django.core.management import call_command
from bench.worker import peak_mb
call_command("ingest", "accounts", {path!r}, source="bench", stdout=io.StringIO())
print(json.dumps({{"peak_mb": peak_mb()}}))
"""


def import_of(rows: int) -> Benchmark:
    return lambda: measure(rows)


def measure(rows: int) -> list[Result]:
    with empty_database(), tempfile.TemporaryDirectory() as folder:
        path = write_file(Path(folder) / "accounts.csv", rows=rows)
        naive = naive_seconds(path) * rows / min(rows, NAIVE_ROWS)
        Account.objects.all().delete()
        watch = Watch()
        peak = ingested(path)
        seconds = watch.seconds
        assert Account.objects.count() == rows
    name = f"import_accounts_{rows // 1_000}k"
    base = f"update_or_create for each of {NAIVE_ROWS:,} rows, scaled"
    return [
        Result(f"{name}_seconds", round(seconds, 1), "s", base, round(naive, 1), bar=SECONDS_BAR),
        Result(f"{name}_memory", round(peak), "MB", "the bar", MB_BAR, bar=MB_BAR),
    ]


def write_file(path: Path, *, rows: int) -> Path:
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(FIELDS)
        for n in range(rows):
            start, renewal = date(2022, 1, 1) + timedelta(days=n % 1_400), date(2027, 1, 1) + timedelta(days=n % 365)
            out.writerow(
                [f"{n:07}", f"Company {n}", start, f"c{n}.example", "Software", "US", "adoption", f"{1_000 + n}.50"]
                + ["USD", n % 500, renewal]
            )
    return path


def ingested(path: Path) -> float:
    """By a process of its own, its start and imports counted; says how many megabytes it took at most."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD.format(path=str(path))],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address(), "LOG_LEVEL": "WARNING"},
        check=True,
        capture_output=True,
        text=True,
    )
    return float(json.loads(done.stdout.splitlines()[-1])["peak_mb"])


def naive_seconds(path: Path) -> float:
    """A row at a time, as one writes it first: the account, then its row of history."""
    source, watch = Source.objects.create(name="naive"), Watch()
    with path.open(newline="") as file:
        for _, row in zip(range(NAIVE_ROWS), csv.DictReader(file), strict=False):
            take_one(row, source)
    return watch.seconds


def take_one(row: dict[str, str], source: Source) -> None:
    naming = {name: row[name] for name in ("name", "started_on", "domain", "industry", "country")}
    dated = {name: row[name] for name in ("phase", "arr", "currency", "seats", "renewal_date")}
    account, _ = Account.objects.update_or_create(
        source=source, external_id=row["external_id"], defaults={**naming, **dated, "recorded_at": timezone.now()}
    )
    AccountHistory.objects.update_or_create(
        account=account,
        valid_from=row["started_on"],
        defaults={**dated, "status": "active", "recorded_at": timezone.now()},
    )
