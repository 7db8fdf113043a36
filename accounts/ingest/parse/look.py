"""What a text file looks like before anybody has said what its columns mean. Streams: samples and tallies are held."""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from accounts.ingest.parse.rows import (
    DELIMITERS,
    UnusableFile,
    guess_encoding,
    known_delimiter,
    known_encoding,
    plain,
    read_header,
    read_rows,
)
from accounts.ingest.parse.values import ISO_DAY, NUMBERED_DAY, Order, is_ambiguous, mark_of, settled, vote

SAMPLES = 3
FIRST_ROWS = 20
LONGEST_SAMPLE = 80
# Enough to know of what kind a column's values are; doubt about days and marks is looked for in every row.
TYPED_ROWS = 1_000
NUMBER_LIKE = re.compile(r"[+-]?[$€£¥]?\s?\d[\d.,' ]*([eE][+-]?\d+)?\s?[$€£¥]?")
NUMERIC_START = frozenset("0123456789+-$€£¥")


@dataclass(slots=True)
class Column:
    """One column: its name (made unique), first values, and what its values are like."""

    name: str
    samples: list[str] = field(default_factory=list)
    filled: int = 0
    typed: int = 0
    days: int = 0
    numbers: int = 0
    addresses: int = 0
    orders: set[Order] = field(default_factory=set)
    ambiguous_day: str = ""
    marks: Counter[str] = field(default_factory=Counter)
    ambiguous_number: str = ""

    @property
    def order(self) -> Order:
        return settled(self.orders)

    def take(self, text: str) -> None:
        """One value that is not empty."""
        self.filled += 1
        if len(self.samples) < SAMPLES and (shown := shortened(text)) not in self.samples:
            self.samples.append(shown)
        if text[0] in NUMERIC_START:
            self.take_numeric(text)
        if self.typed < TYPED_ROWS:
            self.typed += 1
            self.addresses += "@" in text[1:-1]

    def take_numeric(self, text: str) -> None:
        if said := vote(text):
            self.orders.add(said)
        elif not self.ambiguous_day and is_ambiguous(text):
            self.ambiguous_day = shortened(text)
        if "," in text or "." in text:
            self.take_mark(text)
        if self.typed < TYPED_ROWS:
            day_text = text.partition(" ")[0].partition("T")[0]
            is_day = bool(ISO_DAY.fullmatch(day_text) or NUMBERED_DAY.fullmatch(day_text))
            self.days += is_day
            self.numbers += not is_day and NUMBER_LIKE.fullmatch(text) is not None

    def take_mark(self, text: str) -> None:
        if mark := mark_of(text):
            self.marks[mark] += 1
            if mark == "?" and not self.ambiguous_number:
                self.ambiguous_number = shortened(text)

    def share(self, count: int) -> float:
        return count / self.typed if self.typed else 0.0

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "samples": self.samples,
            "filled": self.filled,
            "days": round(self.share(self.days), 3),
            "numbers": round(self.share(self.numbers), 3),
            "addresses": round(self.share(self.addresses), 3),
            "order": self.order.value,
            "ambiguous_day": self.ambiguous_day,
            "marks": sorted(self.marks),
            "ambiguous_number": self.ambiguous_number,
        }


@dataclass(frozen=True, slots=True)
class Look:
    """How a file is written and what stands in it."""

    encoding: str
    delimiter: str
    rows: int
    columns: list[Column]


def look_at(path: Path, *, encoding: str = "", delimiter: str = "") -> Look:
    """Reads all of the file once. What is stated is taken, the rest is found out."""
    if path.stat().st_size == 0:
        raise UnusableFile("the file is empty")
    stated = known_encoding(encoding or guess_encoding(path), path)
    mark = known_delimiter(delimiter) if delimiter else likely_delimiter(path, stated)
    header = read_header(path, stated, mark)
    columns = [Column(name) for name in unique_names(header)]
    rows = 0
    for _, row in read_rows(path, stated, mark, skip_header=True):
        rows += 1
        for column, text in zip(columns, row, strict=False):
            if text and (text := text.strip()):
                column.take(text)
    if rows == 0:
        raise UnusableFile("the file has a row of names and nothing below it")
    return Look(encoding=stated, delimiter=mark, rows=rows, columns=columns)


def likely_delimiter(path: Path, encoding: str) -> str:
    """The one by which the first rows are equally wide, and widest."""

    def width(delimiter: str) -> tuple[int, int]:
        try:
            rows = islice(read_rows(path, encoding, delimiter, skip_header=False), FIRST_ROWS)
            widths = [len(row) for _, row in rows]
        except UnusableFile:  # by this one a row is a single endless cell
            return (-1, 0)
        return (sum(each == widths[0] for each in widths) if widths and widths[0] > 1 else 0, max(widths, default=0))

    return max(DELIMITERS, key=width)


def unique_names(header: tuple[str, ...]) -> list[str]:
    """The names of the columns; one without gets its number, one that occurs again too."""
    seen: Counter[str] = Counter()
    names = []
    for at, given in enumerate(header, start=1):
        name = shortened(given) or f"Column {at}"
        seen[plain(name)] += 1
        names.append(name if seen[plain(name)] == 1 else f"{name} ({seen[plain(name)]})")
    return names


def shortened(text: str) -> str:
    """One line that can be kept and shown."""
    line = " ".join(text[: 2 * LONGEST_SAMPLE].split()).replace("\x00", "\ufffd")
    return line if len(line) <= LONGEST_SAMPLE else f"{line[: LONGEST_SAMPLE - 1]}…"
