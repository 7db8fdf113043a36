"""What a column can hold, so that one bad value refuses its row and not the whole batch."""

import math
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from accounts.ingest.parse.refusals import Refused
from accounts.models.organization import currency_code

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
LARGEST = {
    "PositiveSmallIntegerField": 32_767,
    "PositiveIntegerField": 2_147_483_647,
    "PositiveBigIntegerField": 9_223_372_036_854_775_807,
}
Check = Callable[[Any], Any]


def fitted(*, model: type[models.Model], values: dict[str, Any]) -> dict[str, Any]:
    """The values as the columns keep them (decimals to their places). None is never looked at."""
    checks = column_checks(model)
    fit = dict(values)
    for name, value in values.items():
        if value is not None and name in checks:
            try:
                fit[name] = checks[name](value)
            except ValueError as error:
                raise Refused(name.removesuffix("_id"), str(error)) from None
    return fit


@cache
def column_checks(model: type[models.Model]) -> dict[str, Check]:
    found = {field.attname: column_check(field) for field in model._meta.concrete_fields}
    return {name: check for name, check in found.items() if check is not None}


def column_check(field: models.Field) -> Check | None:
    kind = field.get_internal_type()
    if kind in LARGEST:
        return whole_number(LARGEST[kind])
    if isinstance(field, models.DecimalField):
        return decimal(field)
    if isinstance(field, models.FloatField):
        return finite
    if isinstance(field, models.DateTimeField):
        return moment
    if isinstance(field, models.DateField):
        return day
    if isinstance(field, models.CharField | models.TextField):
        return text(field)
    return None


def whole_number(largest: int) -> Check:
    def check(value: int) -> int:
        if not 0 <= value <= largest:
            raise ValueError(f"{value} is not between 0 and {largest}")
        return value

    return check


def decimal(field: models.DecimalField) -> Check:
    step = Decimal(1).scaleb(-field.decimal_places)
    bound = Decimal(10) ** (field.max_digits - field.decimal_places)

    def check(value: Decimal) -> Decimal:
        if not value.is_finite() or abs(value) >= bound:
            raise ValueError(f"{value} has more than {field.max_digits - field.decimal_places} digits before the point")
        return value.quantize(step, rounding=ROUND_HALF_UP)

    return check


def finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a number")
    return value


def moment(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    day(value.date())
    return value


def day(value: date) -> date:
    if not EARLIEST_YEAR <= value.year <= LATEST_YEAR:
        raise ValueError(f"{value} is not between the years {EARLIEST_YEAR} and {LATEST_YEAR}")
    return value


def text(field: models.Field) -> Check:
    allowed = {str(value) for value, _ in field.choices or ()}
    is_currency = currency_code in field.validators

    def check(value: str) -> str:
        if "\x00" in value:
            raise ValueError("has a NUL character in it")
        if is_currency:
            check_currency(value)
        if field.max_length is not None and len(value) > field.max_length:
            raise ValueError(f"longer than {field.max_length} characters")
        if allowed and value not in allowed and (value or not field.blank):
            raise ValueError(f"{value!r} is none of {', '.join(sorted(allowed))}")
        return value

    return check


@cache
def check_currency(value: str) -> None:
    try:
        currency_code(value)
    except ValidationError as error:
        raise ValueError(f"{value!r}: {error.message}") from None
