"""One's data on its way out, and back into an empty installation."""

from django.conf import settings
from django.db import models


class Export(models.Model):
    """An export that somebody ordered: how far it is, the file that it became, and until when that is kept."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Being written"
        DONE = "done", "Ready"
        FAILED = "failed", "Failed"
        GONE = "gone", "Deleted"

    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    with_scores = models.BooleanField(default=True)
    ordered_at = models.DateTimeField()
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    heard_at = models.DateTimeField(null=True, help_text="When whoever writes it last said how far it is.")
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    rows = models.PositiveBigIntegerField(default=0, help_text="Written so far.")
    all_rows = models.PositiveBigIntegerField(default=0)
    file_name = models.CharField(max_length=120, blank=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file.")
    error = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"export {self.pk}"


class Restoration(models.Model):
    """An export that is read back: which one, and how many rows of each file are in already."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the export's manifest.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rows = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"restoration {self.pk}"
