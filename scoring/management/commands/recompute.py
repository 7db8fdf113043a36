"""manage.py recompute [--as-of D | --from D --to D] [--segment S]: score days again, or for the first time."""

from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from accounts.models import Segment
from accounts.queries.exchange import UnknownRate
from scoring.cards import NoScorecard
from scoring.models import ScoringRun
from scoring.pipeline import score_days


class Command(BaseCommand):
    help = "Score one day (yesterday, unless --as-of says otherwise) or every day of a range."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="D", help="one day, as 2026-06-30")
        parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="D", help="the first of a range")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="D", help="the last of a range")
        parser.add_argument("--segment", metavar="S", help="only this segment, by its slug")

    def handle(self, *args: Any, **options: Any) -> None:
        days = days_of(options, today=timezone.localdate())
        segment = segment_named(options["segment"])
        changed = accounts = 0
        console = Console(file=self.stdout, force_terminal=None)  # type: ignore[arg-type]  # it writes like a file
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("Scoring", total=len(days))

            def count(run: ScoringRun) -> None:
                nonlocal changed, accounts
                if run.state != ScoringRun.State.DONE:
                    raise CommandError(
                        f"The run of {run.as_of} is {run.get_state_display().lower()}: {run.error or 'try again later'}"
                    )
                changed, accounts = changed + run.changed, run.accounts
                progress.advance(task)

            try:
                score_days(days, clock=timezone.now, segment=segment, on_day=count)
            except (NoScorecard, UnknownRate) as error:
                raise CommandError(str(error)) from error
        span = f"{days[0]}" if len(days) == 1 else f"{days[0]} to {days[-1]}"
        self.stdout.write(f"Scored {span}: {accounts} accounts on the last day, {changed} snapshots new or changed.")


def days_of(options: dict[str, Any], *, today: date) -> list[date]:
    """The days that the options name. Raises CommandError for a mixture that makes no sense."""
    first, last, as_of = options["first"], options["last"], options["as_of"]
    if as_of and (first or last):
        raise CommandError("Give either --as-of or --from and --to.")
    if bool(first) != bool(last):
        raise CommandError("A range needs both --from and --to.")
    if not first:
        first = last = as_of or today - timedelta(days=1)
    if last < first:
        raise CommandError(f"--to {last} is before --from {first}.")
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def segment_named(slug: str | None) -> Segment | None:
    if slug is None:
        return None
    segment = Segment.objects.filter(slug=slug).first()
    if segment is None:
        known = ", ".join(Segment.objects.order_by("position").values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no segment {slug!r}. Known: {known}.")
    return segment
