"""What the consumer of the event stream remembers: whose an id is, which events wait for what."""

from django.conf import settings
from django.db import models

from accounts.models.ingest import Source
from accounts.models.usage import InboxBatch


class EventUser(models.Model):
    """A user's id in the events of a source: of which account it was last said to be, and whether it is another's."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="event_users", db_index=False)
    key = models.CharField(max_length=200)
    account_key = models.CharField(max_length=200, blank=True, help_text="The account's id in the events.")
    account_at = models.DateTimeField(null=True, blank=True, help_text="When that was said.")
    same_as = models.CharField(max_length=200, blank=True, help_text="The id under which this user counts.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="event_user_once_per_source")]

    def __str__(self) -> str:
        return self.key


class HeldEvent(models.Model):
    """An event dated ahead: it counts on its day, not before."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="held_events", db_index=False)
    due_on = models.DateField(db_index=True)
    received_at = models.DateTimeField()
    payload = models.BinaryField()


class QuarantineState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    REPLAYED = "replayed", "Replayed"
    DISCARDED = "discarded", "Discarded"


class EventQuarantine(models.Model):
    """An event that could not be counted: why, and all that it said, so that it can be counted later."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="event_quarantine", db_index=False)
    batch = models.ForeignKey(InboxBatch, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    message_id = models.CharField(max_length=200)
    type = models.CharField(max_length=10)
    payload = models.JSONField()
    code = models.CharField(max_length=24, help_text="The kind of reason, for filters.")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField(help_text="When it was put aside.")
    state = models.CharField(max_length=10, choices=QuarantineState.choices, default=QuarantineState.WAITING)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name_plural = "quarantined events"
        indexes = [models.Index(fields=["source", "state", "code"])]

    def __str__(self) -> str:
        return f"{self.type}: {self.reason}"
