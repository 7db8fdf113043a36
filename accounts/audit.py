"""The only writer of the audit record; nothing changes or deletes it."""

from datetime import datetime
from typing import Any

from django.db.models import Model

from accounts.models import AuditEntry, User


def record(*, verb: str, subject: Model, by: User | None, at: datetime, **detail: Any) -> AuditEntry:
    """Append who did what to which thing. `detail` must be JSON."""
    return AuditEntry.objects.create(
        verb=verb, subject=subject._meta.model_name or "", subject_id=str(subject.pk), by=by, at=at, detail=detail
    )
