"""What runs concluded: snapshots, the latest health for lists, and the sums of a day."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account, Phase, Segment
from scoring.core.bands import UNDEFINED
from scoring.models.cards import ScorecardVersion
from scoring.models.runs import ScoringRun


# Bands are kept by their code (scoring/core/bands.py); the scorecard version says how they are called.
class Snapshot(models.Model):
    """What an account scored at the end of a day, with everything needed to explain it; written by store alone.

    `breakdown` is packed in an order that the scorecard version fixes; scoring/breakdown.py reads it. Scores and
    lines are whole hundredths of a point. On PostgreSQL the table is partitioned by month (scoring/partitions.py).
    Versions and runs are never deleted, and store alone writes here, holding the accounts meanwhile (scoring/locks.py):
    they need no check for each of a million rows.
    """

    pk = models.CompositePrimaryKey("account_id", "as_of")
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="snapshots", db_index=False, db_constraint=False
    )
    version = models.ForeignKey(
        ScorecardVersion, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    run = models.ForeignKey(ScoringRun, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    coverage = models.FloatField()
    as_of = models.DateField(db_index=True)
    score = models.PositiveSmallIntegerField(null=True)
    customer_score = models.PositiveSmallIntegerField(null=True)
    band = models.SmallIntegerField()
    breakdown = models.BinaryField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(score=None) | Q(score__range=(0, 10_000)), name="score_within_0_100"),
            models.CheckConstraint(
                condition=Q(score=None, band=UNDEFINED) | (Q(score__isnull=False) & ~Q(band=UNDEFINED)),
                name="undefined_has_no_score",
            ),
        ]


class SupersededSnapshot(models.Model):
    """What a later computation of the same day replaced."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    as_of = models.DateField()
    run = models.ForeignKey(ScoringRun, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ScorecardVersion, on_delete=models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField(null=True)
    customer_score = models.PositiveSmallIntegerField(null=True)
    band = models.SmallIntegerField()
    coverage = models.FloatField()
    breakdown = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "as_of", "run"], name="superseded_once_per_run")]


class AccountHealth(models.Model):
    """The latest health of each account, for lists: filled by the newest run, never read from snapshots by pages."""

    account = models.OneToOneField(
        Account, on_delete=models.CASCADE, related_name="health", primary_key=True, db_constraint=False
    )
    as_of = models.DateField()
    run = models.ForeignKey(ScoringRun, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False)
    version = models.ForeignKey(
        ScorecardVersion, on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    score = models.PositiveSmallIntegerField(null=True)
    customer_score = models.PositiveSmallIntegerField(null=True)
    band = models.SmallIntegerField()
    coverage = models.FloatField()
    low = models.PositiveSmallIntegerField()
    high = models.PositiveSmallIntegerField()
    flags = models.JSONField(default=list)
    score_month_ago = models.PositiveSmallIntegerField(null=True)
    band_month_ago = models.SmallIntegerField(null=True)
    score_half_year_ago = models.PositiveSmallIntegerField(null=True)
    arr_reporting = models.DecimalField(max_digits=14, decimal_places=2)
    active_users = models.PositiveIntegerField(null=True)
    last_ebr_on = models.DateField(null=True)
    last_touchpoint_on = models.DateField(null=True)
    nps = models.SmallIntegerField(null=True)

    class Meta:
        verbose_name_plural = "health of accounts"
        indexes = [models.Index(fields=["band"]), models.Index(fields=["score"])]


class DailySummary(models.Model):
    """Counts and ARR of one day by owner, segment, phase and band: what trends and pies add up."""

    as_of = models.DateField()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    phase = models.CharField(max_length=12, choices=Phase.choices)
    band = models.SmallIntegerField()
    accounts = models.PositiveIntegerField()
    score_sum = models.BigIntegerField(help_text="Sum of the scores in hundredths, 0 where Undefined")
    arr_reporting = models.DecimalField(max_digits=16, decimal_places=2)

    class Meta:
        verbose_name_plural = "daily summaries"
        constraints = [
            models.UniqueConstraint(fields=["as_of", "owner", "segment", "phase", "band"], name="daily_summary_once")
        ]
