"""Two years of month ends again, under a draft: what somebody waits for who changes a scorecard."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from accounts.demo.synthetic.company import AS_OF, Company
from bench.database import Watch, company_database
from bench.floor.compute import compute
from bench.full_runs import FLOOR, exported, label
from bench.runner import Benchmark, Result
from scoring.cards import Card, cards_on
from scoring.replay import replay

MONTHS = 24


def replays_of(accounts: int) -> Benchmark:
    return partial(measure, accounts)


def measure(accounts: int, *, months: int = MONTHS) -> list[Result]:
    company = Company(accounts=accounts)
    folder, days = exported(company), month_ends(months)
    watch = Watch()
    active = [compute(folder, as_of=day).height for day in days]
    floor = watch.seconds
    with company_database(company):
        draft = changed(cards_on(AS_OF).default)
        watch = Watch()
        replayed = [len(replay(day=day, cards=cards_on(day, draft=draft)).account_ids) for day in days]
        seconds = watch.seconds
    assert replayed == active
    return [
        Result(
            label(f"{months} month ends replayed, {accounts:,} accounts"), round(seconds, 2), "s",
            f"{FLOOR}, the same days", round(floor, 2), bar=60.0, aim=20.0,
        )
    ]  # fmt: skip


def month_ends(count: int) -> list[date]:
    """The last days of so many months, the oldest first."""
    ends = [AS_OF]
    while len(ends) < count:
        ends.append(ends[-1].replace(day=1) - timedelta(days=1))
    return ends[::-1]


def changed(card: Card) -> Card:
    """The card as somebody tries it out: with the weights the other way round."""
    weights = [item.weight for item in reversed(card.items)]
    items = [replace(item, weight=weight) for item, weight in zip(card.items, weights, strict=True)]
    return replace(card, version_id=-1, items=tuple(items))
