"""10,000 accounts with 90 days of usage by user: the engine's full run, beside a loop over accounts."""

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from bench import naive
from bench.database import Watch, empty_database
from bench.runner import Result
from bench.synthetic import AS_OF, Company
from scoring.models import ScoringRun, Snapshot
from scoring.pipeline import score_days

ACCOUNTS = 10_000
NAIVE_ACCOUNTS = 200
BAR_SECONDS = {"sqlite": 10.0, "postgresql": 5.0}


def measure() -> list[Result]:
    with empty_database():
        Company(accounts=ACCOUNTS).load()
        settle()
        engine = seconds_of_the_engine()
        loop = seconds_of_the_loop() * ACCOUNTS / NAIVE_ACCOUNTS
    bar = BAR_SECONDS[connection.vendor]
    return [
        Result(
            "score_10k",
            round(engine, 2),
            "s",
            f"loop, {NAIVE_ACCOUNTS} × {ACCOUNTS // NAIVE_ACCOUNTS}",
            round(loop, 1),
            bar,
        )
    ]


def settle() -> None:
    """What a database does by itself in a quiet minute: statistics after a load."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def seconds_of_the_engine() -> float:
    watch = Watch()
    score_days([AS_OF], clock=timezone.now)
    seconds = watch.seconds
    run = ScoringRun.objects.get()
    assert (run.state, Snapshot.objects.count()) == (ScoringRun.State.DONE, ACCOUNTS)
    return seconds


def seconds_of_the_loop() -> float:
    watch = Watch()
    for account in Account.objects.order_by("pk")[:NAIVE_ACCOUNTS]:
        naive.score(account, as_of=AS_OF)
    return watch.seconds
