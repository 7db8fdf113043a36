"""Runs of scoring, cut into chunks of accounts."""

from django.db import models
from django.db.models import Q

from accounts.models import Account, Segment


class ScoringRun(models.Model):
    """One execution of scoring for one as-of day. Readers see what it concluded only when it is done."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        COLLECTING = "collecting", "Collecting"
        SCORING = "scoring", "Scoring"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Kind(models.TextChoices):
        FULL = "full", "All accounts"
        SEGMENT = "segment", "One segment"
        TOUCHED = "touched", "Accounts with a new fact"

    as_of = models.DateField()
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.FULL)
    segment = models.ForeignKey(Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.COLLECTING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    refreshes_health = models.BooleanField(default=True)
    peers = models.BinaryField(null=True)
    accounts = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    peers_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Whose peers accounts were ranked among.",
    )
    compared = models.PositiveIntegerField(default=0, help_text="Scores found at once that it found again.")
    differing = models.PositiveIntegerField(default=0, help_text="Of those, how many differ without a new fact.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["as_of"], condition=Q(state__in=["collecting", "scoring"]), name="scoring_run_one_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["as_of", "peers_of"], condition=Q(kind="touched"), name="scoring_run_touched_once_a_day"
            ),
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
    leased_by = models.CharField(max_length=80, blank=True, help_text="Who works on it, or did last.")
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    peers = models.BinaryField(null=True, help_text="What ranking among its accounts needs.")
    snapshots = models.BinaryField(null=True)
    health = models.BinaryField(null=True)
    sums = models.JSONField(default=list)
    members = models.JSONField(default=list, help_text="Children of accounts that roll up, for who closes the run.")
    proof = models.JSONField(default=dict, help_text="How scores found at once compare with what was found now.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "first_id"], name="run_chunk_once")]


class RunDifference(models.Model):
    """An account whose score, found at once, a full run did not find again although nothing new was known."""

    run = models.ForeignKey(ScoringRun, on_delete=models.CASCADE, related_name="differences")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    at_once = models.ForeignKey(ScoringRun, on_delete=models.PROTECT, related_name="+")
    score_at_once = models.PositiveSmallIntegerField(null=True)
    score = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "account"], name="run_difference_once")]
