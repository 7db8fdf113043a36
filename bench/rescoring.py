"""Rescoring at once when facts arrive: one account beside a one-row commit, and one account of a hundred."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import numpy as np
from django.db.models import F
from django.utils import timezone

from accounts.demo.synthetic.company import AS_OF, Company
from accounts.models import Account, Source, Touchpoint
from bench.database import Watch, company_database
from bench.full_runs import label
from bench.processes import full_run
from bench.runner import Benchmark, Result
from scoring.rescore import rescore

TIMES = 200
# The first ones fill the caches of the process: plans of queries, cards, peers.
WARM_UP = 5
FACTS = "bench-"


def rescoring_of(accounts: int) -> Benchmark:
    return partial(measure, accounts)


def measure(accounts: int) -> list[Result]:
    with company_database(Company(accounts=accounts)), new_facts():
        full = full_run().seconds
        return [of_one(accounts), of_a_hundredth(accounts, full=full)]


@contextmanager
def new_facts() -> Iterator[None]:
    """The facts that are brought inside the block are gone after it: the company is kept."""
    try:
        yield
    finally:
        Touchpoint.objects.filter(external_id__startswith=FACTS).delete()


def of_one(accounts: int) -> Result:
    """After each new touchpoint its account; the touchpoint itself is not timed."""
    ids = spread(accounts, TIMES + WARM_UP)
    taken = [milliseconds(partial(rescore_at_once, [key])) for key in brought(ids)]
    commits = [milliseconds(partial(commit_one_row, key)) for key in ids]
    return Result(
        label(f"one account of {accounts:,} rescored (p95)"), p95(taken), "ms", "one-row commit, p95", p95(commits),
        bar=50.0, ratio_bar=5.0, ratio_aim=2.5,
    )  # fmt: skip


def of_a_hundredth(accounts: int, *, full: float) -> Result:
    ids = list(brought(spread(accounts, max(accounts // 100, 1)), again=1))
    seconds = milliseconds(partial(rescore_at_once, ids)) / 1000
    return Result(
        label(f"1 % of {accounts:,} accounts rescored"), round(seconds, 3), "s", "full run", round(full, 3),
        ratio_bar=0.1, ratio_aim=0.03,
    )  # fmt: skip


def rescore_at_once(ids: Sequence[int]) -> None:
    rescore(account_ids=ids, as_of=AS_OF, at=timezone.now())


def spread(accounts: int, count: int) -> list[int]:
    """So many accounts, at random, from all over the company."""
    ids = np.array(Account.objects.order_by("pk").values_list("pk", flat=True))
    return np.random.default_rng(1).choice(ids, min(count, accounts), replace=False).tolist()  # type: ignore[no-any-return]


def brought(ids: Sequence[int], *, again: int = 0) -> Iterator[int]:
    """Each account once it has a new touchpoint."""
    source = Source.objects.get(name="synthetic")
    for key in ids:
        Touchpoint.objects.create(
            source=source, external_id=f"{FACTS}{again}-{key}", recorded_at=timezone.now(), account_id=key,
            kind="call", state="held", day=AS_OF,
        )  # fmt: skip
        yield key


def commit_one_row(key: int) -> None:
    """The least that keeping anything costs: one row, one commit."""
    Account.objects.filter(pk=key).update(country=F("country"))


def milliseconds(work: Callable[[], None]) -> float:
    watch = Watch()
    work()
    return watch.seconds * 1000


def p95(taken: Sequence[float]) -> float:
    return round(float(np.percentile(taken[min(WARM_UP, len(taken) - 1) :], 95)), 2)
