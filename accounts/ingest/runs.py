"""One execution of ingest, kept: what it read, what it did, what it refused and where that is written."""

import csv
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from accounts import touches
from accounts.ingest.outcome import Outcome
from accounts.ingest.parse.mapping import UnusableMapping
from accounts.ingest.parse.refusals import Refusal
from accounts.ingest.parse.values import NUMBER
from accounts.models import IngestRun, Quarantine, RunState, Segment

AT_ONCE = 5_000
EXPLANATIONS = ("line", "column", "reason")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


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
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*EXPLANATIONS, *map(unarmed, columns)])
        for refusal in refusals:
            originals = [refusal.payload.get(column, "") for column in columns]
            writer.writerow([refusal.line, *map(unarmed, (refusal.column, refusal.reason, *originals))])


def unarmed(text: str) -> str:
    """Text that a spreadsheet would run as a formula is shown instead; a number stays one."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(text) else text


def quarantine(*, run: IngestRun, refusals: list[Refusal]) -> None:
    """Keeps what was refused, by line."""
    rows = quarantined(run, refusals)
    while batch := list(islice(rows, AT_ONCE)):
        Quarantine.objects.bulk_create(batch)


def quarantined(run: IngestRun, refusals: list[Refusal]) -> Iterator[Quarantine]:
    for refusal in refusals:
        payload = {column: text.replace("\x00", "\ufffd") for column, text in refusal.payload.items()}
        yield Quarantine(
            run=run,
            line=refusal.line,
            column=refusal.column[:120],
            reason=refusal.reason.replace("\x00", "\ufffd")[:500],
            payload=payload,
        )


def counted(outcome: Outcome) -> dict[str, int]:
    return {
        "read_rows": outcome.read,
        "created_rows": outcome.created,
        "changed_rows": outcome.changed,
        "unchanged_rows": outcome.unchanged,
        "refused_rows": len(outcome.refusals),
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


def fail_run(*, run: IngestRun, at: datetime, reason: str) -> None:
    """A run that could not go on; what it wrote before stays."""
    run.state = RunState.FAILED
    run.finished_at = at
    run.summary = {"error": reason}
    run.save()
