"""One file on its way in: its columns, its check, what it would do or did, and how far it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from accounts.access import Action
from accounts.models import AT_WORK, ColumnMapping, FileImport, ImportState, IngestRun, Quarantine
from accounts.operations.imports import UNDO_DAYS, undo_ends_at
from accounts.queries.imports import file_imports, kept_mappings, refusals_by_column, refused_rows
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import csv_file
from dashboards.pages.import_columns import ColumnsForm, columns_form
from dashboards.pages.import_words import (
    DELIMITERS,
    ENCODINGS,
    STATE_TONES,
    field_word,
    kind_choices,
    kind_noun,
    kind_title,
    size_words,
)

PER_PAGE = 25
STEPS = ("Upload", "Map columns", "Check rows", "Import")
# At which step a file is, and whether that step is done.
STEP_OF = {
    "reading": (0, False), "choosing": (0, False), "mapping": (1, False), "checking": (2, False), "checked": (2, True),
    "importing": (3, False), "done": (3, True), "undoing": (3, True), "undone": (3, True), "cancelled": (0, True),
    "failed": (0, False),
}  # fmt: skip
VERBS = {
    "reading": "Reading the file",
    "checking": "Checking rows",
    "importing": "Importing rows",
    "undoing": "Undoing",
}
# Before so many seconds nothing can be said of those to come.
SOON = 2
LONGEST_VALUE = 120


@dataclass(frozen=True)
class Step:
    number: int
    label: str
    state: str  # done, now or later


@dataclass(frozen=True)
class Work:
    """What a worker does with the file just now."""

    pk: int
    verb: str
    done: int
    total: int
    seconds: float
    is_waiting: bool
    error: str

    @property
    def percent(self) -> int:
        return min(100 * self.done // self.total, 99) if self.total else 0

    @property
    def left(self) -> str:
        """About 4 seconds left; empty where it cannot be told yet."""
        if not (self.done and self.total and self.seconds > SOON):
            return ""
        rest = self.seconds * (self.total - min(self.done, self.total)) / self.done
        if rest < 60:
            seconds = max(round(rest), 1)
            return f"about {seconds} second{'' if seconds == 1 else 's'} left"
        minutes = round(rest / 60)
        return f"about {minutes} minute{'' if minutes == 1 else 's'} left"


@dataclass(frozen=True)
class Count:
    icon: str
    number: int
    words: str
    tone: str


@dataclass(frozen=True)
class SampleRow:
    line: int
    id: str
    changes: list[dict[str, str]]


@dataclass(frozen=True)
class WarningRow:
    count: int
    reason: str
    lines: str


@dataclass(frozen=True)
class RefusedRow:
    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class ImportPage:
    job: FileImport
    title: str
    about: str
    steps: list[Step]
    work: Work | None
    counts: list[Count]
    columns: ColumnsForm | None
    mappings: list[ColumnMapping]
    created: list[SampleRow]
    changed: list[SampleRow]
    warnings: list[WarningRow]
    page: Page
    refused: list[RefusedRow]
    will_write: int
    undo_until: datetime | None
    left_rows: list[dict[str, str]]
    undo_days: int = UNDO_DAYS
    encodings: dict[str, str] = field(default_factory=lambda: ENCODINGS)
    delimiters: dict[str, str] = field(
        default_factory=lambda: {"tab" if k == "\t" else k: v for k, v in DELIMITERS.items()}
    )

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return kind_choices()

    @property
    def tone(self) -> str:
        return STATE_TONES.get(self.job.state, "")

    @property
    def delimiter_word(self) -> str:
        """The one that was stated; empty where it is found out."""
        return DELIMITERS.get(self.job.delimiter, "")

    @property
    def can_be_cancelled(self) -> bool:
        return self.job.state in {"reading", "choosing", "mapping", "checking", "checked", "importing"}

    @property
    def can_be_read_again(self) -> bool:
        return not self.job.run_id and self.job.state in {"choosing", "mapping", "checked", "failed"}

    @property
    def noun(self) -> str:
        return kind_noun(self.job.kind, self.will_write)

    @property
    def is_stopped(self) -> bool:
        return bool(self.job.undo.get("is_cancel"))


def build_import_page(
    pk: int, *, number: str | None, now: datetime, typed: Mapping[str, str] | None = None
) -> ImportPage:
    """The page of a file; `typed`: columns as they were sent, with what is wrong about them."""
    job = get_object_or_404(file_imports(), pk=pk)
    run = job.run or (job.check_run if job.state in {"checked", "checking"} else None)
    page = Paginator(refused_rows(job) if run else Quarantine.objects.none(), PER_PAGE).get_page(number)
    ends_at = undo_ends_at(job)
    has_columns = bool(job.look) and job.state in {"mapping", "checking", "checked"}
    return ImportPage(
        job=job,
        title=f"Import {kind_title(job.kind).lower()}" if job.kind else "Import a file",
        about=about(job),
        steps=steps(job),
        work=work_of(job, now=now) if job.state in AT_WORK else None,
        counts=counts(run, job) if run else [],
        columns=columns_form(job, typed=typed, errors=refusals_by_column(job) if run else None)
        if has_columns
        else None,
        mappings=kept_mappings(job.kind) if has_columns else [],
        created=samples(job, "created", "values"),
        changed=samples(job, "changed", "changes"),
        warnings=warnings(run),
        page=page,
        refused=[
            RefusedRow(row.line, row.column, row.payload.get(row.column, "")[:LONGEST_VALUE], row.reason)
            for row in page
        ],
        will_write=run.created_rows + run.changed_rows if run else 0,
        undo_until=ends_at if ends_at and now <= ends_at else None,
        left_rows=job.undo.get("left_rows", []),
    )


def about(job: FileImport) -> str:
    """accounts_2026-11.csv, 642 rows, 9 columns, comma separated, UTF-8."""
    look = job.look
    if not look:
        return f"{job.file_name}, {size_words(job.size)}"
    rows, columns = look["rows"], len(look["columns"])
    words = [
        job.file_name,
        f"{formats.plain(rows)} row{'' if rows == 1 else 's'}",
        f"{formats.plain(columns)} column{'' if columns == 1 else 's'}",
    ]
    if job.sheets:
        return ", ".join([*words, f"sheet {job.sheet}"])
    separated = f"{DELIMITERS.get(look['delimiter'], look['delimiter'])} separated"
    return ", ".join([*words, separated, ENCODINGS.get(look["encoding"], look["encoding"])])


def steps(job: FileImport) -> list[Step]:
    at, is_done = STEP_OF[job.state]
    if job.run_id:
        at = 3
    elif job.state == ImportState.FAILED and job.look:
        at = 1
    return [
        Step(n + 1, label, "done" if n < at or (n == at and is_done) else "now" if n == at else "later")
        for n, label in enumerate(STEPS)
    ]


def work_of(job: FileImport, *, now: datetime) -> Work:
    began = job.work_began_at or job.created_at
    total = job.total_rows
    if job.state == ImportState.UNDOING and job.run:
        total = job.run.created_rows + job.run.changed_rows
    verb = "Taking back what was written" if job.undo.get("is_cancel") else VERBS[job.state]
    seconds = (now - began).total_seconds()
    is_waiting = job.leased_until is None or job.leased_until < now
    return Work(job.pk, verb, job.done_rows, total, seconds, is_waiting, job.error)


def counts(run: IngestRun, job: FileImport) -> list[Count]:
    refused = run.refused_rows
    return [
        Count("plus", run.created_rows, f"new {kind_noun(job.kind, run.created_rows)}", "good"),
        Count("pencil", run.changed_rows, "changed", "accent"),
        Count("equal", run.unchanged_rows, "unchanged", "dim"),
        Count("circle-x", refused, "refused", "bad" if refused else "dim"),
        Count(
            "triangle-alert",
            run.warned_rows,
            f"warning{'' if run.warned_rows == 1 else 's'}",
            "warn" if run.warned_rows else "dim",
        ),
    ]


def samples(job: FileImport, sort: str, values: str) -> list[SampleRow]:
    """Rows of the check as they would become."""
    if job.state not in {"checked"}:
        return []
    return [
        SampleRow(
            row["line"], row["id"], [{**each, "field": field_word(job.kind, each["field"])} for each in row[values]]
        )
        for row in job.preview.get(sort, [])
    ]


def warnings(run: IngestRun | None) -> list[WarningRow]:
    summary: dict[str, Any] = run.summary if run else {}
    found = sorted(summary.get("warnings", {}).items(), key=lambda pair: -pair[1])
    return [
        WarningRow(count, reason, lines_words(summary.get("first_lines", {}).get(reason, []), count))
        for reason, count in found
    ]


def lines_words(lines: list[int], count: int) -> str:
    """rows 2, 5, 9 and more; empty where it is about no row."""
    shown = ", ".join(map(str, lines[:3]))
    more = " and more" if count > len(lines[:3]) else ""
    return f"row{'' if count == 1 else 's'} {shown}{more}" if shown else ""


@requires(Action.IMPORT_FILES)
def import_file(request: UserRequest, pk: int) -> HttpResponse:
    page = build_import_page(pk, number=request.GET.get("page"), now=timezone.now())
    return render(request, "import.html", {"page": page})


@requires(Action.IMPORT_FILES)
def progress(request: UserRequest, pk: int) -> HttpResponse:
    """The bar, asked for every second; once the work is over, the page is loaded anew."""
    job = get_object_or_404(file_imports(), pk=pk)
    if job.state not in AT_WORK or request.GET.get("state", job.state) != job.state:
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    run = job.run or (job.check_run if job.state == ImportState.CHECKING else None)
    found = {"work": work_of(job, now=timezone.now()), "counts": counts(run, job) if run else [], "job": job}
    return render(request, "_import_progress.html", found)


@requires(Action.IMPORT_FILES)
def refused_csv(request: UserRequest, pk: int) -> HttpResponse:
    """Every refused row with its reason, and as it stood in the file: to correct and bring again."""
    job = get_object_or_404(file_imports(), pk=pk)
    found = {name for row in refused_rows(job)[:1_000] for name in row.payload}
    # PostgreSQL gives the cells of a row in another order than the file.
    ours = [column["name"] for column in job.look.get("columns", ()) if column["name"] in found]
    names = [*ours, *sorted(found - set(ours))]
    rows = refused_rows(job).iterator(chunk_size=1_000)
    lines = ((row.line, row.column, row.reason, *(row.payload.get(name, "") for name in names)) for row in rows)
    stem = (
        "".join(each if each.isalnum() or each in "-_." else "-" for each in job.file_name.rpartition(".")[0]) or "file"
    )
    return csv_file(f"{stem}-refused", [("Row refused", "Column refused", "Why refused", *names), *lines])
