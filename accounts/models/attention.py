"""What a user does not want to be reminded of for now."""

from django.conf import settings
from django.db import models

from accounts.models.accounts import Account


class AttentionKind(models.TextChoices):
    """Why an account needs somebody today."""

    DROP = "drop", "Score drops"
    STEP = "step", "Overdue steps"
    EBR = "ebr", "EBR overdue"
    RENEWAL = "renewal", "Renewals"
    FLAG = "flag", "Flags"
    TOUCHPOINT = "touchpoint", "Touchpoints"
    DATA = "data", "Data"
    SURVEY = "survey", "Surveys"
    READING = "reading", "Readings"


class GrowthKind(models.TextChoices):
    """Why an account may grow, or speak for us."""

    SEATS = "seats", "Near the seat limit"
    RISING = "rising", "Rising usage"
    PROMOTER = "promoter", "Promoters without a reference"


SNOOZED = [*AttentionKind.choices, *GrowthKind.choices]


class Snooze(models.Model):
    """One cause about one account that one user put off; nobody else's list changes.

    `mark` says which cause of its kind it is (the day of a step, a flag, a renewal date), so that a new one comes back.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=SNOOZED)
    mark = models.CharField(max_length=80)
    until = models.DateField(help_text="The day on which it comes back.")
    snoozed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "account", "kind", "mark"], name="snooze_once_per_cause"),
            models.CheckConstraint(condition=models.Q(kind__in=[kind for kind, _ in SNOOZED]), name="snooze_kind"),
        ]
