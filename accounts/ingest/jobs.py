"""What a worker does with a file: reads it, rehearses it, takes it in, or undoes it. One file, one worker at a time.

A worker holds a lease that it prolongs with every batch, in the batch's own transaction: one that lost it (somebody
cancelled, or another took over) takes its batch back and stops. A worker that died loses the lease; the next one goes
on behind the last batch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import OperationalError, transaction
from django.db.models import Q

from accounts import audit
from accounts.erasure.suppress import kept_of, load_suppressions
from accounts.ingest import choices, runs, uploads
from accounts.ingest.intake import carry_on
from accounts.ingest.outcome import LINES_LISTED, Outcome, Warnings
from accounts.ingest.parse import guess, workbook
from accounts.ingest.parse.look import look_at
from accounts.ingest.parse.mapping import UnusableMapping
from accounts.ingest.parse.rows import UTF_8, UnusableFile
from accounts.ingest.parse.sheet import Sheet, open_sheet, original_rows, read_records
from accounts.ingest.rehearsal import rehearse
from accounts.ingest.samples import Samples
from accounts.ingest.undo import Undo
from accounts.models import AT_WORK, ColumnMapping, FileImport, FormerValue, ImportState, IngestRun, Quarantine

log = structlog.get_logger(__name__)
Clock = Callable[[], datetime]
MOST_ATTEMPTS = 5
# What other programs write begins so.
OTHER_FILES = {
    b"%PDF": "a PDF", b"\x89PNG": "a picture", b"\xff\xd8\xff": "a picture", b"GIF8": "a picture",
    b"\x1f\x8b": "packed with gzip", b"Rar!": "an archive", b"7z\xbc\xaf": "an archive",
}  # fmt: skip


class Stopped(Exception):
    """The import is no longer this worker's."""


@dataclass(frozen=True)
class Claim:
    """An import that is ours while we keep saying so."""

    job: FileImport
    worker: str
    clock: Clock

    def hold(self, **values: object) -> None:
        """Prolongs the lease and writes down how far we are. Raises Stopped where it is ours no more."""
        ours = FileImport.objects.filter(pk=self.job.pk, state=self.job.state, leased_by=self.worker)
        if not ours.update(leased_until=self.clock() + lease(), **values):
            raise Stopped

    def end(self, state: str, **values: object) -> None:
        """The last word of this step."""
        self.hold(state=state, **values)
        FileImport.objects.filter(pk=self.job.pk).update(leased_by="", leased_until=None, attempts=0)


def lease() -> timedelta:
    return timedelta(seconds=settings.IMPORT_LEASE_SECONDS)


def claim(*, pk: int, worker: str, clock: Clock) -> Claim | None:
    """The import, if there is something to do that nobody else does."""
    free = Q(leased_until=None) | Q(leased_until__lt=clock())
    with transaction.atomic():
        job = FileImport.objects.select_for_update().filter(free, pk=pk, state__in=AT_WORK).first()
        if job is None:
            return None
        job.leased_by, job.leased_until, job.attempts = worker, clock() + lease(), job.attempts + 1
        job.save(update_fields=["leased_by", "leased_until", "attempts"])
    return Claim(job, worker, clock)


def left_behind(*, at: datetime) -> list[int]:
    """Imports on which nobody works: a worker died, or the ring was lost."""
    free = FileImport.objects.filter(Q(leased_until=None) | Q(leased_until__lt=at), state__in=AT_WORK)
    return list(free.order_by("created_at").values_list("pk", flat=True)[:20])


def work_on(*, pk: int, worker: str, clock: Clock) -> None:
    """Does what the import's state asks for, to its end. May run any number of times."""
    ours = claim(pk=pk, worker=worker, clock=clock)
    if ours is None:
        return
    try:
        STEPS[ours.job.state](ours)
    except Stopped:
        log.info("import stopped", file_import=pk)
    except (UnusableFile, UnusableMapping) as error:
        fail(ours, str(error))
    except Exception as error:
        log.exception("import broke off", file_import=pk)
        give_back(ours, error)
        if not isinstance(error, OperationalError):
            raise


def fail(ours: Claim, sentence: str) -> None:
    """Nothing of the file can be used as it is. What has to be chosen anew is open again."""
    state = ImportState.MAPPING if ours.job.state == ImportState.CHECKING else ImportState.FAILED
    ours.end(state, error=spoken(sentence), finished_at=ours.clock() if state == ImportState.FAILED else None)
    if ours.job.run is not None and ours.job.state == ImportState.IMPORTING:
        runs.fail_run(run=ours.job.run, at=ours.clock(), reason=sentence)


def give_back(ours: Claim, error: Exception) -> None:
    """Something that should not happen: somebody else tries at once, a few times."""
    reason = f"{type(error).__name__}: {error}"
    if ours.job.attempts < MOST_ATTEMPTS:
        FileImport.objects.filter(pk=ours.job.pk, leased_by=ours.worker).update(
            leased_by="", leased_until=None, error=reason
        )
    else:
        fail(ours, f"This was tried {MOST_ATTEMPTS} times. {reason}")


