"""Tables as files: UTF-8, ISO dates, plain numbers, and no cell that a spreadsheet would run."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse

# A spreadsheet takes a text that starts so for a formula; a leading apostrophe makes it text again.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_file(name: str, lines: Iterable[Sequence[Any]]) -> HttpResponse:
    """An answer that a browser saves under the name."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    # The mark at the start is how spreadsheets know UTF-8.
    response.write("\ufeff")
    csv.writer(response).writerows([cell(value) for value in line] for line in lines)
    return response


def cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA_STARTS) else value
    if isinstance(value, Decimal):
        # The same on every database: one keeps the zeros behind the point, another does not.
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else str(value)
