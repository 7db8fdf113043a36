"""A folder that was written by an export → an empty installation. Checked before anything is written.

A batch is a transaction that also notes how far it is: a restore that was stopped is taken up by starting it again.
"""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.color import no_style
from django.db import connection, transaction

from accounts import bulk, touches
from accounts.export.cells import csv_reader_of, reader_of
from accounts.export.folder import FORMAT, FORMAT_VERSION, MANIFEST, sha256_of
from accounts.export.tables import Row, Table
from accounts.models import AccountDay, FeatureDay, Restoration, UserDay
from accounts.months import first_of_month, fold_months

AT_ONCE = 5_000
# Notes and payloads may be long; a cell of a spreadsheet would not be.
LONGEST_CELL = 100_000_000
Told = Callable[[str, int], None]


class UnusableExport(ValueError):
    """The folder cannot be restored here; says why."""


@dataclass(frozen=True)
class Manifest:
    digest: str
    rows: dict[str, int]


def restore(*, folder: Path, tables: Sequence[Table], at: datetime, told: Told) -> Restoration:
    """Brings the folder's rows in, those that are not in yet. Raises UnusableExport before anything is written."""
    manifest = read_manifest(folder)
    wanted = [table for table in tables if table.file in manifest.rows]
    refuse_strangers(manifest, wanted)
    restoration = begun(manifest, tables, at=at)
    for table in wanted:
        bring(folder / table.file, table, restoration, expected=manifest.rows[table.file], told=told)
    finish(restoration, wanted, at=at)
    return restoration


def read_manifest(folder: Path) -> Manifest:
    """The manifest, once every file that it names is as it was written."""
    path = folder / MANIFEST
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise UnusableExport(f"There is no {MANIFEST} in {folder}. Give the folder of an export, unpacked.") from None
    except ValueError:
        raise UnusableExport(f"{path} is no JSON. Take the export anew.") from None
    if not isinstance(stated, dict) or stated.get("format") != FORMAT:
        raise UnusableExport(f"{path} is not the manifest of an export of healthapp.")
    if stated.get("version") != FORMAT_VERSION:
        raise UnusableExport(
            f"The export has format {stated.get('version')}; this version reads format {FORMAT_VERSION}. "
            "Restore it with the version of healthapp that wrote it, and upgrade that."
        )
    for one in stated["files"]:
        check_file(folder, one)
    return Manifest(sha256_of(path), {one["file"]: one["rows"] for one in stated["files"]})


def check_file(folder: Path, stated: Row) -> None:
    path = folder / stated["file"]
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UnusableExport(f"The manifest names a file outside the folder: {stated['file']}.")
    if not path.is_file():
        raise UnusableExport(f"{stated['file']} is missing from {folder}.")
    if path.stat().st_size != stated["bytes"] or sha256_of(path) != stated["sha256"]:
        raise UnusableExport(
            f"{stated['file']} is not as it was written: its checksum differs. Unpack the export anew; to bring in "
            "changed rows, restore first and use ingest then."
        )


def refuse_strangers(manifest: Manifest, wanted: Sequence[Table]) -> None:
    known = {table.file for table in wanted}
    # Files below a folder are for people: the scorecards as TOML.
    unknown = sorted(name for name in manifest.rows if name not in known and "/" not in name)
    if unknown:
        raise UnusableExport(f"This version of healthapp does not know {', '.join(unknown)}. Upgrade it first.")


def begun(manifest: Manifest, tables: Sequence[Table], *, at: datetime) -> Restoration:
    """The restoration of this export that was begun here, or a new one if the installation is empty."""
    before = Restoration.objects.first()
    if before is not None and before.finished_at is not None:
        raise UnusableExport("An export was restored here already. Restore into a new, empty installation.")
    if before is not None and before.digest != manifest.digest:
        raise UnusableExport("Another export is half restored here. Restore into a new, empty installation.")
    if before is not None:
        return before
    if taken := next((table for table in tables if table.model._default_manager.exists()), None):
        raise UnusableExport(
            f"There are {taken.name.replace('_', ' ')} here already. Restore into an empty installation: right after "
            "`manage.py migrate`, before the first user or scorecard is made."
        )
    return Restoration.objects.create(digest=manifest.digest, started_at=at)