def spoken(sentence: str) -> str:
    """A refusal as the page says it, where options are fields and not words of a command."""
    for words, instead in (
        (" Name the encoding: --encoding cp1252", " Choose another encoding."),
        (". Pass --encoding utf-16", ". Choose UTF-16 as its encoding."),
        ("\x00", "\ufffd"),
    ):
        sentence = sentence.replace(words, instead)
    return f"{sentence[:1].upper()}{sentence[1:]}".rstrip(".") + "."


def inspect(ours: Claim) -> None:
    """Finds out how the file is written, of which kind it is, and which column is likely which field."""
    job, path = ours.job, uploads.original_of(ours.job.pk)
    if not path.exists():
        raise UnusableFile("the file did not arrive whole, or was removed since. Bring it again")
    refuse_other_files(path)
    if not workbook.is_workbook(path):
        FileImport.objects.filter(pk=job.pk).update(sheets=[], sheet="")
        found, epoch = look_at(path, encoding=job.encoding, delimiter=job.delimiter), workbook.EPOCH_1900
    else:
        workbook.refuse_bomb(path)
        sheets = workbook.sheet_names(path)
        sheet = job.sheet if job.sheet in sheets else sheets[0] if len(sheets) == 1 else ""
        ours.hold(sheets=sheets, sheet=sheet)
        if not sheet:
            ours.end(ImportState.CHOOSING)
            return
        text = uploads.text_of(job.pk, is_workbook=True)
        workbook.write_csv(path, sheet=sheet, into=text, tick=lambda rows: ours.hold(done_rows=rows))
        found, epoch = look_at(text, encoding=UTF_8, delimiter=","), workbook.epoch_of(path)
    look = {
        "encoding": found.encoding,
        "delimiter": found.delimiter,
        "rows": found.rows,
        "epoch": epoch.isoformat(),
        "columns": [column.as_json() for column in found.columns],
    }
    kind = job.kind or guess.guess_kind(choices.traits_of(look))
    mapping, name = first_mapping(kind, look)
    ours.end(
        ImportState.MAPPING,
        kind=kind,
        look=look,
        mapping=mapping,
        mapping_name=name,
        total_rows=found.rows,
        done_rows=0,
    )


