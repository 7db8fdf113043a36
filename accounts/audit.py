"""The only writer of the audit record. Nothing is deleted; an erasure alone takes out what told who somebody was."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Model

from accounts.models import AuditEntry, User
from accounts.origin import origin, without_address


def record(*, verb: str, subject: Model, by: User | None, at: datetime, **detail: Any) -> AuditEntry:
    """Append who did what to which thing, and from where. `detail` must be JSON; what changed is `before` and `now`."""
    return AuditEntry.objects.create(
        verb=verb, subject=subject._meta.model_name or "", subject_id=str(subject.pk), by=by, at=at,
        origin=origin_of(by), detail=detail,
    )  # fmt: skip


def record_many(
    verb: str, subject: str, told: Iterable[tuple[int, dict[str, Any]]], *, by: User | None, at: datetime
) -> None:
    """The same of many things of one model: their keys, and what is to be said of each."""
    where = origin_of(by)
    entries = (
        AuditEntry(verb=verb, subject=subject, subject_id=str(pk), by=by, at=at, origin=where, detail=detail)
        for pk, detail in told
    )
    AuditEntry.objects.bulk_create(entries, batch_size=1_000)


def origin_of(by: User | None) -> str:
    """The address of our own people alone is kept."""
    return origin() if by else without_address(origin())


@contextmanager
def rewriting() -> Iterator[None]:
    """Inside, and in its transaction alone, the database lets entries be rewritten. For erasures, and nothing else."""
    with transaction.atomic():
        let_rewrite(True)
        yield
        let_rewrite(False)


def let_rewrite(allowed: bool) -> None:
    """Taken back by whatever takes the transaction back: a setting of it on PostgreSQL, a row on SQLite."""
    with connection.cursor() as cursor:
        for statement in rewriting_sql(allowed):
            cursor.execute(statement)


def rewriting_sql(allowed: bool) -> list[str]:
    """What the triggers of migration 0048 look at."""
    if connection.vendor == "postgresql":
        return [f"SELECT set_config('healthapp.erasing', '{'yes' if allowed else ''}', true)"]
    return [
        "DELETE FROM accounts_audit_erasing",
        *(["INSERT INTO accounts_audit_erasing (erasing) VALUES (1)"] if allowed else []),
    ]
