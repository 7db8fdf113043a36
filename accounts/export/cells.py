"""A column's value as text in a CSV or as JSON, and back: nothing is lost on the way.

A text that a spreadsheet would take for a formula gets an apostrophe in front, and so does one that begins with an
apostrophe: so a leading apostrophe always comes off again. Numbers, days and moments never get one.
"""

import base64
import json
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from accounts.spreadsheets import FORMULA_STARTS

ARMED = (*FORMULA_STARTS, "'")
Convert = Callable[[Any], Any]


class UnreadableCell(ValueError):
    """A cell that no export of ours has written."""


def disarmed(text: str) -> str:
    return f"'{text}" if text.startswith(ARMED) else text


def armed_again(text: str) -> str:
    return text.removeprefix("'")


def cell_of(field: "models.Field[Any, Any]") -> Convert:
    """How the column's values are written into a CSV."""
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value, cls=field.encoder, ensure_ascii=False)
    if isinstance(field, models.CharField | models.TextField):
        return disarmed
    return plain_text


def plain_text(value: Any) -> str:
    """A value of our own making, which no spreadsheet runs."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    return repr(value) if isinstance(value, float) else str(value)


def json_of(value: Any) -> Any:
    """A value as JSON has it: what JSON has no kind for becomes text."""
    return value if value is None or isinstance(value, bool | int | float | str | list | dict) else plain_text(value)


def reader_of(field: "models.Field[Any, Any]") -> Convert:
    """From a cell, or from JSON, to the value."""
    column = field.target_field if isinstance(field, models.ForeignKey) else field
    read = READERS.get(column.get_internal_type(), unchanged)
    return lambda value: None if value is None else read(value)


def csv_reader_of(field: "models.Field[Any, Any]") -> Convert:
    """From a cell of a CSV: an empty one is none where the column can be empty."""
    if isinstance(field, models.JSONField):
        return json.loads
    if isinstance(field, models.CharField | models.TextField):
        return armed_again
    read = reader_of(field)
    return lambda text: read(text) if text else empty_of(field)


def empty_of(field: "models.Field[Any, Any]") -> Any:
    if isinstance(field, models.BinaryField):
        return None if field.null else b""
    if field.null:
        return None
    raise UnreadableCell(f"{field.attname} is empty")


def unchanged(value: Any) -> Any:
    return value


def truth(value: bool | str) -> bool:
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise UnreadableCell(f"{value!r} is neither true nor false")
    return value == "true"


READERS: dict[str, Convert] = {
    **dict.fromkeys(
        ("AutoField", "BigAutoField", "IntegerField", "BigIntegerField", "SmallIntegerField", "PositiveIntegerField",
         "PositiveBigIntegerField", "PositiveSmallIntegerField"),
        int,
    ),
    "FloatField": float,
    "DecimalField": Decimal,
    "DateField": date.fromisoformat,
    "DateTimeField": datetime.fromisoformat,
    "BooleanField": truth,
    "BinaryField": base64.b64decode,
}  # fmt: skip
