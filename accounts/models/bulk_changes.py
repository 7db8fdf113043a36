"""What one person did to many accounts at once, so that it can be taken back."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class BulkKind(models.TextChoices):
    OWNER = "owner", "Change owner"
    SEGMENT = "segment", "Change segment"
    PHASE = "phase", "Change phase"
    PLAN = "plan", "Start plan"
    TOUCHPOINT = "touchpoint", "Log touchpoint"


class BulkChange(models.Model):
    """`changes` has a pair for each account: its id, and what was there before or the id of what was made."""

    kind = models.CharField(max_length=10, choices=BulkKind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    value = models.JSONField(null=True, help_text="What was set.")
    changes = models.JSONField(default=list)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kind__in=BulkKind.values), name="bulk_change_kind")]
