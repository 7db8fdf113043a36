"""manage.py thin_snapshots [--keep-months N] [--dry-run]: of old months keep each account's last day."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from scoring.retention import Thinned, daily_since, thin

FEWEST_MONTHS = 7


class Command(BaseCommand):
    help = "Thin the daily snapshots of old months to each account's last day. Safe to repeat and to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        keep = settings.SNAPSHOT_KEEP_MONTHS
        parser.add_argument("--keep-months", type=int, default=keep, metavar="N", help=f"kept whole (default {keep})")
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        months, is_dry_run = options["keep_months"], options["dry_run"]
        if months < FEWEST_MONTHS:
            raise CommandError(f"--keep-months must be {FEWEST_MONTHS} or more: pages draw half a year of days.")
        today = timezone.localdate()
        done = thin(keep_months=months, today=today, is_dry_run=is_dry_run, on_month=self.tell)
        gone = sum(month.snapshots + month.superseded for month in done)
        verb = "would go" if is_dry_run else "are gone"
        since = daily_since(keep_months=months, today=today)
        self.stdout.write(f"{gone:,} snapshots before {since} {verb}; of older months each account's last day is kept.")

    def tell(self, month: Thinned) -> None:
        if month.snapshots or month.superseded:
            self.stdout.write(f"{month.month:%Y-%m}: {month.snapshots:,} snapshots, {month.superseded:,} replaced ones")
