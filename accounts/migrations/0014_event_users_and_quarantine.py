"""What the consumer of the event stream remembers, and what a source's events mean."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_cadences_by_kind"),
    ]

    operations = [
        migrations.AddField(
            model_name="source",
            name="mapping",
            field=models.JSONField(
                blank=True, default=dict, help_text="What its events mean, where they differ from the usual names."
            ),
        ),
        migrations.CreateModel(
            name="HeldEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_on", models.DateField(db_index=True)),
                ("received_at", models.DateTimeField()),
                ("payload", models.BinaryField()),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="held_events",
                        to="accounts.source",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EventQuarantine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("message_id", models.CharField(max_length=200)),
                ("type", models.CharField(max_length=10)),
                ("payload", models.JSONField()),
                ("code", models.CharField(help_text="The kind of reason, for filters.", max_length=24)),
                ("reason", models.CharField(max_length=500)),
                ("at", models.DateTimeField(help_text="When it was put aside.")),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("replayed", "Replayed"), ("discarded", "Discarded")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "batch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.inboxbatch",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="event_quarantine",
                        to="accounts.source",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "quarantined events",
                "indexes": [models.Index(fields=["source", "state", "code"], name="accounts_ev_source__b992ce_idx")],
            },
        ),
        migrations.CreateModel(
            name="EventUser",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200)),
                (
                    "account_key",
                    models.CharField(blank=True, help_text="The account's id in the events.", max_length=200),
                ),
                ("account_at", models.DateTimeField(blank=True, help_text="When that was said.", null=True)),
                (
                    "same_as",
                    models.CharField(blank=True, help_text="The id under which this user counts.", max_length=200),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="event_users",
                        to="accounts.source",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("source", "key"), name="event_user_once_per_source")],
            },
        ),
    ]
