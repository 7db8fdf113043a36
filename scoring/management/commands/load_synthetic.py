"""manage.py load_synthetic [--accounts 10000] [--days 90] [--seed 1]: a company of any size, to measure with.

It stands beside scoring because it brings the shipped scorecards. No score is computed: `recompute` does that.
"""

from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from accounts.demo.synthetic.company import AS_OF, Company
from accounts.months import fold_months
from accounts.operations import synthetic
from scoring.operations import publish_shipped

MOST_ACCOUNTS = 5_000_000


class Command(BaseCommand):
    help = "Load a synthetic company of any size with all kinds of facts, for measuring. Not for production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--accounts", type=int, default=10_000, help="how many (default 10000)")
        parser.add_argument("--days", type=int, default=90, help="days of usage (default 90)")
        parser.add_argument("--seed", type=int, default=1, help="another seed tells another company (default 1)")
        parser.add_argument(
            "--as-of", type=date.fromisoformat, default=AS_OF, metavar="D", help=f"the last day (default {AS_OF})"
        )
        parser.add_argument(
            "--raw-days",
            type=int,
            default=synthetic.RAW_DAYS,
            metavar="N",
            help=f"the newest days whose usage is also kept row by row (default {synthetic.RAW_DAYS})",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        company = Company(
            accounts=options["accounts"], days=options["days"], seed=options["seed"], as_of=options["as_of"]
        )
        refuse_nonsense(company)
        began = monotonic()
        with progress_bars(self.stdout) as bars:
            load(company, raw_days=options["raw_days"], step=lambda name, total: follow(bars, name, total))
        publish_shipped(by=None, at=timezone.now())
        self.stdout.write(
            f"Loaded {company.accounts} accounts with {company.days} days of usage in {monotonic() - began:.0f} s. "
            f"Score them: manage.py recompute --as-of {company.as_of}"
        )


def refuse_nonsense(company: Company) -> None:
    if settings.PRODUCTION:
        raise CommandError("The synthetic company is not loaded where PRODUCTION=yes.")
    if not 1 <= company.accounts <= MOST_ACCOUNTS or company.days < 1:
        raise CommandError(f"Give 1 to {MOST_ACCOUNTS} accounts and at least 1 day.")
    try:
        synthetic.refuse_a_company()
    except synthetic.NotEmpty as problem:
        raise CommandError(str(problem)) from problem


Step = Callable[[str, int], Callable[[int], None]]


def load(company: Company, *, raw_days: int, step: Step) -> None:
    """All steps; `step` is told the name and size of each, and gives what counts its progress."""
    company = replace(company, keys=synthetic.set_up_frame(at=timezone.now()))
    synthetic.load_facts(company, advance=step("Facts", company.accounts))
    synthetic.load_usage(company, advance=step("Days of usage", len(company.known_days)), raw_days=raw_days)
    synthetic.settle()
    months = sorted(synthetic.months_of(company))
    advance = step("Months of usage", len(months))
    for month in months:
        fold_months(months=[month])
        advance(1)


def follow(bars: Progress, name: str, total: int) -> Callable[[int], None]:
    task = bars.add_task(name, total=total)
    return lambda steps: bars.advance(task, steps)


def progress_bars(stdout: Any) -> Progress:
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(file=stdout, force_terminal=None))
