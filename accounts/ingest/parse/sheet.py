"""A text file → records, or a refusal with line, column and reason. Streams: no more than a row is held.

The file is read twice: `open_sheet` finds out how it is written (encoding, delimiter, whether 07-08 is July or
August) and counts its rows, `read_records` makes the records.
"""

from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, fields
from datetime import date, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints
from zoneinfo import ZoneInfo

from accounts.ingest.parse.mapping import Mapping
from accounts.ingest.parse.refusals import Refusal, Refused
from accounts.ingest.parse.rows import (
    UTF_8,
    UnusableFile,
    find_delimiter,
    known_delimiter,
    known_encoding,
    plain,
    read_header,
    read_rows,
)
from accounts.ingest.parse.values import (
    LONGEST_NUMBER,
    NUMBERS,
    PLAIN,
    DayReader,
    Order,
    format_of,
    pointed,
    settled,
    vote,
    whole,
)
from accounts.ingest.records import KINDS, Record


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the record: where it stands in a row and how it is read."""

    field: str
    column: str
    at: int | None
    constant: str
    is_required: bool
    convert: Callable[[str], Any]
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that can be read, and how."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    record: type[Record]
    cells: tuple[Cell, ...]
    empty: frozenset[str]
    rows: int
    unread: tuple[str, ...]

    def column_of(self, field: str) -> str:
        """The file's own name of a field, for people who look into the file."""
        return next((cell.column for cell in self.cells if cell.field == field), field)


def open_sheet(
    *,
    path: Path,
    kind: str,
    mapping: Mapping,
    zone: ZoneInfo,
    encoding: str | None = None,
    delimiter: str | None = None,
    date_format: str | None = None,
) -> Sheet:
    """Finds out how the file is written. What is stated here goes before what the mapping states."""
    record = KINDS[kind]
    encoding = known_encoding(encoding or mapping.encoding or UTF_8, path)
    stated = date_format or mapping.date_format
    try:
        pattern = format_of(stated) if stated else None
    except ValueError as error:
        raise UnusableFile(str(error)) from None
    given = delimiter or mapping.delimiter
    delimiter = known_delimiter(given) if given else find_delimiter(path, encoding, wanted_columns(record, mapping))
    header = read_header(path, encoding, delimiter)
    places = find_places(header, record, mapping)
    rows, orders = scan(path, encoding, delimiter, day_places(record, places))
    readers = {
        field: DayReader(answered(orders.get(field, Order.UNSETTLED), field, mapping), pattern, zone, mapping.epoch)
        for field in places
    }
    return Sheet(
        path=path,
        encoding=encoding,
        delimiter=delimiter,
        header=header,
        record=record,
        cells=tuple(make_cells(record, mapping, header, places, readers)),
        empty=mapping.empty,
        rows=rows,
        unread=tuple(name for at, name in enumerate(header) if at not in places.values()),
    )


def answered(order: Order, field: str, mapping: Mapping) -> Order:
    """What the column itself says; else what a person said of it."""
    if order in (Order.DAY_FIRST, Order.MONTH_FIRST) or field not in mapping.is_day_first:
        return order
    return Order.DAY_FIRST if mapping.is_day_first[field] else Order.MONTH_FIRST


def read_records(sheet: Sheet) -> Iterator[tuple[int, Record] | Refusal]:
    """Every row of the file in its order, as a record with its line or as a refusal."""
    for line, row in read_rows(sheet.path, sheet.encoding, sheet.delimiter, skip_header=True):
        try:
            if len(row) != len(sheet.header):
                raise Refused("", other_width(row, sheet))
            yield line, make_record(sheet, row)
        except Refused as refused:
            yield Refusal(line, refused.column, refused.reason, payload_of(sheet, row))


def other_width(row: list[str], sheet: Sheet) -> str:
    lines = sum(text.count("\n") for text in row)
    # An open quotation mark swallows the rows below it.
    hint = f", and goes on for {lines} lines. Is a quotation mark left open?" if lines else ""
    return f"has {len(row)} columns, the header has {len(sheet.header)}{hint}"


def original_rows(sheet: Sheet, lines: set[int]) -> Iterator[tuple[int, dict[str, str]]]:
    """What these lines of the file say, for the report of refusals."""
    for line, row in read_rows(sheet.path, sheet.encoding, sheet.delimiter, skip_header=True):
        if line in lines:
            yield line, payload_of(sheet, row)


def payload_of(sheet: Sheet, row: list[str]) -> dict[str, str]:
    surplus = {f"column {at + 1}": text for at, text in enumerate(row) if at >= len(sheet.header)}
    return {**dict(zip(sheet.header, row, strict=False)), **surplus}


