"""What commands over ranges of days have in common: their options, the days that these mean, and a progress bar."""

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from accounts.models import Segment
from accounts.queries.exchange import UnknownRate
from scoring.cards import NoScorecard
from scoring.models import ScoringRun
from scoring.pipeline import score_days
from scoring.spans import BadSpan, days_of_span


class RangeCommand(BaseCommand):
    """Scores days with the cards that were in force on them. What was there before is kept as replaced."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=date.fromisoformat, metavar="D", help="the first of a range")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, metavar="D", help="the last of a range")
        parser.add_argument("--month-ends", action="store_true", help="of the range only the last days of months")
        parser.add_argument("--segment", metavar="S", help="only this segment, by its slug")

    def span(self, options: dict[str, Any], *, first: date, last: date) -> list[date]:
        """The days that the options mean, with what holds where they say nothing."""
        try:
            return days_of_span(
                first=options["first"] or first,
                last=options["last"] or last,
                month_ends=options["month_ends"],
            )
        except BadSpan as error:
            raise CommandError(str(error)) from error

    def score(self, days: Sequence[date], *, segment: Segment | None) -> str:
        """Score the days, oldest first; says in a sentence what came of it."""
        done: list[ScoringRun] = []
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = Console(file=self.stdout, force_terminal=None)  # type: ignore[arg-type]  # it writes like a file
        with Progress(*columns, console=console, transient=True) as progress:
            task = progress.add_task("Scoring", total=len(days))

            def count(run: ScoringRun) -> None:
                refuse_unfinished(run)
                done.append(run)
                progress.update(task, advance=1, description=f"Scored {run.as_of}")

            try:
                score_days(days, clock=timezone.now, segment=segment, on_day=count)
            except (NoScorecard, UnknownRate) as error:
                raise CommandError(str(error)) from error
        return sentence(done)


def refuse_unfinished(run: ScoringRun) -> None:
    if run.state != ScoringRun.State.DONE:
        raise CommandError(
            f"The run of {run.as_of} is {run.get_state_display().lower()}: {run.error or 'try again later'}"
        )


def sentence(done: Sequence[ScoringRun]) -> str:
    span = f"{done[0].as_of}" if len(done) == 1 else f"{done[0].as_of} to {done[-1].as_of}, {len(done)} days"
    changed = sum(run.changed for run in done)
    return f"Scored {span}: {done[-1].accounts} accounts on the last day, {changed} snapshots new or changed."


def yesterday() -> date:
    return timezone.localdate() - timedelta(days=1)


def segment_named(slug: str | None) -> Segment | None:
    """The segment of the slug. Raises CommandError, naming those that there are."""
    if slug is None:
        return None
    segment = Segment.objects.filter(slug=slug).first()
    if segment is None:
        known = ", ".join(Segment.objects.order_by("position").values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no segment {slug!r}. Known: {known}.")
    return segment
