"""A file of usage by user, feature and day through the real ingest, beside only reading the file."""

import csv
import io
import tempfile
from datetime import timedelta
from pathlib import Path

import polars
from django.core.management import call_command

from accounts.models import UsageRow
from bench.database import Watch, empty_database
from bench.runner import Result
from bench.synthetic import AS_OF, Company

ACCOUNTS = 500
ROWS = 100_000


def measure() -> list[Result]:
    with empty_database(), tempfile.TemporaryDirectory() as folder:
        Company(accounts=ACCOUNTS).load()
        path = write_file(Path(folder) / "usage.csv")
        watch = Watch()
        call_command("ingest", "usage", str(path), source="synthetic", stdout=io.StringIO())
        ours = ROWS / watch.seconds
        assert UsageRow.objects.count() == ROWS
        watch = Watch()
        assert polars.read_csv(path).height == ROWS
        floor = ROWS / watch.seconds
    return [Result("ingest_usage", round(ours), "rows/s", "polars reads the file", round(floor), is_higher_better=True)]


def write_file(path: Path) -> Path:
    """Usage of the 200 days before the synthetic company's own, so that every row is new."""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["external_id", "account", "day", "user_key", "feature", "events", "seconds"])
        for n in range(ROWS):
            day = AS_OF - timedelta(days=n // ACCOUNTS)
            out.writerow([f"e{n}", f"a{n % ACCOUNTS}", day, f"u{n % 7}", f"feature-{n % 8}", 1 + n % 40, 60 * (n % 9)])
    return path