def refuse_other_files(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(4)
    for magic, what in OTHER_FILES.items():
        if start.startswith(magic):
            raise UnusableFile(f"this is {what}, not a table. Choose a CSV or XLSX file")


def first_mapping(kind: str, look: dict[str, object]) -> tuple[dict[str, object], str]:
    """The newest kept mapping that fits the file; else what the names and values suggest."""
    for saved in ColumnMapping.objects.filter(kind=kind).order_by("-saved_at")[:50]:
        if (mapping := choices.fitting(saved, look)) is not None:
            return mapping, saved.name
    return choices.guessed(kind, look), ""


def sheet_of(job: FileImport) -> Sheet:
    path = uploads.text_of(job.pk, is_workbook=bool(job.sheets))
    if not path.exists():
        raise UnusableFile("the file is not there any more. Bring it again")
    return open_sheet(path=path, kind=job.kind, mapping=choices.mapping_of(job), zone=ZoneInfo(settings.TIME_ZONE))


def check(ours: Claim) -> None:
    """The rehearsal: what would be created, changed and refused, with a few rows of each."""
    job, at = ours.job, ours.clock()
    sheet, outcome, samples = sheet_of(job), Outcome(), Samples()
    run = check_run(ours, at)
    ours.hold(check_run=run, total_rows=sheet.rows)

    def after_batch(done: int) -> None:
        flush_refusals(run, outcome)
        runs.note_progress(run=run, outcome=outcome)
        ours.hold(done_rows=min(done + outcome.refused, sheet.rows))

    records = read_records(sheet)
    rehearse(
        kind=job.kind,
        records=records,
        source=job.source,
        at=at,
        outcome=outcome,
        samples=samples,
        after_batch=after_batch,
    )
    flush_refusals(run, outcome)
    fill_originals(run, sheet)
    with transaction.atomic():
        runs.finish_run(run=run, outcome=outcome, at=ours.clock(), refusals_file="")
        preview = {"created": samples.created, "changed": samples.changed, "unread": list(sheet.unread)}
        ours.end(ImportState.CHECKED, done_rows=sheet.rows, preview=preview)


def check_run(ours: Claim, at: datetime) -> IngestRun:
    """The run of this rehearsal in place of the one before."""
    job = ours.job
    if job.check_run_id:
        IngestRun.objects.filter(pk=job.check_run_id, is_dry_run=True).delete()
    return IngestRun.objects.create(
        source=job.source, kind=job.kind, file_name=job.file_name, file_digest=job.digest, is_dry_run=True,
        started_at=at, by=job.by,
    )  # fmt: skip


def take(ours: Claim) -> None:
    """Writes, batch by batch; how far it is stands in each batch's transaction."""
    job, run = ours.job, ours.job.run
    assert run is not None  # noqa: S101 - the database sees to it
    sheet, outcome = sheet_of(job), begun(job)

    def after_batch(passed: int) -> None:
        flush_refusals(run, outcome)
        keep_former(run, outcome)
        runs.note_progress(run=run, outcome=outcome)
        ours.hold(done_rows=outcome.read, checkpoint=checkpoint(passed, outcome))

    carry_on(
        kind=job.kind,
        records=read_records(sheet),
        source=job.source,
        at=run.started_at,
        outcome=outcome,
        passed=int(job.checkpoint.get("passed", 0)),
        after_batch=after_batch,
        after_part=partial(finish_part, ours, run, outcome),
    )
    flush_refusals(run, outcome)
    fill_originals(run, sheet)
    with transaction.atomic():
        runs.finish_run(run=run, outcome=outcome, at=ours.clock(), refusals_file="")
        ours.end(ImportState.DONE, done_rows=sheet.rows, finished_at=ours.clock(), error="")
        done = {"created": outcome.created, "changed": outcome.changed, "refused": outcome.refused, "run": run.pk}
        audit.record(verb=f"imported {job.kind}", subject=job, by=job.by, at=ours.clock(), **done)
    uploads.forget(job)


def finish_part(ours: Claim, run: IngestRun, outcome: Outcome) -> None:
    keep_former(run, outcome)
    ours.hold()


def begun(job: FileImport) -> Outcome:
    """What the worker before had counted; all zero at the start."""
    kept = job.checkpoint
    warnings = Warnings(rows=kept.get("warned", 0), first_lines=kept.get("first_lines", {}))
    warnings.counts.update(kept.get("warnings", {}))
    counts = {name: kept.get(name, 0) for name in ("created", "changed", "unchanged")}
    return Outcome(**counts, warnings=warnings, former=[])


def checkpoint(passed: int, outcome: Outcome) -> dict[str, object]:
    warnings = outcome.warnings
    return {
        "passed": passed,
        "created": outcome.created,
        "changed": outcome.changed,
        "unchanged": outcome.unchanged,
        "warned": warnings.rows,
        "warnings": dict(warnings.counts),
        "first_lines": {reason: lines[:LINES_LISTED] for reason, lines in warnings.first_lines.items()},
    }


def flush_refusals(run: IngestRun, outcome: Outcome) -> None:
    """Writes down what was refused since; what was written before, by whoever was at it, stays once."""
    if outcome.refusals:
        runs.quarantine(run=run, refusals=outcome.refusals)
        outcome.refusals.clear()
        outcome.refused_before = Quarantine.objects.filter(run=run).count()


def keep_former(run: IngestRun, outcome: Outcome) -> None:
    """What a row said before the run's first change of it, and after its last."""
    rows = [
        FormerValue(run=run, table=each.table, fact_id=each.fact_id, before=each.before, after=each.after)
        for each in outcome.former or []
    ]
    FormerValue.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["run", "table", "fact_id"],
        update_fields=["after"],
        batch_size=2_000,
    )
    if outcome.former:
        outcome.former.clear()


def fill_originals(run: IngestRun, sheet: Sheet) -> None:
    """Every refused row as it stands in the file, its column named as the file names it."""
    bare = {row.line: row for row in Quarantine.objects.filter(run=run, payload={})}
    rows = original_rows(sheet, set(bare)) if bare else iter(())
    suppressions = load_suppressions(source=run.source.name, model="") if bare else None
    while some := list(islice(rows, runs.AT_ONCE)):
        filled = []
        for line, payload in some:
            row = bare[line]
            row.payload = kept_of(runs.printable(payload), suppressions)
            row.column = sheet.column_of(row.column)[:120]
            filled.append(row)
        Quarantine.objects.bulk_update(filled, ["payload", "column"], batch_size=1_000)


def undo(ours: Claim) -> None:
    """Takes the run back; ends as undone, or as cancelled where it was stopped in the middle."""
    job, run = ours.job, ours.job.run
    assert run is not None  # noqa: S101 - the database sees to it
    found = Undo(run=run, at=ours.clock(), told=dict(job.undo))
    found.carry_out(after_batch=lambda told: ours.hold(undo=told, done_rows=told.get("looked_at", 0)))
    is_cancel = bool(job.undo.get("is_cancel"))
    with transaction.atomic():
        ours.end(
            ImportState.CANCELLED if is_cancel else ImportState.UNDONE,
            undo=found.told,
            undone_at=ours.clock(),
            finished_at=job.finished_at or ours.clock(),
        )
        counts = {name: found.told.get(name, 0) for name in ("removed", "restored", "left")}
        verb = "took back a cancelled import" if is_cancel else "undid an import"
        audit.record(verb=verb, subject=job, by=job.by, at=ours.clock(), run=run.pk, **counts)
    uploads.forget(job)


STEPS: dict[str, Callable[[Claim], None]] = {
    ImportState.READING: inspect,
    ImportState.CHECKING: check,
    ImportState.IMPORTING: take,
    ImportState.UNDOING: undo,
}
