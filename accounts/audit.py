"""The only writer of the audit record. Nothing is deleted; an erasure alone takes out what told who somebody was."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Model

from accounts.models import AuditEntry, User


def record(*, verb: str, subject: Model, by: User | None, at: datetime, **detail: Any) -> AuditEntry:
    """Append who did what to which thing. `detail` must be JSON."""
    return AuditEntry.objects.create(
        verb=verb, subject=subject._meta.model_name or "", subject_id=str(subject.pk), by=by, at=at, detail=detail
    )


def record_many(
    verb: str, subject: str, told: Iterable[tuple[int, dict[str, Any]]], *, by: User | None, at: datetime
) -> None:
    """The same of many things of one model: their keys, and what is to be said of each."""
    entries = (
        AuditEntry(verb=verb, subject=subject, subject_id=str(pk), by=by, at=at, detail=detail) for pk, detail in told
    )
    AuditEntry.objects.bulk_create(entries, batch_size=1_000)
