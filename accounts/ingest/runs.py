"""One execution of ingest, kept: what it read, what it did, what it refused and where that is written."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from accounts import deliveries, touches
from accounts.erasure.suppress import kept_of, load_suppressions
from accounts.ingest.outcome import Outcome
from accounts.ingest.parse.mapping import UnusableMapping
from accounts.ingest.parse.refusals import Refusal
from accounts.models import IngestRun, Quarantine, RunState, Segment
from accounts.spreadsheets import write_table

AT_ONCE = 5_000
EXPLANATIONS = ("line", "column", "reason")


def make_segments(segments: dict[str, dict[str, object]], *, at: datetime) -> list[str]:
    """The segments that a mapping names and that do not exist yet; returns their slugs."""
    known = dict(Segment.objects.values_list("slug", "name"))
    new = [Segment(slug=slug, **fields) for slug, fields in segments.items() if slug not in known]
    for segment in new:
        if segment.name in known.values():
            raise UnusableMapping(f"[segments.{segment.slug}]: there is another segment called {segment.name!r}.")
    Segment.objects.bulk_create(new)
    if new:
        touches.touch_all(at=at)
    return [segment.slug for segment in new]


def write_refusals(*, path: Path, refusals: list[Refusal], columns: tuple[str, ...]) -> None:
    """A CSV that opens in a spreadsheet: line, column, reason, then the row as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (
        [refusal.line, refusal.column, refusal.reason, *(refusal.payload.get(column, "") for column in columns)]
        for refusal in refusals
    )
    with path.open("w", encoding="utf-8", newline="") as file:
        write_table(file, [[*EXPLANATIONS, *columns], *lines])


def quarantine(*, run: IngestRun, refusals: list[Refusal]) -> None:
    """Keeps what was refused, each line once."""
    rows = quarantined(run, refusals)
    while batch := list(islice(rows, AT_ONCE)):
        Quarantine.objects.bulk_create(batch, ignore_conflicts=True)


def quarantined(run: IngestRun, refusals: list[Refusal]) -> Iterator[Quarantine]:
    suppressions = load_suppressions(source=run.source.name, model="") if refusals else None
    for refusal in refusals:
        payload = kept_of(printable(refusal.payload), suppressions)
        yield Quarantine(
            run=run,
            line=refusal.line,
            column=refusal.column[:120],
            reason=refusal.reason.replace("\x00", "\ufffd")[:500],
            payload=payload,
        )


def printable(payload: dict[str, str]) -> dict[str, str]:
    """No database keeps a NUL."""
    return {column: text.replace("\x00", "\ufffd") for column, text in payload.items()}


def counted(outcome: Outcome) -> dict[str, int]:
    return {
        "read_rows": outcome.read,
        "created_rows": outcome.created,
        "changed_rows": outcome.changed,
        "unchanged_rows": outcome.unchanged,
        "refused_rows": outcome.refused,
        "warned_rows": outcome.warnings.rows,
    }


def note_progress(*, run: IngestRun, outcome: Outcome) -> None:
    """How far a run is, while it goes on."""
    IngestRun.objects.filter(pk=run.pk).update(**counted(outcome))


def finish_run(*, run: IngestRun, outcome: Outcome, at: datetime, refusals_file: str) -> None:
    """The last word of a run."""
    for name, count in counted(outcome).items():
        setattr(run, name, count)
    run.state = RunState.DONE
    run.finished_at = at
    run.refusals_file = refusals_file
    run.summary = {
        "warnings": dict(outcome.warnings.counts),
        "first_lines": outcome.warnings.first_lines,
        "accounts": len(outcome.touched_accounts),
        "days": len(outcome.touched_days),
    }
    run.save()
    if not run.is_dry_run:
        deliveries.note(source_id=run.source_id, kind=run.kind, brought=outcome.read, at=at)


def fail_run(*, run: IngestRun, at: datetime, reason: str) -> None:
    """A run that could not go on; what it wrote before stays."""
    run.state = RunState.FAILED
    run.finished_at = at
    run.summary = {"error": reason}
    run.save()
