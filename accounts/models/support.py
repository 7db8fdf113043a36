"""Support tickets."""

from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account
from accounts.models.ingest import Fact


class Severity(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"
    URGENT = "urgent", "Urgent"


class Ticket(Fact):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tickets")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    severity = models.CharField(max_length=8, choices=Severity.choices, blank=True)
    is_escalated = models.BooleanField(default=False)
    satisfaction = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 5")
    first_response_minutes = models.PositiveIntegerField(null=True, blank=True)
    subject = models.CharField(max_length=200, blank=True)

    class Meta(Fact.Meta):
        indexes = [models.Index(fields=["opened_at"])]
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(closed_at__gte=F("opened_at")), name="ticket_closes_after_opening"
            ),
            models.CheckConstraint(
                condition=Q(satisfaction=None) | Q(satisfaction__range=(1, 5)), name="ticket_satisfaction_1_to_5"
            ),
        ]
