"""Tables → a folder of files with a manifest: a batch of rows at a time, all as of one moment."""

import csv
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from accounts.export.cells import cell_of, disarmed, json_of, plain_text
from accounts.export.tables import Row, Table
from accounts.queries.organization import the_organization

FORMAT, FORMAT_VERSION = "healthapp export", 1
MANIFEST = "manifest.json"
AT_ONCE = 2_000
Told = Callable[[int], None]


@dataclass(frozen=True)
class Written:
    """One file of the folder, as the manifest lists it."""

    file: str
    rows: int
    bytes: int
    sha256: str


@contextmanager
def one_moment() -> Iterator[None]:
    """Inside, every table is read as it was at one moment, while others go on writing."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Not atomic(): that would lock out whoever writes.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("COMMIT")


def count_rows(tables: Sequence[Table]) -> int:
    """How many rows there are to write."""
    return sum(table.model._default_manager.filter(table.only).count() for table in tables)


def write_folder(
    *, folder: Path, tables: Sequence[Table], extra: Callable[[Path], None], at: datetime, told: Told
) -> list[Written]:
    """Writes the tables, what `extra` adds, and the manifest. `told` hears how many rows each batch had."""
    folder.mkdir(parents=True, exist_ok=True)
    with one_moment():
        rows = {table.file: write_table(folder / table.file, table, told) for table in tables}
        extra(folder)
        organization = the_organization().name
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != MANIFEST)
    written = [described(folder, path, rows) for path in paths]
    manifest = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "made_at": at.isoformat(),
        "organization": organization,
        "has_scores": any(table.is_score for table in tables),
        "files": [asdict(one) for one in written],
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return written


def described(folder: Path, path: Path, rows: dict[str, int]) -> Written:
    name = path.relative_to(folder).as_posix()
    return Written(name, rows.get(name, 0), path.stat().st_size, sha256_of(path))


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_table(path: Path, table: Table, told: Told) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv_writer(file, table) if table.is_csv else json_writer(file)
        for rows in batches(table):
            table.speak.add(rows)
            write(rows)
            count += len(rows)
            told(len(rows))
    return count


def batches(table: Table) -> Iterator[list[Row]]:
    rows = table.rows().iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        yield some


def csv_writer(file: Any, table: Table) -> Callable[[Sequence[Row]], None]:
    """Writes the head, and then batches. A column that ingest calls like one of the table's is that one."""
    spoken = [name for name in table.speak.columns if name not in table.columns]
    writers = [cell_of(field) for field in table.fields] + [spoken_cell] * len(spoken)
    names = [*table.columns, *spoken]
    lines = csv.writer(file)
    lines.writerow(names)

    def write(rows: Sequence[Row]) -> None:
        lines.writerows([cell(row[name]) for name, cell in zip(names, writers, strict=True)] for row in rows)

    return write


def spoken_cell(value: Any) -> str:
    return disarmed(value) if isinstance(value, str) else plain_text(value)


def json_writer(file: Any) -> Callable[[Sequence[Row]], None]:
    def write(rows: Sequence[Row]) -> None:
        for row in rows:
            said = {name: json_of(value) for name, value in row.items()}
            file.write(json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n")

    return write
