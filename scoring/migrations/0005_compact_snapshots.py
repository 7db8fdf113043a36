"""Snapshots in a compact form, keyed by account and day, and on PostgreSQL partitioned by month."""

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# The widest columns first: none then needs filling up.
PARTITIONED = """
    DROP TABLE scoring_snapshot;
    CREATE TABLE scoring_snapshot (
        account_id bigint NOT NULL, version_id bigint NOT NULL, run_id bigint NOT NULL,
        coverage double precision NOT NULL, as_of date NOT NULL,
        score smallint, customer_score smallint, band smallint NOT NULL, breakdown bytea NOT NULL,
        CONSTRAINT score_within_0_100 CHECK (score IS NULL OR score BETWEEN 0 AND 10000),
        CONSTRAINT customer_score_not_negative CHECK (customer_score >= 0),
        CONSTRAINT undefined_has_no_score CHECK ((band = -1) = (score IS NULL))
    ) PARTITION BY RANGE (as_of);
    ALTER TABLE scoring_snapshot ADD CONSTRAINT snapshot_once_a_day_and_account PRIMARY KEY (account_id, as_of);
    CREATE INDEX scoring_snapshot_as_of ON scoring_snapshot (as_of);
    ALTER TABLE scoring_snapshot ADD CONSTRAINT scoring_snapshot_account FOREIGN KEY (account_id)
        REFERENCES accounts_account (id) DEFERRABLE INITIALLY DEFERRED;
    CREATE TABLE scoring_snapshot_other PARTITION OF scoring_snapshot DEFAULT;
"""


def partition(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        # What waits for the end of the transaction (foreign keys, indexes) is stated here.
        schema_editor.deferred_sql.clear()
        schema_editor.execute(PARTITIONED, params=None)


def compact_snapshot() -> migrations.CreateModel:
    score = models.PositiveSmallIntegerField(null=True)
    return migrations.CreateModel(
        name="Snapshot",
        fields=[
            ("pk", models.CompositePrimaryKey("account_id", "as_of", blank=True, editable=False, primary_key=True, serialize=False)),
            ("coverage", models.FloatField()),
            ("as_of", models.DateField(db_index=True)),
            ("score", score),
            ("customer_score", models.PositiveSmallIntegerField(null=True)),
            ("band", models.SmallIntegerField()),
            ("breakdown", models.BinaryField()),
            (
                "account",
                models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="snapshots",
                    to="accounts.account",
                ),
            ),
            (
                "run",
                models.ForeignKey(
                    db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT,
                    related_name="+", to="scoring.scoringrun",
                ),
            ),
            (
                "version",
                models.ForeignKey(
                    db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT,
                    related_name="+", to="scoring.scorecardversion",
                ),
            ),
        ],
        options={
            "constraints": [
                models.CheckConstraint(
                    condition=models.Q(("score", None), ("score__range", (0, 10000)), _connector="OR"),
                    name="score_within_0_100",
                ),
                models.CheckConstraint(
                    condition=models.Q(
                        models.Q(("band", -1), ("score", None)),
                        models.Q(("score__isnull", False), models.Q(("band", -1), _negated=True)),
                        _connector="OR",
                    ),
                    name="undefined_has_no_score",
                ),
            ],
        },
    )  # fmt: skip


def unchecked(model: str, name: str, to: str) -> migrations.AlterField:
    return migrations.AlterField(
        model_name=model,
        name=name,
        field=models.ForeignKey(
            db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=to
        ),
    )


class Migration(migrations.Migration):
    dependencies = [("scoring", "0004_published_never_changes"), ("accounts", "0003_fold_usage")]
    operations = [
        migrations.RenameModel("Snapshot", "OldSnapshot"),
        compact_snapshot(),
        migrations.RunPython(partition, migrations.RunPython.noop),
        migrations.AddField("supersededsnapshot", "packed", models.BinaryField(default=bytes)),
        migrations.AddField("supersededsnapshot", "customer_score", models.PositiveSmallIntegerField(null=True)),
        migrations.RemoveField("accounthealth", "sparkline"),
        migrations.AddField("accounthealth", "score_half_year_ago", models.PositiveSmallIntegerField(null=True)),
        unchecked("accounthealth", "run", "scoring.scoringrun"),
        unchecked("accounthealth", "version", "scoring.scorecardversion"),
        migrations.RemoveField("runchunk", "scored"),
        migrations.AddField("runchunk", "snapshots", models.BinaryField(null=True)),
        migrations.AddField("runchunk", "health", models.BinaryField(null=True)),
        migrations.AddField("runchunk", "sums", models.JSONField(default=list)),
        migrations.AddField(
            "scoringrun",
            "kind",
            models.CharField(
                choices=[("full", "All accounts"), ("segment", "One segment"), ("touched", "Accounts with a new fact")],
                default="full",
                max_length=8,
            ),
        ),
        migrations.AlterField(
            "scoringrun",
            "state",
            models.CharField(
                choices=[
                    ("collecting", "Collecting"),
                    ("scoring", "Scoring"),
                    ("done", "Done"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                ],
                default="collecting",
                max_length=10,
            ),
        ),
    ]
