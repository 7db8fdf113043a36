"""Measures that an organization made up, with the definitions that they had."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scoring", "0002_scorecard_drafts_and_phases"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomMeasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.CharField(max_length=50, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("entered", "Entered by hand"),
                            ("pushed", "Pushed by file or API"),
                            ("formula", "Formula"),
                        ],
                        max_length=8,
                    ),
                ),
                ("label", models.CharField(max_length=80)),
                ("question", models.CharField(help_text="What the customer is asked to read it as", max_length=120)),
                ("element", models.CharField(max_length=16)),
                ("unit", models.CharField(max_length=20)),
                (
                    "window",
                    models.CharField(blank=True, help_text="The time that a value is about, in words", max_length=60),
                ),
                ("is_higher_better", models.BooleanField(default=True)),
                ("is_leading", models.BooleanField(default=True)),
                (
                    "is_internal",
                    models.BooleanField(default=False, help_text="What our own people judge: no customer sees it"),
                ),
                (
                    "rhythm",
                    models.CharField(
                        choices=[("none", "No rhythm"), ("monthly", "Monthly"), ("quarterly", "Quarterly")],
                        default="none",
                        max_length=10,
                    ),
                ),
                ("shelf_life_days", models.PositiveSmallIntegerField(null=True)),
                ("lowest", models.FloatField(null=True)),
                ("highest", models.FloatField(null=True)),
                ("formula", models.CharField(blank=True, max_length=500)),
                ("retired_on", models.DateField(null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("label", "slug"),
            },
        ),
        migrations.CreateModel(
            name="MeasureDefinition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("starts_on", models.DateField()),
                ("formula", models.CharField(blank=True, max_length=500)),
                ("unit", models.CharField(max_length=20)),
                ("window", models.CharField(blank=True, max_length=60)),
                ("is_higher_better", models.BooleanField()),
                ("shelf_life_days", models.PositiveSmallIntegerField(null=True)),
                ("recorded_at", models.DateTimeField()),
                ("reason", models.CharField(max_length=300)),
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
                    "measure",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="definitions",
                        to="scoring.custommeasure",
                    ),
                ),
            ],
            options={
                "ordering": ("measure", "number"),
            },
        ),
        migrations.AddConstraint(
            model_name="custommeasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("slug", ""), _negated=True),
                    models.Q(("label", ""), _negated=True),
                    models.Q(("question", ""), _negated=True),
                ),
                name="custom_measure_has_its_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="custommeasure",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["entered", "pushed", "formula"])), name="custom_measure_kind"
            ),
        ),
        migrations.AddConstraint(
            model_name="custommeasure",
            constraint=models.CheckConstraint(
                condition=models.Q(("rhythm__in", ["none", "monthly", "quarterly"])), name="custom_measure_rhythm"
            ),
        ),
        migrations.AddConstraint(
            model_name="custommeasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "formula"), models.Q(("formula", ""), _negated=True), ("shelf_life_days", None)),
                    models.Q(
                        models.Q(("kind", "formula"), _negated=True), ("formula", ""), ("shelf_life_days__gte", 1)
                    ),
                    _connector="OR",
                ),
                name="custom_measure_formula_or_shelf_life",
            ),
        ),
        migrations.AddConstraint(
            model_name="custommeasure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lowest", None), ("highest", None), ("highest__gt", models.F("lowest")), _connector="OR"
                ),
                name="custom_measure_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="measuredefinition",
            constraint=models.UniqueConstraint(fields=("measure", "number"), name="measure_definition_once"),
        ),
        migrations.AddConstraint(
            model_name="measuredefinition",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="measure_definition_has_a_reason"
            ),
        ),
    ]
