"""Scorecards with their versions, runs with their chunks, and what they concluded."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account, Phase, Segment

# Bands are kept as their place from the best; the scorecard version says how they are called.
STRONG, MODERATE, WEAK, UNDEFINED = 0, 1, 2, -1


class Scorecard(models.Model):
    """The card of a segment, or (without one) the default for all others."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    segment = models.OneToOneField(Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="scorecard")

    def __str__(self) -> str:
        return self.name


class ScorecardVersion(models.Model):
    """A published scorecard. Never edited: a change is a new version, and each snapshot names the one it used."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    effective_from = models.DateField()
    published_at = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300)
    min_coverage = models.FloatField(default=0.5)
    bands = models.JSONField()
    adjustments = models.JSONField(default=list)
    flags = models.JSONField(default=list)
    pulse = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "number"], name="scorecard_version_once"),
            models.CheckConstraint(condition=Q(min_coverage__range=(0, 1)), name="min_coverage_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard} v{self.number}"


class ScorecardItem(models.Model):
    """One weighted measure of a version; `weight` in whole percent of the card."""

    version = models.ForeignKey(ScorecardVersion, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    measure = models.CharField(max_length=60)
    weight = models.PositiveSmallIntegerField()
    curve = models.CharField(max_length=16)
    params = models.JSONField(default=dict)
    missing = models.CharField(max_length=10, default="leave_out")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="scorecard_item_position_once"),
            models.UniqueConstraint(fields=["version", "measure"], name="scorecard_item_measure_once"),
            models.CheckConstraint(condition=Q(weight__range=(0, 100)), name="scorecard_item_weight_0_to_100"),
        ]


class ScoringRun(models.Model):
    """One execution of scoring for one as-of day. Readers see what it concluded only when it is done."""

    class State(models.TextChoices):
        COLLECTING = "collecting", "Collecting"
        SCORING = "scoring", "Scoring"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    as_of = models.DateField()
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.COLLECTING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    refreshes_health = models.BooleanField(default=True)
    peers = models.BinaryField(null=True)
    accounts = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["as_of"], condition=Q(state__in=["collecting", "scoring"]), name="scoring_run_one_at_a_time"
            )
        ]
        indexes = [models.Index(fields=["state", "as_of"])]

    def __str__(self) -> str:
        return f"run {self.pk} as of {self.as_of}"


class RunChunk(models.Model):
    """A range of account ids of a run: its state, who works on it until when, and what it has found so far."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        COLLECTED = "collected", "Collected"
        SCORED = "scored", "Scored"

    run = models.ForeignKey(ScoringRun, on_delete=models.CASCADE, related_name="chunks")
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    leased_by = models.CharField(max_length=80, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    collected = models.BinaryField(null=True)
    scored = models.BinaryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "first_id"], name="run_chunk_once")]


class Snapshot(models.Model):
    """What an account scored at the end of a day, with everything needed to explain it; written by store alone.

    `breakdown` is a compact array whose order the scorecard version fixes; scoring/breakdown.py reads it.
    Scores and lines are whole hundredths of a point.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="snapshots", db_index=False)
    as_of = models.DateField()
    version = models.ForeignKey(ScorecardVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey(ScoringRun, on_delete=models.PROTECT, related_name="+", db_index=False)
    score = models.PositiveSmallIntegerField(null=True)
    customer_score = models.PositiveSmallIntegerField(null=True)
    band = models.SmallIntegerField()
    coverage = models.FloatField()
    breakdown = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "as_of"], name="snapshot_once_a_day"),
            models.CheckConstraint(condition=Q(score=None) | Q(score__range=(0, 10_000)), name="score_within_0_100"),
            models.CheckConstraint(
                condition=Q(score=None, band=UNDEFINED) | (Q(score__isnull=False) & ~Q(band=UNDEFINED)),
                name="undefined_has_no_score",
            ),
        ]
        indexes = [models.Index(fields=["as_of"])]


class SupersededSnapshot(models.Model):
    """What a later computation of the same day replaced."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    as_of = models.DateField()
    run = models.ForeignKey(ScoringRun, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(ScorecardVersion, on_delete=models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField(null=True)
    band = models.SmallIntegerField()
    coverage = models.FloatField()
    breakdown = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "as_of", "run"], name="superseded_once_per_run")]


class AccountHealth(models.Model):
    """The latest health of each account, for lists: filled by the newest run, never read from snapshots by pages."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="health", primary_key=True)
    as_of = models.DateField()
    run = models.ForeignKey(ScoringRun, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(ScorecardVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    score = models.PositiveSmallIntegerField(null=True)
    customer_score = models.PositiveSmallIntegerField(null=True)
    band = models.SmallIntegerField()
    coverage = models.FloatField()
    low = models.PositiveSmallIntegerField()
    high = models.PositiveSmallIntegerField()
    flags = models.JSONField(default=list)
    score_month_ago = models.PositiveSmallIntegerField(null=True)
    band_month_ago = models.SmallIntegerField(null=True)
    sparkline = models.JSONField(
        default=list, help_text="[days before as_of, score in hundredths or null], oldest first"
    )
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
