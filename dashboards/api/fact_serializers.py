"""Facts as the API describes them: made from the records, which are the contract of every source."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.ingest.columns import LARGEST
from accounts.ingest.records import AccountRecord
from accounts.queries.facts import STORED
from dashboards.api.kinds import Kind
from dashboards.api.records import EXACT, LONGEST_LIST, Column, columns

MOST_ROWS = 1_000
LONGEST_ID = 200
ID_COLUMNS = {"external_id", "account", "contact", "contract", "touchpoint", "parent"}
HELP = {
    "external_id": "The source's own id. The same id again amends what is there.",
    "account": "The account's external id in the same source.",
    "contact": "The contact's external id in the same source.",
    "contacts": "External ids of the contacts who were there.",
    "contract": "The contract's external id in the same source.",
    "touchpoint": "The touchpoint's external id in the same source.",
    "parent": "The parent account's external id in the same source.",
    "owner_email": "The CSM, by e-mail address.",
    "host_email": "Our host, by e-mail address.",
    "colleague_emails": "Our other people, by e-mail address.",
    "valid_from": "From which day on this is so; without it, from the account's start.",
    "currency": "ISO 4217. Without it the account's own, or the organization's.",
    "segment": "Slug of a segment, such as `key`.",
    "measure": "Key of a measure, as the measures page shows it.",
    "user_key": "The source's own id of the user.",
    "feature": "Name of the feature. A new one is made.",
    "lost_arr": "In the reporting currency; without it, what the account paid the day before it left.",
    "competitor": "To whom the account went.",
    "arr": "A year's revenue. For an account without it: the sum of its open contracts.",
}


@extend_schema_field(
    {"oneOf": [{"type": "string", "pattern": f"^{EXACT.pattern}$"}, {"type": "number"}], "example": "1200.50"}
)
class ExactField(serializers.Field):
    """Money and the like: digits as text, or a number."""


MAKERS: dict[Any, Callable[..., serializers.Field]] = {
    str: serializers.CharField,
    int: serializers.IntegerField,
    float: serializers.FloatField,
    bool: serializers.BooleanField,
    date: serializers.DateField,
    datetime: serializers.DateTimeField,
    Decimal: ExactField,
}


@cache
def record_serializer(kind: Kind) -> type[serializers.Serializer]:
    """What is written: for the description alone, since records.py reads it."""
    made = {name: written(kind, name, column) for name, column in columns(kind.name).items()}
    doc = (kind.record.__doc__ or "").split("(")[0] if kind.record is AccountRecord else kind.record.__doc__
    described = {} if (doc or "").startswith(kind.record.__name__) else {"__doc__": doc}
    return type(f"{kind.noun}RecordSerializer", (serializers.Serializer,), {**made, **described})


def written(kind: Kind, name: str, column: Column) -> serializers.Field:
    settings: dict[str, Any] = {"required": column.is_required, "allow_null": column.is_empty_allowed}
    if name in HELP:
        settings["help_text"] = HELP[name]
    if column.type == tuple[str, ...]:
        return serializers.ListField(child=serializers.CharField(), max_length=LONGEST_LIST, **settings)
    return sized(kind, name, column, settings)


def sized(kind: Kind, name: str, column: Column, settings: dict[str, Any]) -> serializers.Field:
    """With the bounds of the column that keeps it."""
    kept = kind.model_field(name)
    if name in ID_COLUMNS:
        return serializers.CharField(min_length=1, max_length=LONGEST_ID, **settings)
    if column.type is str and kept is not None and kept.choices:
        return serializers.ChoiceField(choices=kept.choices, allow_blank=kept.blank, **settings)
    if column.type is str:
        longest = {"max_length": kept.max_length} if kept is not None and kept.max_length else {}
        return serializers.CharField(allow_blank=True, **longest, **settings)
    if column.type is int and kept is not None:
        return serializers.IntegerField(min_value=0, max_value=LARGEST[kept.get_internal_type()], **settings)
    return MAKERS[column.type](**settings)


@cache
def fact_serializer(kind: Kind) -> type[serializers.Serializer]:
    """What is read: the same columns, with our ids and when it was recorded. Sent back, it changes nothing."""
    stored = STORED[kind.name]
    made: dict[str, serializers.Field] = {
        "id": serializers.IntegerField(source="pk", help_text="Ours, for addresses."),
        "source": serializers.CharField(source="source__name"),
        "account_id": serializers.IntegerField(help_text="Our id of the account.", **renamed(stored.account)),
        "recorded_at": serializers.DateTimeField(help_text="When we came to know it as it stands here."),
    }
    for name, column in columns(kind.name).items():
        made[name] = shown(kind, name, column)
    return type(f"{kind.noun}FactSerializer", (serializers.Serializer,), made)


def renamed(account: str) -> dict[str, str]:
    return {} if account == "account" else {"source": f"{account}_id"}


def shown(kind: Kind, name: str, column: Column) -> serializers.Field:
    stored, kept = STORED[kind.name], kind.model_field(name)
    settings: dict[str, Any] = {"help_text": HELP[name]} if name in HELP else {}
    if name in stored.lists:
        return serializers.ListField(child=serializers.CharField(), **settings)
    path = stored.columns.get(name, name)
    if path != name:
        settings["source"] = path
    settings["allow_null"] = is_null_possible(kind, name)
    if isinstance(kept, models.DecimalField):
        return serializers.DecimalField(
            max_digits=kept.max_digits, decimal_places=kept.decimal_places, coerce_to_string=True, **settings
        )
    return MAKERS[column.type](**settings)


def is_null_possible(kind: Kind, name: str) -> bool:
    stored = STORED[kind.name]
    kept = kind.model_field(stored.columns.get(name, name))
    if kept is not None:
        return bool(kept.null)
    relation = stored.columns[name].split("__")[0]
    return bool(kind.model._meta.get_field(relation).null)


def fact_paths(kind: Kind) -> list[str]:
    """What is asked of the table for one row."""
    stored = STORED[kind.name]
    plain = [stored.columns.get(name, name) for name in columns(kind.name) if name not in stored.lists]
    return ["pk", "source__name", f"{stored.account}_id", "recorded_at", *plain]


class VerdictSerializer(serializers.Serializer):
    """What became of a row."""

    external_id = serializers.CharField(allow_blank=True)
    verdict = serializers.ChoiceField(choices=["created", "changed", "unchanged", "refused"])
    id = serializers.IntegerField(allow_null=True, help_text="Ours, for addresses; null where the row was refused.")
    column = serializers.CharField(allow_blank=True, help_text="What is wrong in a refused row; empty: the whole.")
    reason = serializers.CharField(allow_blank=True, help_text="Why it was refused.")
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="What is odd about a row that was kept all the same."
    )


class RowVerdictSerializer(VerdictSerializer):
    """What became of a row of many."""

    index = serializers.IntegerField(help_text="Its place in `rows`, from 0.")


class VerdictsSerializer(serializers.Serializer):
    """What became of each row, in order, and how many of each there are."""

    created = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    refused = serializers.IntegerField()
    rows = RowVerdictSerializer(many=True)


@cache
def bulk_serializer(kind: Kind) -> type[serializers.Serializer]:
    rows = serializers.ListField(child=record_serializer(kind)(), min_length=1, max_length=MOST_ROWS)
    return type(f"{kind.noun}RowsSerializer", (serializers.Serializer,), {"rows": rows})
