"""How much of what is up for renewal will stay, from how often accounts of each band renewed before.

The rate of a band is its share of renewals, read as a Beta distribution: k of n renewed, Beta(k + 1/2, n − k + 1/2)
(Jeffreys' prior; Brown, Cai and DasGupta, "Interval Estimation for a Binomial Proportion", Statistical Science 16,
2001). The expected ARR is the sum of ARR × mean rate. Its variance has two parts (law of total variance): that each
account stays or leaves, and that the band's rate is itself not known well, which moves all of its accounts together:

    Var = Σ band ( E[p(1 − p)] × Σ arr² + Var[p] × (Σ arr)² )

The interval is the sum ± 1.645 standard deviations, which holds 90 of 100, cut to what there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

FEWEST_RENEWALS = 10
Z_90 = 1.6448536269514722


@dataclass(frozen=True)
class Rate:
    """So many of a band's accounts renewed, of so many that came to it."""

    renewed: int
    due: int

    @property
    def is_known(self) -> bool:
        """Whether there were enough to say anything."""
        return self.due >= FEWEST_RENEWALS

    @property
    def share(self) -> float | None:
        return self.renewed / self.due if self.due else None

    @property
    def mean(self) -> float:
        return (self.renewed + 0.5) / (self.due + 1)

    @property
    def own_variance(self) -> float:
        """Of the rate itself."""
        return self.mean * (1 - self.mean) / (self.due + 2)

    @property
    def outcome_variance(self) -> float:
        """E[p(1 − p)]: of one account, whatever the rate is."""
        return self.mean * (1 - self.mean) - self.own_variance

    def interval(self) -> tuple[float, float]:
        """Wilson's 90% interval of the share (Wilson, 1927), which stays within 0 and 1."""
        if not self.due:
            return 0.0, 1.0
        n, p, z = self.due, self.renewed / self.due, Z_90
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(middle - half, 0.0), min(middle + half, 1.0)


@dataclass(frozen=True)
class Lot:
    """ARR of some accounts, and the sum of its squares."""

    arr: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Lot") -> "Lot":
        return Lot(self.arr + other.arr, self.squares + other.squares)


@dataclass(frozen=True)
class Judged:
    """An account of which somebody said how likely it is to renew, from 0 to 1."""

    arr: float
    chance: float


@dataclass(frozen=True)
class Forecast:
    """`known` is the ARR that can be foreseen, `unknown` that of bands with too few renewals."""

    expected: float
    low: float
    high: float
    known: float
    unknown: float

    @property
    def is_known(self) -> bool:
        return self.known > 0


def forecast(lots: Mapping[int, Lot], judged: list[Judged], *, rates: Mapping[int, Rate]) -> Forecast:
    """What of these will stay: by the rate of each band, of those that somebody judged by what was said."""
    expected = sum(one.arr * one.chance for one in judged)
    variance = sum(one.arr**2 * one.chance * (1 - one.chance) for one in judged)
    known, unknown = sum(one.arr for one in judged), 0.0
    for band, lot in lots.items():
        rate = rates.get(band, Rate(0, 0))
        if not rate.is_known:
            unknown += lot.arr
            continue
        known += lot.arr
        expected += lot.arr * rate.mean
        variance += rate.outcome_variance * lot.squares + rate.own_variance * lot.arr**2
    half = Z_90 * sqrt(variance)
    return Forecast(expected, max(expected - half, 0.0), min(expected + half, known), known, unknown)
