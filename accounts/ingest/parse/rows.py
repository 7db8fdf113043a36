"""A text file → rows of text with their lines: in which encoding it is written, and what separates its columns."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

DELIMITERS = ",;\t|"
# With or without a byte-order mark.
UTF_8 = "utf-8-sig"
# Which encoding a byte-order mark says; the longer ones before those with which they begin.
MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LOOKED_AT = 4_096
MOST_COLUMNS = 500
# How files of spreadsheets begin: the newer ones are ZIP archives.
WORKBOOKS = {b"PK\x03\x04", b"\xd0\xcf\x11\xe0"}


class UnusableFile(ValueError):
    """Nothing of the file can be read; says why, with the line where there is one."""


def read_rows(path: Path, encoding: str, delimiter: str, *, skip_header: bool) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each begins; empty lines are passed over."""
    with path.open(encoding=encoding, newline="") as lines:
        reader = csv.reader(lines, delimiter=delimiter)
        starts = 1
        is_header = skip_header
        try:
            for row in reader:
                line, starts = starts, reader.line_num + 1
                if not any(map(str.strip, row)):
                    continue
                if is_header:
                    is_header = False
                    continue
                yield line, row
        except csv.Error as error:
            raise UnusableFile(f"line {starts}: {error}. Is a quotation mark left open?") from None
        except UnicodeError:
            raise UnusableFile(undecodable(path, encoding)) from None


def guess_encoding(path: Path) -> str:
    """What a byte-order mark says; UTF-16 by its zeros; UTF-8 where all reads so; else that of Western Windows."""
    with path.open("rb") as file:
        start = file.read(LOOKED_AT)
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return encoding
    # Text in Latin letters has a zero in every other byte.
    for at, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(start) > 3 and start[at::2].count(0) > len(start) // 4 > start[1 - at :: 2].count(0):
            return encoding
    return UTF_8 if reads_as(path, UTF_8) else "cp1252"


def reads_as(path: Path, encoding: str) -> bool:
    try:
        with path.open(encoding=encoding, newline="") as lines:
            while lines.read(1 << 20):
                pass
    except UnicodeError:
        return False
    return True


def undecodable(path: Path, encoding: str) -> str:
    """Where the first byte stands that the encoding does not know."""
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                line.decode(encoding)
            except UnicodeDecodeError as error:
                byte = line[error.start]
                return f"line {number}: byte 0x{byte:02x} is no {shown(encoding)}. Name the encoding: --encoding cp1252"
    return f"the file is no {shown(encoding)}. Name the encoding: --encoding cp1252"


def shown(encoding: str) -> str:
    return "UTF-8" if encoding == UTF_8 else encoding


def known_encoding(encoding: str, path: Path) -> str:
    try:
        "".encode(encoding)
        with path.open("rb") as file:
            start = file.read(4)
    except (LookupError, UnicodeError):
        raise UnusableFile(f"there is no encoding {encoding!r}") from None
    except OSError as error:
        raise UnusableFile(f"cannot read {path}: {error.strerror}") from None
    if start in WORKBOOKS:
        raise UnusableFile("this is a workbook, not text. Save it as CSV (UTF-8) in the spreadsheet")
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") and "16" not in encoding and "32" not in encoding:
        raise UnusableFile("line 1: the file is UTF-16. Pass --encoding utf-16")
    # A byte-order mark is dropped also where somebody names plain UTF-8.
    return UTF_8 if encoding.lower().replace("-", "").replace("_", "") == "utf8" else encoding


def known_delimiter(words: str) -> str:
    delimiter = "\t" if words.lower() in {"tab", "\\t"} else words
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise UnusableFile(f"{words!r} is no delimiter. Give one character, or tab")
    return delimiter


def find_delimiter(path: Path, encoding: str, wanted: set[str]) -> str:
    """The one that finds the most wanted columns; then the one that finds the most columns."""

    def found(delimiter: str) -> tuple[int, int]:
        header = read_header(path, encoding, delimiter)
        return len(wanted & set(map(plain, header))), len(header)

    return max(DELIMITERS, key=found)


def read_header(path: Path, encoding: str, delimiter: str) -> tuple[str, ...]:
    for _, row in read_rows(path, encoding, delimiter, skip_header=False):
        if len(row) > MOST_COLUMNS:
            raise UnusableFile(f"line 1: {len(row):,} columns, where at most {MOST_COLUMNS} are read")
        return tuple(" ".join(name.split()) for name in row)
    raise UnusableFile("the file is empty")


def plain(name: str) -> str:
    """A column's name apart from case, double spaces, hyphens and underscores."""
    return " ".join(name.replace("_", " ").replace("-", " ").split()).lower()
