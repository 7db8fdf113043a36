"""How often something happens per time at risk, with an exact interval (docs/churn.md).

Counts of rare events are taken as Poisson. The 95% interval is Garwood's: the means at which so few, or so many, would
come in one of forty cases (F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28, 1936).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

TAIL = 0.025
STEPS = 100
# Fewer accounts for a year tell nothing about a band.
FEWEST_YEARS = 10.0


@dataclass(frozen=True)
class Rate:
    """Events per year at risk; None where too little was seen to tell."""

    events: int
    years: float
    rate: float | None
    low: float | None
    high: float | None

    @property
    def is_enough(self) -> bool:
        return self.rate is not None


def poisson_limits(events: int) -> tuple[float, float]:
    """The 95% interval of the mean: where P(as many or more) and P(as many or fewer) are each one in forty."""
    low = bisected(lambda mean: 1 - at_most(events - 1, mean=mean) < TAIL, high=float(events)) if events else 0.0
    return low, bisected(lambda mean: at_most(events, mean=mean) > TAIL, high=10.0 + 3 * events)


def at_most(events: int, *, mean: float) -> float:
    """The chance of so many events or fewer, by sums of logarithms: neither factorials nor powers overflow."""
    if mean <= 0:
        return 1.0
    return math.fsum(math.exp(n * math.log(mean) - mean - math.lgamma(n + 1)) for n in range(events + 1))


def bisected(is_below: Callable[[float], bool], *, high: float) -> float:
    """The largest mean from 0 to `high` that is still below."""
    low = 0.0
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if is_below(middle) else (low, middle)
    return low


def rate_of(events: int, *, years: float) -> Rate:
    """Events per account and year, over so many years of accounts."""
    if years < FEWEST_YEARS:
        return Rate(events, years, None, None, None)
    low, high = poisson_limits(events)
    return Rate(events, years, events / years, low / years, high / years)
