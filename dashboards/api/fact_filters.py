"""How lists of facts are narrowed."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema_field

from accounts.queries.facts import STORED
from dashboards.api.kinds import Kind
from dashboards.api.pages import LARGEST_KEY
from dashboards.api.records import moment

FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2100, 12, 31, tzinfo=UTC)


class MomentField(forms.CharField):
    def clean(self, value: Any) -> datetime | None:  # type: ignore[override]
        written = super().clean(value)
        if not written:
            return None
        try:
            # In an address a plus sign is a space.
            found = moment(written[:-6] + written[-6:].replace(" ", "+"))
        except ValueError as error:
            raise ValidationError(f"{error}.".capitalize()) from None
        return min(max(found, FIRST), LAST)


@extend_schema_field({"type": "string", "format": "date-time", "description": "At or after this moment."})
class MomentFilter(django_filters.Filter):
    field_class = MomentField


@extend_schema_field({"type": "integer", "minimum": 1, "maximum": LARGEST_KEY, "description": "Our id."})
class KeyFilter(django_filters.Filter):
    field_class = forms.IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=1, max_value=LARGEST_KEY, **kwargs)


class SourcedFilter(django_filters.FilterSet):
    """What all facts have."""

    source = django_filters.CharFilter(field_name="source__name", help_text="Name of a source.")
    external_id = django_filters.CharFilter(help_text="The source's own id.")
    changed_since = MomentFilter(
        field_name="recorded_at", lookup_expr="gte", help_text="Recorded or amended at or after this moment."
    )


@cache
def fact_filter(kind: Kind) -> type[SourcedFilter]:
    account = KeyFilter(field_name=f"{STORED[kind.name].account}_id", help_text="Our id of the account.")
    return type(f"{kind.noun}Filter", (SourcedFilter,), {"account_id": account})
