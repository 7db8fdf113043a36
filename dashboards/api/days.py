"""The days that a reader asks for, as ISO dates."""

from datetime import date
from typing import Any

from rest_framework import serializers

FIRST, LAST = date(1900, 1, 1), date(2100, 12, 31)


class DayField(serializers.DateField):
    """A day in ISO's own form alone. Beyond the years that facts may lie in there is nothing, however far."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, input_formats=["%Y-%m-%d"], **more)

    def to_internal_value(self, value: Any) -> date:
        return min(max(super().to_internal_value(value), FIRST), LAST)


class DaysSerializer(serializers.Serializer):
    as_of = DayField()


class PeriodSerializer(serializers.Serializer):
    """The first and the last day of a period, both included. `from` is a word of Python, so it has no attribute."""

    def get_fields(self) -> dict[str, serializers.Field]:
        return {"from": DayField(), "to": DayField()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "from" in attrs and "to" in attrs and attrs["from"] > attrs["to"]:
            raise serializers.ValidationError({"from": "The first day is after the last."})
        return attrs
