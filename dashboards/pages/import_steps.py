"""What is pressed on the page of a file: its columns, its check, the import, cancelling and undoing."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import tasks
from accounts.access import Action
from accounts.ingest import choices
from accounts.ingest.records import KINDS
from accounts.models import ColumnMapping, FileImport
from accounts.operations import imports
from accounts.operations.imports import NotNow
from dashboards.gate import UserRequest, requires
from dashboards.pages.import_columns import problems, read_mapping
from dashboards.pages.import_file import build_import_page
from dashboards.pages.import_words import DELIMITERS, ENCODINGS

MARKS = {"tab" if mark == "\t" else mark: mark for mark in DELIMITERS}


def after(request: UserRequest, job: FileImport, step: Callable[[], None], *, said: str = "") -> HttpResponse:
    """Takes the step, calls a worker, and shows the page; says so where the step does not fit any more."""
    try:
        step()
    except NotNow as error:
        messages.warning(request, str(error))
    else:
        tasks.ring_for_import(job.pk)
        if said:
            messages.success(request, said)
    return redirect("import", pk=job.pk)


@requires(Action.IMPORT_FILES)
@require_POST
def read(request: UserRequest, pk: int) -> HttpResponse:
    """Read the file otherwise: another sheet, encoding or delimiter."""
    job = get_object_or_404(FileImport, pk=pk)
    how = {
        "sheet": request.POST.get("sheet", job.sheet)[:255],
        "encoding": request.POST.get("encoding", "") if request.POST.get("encoding") in ENCODINGS else "",
        "delimiter": MARKS.get(request.POST.get("delimiter", ""), ""),
    }
    return after(request, job, lambda: imports.read_again(job=job, at=timezone.now(), **how))


@requires(Action.IMPORT_FILES)
@require_POST
def guess(request: UserRequest, pk: int) -> HttpResponse:
    """Begin anew with another kind, or with a kept mapping."""
    job = get_object_or_404(FileImport, pk=pk)
    if not job.look:
        messages.warning(request, "The file is not read yet.")
        return redirect("import", pk=pk)
    kind = request.POST.get("kind", "")
    kept = ColumnMapping.objects.filter(kind=job.kind, name=request.POST.get("mapping", "")).first()
    if kind in KINDS and kind != job.kind:
        found, name = choices.guessed(kind, job.look), ""
    elif kept is not None:
        fitting = choices.fitting(kept, job.look)
        if fitting is None:
            messages.warning(request, f"The file lacks a column that {kept.name} names, so it was not laid upon it.")
            return redirect("import", pk=pk)
        kind, found, name = job.kind, fitting, kept.name
    else:
        kind, found, name = job.kind, choices.guessed(job.kind, job.look), ""
    return after(request, job, lambda: imports.set_guess(job=job, kind=kind, mapping=found, name=name))


@requires(Action.IMPORT_FILES)
def columns(request: UserRequest, pk: int) -> HttpResponse:
    """These columns: keep them if they got a name, and check every row. Asked for by its address: the page itself."""
    job = get_object_or_404(FileImport, pk=pk)
    if request.method != "POST":
        return redirect("import", pk=pk)
    typed = {name: str(value) for name, value in request.POST.items()}
    if job.state not in imports.OPEN or not job.look:
        return after(request, job, lambda: imports.back_to_columns(job=job))
    mapping = read_mapping(job, typed)
    if problems(job, mapping, typed):
        page = build_import_page(pk, number=None, now=timezone.now(), typed=typed)
        return render(request, "import.html", {"page": page}, status=422)
    name = typed.get("save_as", "").strip()
    if name:
        content = choices.to_keep(mapping, job.look)
        imports.save_mapping(kind=job.kind, name=name, content=content, by=request.user, at=timezone.now())
        messages.success(request, f"The mapping is kept as {name}. The next file with these columns gets it by itself.")
    kept = name or job.mapping_name if mapping == job.mapping or name else ""
    return after(request, job, lambda: imports.choose_mapping(job=job, mapping=mapping, name=kept, at=timezone.now()))


@requires(Action.IMPORT_FILES)
@require_POST
def back(request: UserRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(FileImport, pk=pk)
    return after(request, job, lambda: imports.back_to_columns(job=job))


@requires(Action.IMPORT_FILES)
@require_POST
def start(request: UserRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(FileImport, pk=pk)
    return after(request, job, lambda: imports.start_import(job=job, by=request.user, at=timezone.now()))


@requires(Action.IMPORT_FILES)
@require_POST
def retry(request: UserRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(FileImport, pk=pk)
    return after(request, job, lambda: imports.try_again(job=job, at=timezone.now()))


@requires(Action.IMPORT_FILES)
@require_POST
def cancel(request: UserRequest, pk: int) -> HttpResponse:
    """What was written already is taken back; before that, nothing was."""
    job = get_object_or_404(FileImport, pk=pk)
    return after(
        request,
        job,
        lambda: imports.cancel_import(job=job, by=request.user, at=timezone.now()),
        said=f"The import of {job.file_name} is cancelled. Nothing of it is kept.",
    )


@requires(Action.IMPORT_FILES)
@require_POST
def undo(request: UserRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(FileImport, pk=pk)
    return after(request, job, lambda: imports.undo_import(job=job, by=request.user, at=timezone.now()))
