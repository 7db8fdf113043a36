"""How the list of accounts is narrowed by who keeps a copy of it."""

from datetime import datetime

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Account, AccountHistory
from dashboards.api.fact_filters import MomentFilter
from dashboards.api.filters import AccountFilter


class SyncedAccountFilter(AccountFilter):
    source = django_filters.CharFilter(field_name="source__name", help_text="Name of a source.")
    external_id = django_filters.CharFilter(help_text="The source's own id.")
    changed_since = MomentFilter(
        method="of_changed",
        help_text="New at or after this moment, or anything that it says of the account changed or was recorded then.",
    )

    class Meta(AccountFilter.Meta):
        fields = (*AccountFilter.Meta.fields, "source", "external_id", "changed_since")  # type: ignore[assignment]

    def of_changed(self, accounts: QuerySet[Account], name: str, value: datetime) -> QuerySet[Account]:
        terms = AccountHistory.objects.filter(account=OuterRef("pk"), recorded_at__gte=value)
        is_other = Q(recorded_at__gte=value) | Q(changed_at__gte=value)
        return accounts.filter(is_other | Exists(terms))
