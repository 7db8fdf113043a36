"""PostgreSQL: the index on the day costs every event more than reading the table once a night does."""

from django.db import migrations


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS event_seen_on")


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE INDEX IF NOT EXISTS event_seen_on ON accounts_eventseen USING brin (seen_on)")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0017_getting_out")]
    operations = [migrations.RunPython(drop_index, make_index)]
