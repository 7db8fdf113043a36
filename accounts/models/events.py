"""The event stream: the keys that sources send with, and which events came already."""

from django.conf import settings
from django.db import models

from accounts.models.ingest import Source


class SourceKey(models.Model):
    """Only the hash of the key is stored: whoever reads the database cannot send events."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="keys")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=12, help_text="How the key begins: enough to tell it from others.")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute or so.")

    def __str__(self) -> str:
        return f"{self.prefix}… of {self.source_id}"


class EventSeen(models.Model):
    """An event that was accepted: for 90 days another one of its source and message id is a duplicate."""

    # 16 bytes made of both, so that the table and its only index stay as small as they can.
    digest = models.UUIDField(primary_key=True)
    seen_on = models.DateField()

    class Meta:
        verbose_name_plural = "events seen"
