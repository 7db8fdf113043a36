"""What sources brought, and when they fell silent."""

from django.db import models
from django.db.models import Q

from accounts.models.accounts import Account
from accounts.models.ingest import Source


class SourceFeed(models.Model):
    """A kind of fact that a source brings: files and the API by their kind, a stream its events."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="feeds", db_index=False)
    kind = models.CharField(max_length=20)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    brought = models.PositiveBigIntegerField(help_text="Rows or events, new or not.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "kind"], name="source_feed_once")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.source_id}"


class SourceHour(models.Model):
    """How much a source brought within an hour."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="hours", db_index=False)
    hour = models.DateTimeField()
    brought = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "hour"], name="source_hour_once")]


class StreamAccount(models.Model):
    """An account whose use a stream of events tells. Its use is a fact of the account's own source."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "account"], name="stream_account_once")]


class SourceSilence(models.Model):
    """A time in which a source brought nothing for longer than its rhythm. It ends when the source brings something."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="silences", db_index=False)
    since = models.DateTimeField(help_text="When it brought something last.")
    noticed_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True, help_text="When operations were sent a mail.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(ended_at=None), name="one_silence_of_a_source")
        ]
        indexes = [models.Index(fields=["source", "since"])]

    def __str__(self) -> str:
        return f"{self.source_id} since {self.since:%Y-%m-%d}"
