"""manage.py export FOLDER: all of one's data as a folder of CSV and JSON."""

from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from accounts import audit
from accounts.export.folder import count_rows
from accounts.models import Organization
from scoring.exports import wanted_tables, write_export


class Command(BaseCommand):
    help = "Writes all of one's data into a new folder, which restore_export reads back. Passwords and keys stay here."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="is made; must not be there, or be empty")
        parser.add_argument("--without-scores", action="store_true", help="leave out runs and what they concluded")

    def handle(self, *args: Any, **options: Any) -> None:
        folder, with_scores, at = options["folder"], not options["without_scores"], timezone.now()
        organization = Organization.objects.first()
        if organization is None:
            raise CommandError("There is nothing to export: no organization is set up here.")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise CommandError(f"{folder} is there already and is not an empty folder. Name another one.")
        with self.bar(count_rows(wanted_tables(with_scores=with_scores))) as told:
            written = write_export(into=folder, with_scores=with_scores, at=at, told=told)
        audit.record(verb="exported", subject=organization, by=None, at=at, with_scores=with_scores)
        rows, size = sum(one.rows for one in written), sum(one.bytes for one in written)
        self.stdout.write(f"{rows:,} rows in {len(written)} files ({size / 1e6:,.1f} MB) are in {folder}.")

    @contextmanager
    def bar(self, total: int) -> Iterator[Callable[[int], None]]:
        """A progress bar where somebody looks on."""
        console = Console(stderr=True)
        columns = (TextColumn("rows"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task("rows", total=total)
            yield lambda rows: progress.advance(task, rows)
