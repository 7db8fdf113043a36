"""What people do with files that they import. Each step is taken only from a state in which it makes sense."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.ingest import uploads
from accounts.models import AT_WORK, ColumnMapping, FileImport, ImportState, IngestRun, RunState, Source, User

UNDO_DAYS = 7
# A file with which nobody goes on is kept for so long; what is in it may be about people.
KEPT_DAYS = 30
# A folder may be there before its import is: the upload is one transaction.
UPLOAD_TAKES = timedelta(days=1)
OPEN = (ImportState.CHOOSING, ImportState.MAPPING, ImportState.CHECKED)
NO_LEASE: dict[str, Any] = {"leased_by": "", "leased_until": None, "attempts": 0, "error": ""}


class NotNow(ValueError):
    """The step does not fit what has become of the import meanwhile; says so."""


@transaction.atomic
def receive_file(*, name: str, chunks: Iterable[bytes], kind: str, source: str, by: User, at: datetime) -> FileImport:
    """Keeps the file for a worker to read. Raises UnusableFile where it is empty or too large."""
    job = FileImport.objects.create(
        source=Source.objects.get_or_create(name=source)[0],
        kind=kind,
        file_name=name.replace("\x00", "")[-255:] or "file",
        size=0,
        digest="",
        by=by,
        created_at=at,
        work_began_at=at,
    )
    job.size, job.digest = uploads.keep(job.pk, chunks)
    job.save(update_fields=["size", "digest"])
    audit.record(verb="brought a file", subject=job, by=by, at=at, name=job.file_name, size=job.size)
    return job


def move(job: FileImport, *, among: Collection[str], to: str, **values: Any) -> None:
    """From one of these states to another, whoever else tries to move it. Raises NotNow."""
    moved = FileImport.objects.filter(pk=job.pk, state__in=among).update(state=to, **{**NO_LEASE, **values})
    job.refresh_from_db()
    if not moved:
        raise NotNow(f"The import is {job.get_state_display().lower()} by now. Look again.")


def read_again(*, job: FileImport, at: datetime, **how: str) -> None:
    """Reads the file once more: another sheet, encoding, delimiter or kind."""
    among = (*OPEN, ImportState.FAILED)
    if job.run_id:
        raise NotNow("The import has begun. Bring the file again to read it otherwise.")
    move(job, among=among, to=ImportState.READING, work_began_at=at, done_rows=0, **how)


def choose_mapping(*, job: FileImport, mapping: dict[str, Any], name: str, at: datetime) -> None:
    """These columns, and then the check of every row."""
    values = {"mapping": mapping, "mapping_name": name, "done_rows": 0, "work_began_at": at, "preview": {}}
    move(job, among=(ImportState.MAPPING, ImportState.CHECKED), to=ImportState.CHECKING, **values)


def set_guess(*, job: FileImport, kind: str, mapping: dict[str, Any], name: str) -> None:
    """Another kind, or another mapping to begin with, while the columns are still being chosen."""
    among = (ImportState.MAPPING, ImportState.CHECKED)
    move(job, among=among, to=ImportState.MAPPING, kind=kind, mapping=mapping, mapping_name=name, preview={})


def back_to_columns(*, job: FileImport) -> None:
    move(job, among=(ImportState.CHECKED, ImportState.CHECKING), to=ImportState.MAPPING, done_rows=0)


@transaction.atomic
def save_mapping(*, kind: str, name: str, content: dict[str, Any], by: User, at: datetime) -> ColumnMapping:
    """Keeps a mapping under its name; one that had the name gives way."""
    kept, _ = ColumnMapping.objects.update_or_create(
        kind=kind, name=name, defaults={"content": content, "by": by, "saved_at": at}
    )
    audit.record(verb="kept a mapping", subject=kept, by=by, at=at, name=name, kind=kind)
    return kept


@transaction.atomic
def start_import(*, job: FileImport, by: User, at: datetime) -> None:
    """From now on a worker writes. All that it writes carries the moment of the run."""
    run = IngestRun.objects.create(
        source=job.source, kind=job.kind, file_name=job.file_name, file_digest=job.digest, started_at=at, by=by
    )
    values = {"run": run, "done_rows": 0, "work_began_at": at, "checkpoint": {}, "finished_at": None}
    move(job, among=(ImportState.CHECKED,), to=ImportState.IMPORTING, **values)
    audit.record(verb="started an import", subject=job, by=by, at=at, run=run.pk, name=job.file_name)


def try_again(*, job: FileImport, at: datetime) -> None:
    """An import that failed goes on where it was."""
    if not job.run_id:
        raise NotNow("Nothing of this import was written: read the file again.")
    was_undoing = bool(job.undo)
    to = ImportState.UNDOING if was_undoing else ImportState.IMPORTING
    move(job, among=(ImportState.FAILED,), to=to, work_began_at=at)


@transaction.atomic
def cancel_import(*, job: FileImport, by: User, at: datetime) -> None:
    """Before anything is written it ends at once; after that, what was written is taken back first."""
    try:
        move(job, among=(*OPEN, ImportState.READING, ImportState.CHECKING), to=ImportState.CANCELLED, finished_at=at)
        uploads.forget(job)
    except NotNow:
        undo = {"is_cancel": True, "by": by.pk}
        among = (ImportState.IMPORTING, ImportState.FAILED)
        if not job.run_id:
            raise
        move(job, among=among, to=ImportState.UNDOING, undo=undo, work_began_at=at, done_rows=0)
        IngestRun.objects.filter(pk=job.run_id).update(
            state=RunState.FAILED, finished_at=at, summary={"error": "Cancelled; what it had written was taken back."}
        )
    audit.record(verb="cancelled an import", subject=job, by=by, at=at, name=job.file_name)


def undo_ends_at(job: FileImport) -> datetime | None:
    return job.finished_at + timedelta(days=UNDO_DAYS) if job.finished_at and job.state == ImportState.DONE else None


@transaction.atomic
def undo_import(*, job: FileImport, by: User, at: datetime) -> None:
    """Removes what the import created and restores what it changed, except what something changed since."""
    ends_at = undo_ends_at(job)
    if ends_at is not None and at > ends_at:
        raise NotNow(f"An import can be undone for {UNDO_DAYS} days; this one was finished before that.")
    undo = {"by": by.pk}
    move(job, among=(ImportState.DONE,), to=ImportState.UNDOING, undo=undo, work_began_at=at, done_rows=0)
    audit.record(verb="asked to undo an import", subject=job, by=by, at=at, run=job.run_id, name=job.file_name)


def tidy(*, at: datetime) -> dict[str, int]:
    """Cancels imports with which nobody went on, and drops the files that nobody needs any more."""
    cancelled = cancel_forgotten(at=at)
    is_open, is_failed = Q(state__in=(*OPEN, *AT_WORK)), Q(state=ImportState.FAILED, work_began_at__gte=forgotten(at))
    needed = set(FileImport.objects.filter(is_open | is_failed).values_list("pk", flat=True))
    useless = uploads.kept_before(at - UPLOAD_TAKES) - needed
    for pk in useless:
        uploads.drop(pk)
    return {"cancelled": cancelled, "files": len(useless)}


def cancel_forgotten(*, at: datetime) -> int:
    waiting = FileImport.objects.filter(state__in=OPEN, work_began_at__lt=forgotten(at))
    error = f"Nobody went on with it for {KEPT_DAYS} days."
    return waiting.update(state=ImportState.CANCELLED, finished_at=at, **{**NO_LEASE, "error": error})


def forgotten(at: datetime) -> datetime:
    return at - timedelta(days=KEPT_DAYS)
