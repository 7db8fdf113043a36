"""What is worked out every night (the leaderboard, whether plans helped, churn by band, signs of growth), at once."""

from typing import Any

from django.core.management.base import BaseCommand

from scoring.tasks import work_out_studies


class Command(BaseCommand):
    help = "Work out the leaderboard, the effect of plans, churn and growth now, as every night at five."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Worked out {work_out_studies()} studies.")
