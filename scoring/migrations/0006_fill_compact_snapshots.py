"""What was scored already, in the compact form. A run that is at work is ended: the next one does it again."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import F

from scoring.breakdown import packed, unpacked_json

AT_ONCE = 5_000
KEPT = ("account_id", "as_of", "version_id", "run_id", "score", "customer_score", "band", "coverage")


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    old, new = apps.get_model("scoring", "OldSnapshot"), apps.get_model("scoring", "Snapshot")
    rows = old._default_manager.values_list(*KEPT, "breakdown").iterator(chunk_size=AT_ONCE)
    made: Iterator[Any] = (
        new(**dict(zip(KEPT, row[:-1], strict=True)), breakdown=packed(unpacked_json(row[-1]))) for row in rows
    )
    while batch := list(islice(made, AT_ONCE)):
        new._default_manager.bulk_create(batch)
    superseded = apps.get_model("scoring", "SupersededSnapshot")
    for row in superseded._default_manager.all():
        row.packed = packed(unpacked_json(row.breakdown))
        row.save(update_fields=["packed"])
    runs = apps.get_model("scoring", "ScoringRun")._default_manager
    runs.filter(segment__isnull=False).update(kind="segment")
    runs.filter(state__in=["collecting", "scoring"]).update(
        state="failed", error="Ended by an upgrade.", finished_at=F("started_at")
    )


class Migration(migrations.Migration):
    dependencies = [("scoring", "0005_compact_snapshots")]
    # There is no way back: what is scored anew after the upgrade has no other form.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
