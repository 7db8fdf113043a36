"""Every CSV that leaves the product: UTF-8, ISO dates, plain numbers, and no cell that a spreadsheet would run."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

# A spreadsheet takes a text that starts so for a formula, also in the wide letters of Japanese; a leading apostrophe
# makes it text again.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A negative number is one to a spreadsheet, too; a plus sign is kept as what somebody wrote, such as +44.
NEGATIVE = re.compile(r"-\d+([.,]\d+)*")
# The mark at the start is how spreadsheets know UTF-8.
MARK = "\ufeff"


class Writable(Protocol):
    def write(self, text: str, /) -> object: ...


def write_table(into: Writable, lines: Iterable[Sequence[Any]]) -> None:
    """Whoever makes a CSV for people calls it. An export that is read back has cells of its own: export/cells.py."""
    into.write(MARK)
    write_lines(into, lines)


def text_of(lines: Iterable[Sequence[Any]]) -> str:
    """Some of the lines of a table, for one that leaves in parts."""
    into = io.StringIO()
    write_lines(into, lines)
    return into.getvalue()


def write_lines(into: Writable, lines: Iterable[Sequence[Any]]) -> None:
    csv.writer(into).writerows([cell(value) for value in line] for line in lines)


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return unarmed(value)
    if isinstance(value, Decimal):
        # The same on every database: one keeps the zeros behind the point, another does not.
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def unarmed(text: str) -> str:
    """Text that a spreadsheet would run as a formula is shown instead; a number stays one."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not NEGATIVE.fullmatch(text) else text
