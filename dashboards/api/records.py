"""A JSON object → a record, or a refusal that names the column. Nothing is guessed: a number is no text."""

import math
import re
from collections.abc import Callable
from dataclasses import MISSING, fields
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from accounts.ingest.parse.refusals import Refusal, Refused
from accounts.ingest.records import KINDS, Record
from dashboards.api.errors import told

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
EXACT = re.compile(r"-?\d{1,12}(\.\d{1,20})?", re.ASCII)
LARGEST = 2**63
# Far outside of what any column holds, near enough to be written down in a refusal.
LARGEST_EXACT = Decimal(10) ** 30
LONGEST_LIST = 100


def record_of(kind: str, row: Any, *, line: int) -> tuple[int, Record] | Refusal:
    """The record with its line, or what is wrong with it."""
    try:
        return line, KINDS[kind](**read(kind, row))
    except Refused as refused:
        return Refusal(line, refused.column, refused.reason)


def read(kind: str, row: Any) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise Refused("", "a row is an object of columns and values")
    known = columns(kind)
    for name in row:
        if name not in known:
            raise Refused(told(name), f"there is no such column; there are {', '.join(known)}")
    values = {}
    for name, column in known.items():
        if name in row:
            values[name] = column.read(name, row[name])
        elif column.is_required:
            raise Refused(name, "missing")
    return values


class Column:
    """How a field of a record is read."""

    def __init__(self, hint: Any, *, is_required: bool) -> None:
        self.is_empty_allowed = isinstance(hint, UnionType) and NoneType in get_args(hint)
        self.type = next(each for each in get_args(hint) if each is not NoneType) if self.is_empty_allowed else hint
        self.is_required = is_required

    def read(self, name: str, value: Any) -> Any:
        if value is None and self.is_empty_allowed:
            return None
        try:
            return READERS[self.type](value)
        except ValueError as error:
            raise Refused(name, str(error)) from None


@cache
def columns(kind: str) -> dict[str, Column]:
    hints = get_type_hints(KINDS[kind])
    return {each.name: Column(hints[each.name], is_required=each.default is MISSING) for each in fields(KINDS[kind])}


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"write text in quotation marks, not {kind_of(value)}")
    if "\x00" in value:
        raise ValueError("has a NUL character in it")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError("has half a character in it (a lone surrogate)") from None
    return value


def whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"write a whole number, not {kind_of(value)}")
    if not -LARGEST < value < LARGEST:
        raise ValueError("this number is too large")
    if value != int(value):
        raise ValueError(f"{value} is no whole number")
    return int(value)


def decimal(value: Any) -> Decimal:
    """A number, or its digits as text, which no other program rounds on the way."""
    if isinstance(value, str):
        if not EXACT.fullmatch(value):
            raise ValueError("write a number such as 1200.50, with a point and without anything else")
        return Decimal(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"write a number, not {kind_of(value)}")
    if not -LARGEST_EXACT < value < LARGEST_EXACT:
        raise ValueError("this number is too large")
    return Decimal(value)


def real(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"write a number, not {kind_of(value)}")
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        raise ValueError("this number is too large")
    return found


def truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"write true or false, not {kind_of(value)}")
    return value


def day(value: Any) -> date:
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValueError('write a day as "YYYY-MM-DD"')
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value} is no day of the calendar") from None


def moment(value: Any) -> datetime:
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        raise ValueError('write a moment with its zone, as "YYYY-MM-DDThh:mm:ssZ"')
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        raise ValueError(f"{value} is no moment of the calendar and the clock") from None


def several(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"write a list of texts, not {kind_of(value)}")
    if len(value) > LONGEST_LIST:
        raise ValueError(f"more than {LONGEST_LIST} at once")
    return tuple(text(each) for each in value)


def kind_of(value: Any) -> str:
    """What JSON calls it."""
    names = {bool: "true or false", NoneType: "null", str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), "a number")


READERS: dict[Any, Callable[[Any], Any]] = {
    str: text,
    int: whole,
    Decimal: decimal,
    float: real,
    bool: truth,
    date: day,
    datetime: moment,
    tuple[str, ...]: several,
}
