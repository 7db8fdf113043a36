"""Pulses and overrides beyond a limit wait for an approval."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0024_accounts_changed_at"),
    ]

    operations = [
        migrations.CreateModel(
            name="Proposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("pulse", "Pulse"), ("override", "Override")], max_length=8)),
                ("percent", models.DecimalField(decimal_places=2, max_digits=5, null=True)),
                ("score_hundredths", models.PositiveSmallIntegerField(null=True)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("acquired", "Acquired or merging"),
                            ("sponsor_left", "Sponsor left"),
                            ("business_event", "Business event"),
                            ("product_fit", "Product fit"),
                            ("other", "Other"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.TextField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("proposed_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("approved", "Approved"),
                            ("declined", "Declined"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("words", models.TextField(blank=True)),
                ("made_id", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.AddField(
            model_name="organization",
            name="do_overrides_wait",
            field=models.BooleanField(default=False, help_text="Overrides wait for a manager."),
        ),
        migrations.AddField(
            model_name="organization",
            name="pulse_limit_percent",
            field=models.PositiveSmallIntegerField(
                blank=True,
                help_text="Pulses that change a score by more wait for a manager; empty: none waits.",
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="organization",
            constraint=models.CheckConstraint(
                condition=models.Q(("pulse_limit_percent", None), ("pulse_limit_percent__lte", 100), _connector="OR"),
                name="organization_pulse_limit",
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="proposals", to="accounts.account"
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="proposals", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="proposal",
            name="decided_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            model_name="proposal",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["account"], name="proposals_waiting"),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="proposal_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="proposal_ends_after_start"
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "pulse"), ("percent__isnull", False), ("score_hundredths", None)),
                    models.Q(("kind", "override"), ("percent", None), ("score_hundredths__lte", 10000)),
                    _connector="OR",
                ),
                name="proposal_is_a_pulse_or_an_override",
            ),
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_by", None), ("state__in", ["waiting", "withdrawn"])),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("state__in", ["approved", "declined"]),
                        models.Q(("decided_by", models.F("author")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="proposal_is_decided_by_another",
            ),
        ),
    ]
