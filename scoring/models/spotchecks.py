"""Whether people find that a score fits: at most one word per person, account and month."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account
from scoring.models.cards import ScorecardVersion


class Verdict(models.TextChoices):
    AGREE = "agree", "It fits"
    TOO_HIGH = "too_high", "Too high"
    TOO_LOW = "too_low", "Too low"


class SpotCheck(models.Model):
    """What somebody who knows the account says of its score of a day; the score and the card stay as they were then."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    month = models.DateField(help_text="Its first day")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    measure = models.CharField(max_length=60, blank=True, help_text="The key of the measure that is off, if one is")
    reason = models.TextField(blank=True)
    as_of = models.DateField()
    score = models.PositiveSmallIntegerField(help_text="In hundredths of a point")
    band = models.SmallIntegerField()
    version = models.ForeignKey(ScorecardVersion, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["recorded_at"])]
        constraints = [
            models.UniqueConstraint(fields=["author", "account", "month"], name="spot_check_once_a_month"),
            models.CheckConstraint(condition=Q(verdict="agree") | ~Q(reason=""), name="spot_check_says_why"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="spot_check_verdict"),
            models.CheckConstraint(condition=~Q(verdict="agree") | Q(measure=""), name="spot_check_agrees_with_all"),
        ]
