"""manage.py backfill [--from D] [--to D] [--month-ends] [--segment S]: score the days that never were."""

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Q

from accounts.models import Segment
from scoring.management.commands._ranges import RangeCommand, segment_named, yesterday
from scoring.models import ScoringRun
from scoring.store import months_before


class Command(RangeCommand):
    help = "Score the days of a range that were not scored yet. Stopped, it goes on where it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.epilog = "Without --from: as many months back as daily snapshots are kept. Without --to: yesterday."

    def handle(self, *args: Any, **options: Any) -> None:
        last = options["last"] or yesterday()
        first = months_before(last, months=settings.SNAPSHOT_KEEP_MONTHS)
        days, segment = self.span(options, first=first, last=last), segment_named(options["segment"])
        missing = unscored(days, segment=segment)
        if not missing:
            self.stdout.write(f"All of the {len(days)} days are scored. To score them again: manage.py recompute")
            return
        self.stdout.write(self.score(missing, segment=segment))


def unscored(days: Sequence[date], *, segment: Segment | None) -> list[date]:
    """Those of the days for which no run over all accounts, or over the segment, is done."""
    covers = Q(kind=ScoringRun.Kind.FULL) | (Q(segment=segment) if segment else Q())
    runs = ScoringRun.objects.filter(covers, state=ScoringRun.State.DONE).exclude(kind=ScoringRun.Kind.TOUCHED)
    done = set(runs.filter(as_of__gte=days[0], as_of__lte=days[-1]).values_list("as_of", flat=True))
    return [day for day in days if day not in done]
