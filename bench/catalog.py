"""Which benchmarks there are, and which run when none is named."""

import os

from bench import event_accept, event_consumer, event_latency, ingest_usage, pages
from bench.full_runs import full_runs_of, growth_of
from bench.import_accounts import import_of
from bench.replays import replays_of
from bench.rescoring import rescoring_of
from bench.runner import Benchmark

SMALL_COMPANY, LARGE_COMPANY = 10_000, 100_000
# The large ones take a quarter of an hour, most of it to make the company: named, or with BENCH_LARGE=yes.
SMALL = {"import_accounts", "full_10k", "rescore", "replay", "pages", "event_consumer", "ingest_usage", "event_accept"}
LARGE = {"event_latency", "full_100k", "growth", "rescore_100k"}


def known(vendor: str) -> dict[str, Benchmark]:
    """All benchmarks by name, in the order in which they run."""
    every: dict[str, Benchmark] = {
        "full_10k": full_runs_of(SMALL_COMPANY),
        "full_100k": full_runs_of(LARGE_COMPANY),
        "growth": growth_of(SMALL_COMPANY, LARGE_COMPANY),
        "rescore": rescoring_of(SMALL_COMPANY),
        "rescore_100k": rescoring_of(LARGE_COMPANY),
        "replay": replays_of(SMALL_COMPANY),
        "pages": pages.measure,
        "event_consumer": event_consumer.measure,
        "event_latency": event_latency.measure,
        "ingest_usage": ingest_usage.measure,
        "import_accounts": import_of(LARGE_COMPANY),
        "event_accept": event_accept.measure,
    }
    # The bars for 100,000 accounts are PostgreSQL's; a company of that size does not run on SQLite.
    return every if vendor == "postgresql" else {name: run for name, run in every.items() if name not in LARGE}


def usual() -> set[str]:
    """Those that run when none is named."""
    return SMALL | LARGE if os.environ.get("BENCH_LARGE") == "yes" else SMALL
