"""Who speaks to the API: tokens with what they may do, and the answers that are kept for a repeated request."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from accounts.models.ingest import Source


class Scope(models.TextChoices):
    READ = "read", "Read"
    WRITE = "write", "Write one by one"
    INGEST = "ingest", "Bring facts in bulk"
    ADMIN = "admin", "Everything, and tokens"


class ApiToken(models.Model):
    """What a token may do, for whom and until when. The library keeps its hash; a revoked token has none any more."""

    token = models.OneToOneField("knox.AuthToken", on_delete=models.SET_NULL, null=True, related_name="grant")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, help_text="How the token begins: enough to tell it from others.")
    scopes = models.JSONField(default=list)
    source = models.ForeignKey(
        Source, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        help_text="The one source in whose name it writes.",
    )  # fmt: skip
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True, help_text="To the minute or so.")
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="api_token_expires_later"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class KeptAnswer(models.Model):
    """A request that named an Idempotency-Key: claimed while it is worked on, then with its answer, for a day."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_digest = models.CharField(max_length=64, help_text="Of method, address and body.")
    claimed_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Empty while it is worked on.")
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="kept_answer_once_per_key")]

    def __str__(self) -> str:
        return f"{self.key}: {self.status or 'in flight'}"
