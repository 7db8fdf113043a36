"""One's own data: exports in the background with their downloads, and receipts of what was erased."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.access import Action
from accounts.models import Erasure, Export
from accounts.operations.erasure import said_by
from accounts.queries.getting_out import accounts_called, contacts_called, newest_exports, receipts
from dashboards.gate import UserRequest, requires
from scoring import exports, tasks

EXPORTS = 10
RECEIPTS = 25
TONES = {
    Export.State.DONE: "tag--good", Export.State.FAILED: "tag--bad",
    Export.State.RUNNING: "tag--accent", Export.State.WAITING: "tag--accent",
}  # fmt: skip
AT_WORK = {Export.State.WAITING, Export.State.RUNNING}


@dataclass(frozen=True)
class ExportRow:
    pk: int
    state: str
    word: str
    tone: str
    what: str
    by: str
    ordered_at: datetime
    expires_at: datetime | None
    percent: int
    rows: int
    megabytes: float
    digest: str
    error: str

    @property
    def is_live(self) -> bool:
        return self.state in AT_WORK

    @property
    def is_ready(self) -> bool:
        return self.state == Export.State.DONE


@dataclass(frozen=True)
class Found:
    name: str
    about: str
    url: str


@dataclass(frozen=True)
class ReceiptRow:
    pk: int
    kind: str
    at: datetime
    by: str
    deleted: int
    rewritten: int
    files: int
    digest: str


@dataclass(frozen=True)
class DataPage:
    exports: list[ExportRow]
    keep_hours: int
    words: str
    found: list[Found]
    page: Page
    receipts: list[ReceiptRow]


def build_data_page(*, words: str, number: str | None, keep_hours: int) -> DataPage:
    """The newest exports, who is called as asked, and a page of receipts."""
    page = Paginator(receipts(), RECEIPTS).get_page(number)
    return DataPage(
        exports=[export_row(export) for export in newest_exports(EXPORTS)],
        keep_hours=keep_hours,
        words=words,
        found=found_by(words) if words else [],
        page=page,
        receipts=[receipt_row(erasure) for erasure in page],
    )


def export_row(export: Export) -> ExportRow:
    return ExportRow(
        pk=export.pk,
        state=export.state,
        word=export.get_state_display(),
        tone=TONES.get(Export.State(export.state), ""),
        what="With scores" if export.with_scores else "Without scores",
        by=str(export.ordered_by or "command line"),
        ordered_at=export.ordered_at,
        expires_at=export.expires_at,
        percent=min(100 * export.rows // export.all_rows, 100) if export.all_rows else 0,
        rows=export.rows,
        megabytes=export.size_bytes / 1e6,
        digest=export.digest,
        error=export.error,
    )


def found_by(words: str) -> list[Found]:
    people = [
        Found(contact.name, f"contact at {contact.account}", reverse("erase", args=["contact", contact.pk]))
        for contact in contacts_called(words)
    ]
    companies = [
        Found(account.name, "account", reverse("erase", args=["account", account.pk]))
        for account in accounts_called(words)
    ]
    return [*people, *companies]


def receipt_row(erasure: Erasure) -> ReceiptRow:
    return ReceiptRow(
        pk=erasure.pk,
        kind=erasure.get_kind_display(),
        at=erasure.at,
        by=str(erasure.by or "command line"),
        deleted=sum(erasure.deleted.values()),
        rewritten=sum(erasure.rewritten.values()),
        files=sum(erasure.files.values()),
        digest=erasure.digest,
    )


@requires(Action.EXPORT_DATA)
def data(request: UserRequest) -> HttpResponse:
    page = build_data_page(
        words=request.GET.get("q", "").strip(), number=request.GET.get("page"), keep_hours=exports.keep_hours()
    )
    return render(request, "data.html", {"page": page})


@requires(Action.EXPORT_DATA)
@require_POST
def order(request: UserRequest) -> HttpResponse:
    """Order an export; a worker takes it up."""
    export = exports.order_export(with_scores=bool(request.POST.get("with_scores")), by=request.user, at=timezone.now())
    tasks.write_export.delay_on_commit(export_id=export.pk)
    messages.success(request, "The export is being written. It can be downloaded here once it is ready.")
    return redirect("data")


@requires(Action.EXPORT_DATA)
def export_progress(request: UserRequest, pk: int) -> HttpResponse:
    """The bar of an export at work, asked for every other second; once it is over, the page is loaded anew."""
    row = export_row(get_object_or_404(Export, pk=pk))
    response = render(request, "_export_progress.html", {"row": row})
    if not row.is_live:
        response["HX-Refresh"] = "true"
    return response


@requires(Action.EXPORT_DATA)
def export_file(request: UserRequest, pk: int) -> HttpResponse:
    """The file, while it is kept. Each download stands in the audit."""
    export = get_object_or_404(Export, pk=pk, state=Export.State.DONE)
    path = exports.path_of(export)
    if export.expires_at is None or export.expires_at <= timezone.now() or not path.is_file():
        raise Http404("The export is not kept any more.")
    audit.record(verb="export downloaded", subject=export, by=request.user, at=timezone.now())
    # What FileResponse shares with HttpResponse is enough for whoever serves it.
    return cast(HttpResponse, FileResponse(path.open("rb"), as_attachment=True, filename=export.file_name))


@requires(Action.EXPORT_DATA)
@require_POST
def export_delete(request: UserRequest, pk: int) -> HttpResponse:
    export = get_object_or_404(Export, pk=pk, state=Export.State.DONE)
    exports.delete_file(export, by=request.user, at=timezone.now())
    messages.success(request, "The export's file is deleted.")
    return redirect("data")


@requires(Action.ERASE_DATA)
def receipt(request: UserRequest, pk: int) -> HttpResponse:
    """The receipt as a file: what went, when and by whom, and the digest that seals it."""
    erasure = get_object_or_404(receipts(), pk=pk)
    response = JsonResponse({**said_by(erasure), "sha256": erasure.digest}, json_dumps_params={"indent": 1})
    response["Content-Disposition"] = f'attachment; filename="erasure-{pk}.json"'
    return response
