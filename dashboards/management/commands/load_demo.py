"""manage.py load_demo [--seed 1] [--accounts 250]: the demo company Kestrel Works, with its scores.

It stands in the top layer because it brings facts and scores together. Every step may be run again.
"""

from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from accounts import deliveries
from accounts.demo.cast import HISTORY_MONTHS, history_start
from accounts.demo.dates import add_months
from accounts.demo.generate import KINDS, Demo, generate
from accounts.demo.people import CSMS, LEADER, MANAGERS, OPS, VIEWER
from accounts.demo.roadmap import FitStory
from accounts.ingest.intake import take_in
from accounts.ingest.records import Record
from accounts.models import Account
from accounts.operations import demo
from accounts.operations.demo_outlooks import add_outlooks
from accounts.operations.demo_playbooks import make_playbooks
from dashboards.management.demo_customers import share_with_customers
from dashboards.management.demo_draft import start_dealings_draft
from dashboards.management.demo_measures import define_measures, enter_fits
from dashboards.management.demo_rules import make_rules, write_mails
from dashboards.management.demo_surveys import make_surveys
from scoring.churn_rates import work_out_churn
from scoring.growth import work_out_growth
from scoring.leaderboard import work_out_boards
from scoring.models import ScoringRun, Snapshot
from scoring.operations import publish_shipped
from scoring.pipeline import score_days
from scoring.plan_effect import work_out_plan_effects
from scoring.product_use import work_out_use
from scoring.renewal_rates import work_out_renewals
from scoring.year import work_out_year

DAILY_DAYS = 90
FEWEST_ACCOUNTS = 10


class Command(BaseCommand):
    help = "Load the demo company with two years of history and its scores. Not for production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="another seed tells other stories (default 1)")
        parser.add_argument("--accounts", type=int, default=250, help="how many accounts there ever were (default 250)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.refuse_nonsense(options)
        load = demo.begin_load(
            seed=options["seed"], accounts=options["accounts"], today=timezone.localdate(), at=timezone.now()
        )
        if load.is_finished:
            self.stdout.write(f"The demo company is already loaded, as of {load.today}.")
            return
        began = monotonic()
        with progress_bars(self.stdout) as bars:
            load_all(load, Steps(bars, self.stdout, is_loud=options["verbosity"] > 1))
        demo.finish_load(at=timezone.now())
        self.tell(seconds=monotonic() - began)

    def refuse_nonsense(self, options: dict[str, Any]) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo company has public passwords. It is not loaded where PRODUCTION=yes.")
        if options["accounts"] < FEWEST_ACCOUNTS:
            raise CommandError(f"--accounts {options['accounts']} is too few for a company; give {FEWEST_ACCOUNTS}.")
        if demo.is_taken():
            raise CommandError("There is a company in this database already. The demo needs an empty one.")

    def tell(self, *, seconds: float) -> None:
        self.stdout.write(
            f"Loaded {demo.COMPANY} in {seconds:.0f} s: {Account.objects.count()} accounts, "
            f"{Snapshot.objects.count()} scores."
        )
        self.stdout.write(f"Log in with the password {demo.PASSWORD} as")
        for person in (CSMS[0], MANAGERS[0], LEADER, VIEWER, OPS):
            self.stdout.write(f"  {person.email:<32} {person.title}")


class Steps:
    """A progress bar for each step, and how long it took where that is asked for."""

    def __init__(self, bars: Progress, stdout: Any, *, is_loud: bool) -> None:
        self.bars, self.stdout, self.is_loud = bars, stdout, is_loud

    def run(self, name: str, total: int, work: Callable[[Callable[[int], None]], None]) -> None:
        """Does the work with a bar that it moves."""
        task = self.bars.add_task(name, total=max(total, 1))
        began = monotonic()
        work(lambda steps: self.bars.advance(task, steps))
        self.bars.update(task, completed=max(total, 1))
        if self.is_loud:
            self.stdout.write(f"{name}: {total} in {monotonic() - began:.1f} s")


def progress_bars(stdout: Any) -> Progress:
    columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(file=stdout, force_terminal=None))


