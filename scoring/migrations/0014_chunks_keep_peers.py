"""A chunk keeps what ranking among its accounts needs; all else that was collected is held by who collected it."""

from django.db import migrations, models


def forget_collected(apps, schema_editor):  # type: ignore[no-untyped-def]
    """What is kept of a run at work would be read as another thing: its chunks begin anew, with the same result."""
    chunks = apps.get_model("scoring", "RunChunk").objects
    chunks.filter(state="collected").update(state="waiting", collected=None)
    runs = apps.get_model("scoring", "ScoringRun").objects
    runs.filter(state="scoring", chunks__state="waiting").update(state="collecting")


class Migration(migrations.Migration):
    dependencies = [("scoring", "0013_draft_previews")]

    operations = [
        # Back: a run at work is begun anew as well, for the same reason.
        migrations.RunPython(forget_collected, reverse_code=migrations.RunPython.noop),
        migrations.RenameField("runchunk", "collected", "peers"),
        migrations.AlterField(
            "runchunk",
            "peers",
            models.BinaryField(help_text="What ranking among its accounts needs.", null=True),
        ),
        migrations.AlterField(
            "runchunk",
            "leased_by",
            models.CharField(blank=True, help_text="Who works on it, or did last.", max_length=80),
        ),
    ]
