"""The append-only record of who did what. Triggers refuse to change an entry: migration 0048."""

from django.conf import settings
from django.db import models
from django.db.models.fields.json import KT


class AuditEntry(models.Model):
    at = models.DateTimeField(db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=40)
    # From where, as accounts.origin says it; empty of what was done before it was noted.
    origin = models.CharField(max_length=120, default="", blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [
            # The account that an entry is about is said in its detail: an erasure takes it out there.
            models.Index(KT("detail__account"), models.F("id").desc(), name="audit_about_account"),
            models.Index(fields=["by", "-id"], name="audit_of_person"),
        ]
