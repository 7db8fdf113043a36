"""manage.py publish_scorecards [FILE --reason WORDS [--from DAY]]: the shipped cards, or one from a file."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from scoring.checks import BadScorecard
from scoring.files import read_card
from scoring.models import ScorecardVersion
from scoring.operations import publish, publish_shipped


class Command(BaseCommand):
    help = "Publish the shipped scorecards (those not published yet), or a new version from a TOML file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="a scorecard in TOML")
        parser.add_argument("--reason", default="", help="why; needed with a file")
        parser.add_argument("--from", dest="effective_from", type=date.fromisoformat, help="first day it applies to")

    def handle(self, *args: Any, **options: Any) -> None:
        versions = self.from_file(**options) if options["file"] else publish_shipped(by=None, at=timezone.now())
        for version in versions:
            self.stdout.write(f"Published {version}, in force from {version.effective_from}.")
        if not versions:
            self.stdout.write("Nothing to publish: all shipped scorecards are there.")

    def from_file(self, **options: Any) -> list[ScorecardVersion]:
        try:
            card = read_card(options["file"])
            day = options["effective_from"] or timezone.localdate()
            return [publish(card=card, effective_from=day, reason=options["reason"], by=None, at=timezone.now())]
        except (BadScorecard, OSError) as error:
            raise CommandError(str(error)) from error
