"""A body → JSON, strictly: what no table could hold, or no answer could repeat, is refused here with words."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from dashboards.api.errors import Refusal

LARGEST_BODY = 4 * 1024 * 1024
# A bulk body has three.
DEEPEST = 16


class StrictJson(BaseParser):
    media_type = "application/json"

    def parse(self, stream: BinaryIO, media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = stream.read(LARGEST_BODY + 1)
        if len(raw) > LARGEST_BODY:
            raise Refusal(413, f"The body is larger than {LARGEST_BODY:,} bytes. Send fewer rows at once.")
        return read_json(raw)


def read_json(raw: bytes) -> Any:
    """Numbers with a point stay exact decimals. NaN and Infinity are no JSON."""
    try:
        data = json.loads(raw.decode("utf-8"), parse_float=exact, parse_constant=refused_constant)
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is no UTF-8: byte {error.start} makes no sense.") from None
    except json.JSONDecodeError as error:
        raise ParseError(f"The body is no JSON: {error.msg}, line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise ParseError(too_deep()) from None
    except ValueError as error:
        raise ParseError(f"The body is no JSON that can be read: {error}") from None
    check_depth(data)
    return data


def exact(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("a number with too large an exponent.") from None


def refused_constant(word: str) -> None:
    raise ValueError(f"{word} is no number.")


def check_depth(data: Any) -> None:
    layer, depth = [data], 0
    while layer := [inner for each in layer for inner in members(each)]:
        depth += 1
        if depth > DEEPEST:
            raise ParseError(too_deep())


def members(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def too_deep() -> str:
    return f"The body is nested more than {DEEPEST} deep."
