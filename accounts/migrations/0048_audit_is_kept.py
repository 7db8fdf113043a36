"""The database refuses to change or delete an entry of the audit, but within an erasure.

A future migration that must change entries drops the triggers first. SQLite drops them by itself when it rebuilds the
table for a new column; then it makes them anew by calling `protect` again.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

TABLE = "accounts_auditentry"
WORDS = "The audit log is never changed: an erasure alone takes words out of it."
FUNCTION = f"""
CREATE OR REPLACE FUNCTION accounts_audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('healthapp.erasing', true) = 'yes' THEN
        IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
        IF TG_OP = 'UPDATE' THEN RETURN NEW; END IF;
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def protect(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        protect_on_postgresql(schema_editor)
    else:
        protect_on_sqlite(schema_editor)


def protect_on_postgresql(schema_editor: BaseDatabaseSchemaEditor) -> None:
    call = "EXECUTE FUNCTION accounts_audit_is_kept()"
    schema_editor.execute(FUNCTION)
    schema_editor.execute(
        f"CREATE TRIGGER {TABLE}_kept BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW {call}"
    )
    schema_editor.execute(
        f"CREATE TRIGGER {TABLE}_not_emptied BEFORE TRUNCATE ON {TABLE} FOR EACH STATEMENT {call}"
    )


def protect_on_sqlite(schema_editor: BaseDatabaseSchemaEditor) -> None:
    """An erasure puts a row into the guard table, and takes it out before anybody else sees it."""
    schema_editor.execute("CREATE TABLE IF NOT EXISTS accounts_audit_erasing (erasing integer NOT NULL)")
    for verb in ("UPDATE", "DELETE"):
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE} FOR EACH ROW "
            "WHEN NOT EXISTS (SELECT 1 FROM accounts_audit_erasing) "
            f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )


def release(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for name in ("kept", "not_emptied"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name} ON {TABLE}")
        schema_editor.execute("DROP FUNCTION IF EXISTS accounts_audit_is_kept()")
        return
    for name in ("no_update", "no_delete"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}")
    schema_editor.execute("DROP TABLE IF EXISTS accounts_audit_erasing")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0047_audit_origin")]

    operations = [migrations.RunPython(protect, release)]
