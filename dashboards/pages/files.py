"""Tables as files that a browser saves."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse

from accounts.spreadsheets import MARK, text_of, write_table

LINES_AT_ONCE = 500


def csv_file(name: str, lines: Iterable[Sequence[Any]]) -> HttpResponse:
    """An answer that a browser saves under the name."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    write_table(response, lines)
    return response


def streamed_csv(name: str, lines: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """The same for many lines: they leave while they are read, and are never all in memory."""
    response = StreamingHttpResponse(parts_of(iter(lines)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def parts_of(lines: Iterator[Sequence[Any]]) -> Iterator[str]:
    yield MARK
    while some := list(islice(lines, LINES_AT_ONCE)):
        yield text_of(some)
