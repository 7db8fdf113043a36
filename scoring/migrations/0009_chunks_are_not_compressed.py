"""What a chunk keeps lives for seconds: PostgreSQL need not spend time on compressing it."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

COLUMNS = {"scoring_runchunk": ("collected", "snapshots", "health"), "scoring_scoringrun": ("peers",)}


def keep_as_it_is(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for table, columns in COLUMNS.items():
            for column in columns:
                schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")


class Migration(migrations.Migration):
    dependencies = [("scoring", "0008_readings_need_a_shelf_life")]
    operations = [migrations.RunPython(keep_as_it_is, migrations.RunPython.noop)]