def load_all(load: demo.Load, steps: Steps) -> None:
    """All steps in their order: each needs those before it."""
    told: list[Demo] = []
    steps.run("Stories", 1, lambda _: told.append(generate(seed=load.seed, today=load.today, accounts=load.accounts)))
    company = told[0]
    steps.run("Company", 1, lambda _: set_up(load.today))
    everything = sum(len(company.records[kind]) for kind in KINDS)
    steps.run("Facts", everything, lambda advance: bring_facts(company, advance))
    steps.run("Usage", company.usage_rows, lambda advance: bring_usage(company, advance))
    pulses = [pulse for facts in company.accounts for pulse in facts.pulses]
    steps.run("Pulses", len(pulses), lambda _: demo.add_pulses(pulses))
    steps.run("Approvals", 1, lambda _: demo.ask_for_approval(today=load.today, at=timezone.now()))
    fits = [fit for facts in company.accounts for fit in facts.fits]
    steps.run("Own measures", len(fits), lambda _: bring_measures(fits))
    days = unscored(days_to_score(load.today))
    steps.run("Scores", len(days), lambda advance: score(days, advance))
    plans = [facts.plan for facts in company.accounts if facts.plan]
    steps.run("Plans", len(plans), lambda _: demo.add_plans(plans, score_on=score_on))
    steps.run("Customers", 1, lambda _: share_with_customers(by=demo.operator(), at=timezone.now()))
    steps.run("Rules", 1, lambda _: rules_and_mails(load.today))
    steps.run("Leaderboard", 1, lambda _: work_out_studies())
    steps.run("Outlooks", 1, lambda _: add_outlooks(today=load.today, at=timezone.now()))
    steps.run("Draft", 1, lambda _: start_dealings_draft(by=demo.operator(), at=timezone.now()))


def rules_and_mails(today: date) -> None:
    write_mails(today=today, by=demo.operator(), at=timezone.now())
    make_rules(today=today, at=timezone.now())


def work_out_studies() -> None:
    work_out_boards(at=timezone.now())
    work_out_plan_effects(at=timezone.now())
    work_out_use(at=timezone.now())
    work_out_churn(at=timezone.now())
    work_out_renewals(at=timezone.now())
    work_out_year(at=timezone.now())
    work_out_growth(at=timezone.now())


def set_up(today: date) -> None:
    demo.set_up_people(at=timezone.now())
    demo.set_up_company(today=today, at=timezone.now())
    publish_shipped(by=demo.operator(), at=timezone.now())
    make_surveys(by=demo.operator(), at=timezone.now())
    make_playbooks(today=today, by=demo.operator(), at=timezone.now())


def bring_measures(fits: list[FitStory]) -> None:
    define_measures(by=demo.operator(), at=timezone.now())
    enter_fits(fits, by=demo.operator())


def bring_facts(company: Demo, advance: Callable[[int], None]) -> None:
    for kind in KINDS:
        bring(kind, company.records[kind], advance)


def bring_usage(company: Demo, advance: Callable[[int], None]) -> None:
    for month in company.usage_months:
        bring("usage", company.usage(month), advance)


def bring(kind: str, records: Iterable[Record], advance: Callable[[int], None]) -> None:
    """Through the door that files and events use. What it refuses is a fault of the generator."""
    outcome = take_in(
        kind=kind,
        records=records,
        source=demo.demo_source(),
        at=timezone.now(),
        by=demo.operator(),
        progress=advance,
    )
    deliveries.note(source_id=demo.demo_source().pk, kind=kind, brought=outcome.read, at=timezone.now())
    if outcome.refusals:
        first = outcome.refusals[0]
        raise CommandError(f"{len(outcome.refusals)} {kind} were refused: {first.column}: {first.reason}")


def days_to_score(today: date) -> list[date]:
    """The ends of the months of the history and each of the last 90 days, up to yesterday."""
    months = [add_months(history_start(today), n) - timedelta(days=1) for n in range(1, HISTORY_MONTHS + 1)]
    daily = [today - timedelta(days=n) for n in range(1, DAILY_DAYS + 1)]
    return sorted({*months, *daily})


def unscored(days: Sequence[date]) -> list[date]:
    """The days that an earlier try has not scored."""
    done = set(
        ScoringRun.objects.filter(state=ScoringRun.State.DONE, kind=ScoringRun.Kind.FULL).values_list(
            "as_of", flat=True
        )
    )
    return [day for day in days if day not in done]


def score(days: Sequence[date], advance: Callable[[int], None]) -> None:
    if days:
        score_days(days, clock=timezone.now, on_day=lambda _: advance(1))


def score_on(account_id: int, day: date) -> int | None:
    """The score that people saw on the day: that of the last scored day before it."""
    seen = Snapshot.objects.filter(account_id=account_id, as_of__lt=day).order_by("-as_of")
    return seen.values_list("score", flat=True).first()
