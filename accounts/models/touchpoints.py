"""Contacts with an account: planned, held or cancelled."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account, Contact
from accounts.models.ingest import Fact
from accounts.models.kinds import TouchpointKind


class TouchpointState(models.TextChoices):
    PLANNED = "planned", "Planned"
    HELD = "held", "Held"
    CANCELLED = "cancelled", "Cancelled"


class CancelledBy(models.TextChoices):
    CUSTOMER = "customer", "The customer"
    US = "us", "Us"


class Touchpoint(Fact):
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="touchpoints")
    kind = models.CharField(max_length=10, choices=TouchpointKind.choices)
    state = models.CharField(max_length=10, choices=TouchpointState.choices, default=TouchpointState.HELD)
    day = models.DateField(help_text="The calendar day in the organization's zone.")
    begins_at = models.DateTimeField(null=True, blank=True, help_text="On that day; empty where only the day is known.")
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    cancelled_by = models.CharField(max_length=10, choices=CancelledBy.choices, blank=True)
    replied_on = models.DateField(null=True, blank=True, help_text="The day of the answer to a mail or a call.")
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="touchpoints"
    )
    note = models.TextField(blank=True)
    contacts = models.ManyToManyField(Contact, related_name="touchpoints", blank=True)
    colleagues = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="joined_touchpoints", blank=True, help_text="Our people beside the host."
    )

    class Meta(Fact.Meta):
        indexes = [models.Index(fields=["day"]), models.Index(fields=["account", "day"])]
        constraints = [
            *Fact.Meta.constraints,
            models.CheckConstraint(
                condition=Q(replied_on=None) | Q(replied_on__gte=F("day")), name="touchpoint_replied_after_day"
            ),
        ]
