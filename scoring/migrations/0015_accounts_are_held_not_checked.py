"""Snapshots and health are written by store alone, which holds the accounts that they are of: no check for each row.

SQLite keeps its checks: there they cost nothing that one would notice.
"""

import django.db.models.deletion
from django.db import migrations, models

TABLES = ("scoring_snapshot", "scoring_accounthealth")
CONSTRAINTS_OF = """
SELECT conname FROM pg_constraint
WHERE contype = 'f' AND conparentid = 0 AND conrelid = %s::regclass AND confrelid = 'accounts_account'::regclass
"""


def drop_checks(apps, schema_editor):  # type: ignore[no-untyped-def]
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        # What was written before must be checked before its check can go.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(CONSTRAINTS_OF, [table])
            for (name,) in cursor.fetchall():
                cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


def add_checks(apps, schema_editor):  # type: ignore[no-untyped-def]
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_account FOREIGN KEY (account_id)"
                " REFERENCES accounts_account (id) DEFERRABLE INITIALLY DEFERRED"
            )


class Migration(migrations.Migration):
    dependencies = [("scoring", "0014_chunks_keep_peers")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(drop_checks, reverse_code=add_checks)],
            state_operations=[
                migrations.AlterField(
                    "snapshot",
                    "account",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snapshots",
                        to="accounts.account",
                    ),
                ),
                migrations.AlterField(
                    "accounthealth",
                    "account",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="health",
                        serialize=False,
                        to="accounts.account",
                    ),
                ),
            ],
        )
    ]
