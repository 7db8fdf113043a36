"""A file of usage by user, feature and day through the real ingest, beside only reading the file."""

import csv
import io
import tempfile
from datetime import timedelta
from pathlib import Path

import polars
from django.core.management import call_command

from accounts.demo.synthetic.company import AS_OF, FEATURES, Company
from accounts.models import UsageRow
from bench.company import load_company
from bench.database import Watch, empty_database
from bench.runner import Result

ACCOUNTS = 500
ROWS = 100_000


def measure(rows: int = ROWS) -> list[Result]:
    with empty_database(), tempfile.TemporaryDirectory() as folder:
        load_company(Company(accounts=ACCOUNTS, days=1), raw_days=0)
        path = write_file(Path(folder) / "usage.csv", rows=rows)
        watch = Watch()
        call_command("ingest", "usage", str(path), source="synthetic", stdout=io.StringIO())
        ours = rows / watch.seconds
        assert UsageRow.objects.count() == rows
        watch = Watch()
        assert polars.read_csv(path).height == rows
        floor = rows / watch.seconds
    return [Result("ingest_usage", round(ours), "rows/s", "polars reads the file", round(floor), is_higher_better=True)]


def write_file(path: Path, *, rows: int) -> Path:
    """Usage of the last 200 days; the company has kept no rows of its own, so that every one is new."""
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["external_id", "account", "day", "user_key", "feature", "events", "seconds"])
        for n in range(rows):
            day = AS_OF - timedelta(days=n // ACCOUNTS)
            out.writerow(
                [
                    f"e{n}",
                    f"a{1 + n % ACCOUNTS}",
                    day,
                    f"u{n % 7}",
                    FEATURES[n % len(FEATURES)],
                    1 + n % 40,
                    60 * (n % 9),
                ]
            )
    return path
