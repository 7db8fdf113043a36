"""What our own people entered: it says something else from now on, and who did that last may take it back."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from accounts.amendments import keep_former
from accounts.models import AuditEntry, BusinessEvent, ChurnEvent, Contact, Contract, Touchpoint, User

Entered = BusinessEvent | ChurnEvent | Contact | Contract | Touchpoint


def done_by(row: Entered, *, by: User, verbs: Collection[str]) -> AuditEntry:
    """What the user did last to the row; refused where that was somebody else, or long undone."""
    entries = AuditEntry.objects.filter(subject=row._meta.model_name or "", subject_id=str(row.pk), at=row.recorded_at)
    entry = entries.order_by("-pk").first()
    if entry is None or entry.by_id != by.pk or entry.verb not in verbs:
        raise ValidationError("Only what you did last can be undone.", code="not_yours")
    return entry


def amend(row: Entered, columns: dict[str, Any], *, at: datetime) -> None:
    """The row says something else from now on; what it said is kept."""
    model: Any = type(row)
    keep_former(model=model, rows=list(model.objects.filter(pk=row.pk).values()), at=at)
    for name, value in columns.items():
        setattr(row, name, value)
    row.recorded_at = at
    row.save(update_fields=[*columns, "recorded_at"])
