"""The database refuses to change a published version or its measures.

A future migration that must change them drops the triggers first. SQLite drops them by itself when it rebuilds a
table for a new column; then it makes them anew by calling `protect` again.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLES = ("scoring_scorecardversion", "scoring_scorecarditem")
WORDS = "A published scorecard is never changed: publish a new version."


def protect(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION scoring_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for table in TABLES:
        schema_editor.execute(
            f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} FOR EACH ROW "
            + (
                "EXECUTE FUNCTION scoring_refuse_change()"
                if schema_editor.connection.vendor == "postgresql"
                else f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
            )
        )


def release(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on_table = schema_editor.connection.vendor == "postgresql"
    for table in TABLES:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_unchanged" + (f" ON {table}" if on_table else ""))
    if on_table:
        schema_editor.execute("DROP FUNCTION IF EXISTS scoring_refuse_change()")


class Migration(migrations.Migration):
    dependencies = [("scoring", "0003_custom_measures")]

    operations = [migrations.RunPython(protect, release)]
