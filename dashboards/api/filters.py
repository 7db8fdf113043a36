"""How the list of accounts is narrowed."""

import django_filters
from django.db.models import QuerySet

from accounts.models import Account, Phase, Status
from scoring.core.bands import CODES, UNDEFINED


class AccountFilter(django_filters.FilterSet):
    """Each filter takes one value; several filters must all hold."""

    segment = django_filters.CharFilter(field_name="segment__slug", help_text="Slug of a segment, such as `key`.")
    phase = django_filters.ChoiceFilter(choices=Phase.choices)
    status = django_filters.ChoiceFilter(choices=Status.choices)
    band = django_filters.ChoiceFilter(
        choices=[(key, key) for key in CODES],
        method="in_band",
        help_text="Part of the band in the order, whatever the organization calls it: of three bands `strong`, "
        "`moderate` and `weak`; `above` is better than these, `below` worse.",
    )
    owner = django_filters.CharFilter(field_name="owner__email", lookup_expr="iexact", help_text="E-mail of the CSM.")

    class Meta:
        model = Account
        fields = ("segment", "phase", "status", "band", "owner")

    def in_band(self, accounts: QuerySet[Account], name: str, value: str) -> QuerySet[Account]:
        """An account that was never scored is Undefined."""
        band = CODES[value]
        scored = accounts.filter(health__band=band)
        return scored | accounts.filter(health=None) if band == UNDEFINED else scored
