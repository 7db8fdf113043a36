"""Runs of ingest, as pages read them."""

from accounts.models import IngestRun


def newest_imports(count: int) -> list[IngestRun]:
    """The last so many, newest first. One query."""
    return list(IngestRun.objects.select_related("source").order_by("-started_at", "-pk")[:count])
