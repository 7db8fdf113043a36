"""What was worked out over all accounts at night, for pages that could not wait for it."""

from django.db import models


class StudyKind(models.TextChoices):
    LEADERBOARD = "leaderboard", "Leaderboard"
    PLANS = "plans", "Did plans help?"
    USE = "use", "Product usage"
    CHURN = "churn", "Churn by band"


class Study(models.Model):
    """The newest result of its kind and length. Worked out anew from snapshots and facts, never edited."""

    kind = models.CharField(max_length=12, choices=StudyKind.choices)
    days = models.PositiveSmallIntegerField()
    since = models.DateField()
    as_of = models.DateField()
    computed_at = models.DateTimeField()
    found = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "studies"
        constraints = [models.UniqueConstraint(fields=["kind", "days"], name="study_newest_alone")]
