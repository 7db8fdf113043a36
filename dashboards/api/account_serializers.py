"""An account as the API answers it: as it is today, where it came from, and its latest score."""

from rest_framework import serializers

from accounts.models import Account
from dashboards.api.serializers import AccountSerializer


class FullAccountSerializer(AccountSerializer):
    """An account as it is today."""

    source = serializers.CharField(source="source.name")
    parent = serializers.CharField(
        source="parent.external_id",
        default=None,
        allow_null=True,
        help_text="The parent account's external id in its source.",
    )

    class Meta(AccountSerializer.Meta):
        model = Account
        fields = (*AccountSerializer.Meta.fields, "source", "external_id", "parent", "recorded_at")  # type: ignore[assignment]
