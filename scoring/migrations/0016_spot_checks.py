"""What people say of scores."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0025_approvals"),
        ("scoring", "0015_accounts_are_held_not_checked"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="SpotCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField(help_text="Its first day")),
                (
                    "verdict",
                    models.CharField(
                        choices=[("agree", "It fits"), ("too_high", "Too high"), ("too_low", "Too low")], max_length=8
                    ),
                ),
                (
                    "measure",
                    models.CharField(
                        blank=True, help_text="The key of the measure that is off, if one is", max_length=60
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("as_of", models.DateField()),
                ("score", models.PositiveSmallIntegerField(help_text="In hundredths of a point")),
                ("band", models.SmallIntegerField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="scoring.scorecardversion"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["recorded_at"], name="scoring_spo_recorde_c4faac_idx")],
                "constraints": [
                    models.UniqueConstraint(fields=("author", "account", "month"), name="spot_check_once_a_month"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("verdict", "agree"), models.Q(("reason", ""), _negated=True), _connector="OR"
                        ),
                        name="spot_check_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verdict__in", ["agree", "too_high", "too_low"])), name="spot_check_verdict"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("verdict", "agree"), _negated=True), ("measure", ""), _connector="OR"
                        ),
                        name="spot_check_agrees_with_all",
                    ),
                ],
            },
        ),
    ]
