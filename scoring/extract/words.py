"""Words as numbers: their place in a list that both sides know."""

from django.db.models import Case, Expression, IntegerField, Value, When

UNKNOWN = -1


def place_in(field: str, words: list[str]) -> Expression:
    """SQL for the place of the field's word in a list, -1 where it is not there."""
    cases = [When(**{field: word}, then=Value(place)) for place, word in enumerate(words)]
    return Case(*cases, default=Value(UNKNOWN), output_field=IntegerField())
