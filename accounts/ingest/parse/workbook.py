"""A workbook (XLSX) → a text file. Refused by its directory alone, before anything in it is unpacked."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, LargeZipFile, ZipFile

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from accounts.ingest.parse.rows import MOST_COLUMNS, UnusableFile

# Real workbooks unpack to about ten times their size, monotonous ones to fifty times.
MOST_UNPACKED = 300_000_000
MOST_WORDS = 100_000_000
MOST_RATIO = 150
# Below it a high ratio harms nobody.
HARMLESS = 2_000_000
MOST_ENTRIES = 5_000
MOST_ROWS = 1_048_576
TICK_ROWS = 10_000
WORKBOOK = "xl/workbook.xml"
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
ZIP = b"PK\x03\x04"
EPOCH_1900, EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
ZEROS = re.compile(r"0+")
LINE_ENDS = re.compile(r"[\r\n]+")


def is_workbook(path: Path) -> bool:
    """By its first bytes, whatever it is called. The older kind is refused here."""
    with path.open("rb") as file:
        start = file.read(4)
    if start == OLD_WORKBOOK:
        raise UnusableFile("this is a workbook of the old kind (XLS), or one with a password. Save it as XLSX or CSV")
    return start == ZIP


def refuse_bomb(path: Path) -> None:
    """Looks at the archive's directory only: how many parts, how large they claim to be unpacked, and from how much."""
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
    except (BadZipFile, LargeZipFile, ValueError, OSError, NotImplementedError):
        raise UnusableFile("the file begins like a workbook and is none: it is cut off or damaged") from None
    if not any(part.filename == WORKBOOK for part in parts):
        raise UnusableFile("this is an archive, not a workbook. Unpack it, and choose an XLSX or CSV file")
    if any(part.flag_bits & 1 for part in parts):
        raise UnusableFile("the workbook is protected by a password. Save it without one")
    unpacked, packed = sum(part.file_size for part in parts), max(path.stat().st_size, 1)
    words = max((part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml")), default=0)
    if len(parts) > MOST_ENTRIES or unpacked > MOST_UNPACKED or words > MOST_WORDS:
        raise UnusableFile(
            f"unpacked, the workbook has {unpacked / 1e6:,.0f} MB in {len(parts):,} parts; at most"
            f" {MOST_UNPACKED / 1e6:,.0f} MB are read. Save the sheet as CSV"
        )
    if unpacked > HARMLESS and unpacked > MOST_RATIO * packed:
        raise UnusableFile(
            f"unpacked, the workbook is {unpacked / packed:,.0f} times as large as packed, as no real one is."
            " Save the sheet as CSV"
        )


def sheet_names(path: Path) -> list[str]:
    """The sheets that hold cells, in their order."""
    with opened(path) as book:
        return [sheet.title for sheet in book.worksheets]


def epoch_of(path: Path) -> date:
    """Where the workbook counts its days from: Macs once began in 1904."""
    with opened(path) as book:
        return EPOCH_1904 if book.epoch == CALENDAR_MAC_1904 else EPOCH_1900


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The workbook, read row by row, with the values that its formulas had. Call `refuse_bomb` before."""
    if not openpyxl.DEFUSEDXML:
        raise RuntimeError("defusedxml is missing: a workbook's XML would be read without its guard.")
    # Handed over open: openpyxl goes by the ending of a name, and what was brought has none.
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        except Exception as error:  # openpyxl raises whatever a part lets it stumble over
            raise UnusableFile(
                f"the workbook cannot be read ({type(error).__name__}). Save it anew, or as CSV"
            ) from None
        try:
            yield book
        finally:
            book.close()


def write_csv(path: Path, *, sheet: str, into: Path, tick: Callable[[int], None]) -> None:
    """The sheet as a text file in UTF-8, a row of it in each line, so that lines are the sheet's rows.

    `tick` is told now and then how many rows are written; what it raises ends the work.
    """
    with opened(path) as book, into.open("w", encoding="utf-8", newline="") as file:
        if sheet not in book.sheetnames:
            raise UnusableFile(f"the workbook has no sheet {sheet!r}")
        writer = csv.writer(file)
        for number, row in enumerate(readable_rows(book[sheet])):
            writer.writerow(row)
            if number % TICK_ROWS == TICK_ROWS - 1:
                tick(number)


def readable_rows(sheet: Any) -> Iterator[Sequence[str]]:
    """The rows; what is wrong with a sheet's XML shows only while it is read."""
    try:
        yield from rows_of(sheet)
    except UnusableFile:
        raise
    except Exception as error:
        raise UnusableFile(f"sheet {sheet.title!r} cannot be read ({type(error).__name__}). Save it as CSV") from None


def rows_of(sheet: Any) -> Iterator[Sequence[str]]:
    """The rows as text, each as wide as the first that is not empty, if what is beyond it is empty."""
    # What a sheet claims of its size may be wrong.
    sheet.reset_dimensions()
    width = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), start=1):
        if number > MOST_ROWS:
            raise UnusableFile(f"the sheet has more than {MOST_ROWS:,} rows")
        row = trimmed([cell_text(cell) for cell in cells])
        if len(row) > MOST_COLUMNS:
            raise UnusableFile(f"row {number} has more than {MOST_COLUMNS} columns")
        width = width or len(row)
        # A row without cells still is a line, so that lines are rows; a single empty cell would be written as "".
        yield row + [""] * (width - len(row)) if row else []


def trimmed(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row


def cell_text(cell: Any) -> str:
    """A cell as one line: ISO days, plain numbers, leading zeros that its format shows."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return LINE_ENDS.sub(" ", value).strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, int | float):
        return number_text(value, cell.number_format or "")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def moment_text(value: datetime) -> str:
    """Seconds are rounded: a spreadsheet's count of days is a fraction. Midnight is a day."""
    rounded = (value + timedelta(microseconds=500_000)).replace(microsecond=0)
    return rounded.date().isoformat() if rounded.time() == time(0) else rounded.isoformat(" ")


def number_text(value: float, number_format: str) -> str:
    whole = int(value) if value == value and abs(value) < 1e15 and value == int(value) else None
    if whole is None:
        return repr(value)
    return str(whole).zfill(len(number_format)) if ZEROS.fullmatch(number_format) and whole >= 0 else str(whole)
