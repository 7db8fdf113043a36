"""Runs of ingest and files on their way in, as pages read them."""

from django.db.models import Count, QuerySet

from accounts.models import ColumnMapping, FileImport, IngestRun, Quarantine, Source


def newest_imports(count: int) -> list[IngestRun]:
    """The last so many, newest first. One query."""
    return list(IngestRun.objects.select_related("source").order_by("-started_at", "-pk")[:count])


def file_imports() -> QuerySet[FileImport]:
    """Every file that was brought, newest first."""
    return FileImport.objects.select_related("source", "by", "run", "check_run").order_by("-created_at", "-pk")


def source_names() -> list[str]:
    return list(Source.objects.order_by("name").values_list("name", flat=True))


def kept_mappings(kind: str) -> list[ColumnMapping]:
    return list(ColumnMapping.objects.filter(kind=kind).order_by("name"))


def refused_rows(job: FileImport) -> QuerySet[Quarantine]:
    """What was refused: by the import, else by its check."""
    return Quarantine.objects.filter(run=job.run_id or job.check_run_id).order_by("line")


def refusals_by_column(job: FileImport) -> dict[str, int]:
    rows = refused_rows(job).order_by("column").values_list("column").annotate(count=Count("pk"))
    return dict(rows)
