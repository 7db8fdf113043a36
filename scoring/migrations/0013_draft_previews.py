"""Previews of drafts are computed by workers, and stand in the database meanwhile."""

import django.db.models.deletion
from django.db import migrations, models

STATES = [("waiting", "Waiting"), ("working", "Working"), ("done", "Done"), ("refused", "Refused")]


class Migration(migrations.Migration):
    dependencies = [("scoring", "0012_measures_without_an_order")]

    operations = [
        migrations.CreateModel(
            name="DraftPreview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edition", models.PositiveIntegerField()),
                ("day", models.DateField()),
                ("state", models.CharField(choices=STATES, default="waiting", max_length=10)),
                ("asked_at", models.DateTimeField()),
                ("rung_at", models.DateTimeField()),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("result", models.JSONField(default=dict)),
                ("refusal", models.TextField(blank=True)),
                (
                    "draft",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="preview",
                        to="scoring.scorecarddraft",
                    ),
                ),
            ],
        ),
    ]
