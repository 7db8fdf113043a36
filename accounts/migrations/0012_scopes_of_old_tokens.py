"""Tokens from before scopes keep what they could do: read."""

from datetime import timedelta

from django.conf import settings
from django.db import migrations

# A token that never ended gets an end: one has to be able to say when it stops.
LONGEST = timedelta(days=365)
PREFIX_SHOWN = 8


def grant_reading(apps, schema_editor):
    grants = apps.get_model("accounts", "ApiToken")
    tokens = apps.get_model(*settings.KNOX_TOKEN_MODEL.split("."))
    grants.objects.bulk_create(
        grants(
            token=token,
            user_id=token.user_id,
            name="Made before tokens had scopes",
            prefix=token.token_key[:PREFIX_SHOWN],
            scopes=["read"],
            created_at=token.created,
            expires_at=max(token.expiry or token.created + LONGEST, token.created + timedelta(seconds=1)),
        )
        for token in tokens.objects.all()
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_api_tokens")]

    # Going back drops the table with them.
    operations = [migrations.RunPython(grant_reading, migrations.RunPython.noop)]
