"""What was imported before sources were watched: else they would seem never to have brought anything."""

from collections import Counter

from django.db import migrations


def fill(apps, schema_editor) -> None:
    runs = apps.get_model("accounts", "IngestRun").objects.filter(state="done", is_dry_run=False, read_rows__gt=0)
    feeds, hours = {}, Counter()
    for source, kind, at, rows in runs.order_by("finished_at").values_list(
        "source_id", "kind", "finished_at", "read_rows"
    ):
        first, _, before = feeds.get((source, kind), (at, at, 0))
        feeds[source, kind] = (first, at, before + rows)
        hours[source, at.replace(minute=0, second=0, microsecond=0)] += rows
    feed, hour = apps.get_model("accounts", "SourceFeed"), apps.get_model("accounts", "SourceHour")
    feed.objects.bulk_create(
        feed(source_id=source, kind=kind, first_at=first, last_at=last, brought=rows)
        for (source, kind), (first, last, rows) in feeds.items()
    )
    hour.objects.bulk_create(hour(source_id=source, hour=at, brought=rows) for (source, at), rows in hours.items())


class Migration(migrations.Migration):
    dependencies = [("accounts", "0019_what_sources_brought")]
    # The tables go with the migration before; there is nothing to take back.
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
