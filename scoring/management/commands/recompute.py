"""manage.py recompute [--as-of D | --from D --to D [--month-ends]] [--segment S]: score days, again or not."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import CommandError

from scoring.management.commands._ranges import RangeCommand, segment_named, yesterday


class Command(RangeCommand):
    help = "Score one day (yesterday, unless --as-of says otherwise) or every day of a range, also where it is scored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="D", help="one day, as 2026-06-30")
        super().add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_mixtures(options)
        day = options["as_of"] or yesterday()
        days = self.span(options, first=day, last=day)
        self.stdout.write(self.score(days, segment=segment_named(options["segment"])))


def refuse_mixtures(options: dict[str, Any]) -> None:
    first, last, as_of = options["first"], options["last"], options["as_of"]
    if as_of and (first or last):
        raise CommandError("Give either --as-of or --from and --to.")
    if bool(first) != bool(last):
        raise CommandError("A range needs both --from and --to.")
    if options["month_ends"] and not first:
        raise CommandError("--month-ends chooses among the days of --from and --to.")
