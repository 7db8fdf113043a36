"""manage.py ingest KIND FILE: facts from a file."""

import hashlib
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from accounts.erasure.suppress import kept_of, load_suppressions
from accounts.ingest import runs
from accounts.ingest.intake import take_in
from accounts.ingest.outcome import Outcome
from accounts.ingest.parse.mapping import Mapping, UnusableMapping, load_mapping
from accounts.ingest.parse.refusals import Refusal
from accounts.ingest.parse.rows import UnusableFile
from accounts.ingest.parse.sheet import Sheet, open_sheet, original_rows, read_records
from accounts.ingest.records import KINDS
from accounts.models import IngestRun, Source

REASONS_SHOWN = 10
LINES_SHOWN = 3
LONGEST_SOURCE = 80


class Command(BaseCommand):
    help = "Brings facts from a text file. What is refused is written to a file; the same file again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=sorted(KINDS), metavar="KIND", help=", ".join(sorted(KINDS)))
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--mapping", help="a TOML file, or a shipped mapping such as ravenstack/usage")
        parser.add_argument("--source", default="files", help="the system that the facts come from (default: files)")
        parser.add_argument("--date-format", help="such as DD-MM-YYYY; without it each column must settle its order")
        parser.add_argument("--encoding", help="such as cp1252 (default: UTF-8)")
        parser.add_argument("--delimiter", help="one character, or tab (default: found)")
        parser.add_argument("--dry-run", action="store_true", help="report all, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        started_at = timezone.now()
        try:
            mapping = load_mapping(options["mapping"], kind=options["kind"]) if options["mapping"] else Mapping()
            sheet = open_sheet(
                path=options["file"],
                kind=options["kind"],
                mapping=mapping,
                zone=ZoneInfo(settings.TIME_ZONE),
                encoding=options["encoding"],
                delimiter=options["delimiter"],
                date_format=options["date_format"],
            )
        except (UnusableFile, UnusableMapping) as error:
            raise CommandError(f"{options['file']}: {error}") from None
        source = source_named(options["source"])
        run = IngestRun.objects.create(
            source=source,
            kind=options["kind"],
            file_name=sheet.path.name[-255:],
            file_digest=digest(sheet.path),
            is_dry_run=options["dry_run"],
            started_at=started_at,
        )
        outcome = self.take(run, sheet, mapping, at=started_at)
        outcome.refusals = without_erased(with_originals(sheet, outcome.refusals), source)
        refusals_file = keep_refusals(run, sheet, outcome)
        runs.finish_run(run=run, outcome=outcome, at=timezone.now(), refusals_file=refusals_file)
        self.report(run, sheet, outcome)

    def take(self, run: IngestRun, sheet: Sheet, mapping: Mapping, *, at: datetime) -> Outcome:
        try:
            with self.bar(sheet) as advance, transaction.atomic() if run.is_dry_run else nothing():
                made = runs.make_segments(mapping.segments, at=at)
                outcome = take_in(
                    kind=run.kind,
                    records=read_records(sheet),
                    source=run.source,
                    at=at,
                    by=None,
                    run=run,
                    progress=advance,
                )
                if run.is_dry_run:
                    transaction.set_rollback(True)
        except UnusableMapping as error:
            runs.fail_run(run=run, at=timezone.now(), reason=str(error))
            raise CommandError(str(error)) from None
        except Exception as error:
            runs.fail_run(run=run, at=timezone.now(), reason=f"{type(error).__name__}: {error}")
            raise
        if made:
            self.stdout.write(f"segments made: {', '.join(made)}")
        return outcome

    @contextmanager
    def bar(self, sheet: Sheet) -> Iterator[Callable[[int], None]]:
        """A progress bar where somebody looks on."""
        columns = (TextColumn(sheet.path.name), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("rows", total=sheet.rows)
            yield lambda rows: progress.advance(task, rows)

    def report(self, run: IngestRun, sheet: Sheet, outcome: Outcome) -> None:
        say = self.stdout.write
        would = " (dry run: nothing was written)" if run.is_dry_run else ""
        say(f"{run.kind} from {sheet.path.name} into source {run.source.name!r}{would}")
        say(
            f"  read {outcome.read:,}: created {outcome.created:,}, changed {outcome.changed:,},"
            f" unchanged {outcome.unchanged:,}, refused {len(outcome.refusals):,}"
        )
        if sheet.unread:
            say(f"  columns not read: {', '.join(sheet.unread)}")
        for reason, count in outcome.warnings.counts.most_common():
            say(f"  warning: {count:,} × {reason}{where(outcome.warnings.first_lines.get(reason, []), count)}")
        for refusal in outcome.refusals[:REASONS_SHOWN]:
            say(f"  refused: line {refusal.line}, {refusal.column or 'row'}: {refusal.reason}")
        if outcome.refusals:
            say(f"  all {len(outcome.refusals):,} refused rows are in {run.refusals_file}; the others went in")


def where(lines: list[int], count: int) -> str:
    """The first lines of a warning; none where it is about no line."""
    shown = ", ".join(map(str, lines[:LINES_SHOWN]))
    return f" (lines {shown}{' …' if count > LINES_SHOWN else ''})" if lines else ""


def source_named(name: str) -> Source:
    """The source of that name, made where it is new."""
    if not 0 < len(name.strip()) <= LONGEST_SOURCE:
        raise CommandError(f"A source has a name of 1 to {LONGEST_SOURCE} characters; not {name!r}.")
    return Source.objects.get_or_create(name=name.strip())[0]


@contextmanager
def nothing() -> Iterator[None]:
    yield


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def with_originals(sheet: Sheet, refusals: list[Refusal]) -> list[Refusal]:
    """Every refusal with the row as it stands in the file, its column named as the file names it."""
    bare = {refusal.line for refusal in refusals if not refusal.payload}
    originals = dict(original_rows(sheet, bare)) if bare else {}
    return [
        refusal
        if refusal.payload
        else replace(refusal, column=sheet.column_of(refusal.column), payload=originals[refusal.line])
        for refusal in refusals
    ]


def without_erased(refusals: list[Refusal], source: Source) -> list[Refusal]:
    """Rows that name who was erased are not kept, for whatever reason they were refused."""
    suppressions = load_suppressions(source=source.name, model="")
    return [replace(refusal, payload=kept_of(refusal.payload, suppressions)) for refusal in refusals]


def keep_refusals(run: IngestRun, sheet: Sheet, outcome: Outcome) -> str:
    """The refusals as a file beside the others, and as rows; returns the file's path."""
    if not outcome.refusals:
        return ""
    path = settings.INGEST_DIR / f"{run.pk}-{sheet.path.stem}-refused.csv"
    runs.write_refusals(path=path, refusals=outcome.refusals, columns=sheet.header)
    runs.quarantine(run=run, refusals=outcome.refusals)
    return str(path)
