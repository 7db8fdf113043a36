"""A scorecard may apply to a lifecycle phase, and has a draft."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

PHASES = [
    ("onboarding", "Onboarding"),
    ("adoption", "Adoption"),
    ("value", "Value"),
    ("expansion", "Expansion"),
    ("renewal", "Renewal"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_first"),
        ("scoring", "0001_first"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="scorecard",
            name="phase",
            field=models.CharField(blank=True, choices=PHASES, default="", max_length=12),
        ),
        migrations.AddConstraint(
            model_name="scorecard",
            constraint=models.CheckConstraint(
                condition=models.Q(("segment", None), ("phase", ""), _connector="OR"),
                name="scorecard_segment_or_phase",
            ),
        ),
        migrations.AddConstraint(
            model_name="scorecard",
            constraint=models.UniqueConstraint(
                condition=models.Q(("segment", None)), fields=("phase",), name="scorecard_once_a_phase"
            ),
        ),
        migrations.CreateModel(
            name="ScorecardDraft",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.JSONField()),
                ("started_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                (
                    "edition",
                    models.PositiveIntegerField(
                        default=1, help_text="Counts the changes, so that none overwrites another"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "based_on",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="scoring.scorecardversion",
                    ),
                ),
                (
                    "scorecard",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="draft", to="scoring.scorecard"
                    ),
                ),
            ],
        ),
    ]
