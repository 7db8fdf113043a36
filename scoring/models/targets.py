"""Where alerts go outside: targets, what is on its way to each, and every try."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from scoring.models.alerts import AlertFiring


class TargetKind(models.TextChoices):
    WEBHOOK = "webhook", "Signed webhook"
    SLACK = "slack", "Slack"


class AlertTarget(models.Model):
    """An address outside. The secret of a webhook is made of `uid` and `secret_number` and stored nowhere.

    After failures it rests until `rests_until`, and only one message asks whether it is back.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=8, choices=TargetKind.choices)
    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    secret_number = models.PositiveIntegerField(default=1)
    former_until = models.DateTimeField(null=True, blank=True, help_text="So long the former secret signs too.")
    is_on = models.BooleanField(default=True)
    failures = models.PositiveIntegerField(default=0, help_text="Tries in a row without a good answer.")
    rests_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    dropped_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    SENDING = "sending", "Being sent"
    DELIVERED = "delivered", "Delivered"
    FAILED = "failed", "Failed"


class AlertDelivery(models.Model):
    """One message to one target. Who sends it raises `attempts` first: that is the claim, until `next_try_at`."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    target = models.ForeignKey(AlertTarget, on_delete=models.CASCADE, related_name="deliveries", db_index=False)
    firing = models.ForeignKey(
        AlertFiring, on_delete=models.CASCADE, null=True, blank=True, related_name="deliveries",
        help_text="None: a test that somebody sent.",
    )  # fmt: skip
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    queued_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "alert deliveries"
        constraints = [models.UniqueConstraint(fields=["target", "firing"], name="alert_delivery_once")]
        indexes = [
            models.Index(
                fields=["target", "next_try_at"],
                condition=Q(state__in=["waiting", "sending"]),
                name="alert_delivery_is_due",
            ),
            models.Index(fields=["queued_at"], name="alert_delivery_queued"),
        ]

    def __str__(self) -> str:
        return f"{self.firing_id or 'test'} to {self.target_id}"


class DeliveryTry(models.Model):
    """One try, and what the other side said. Without a status nobody answered."""

    delivery = models.ForeignKey(AlertDelivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    said = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "delivery tries"