def make_record(sheet: Sheet, row: list[str]) -> Record:
    values: dict[str, Any] = {}
    for cell in sheet.cells:
        text = cell.constant if cell.at is None else " ".join(row[cell.at].split())
        text = cell.words.get(text.lower(), text)
        if text and text.lower() not in sheet.empty:
            try:
                values[cell.field] = cell.convert(text)
            except ValueError as error:
                raise Refused(cell.column, str(error)) from None
        elif cell.is_required:
            raise Refused(cell.column, "missing")
    return sheet.record(**values)


def wanted_columns(record: type[Record], mapping: Mapping) -> set[str]:
    return {plain(name) for name in mapping.columns.values()} or {plain(field.name) for field in fields(record)}


def find_places(header: tuple[str, ...], record: type[Record], mapping: Mapping) -> dict[str, int]:
    """Field → index of its column. Every column that a mapping names must be there, and every required field."""
    if mapping.places is not None:
        refuse_missing(mapping.places, header, record, mapping)
        return mapping.places
    indexes: dict[str, list[int]] = {}
    for at, name in enumerate(header):
        indexes.setdefault(plain(name), []).append(at)
    wanted = mapping.columns or {field.name: field.name for field in fields(record) if plain(field.name) in indexes}
    places: dict[str, int] = {}
    for field, column in wanted.items():
        found = indexes.get(plain(column), [])
        if len(found) != 1:
            problem = "no column" if not found else f"{len(found)} columns"
            raise UnusableFile(f"line 1: {problem} {column!r}. It has: {', '.join(header)}")
        places[field] = found[0]
    refuse_missing(places, header, record, mapping)
    return places


def refuse_missing(places: dict[str, int], header: tuple[str, ...], record: type[Record], mapping: Mapping) -> None:
    missing = [name for name in required(record) if name not in places and name not in mapping.constants]
    if missing:
        raise UnusableFile(f"line 1: no column for {', '.join(missing)}. It has: {', '.join(header)}")


def required(record: type[Record]) -> list[str]:
    return [field.name for field in fields(record) if field.default is MISSING]


def type_of(hint: Any) -> Any:
    """The type that a field holds when it holds anything."""
    if isinstance(hint, UnionType):
        return next(option for option in get_args(hint) if option is not NoneType)
    return hint


def day_places(record: type[Record], places: dict[str, int]) -> dict[str, int]:
    hints = get_type_hints(record)
    return {field: at for field, at in places.items() if type_of(hints[field]) in (date, datetime)}


def scan(path: Path, encoding: str, delimiter: str, days: dict[str, int]) -> tuple[int, dict[str, Order]]:
    """Reads all of it once: how many rows, and in which order each column of days is written."""
    votes: dict[str, set[Order]] = {field: set() for field in days}
    rows = 0
    for _, row in read_rows(path, encoding, delimiter, skip_header=True):
        rows += 1
        for field, at in days.items():
            if at < len(row) and (said := vote(row[at].strip())):
                votes[field].add(said)
    return rows, {field: settled(said) for field, said in votes.items()}


def make_cells(
    record: type[Record],
    mapping: Mapping,
    header: tuple[str, ...],
    places: dict[str, int],
    readers: dict[str, DayReader],
) -> Iterator[Cell]:
    hints = get_type_hints(record)
    for field in fields(record):
        if field.name in places or field.name in mapping.constants:
            at = places.get(field.name)
            reader = readers.get(field.name, DayReader())
            yield Cell(
                field=field.name,
                column=field.name if at is None else header[at],
                at=at,
                constant=mapping.constants.get(field.name, ""),
                is_required=field.default is MISSING,
                convert=converter(type_of(hints[field.name]), reader, mapping.decimal_mark),
                words=mapping.values.get(field.name, {}),
            )


def converter(wanted: Any, reader: DayReader, mark: str | None) -> Callable[[str], Any]:
    if wanted is datetime:
        return reader.moment
    if wanted is date:
        return reader.day
    convert = PLAIN[wanted]
    return number_reader(convert, mark) if mark and wanted in NUMBERS else convert


def number_reader(convert: Callable[[str], Any], mark: str) -> Callable[[str], Any]:
    """Reads numbers with that decimal mark; a refusal shows the number as the file has it."""

    def read(text: str) -> Any:
        try:
            return convert(pointed(text, mark))
        except ValueError:
            raise ValueError(
                f"{text[:LONGEST_NUMBER]!r} is {'no whole number' if convert is whole else 'no number'}"
            ) from None

    return read