def bring(path: Path, table: Table, restoration: Restoration, *, expected: int, told: Told) -> None:
    """The rows of one file that are not in yet, and then the links among them."""
    done = restoration.rows.get(table.file, 0)
    told(table.name, done)
    with open_rows(path, table) as rows:
        fresh = islice(rows, done, None)
        while some := list(islice(fresh, AT_ONCE)):
            done += len(some)
            with transaction.atomic():
                table.before(some)
                insert(table, some)
                note(restoration, table.file, done)
            told(table.name, len(some))
    if done != expected:
        raise UnusableExport(f"{table.file} has {done} rows; the manifest says {expected}.")
    if table.own_links:
        link(path, table)


def note(restoration: Restoration, name: str, done: int) -> None:
    restoration.rows[name] = done
    restoration.save(update_fields=["rows"])


def insert(table: Table, rows: Sequence[Row]) -> None:
    made = {name: make() for name, make in table.left_out}
    now_empty = dict.fromkeys(table.own_links)
    columns = [str(field.column) for field in table.fields] + list(made)
    values = ([*({**row, **now_empty}[name] for name in table.columns), *made.values()] for row in rows)
    bulk.insert(model=table.model, fields=columns, rows=values)


def link(path: Path, table: Table) -> None:
    """Fills in what points at other rows of the table. Twice gives the same."""
    key = table.key[0]
    with open_rows(path, table) as rows:
        linked = (row for row in rows if any(row[name] is not None for name in table.own_links))
        while some := list(islice(linked, AT_ONCE)):
            with transaction.atomic():
                bulk.update(
                    model=table.model,
                    fields=table.own_links,
                    rows=[(row[key], *(row[name] for name in table.own_links)) for row in some],
                )


@contextmanager
def open_rows(path: Path, table: Table) -> Iterator[Iterator[Row]]:
    """The rows of a file as values, one after the other; what cannot be read is said with its line."""
    longest = csv.field_size_limit(LONGEST_CELL)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            yield read_csv(file, path.name, table) if table.is_csv else read_json(file, path.name, table)
    finally:
        csv.field_size_limit(longest)


def read_csv(file: Any, name: str, table: Table) -> Iterator[Row]:
    lines = csv.reader(file)
    head = next(lines, [])
    refuse_columns(name, table, head)
    readers = [(head.index(field.attname), field.attname, csv_reader_of(field)) for field in table.fields]
    for cells in lines:
        try:
            yield {column: read(cells[at]) for at, column, read in readers}
        except (ArithmeticError, IndexError, ValueError) as error:
            raise UnusableExport(f"{name}, line {lines.line_num}: {error}") from None


def read_json(file: Any, name: str, table: Table) -> Iterator[Row]:
    readers = {field.attname: reader_of(field) for field in table.fields}
    for number, line in enumerate(file, start=1):
        said = json.loads(line)
        refuse_columns(name, table, said)
        try:
            yield {column: read(said[column]) for column, read in readers.items()}
        except (ArithmeticError, TypeError, ValueError) as error:
            raise UnusableExport(f"{name}, line {number}: {error}") from None


def refuse_columns(name: str, table: Table, found: Any) -> None:
    """A column that we have and the file has not: another version wrote it."""
    if missing := [column for column in table.columns if column not in found]:
        raise UnusableExport(
            f"{name} has no column {missing[0]}. Restore it with the version of healthapp that wrote it, "
            "and upgrade that."
        )


def finish(restoration: Restoration, tables: Sequence[Table], *, at: datetime) -> None:
    """Counts ids on, folds what scoring reads, and says that everything is new."""
    count_on(tables)
    fold_months(months=months_of_use())
    with transaction.atomic():
        touches.touch_all(at=at)
        restoration.finished_at = at
        restoration.save(update_fields=["finished_at"])


def count_on(tables: Sequence[Table]) -> None:
    """Lets the database give the next keys after those that came with the rows."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [table.model for table in tables]):
            cursor.execute(statement)


def months_of_use() -> set[Any]:
    return {
        first_of_month(day)
        for model in (AccountDay, FeatureDay, UserDay)
        for day in model._default_manager.order_by().values_list("day", flat=True).distinct()
    }
