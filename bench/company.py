"""The synthetic company in the configured database, with the cards of benchmarks."""

from collections.abc import Callable

from accounts.demo.synthetic.company import Company
from bench.cards import publish_bench_cards
from scoring.management.commands.load_synthetic import load


def load_company(company: Company, *, raw_days: int = 1) -> None:
    """Everything that scoring reads, in a database without accounts."""
    load(company, raw_days=raw_days, step=silent)
    publish_bench_cards()


def silent(name: str, total: int) -> Callable[[int], None]:
    return lambda steps: None
