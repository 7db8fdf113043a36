"""The undo of what was just done, where a deed is taken back by its entry of the audit record."""

from django.db.models import Model
from django.urls import reverse

from accounts.models import AuditEntry, User


def undo_of(subject: Model, *, by: User, name: str) -> str:
    """The address that takes back the user's newest deed about the thing; empty where there is none."""
    entries = AuditEntry.objects.filter(subject=subject._meta.model_name, subject_id=str(subject.pk), by=by)
    entry = entries.order_by("-pk").first()
    return reverse(name, args=[entry.pk]) if entry else ""
