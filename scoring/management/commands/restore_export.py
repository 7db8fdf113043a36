"""manage.py restore_export FOLDER: an export back into an empty installation."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts import audit
from accounts.export.restore import UnusableExport, restore
from accounts.models import Organization
from scoring.exports import ALL_TABLES


class Command(BaseCommand):
    help = "Reads an export back into an empty installation. Stopped on the way, it is taken up by calling it again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder of an export, unpacked")

    def handle(self, *args: Any, **options: Any) -> None:
        rows: dict[str, int] = {}

        def told(name: str, count: int) -> None:
            rows[name] = rows.get(name, 0) + count
            if options["verbosity"] > 1:
                self.stdout.write(f"  {name}: {rows[name]:,}")

        at = timezone.now()
        try:
            restoration = restore(folder=options["folder"], tables=ALL_TABLES, at=at, told=told)
        except UnusableExport as error:
            raise CommandError(str(error)) from None
        audit.record(
            verb="restored export", subject=Organization.objects.get(), by=None, at=at, manifest=restoration.digest
        )
        self.stdout.write(f"{sum(rows.values()):,} rows are back, in {len(rows)} tables, each as many as were written.")
        self.stdout.write("Users have no password: manage.py changepassword EMAIL. Scores: manage.py recompute.")
