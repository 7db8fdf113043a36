"""Scorecards with their drafts, published versions and weighted measures."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Phase, Segment

# Shipped cards apply to all of history, so that any past day can be scored.
BEGINNING = date(2000, 1, 1)


class Scorecard(models.Model):
    """The card of a segment, or of a lifecycle phase, or (without either) the default for all others."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    segment = models.OneToOneField(Segment, on_delete=models.PROTECT, null=True, blank=True, related_name="scorecard")
    phase = models.CharField(max_length=12, choices=Phase.choices, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(segment=None) | Q(phase=""), name="scorecard_segment_or_phase"),
            # Of the cards without a segment each phase has one, and so has no phase: the default.
            models.UniqueConstraint(fields=["phase"], condition=Q(segment=None), name="scorecard_once_a_phase"),
        ]

    def __str__(self) -> str:
        return self.name


class ScorecardDraft(models.Model):
    """What the next version of a card may become: edited freely, perhaps incomplete, and scored with by nobody.

    `content` is the card as a scorecard file states it (measures, bands, adjustments, flags, pulse, min_coverage);
    what could not be read as a number stands in it as it was typed, and checking names it.
    """

    scorecard = models.OneToOneField(Scorecard, on_delete=models.CASCADE, related_name="draft")
    based_on = models.ForeignKey("ScorecardVersion", on_delete=models.PROTECT, null=True, related_name="+")
    content = models.JSONField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField()
    edition = models.PositiveIntegerField(default=1, help_text="Counts the changes, so that none overwrites another")

    def __str__(self) -> str:
        return f"draft of {self.scorecard}"


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
