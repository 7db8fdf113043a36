"""What was worked out over all accounts at night, for pages that could not wait for it."""

from django.db import models


class StudyKind(models.TextChoices):
    LEADERBOARD = "leaderboard", "Leaderboard"
    PLANS = "plans", "Did plans help?"
    USE = "use", "Product usage"
    CHURN = "churn", "Churn by band"
    RENEWALS = "renewals", "Who renewed"


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


class YearDay(models.Model):
    """Where every account stood at the end of a scored day, as columns that scoring/year.py packs and reads.

    Kept for the newest day, the month ends before it and the days with which it is compared most.
    """

    as_of = models.DateField(unique=True)
    run_number = models.PositiveBigIntegerField(help_text="The newest full run of the day when it was worked out.")
    computed_at = models.DateTimeField()
    flags = models.JSONField(default=list, help_text="The keys of the flags, in the order of their bits.")
    standing = models.BinaryField()
    retained = models.BinaryField()

    class Meta:
        verbose_name_plural = "days of the year"

    def __str__(self) -> str:
        return str(self.as_of)
