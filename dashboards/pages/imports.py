"""Imports: bring a file, and all that were brought."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import tasks
from accounts.access import Action
from accounts.ingest.choices import required_fields
from accounts.ingest.parse.rows import UnusableFile
from accounts.ingest.records import KINDS
from accounts.ingest.uploads import MOST_BYTES
from accounts.models import FileImport
from accounts.operations.imports import receive_file
from accounts.queries.imports import file_imports, source_names
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import csv_file
from dashboards.pages.import_words import STATE_TONES, example_of, kind_choices, kind_noun, kind_title

PER_PAGE = 25
LONGEST_SOURCE = 80
GUESS = [("", "Work it out from the columns")]


class UploadForm(forms.Form):
    """A file, what is in it, and which system it comes from."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,  # an empty one is refused where files are kept, in our words
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt,.xlsx", "aria-describedby": "upload-help"}),
        error_messages={"required": "Choose a CSV or XLSX file.", "invalid": "Choose a CSV or XLSX file."},
    )
    kind = forms.ChoiceField(label="What is in it", required=False)
    source = forms.CharField(
        label="From which system",
        initial="files",
        max_length=LONGEST_SOURCE,
        widget=forms.TextInput({"list": "sources", "autocomplete": "off"}),
        error_messages={"required": "Name the system; its IDs are told apart from those of others."},
    )

    def __init__(self, data: Mapping[str, object] | None = None, files: Mapping[str, object] | None = None) -> None:
        super().__init__(data, files)  # type: ignore[arg-type]
        self.fields["kind"].choices = [*GUESS, *kind_choices()]  # type: ignore[attr-defined]


@dataclass(frozen=True)
class FileRow:
    """`rows` is None until the file was read as far as its end."""

    name: str
    url: str
    kind: str
    source: str
    by: str
    created_at: datetime
    rows: int | None
    state: str
    tone: str
    result: str


@dataclass(frozen=True)
class ImportsPage:
    form: UploadForm
    sources: list[str]
    samples: list[tuple[str, str]]
    most: str
    page: Page
    rows: list[FileRow]


def build_imports_page(*, form: UploadForm, number: str | None) -> ImportsPage:
    page = Paginator(file_imports().defer("look", "mapping", "preview", "checkpoint"), PER_PAGE).get_page(number)
    return ImportsPage(
        form=form,
        sources=source_names(),
        samples=[(reverse("imports-sample", args=[kind]), title) for kind, title in kind_choices()],
        most=f"{MOST_BYTES // 1024 // 1024} MB",
        page=page,
        rows=[file_row(job) for job in page],
    )


def file_row(job: FileImport) -> FileRow:
    return FileRow(
        name=job.file_name,
        url=reverse("import", args=[job.pk]),
        kind=kind_title(job.kind) if job.kind else "Not known yet",
        source=job.source.name,
        by=job.by.name,
        created_at=job.created_at,
        rows=job.total_rows or None,
        state=job.get_state_display(),
        tone=STATE_TONES.get(job.state, ""),
        result=result_words(job),
    )


def result_words(job: FileImport) -> str:
    """What came of it, in one line."""
    if job.state == "done" and job.run:
        counts = ((job.run.created_rows, "new"), (job.run.changed_rows, "changed"), (job.run.refused_rows, "refused"))
        return ", ".join(f"{formats.plain(count)} {word}" for count, word in counts if count) or "nothing new"
    if job.state == "undone":
        left = job.undo.get("left", 0)
        return f"{formats.plain(left)} {kind_noun(job.kind, left)} left as they are" if left else "all taken back"
    return job.error


@requires(Action.IMPORT_FILES)
def imports(request: UserRequest) -> HttpResponse:
    return shown_page(request, UploadForm())


def shown_page(request: UserRequest, form: UploadForm) -> HttpResponse:
    page = build_imports_page(form=form, number=request.GET.get("page"))
    return render(request, "imports.html", {"page": page}, status=422 if form.errors else 200)


@requires(Action.IMPORT_FILES)
@require_POST
def upload(request: UserRequest) -> HttpResponse:
    """Keep the file, and call a worker to read it."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return shown_page(request, form)
    stated = form.cleaned_data
    try:
        job = receive_file(
            name=stated["file"].name,
            chunks=stated["file"].chunks(),
            kind=stated["kind"],
            source=stated["source"].strip(),
            by=request.user,
            at=timezone.now(),
        )
    except UnusableFile as error:
        form.add_error("file", f"The file was not taken: {error}.")
        return shown_page(request, form)
    tasks.ring_for_import(job.pk)
    return redirect("import", pk=job.pk)


@requires(Action.IMPORT_FILES)
def sample(request: UserRequest, kind: str) -> HttpResponse:
    """A file with the columns of a kind and one made-up row."""
    if kind not in KINDS:
        return redirect("imports")
    names = list(KINDS[kind].__dataclass_fields__)
    needed = required_fields(kind)
    ordered = [*needed, *(name for name in names if name not in needed)]
    return csv_file(f"sample-{kind}", [ordered, [example_of(name) for name in ordered]])
