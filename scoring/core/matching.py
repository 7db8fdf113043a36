"""Did it help? Cases against the likest accounts without one: the difference in change, with its interval.

docs/plan-effect.md has the formulas, their sources and an example worked by hand. Shapes: T cases and C controls, each
in a cell (whoever stands in another is never compared) with a score and a trend at the start and the change after.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from scoring.core.arrays import Bools, Floats, Ints

CONFIDENCE = 0.95
# In standard deviations, of the score and of the trend: 0.4 takes out about 95% of the bias (Cochran and Rubin 1973).
CALIPER = 0.4
FEWEST_PAIRS = 20


@dataclass(frozen=True)
class Group:
    """Accounts at their start: cell, who it is (one may be measured more than once), where it stood, what came."""

    cells: Ints
    accounts: Ints
    scores: Floats
    trends: Floats
    changes: Floats

    def at(self, rows: Ints | Bools) -> "Group":
        return Group(
            self.cells[rows], self.accounts[rows], self.scores[rows], self.trends[rows], self.changes[rows]
        )  # fmt: skip


@dataclass(frozen=True)
class Effect:
    """The mean difference over pairs; no interval below the fewest pairs."""

    pairs: int
    mean: float
    low: float
    high: float

    @property
    def is_enough(self) -> bool:
        return self.pairs >= FEWEST_PAIRS


def matched(cases: Group, controls: Group) -> tuple[Ints, Ints]:
    """Rows of cases and of their controls. No account is used twice; who has nobody near enough stays alone.

    The lowest scores choose first: they have the fewest to choose from.
    """
    spread_score, spread_trend = spread(controls.scores), spread(controls.trends)
    order = np.lexsort((cases.accounts, cases.changes, cases.trends, cases.scores))
    by_cell = np.argsort(controls.cells, kind="stable")
    sorted_cells = controls.cells[by_cell]
    used: set[int] = set(cases.accounts.tolist())
    found: list[tuple[int, int]] = []
    for case in order.tolist():
        first, last = np.searchsorted(sorted_cells, [cases.cells[case], cases.cells[case] + 1])
        near = by_cell[first:last]
        apart = np.abs(controls.scores[near] - cases.scores[case]) / spread_score
        trend = np.abs(controls.trends[near] - cases.trends[case]) / spread_trend
        inside = np.flatnonzero((apart <= CALIPER) & (trend <= CALIPER))
        likeness = inside[np.lexsort((controls.accounts[near[inside]], apart[inside] ** 2 + trend[inside] ** 2))]
        chosen = next((row for row in near[likeness].tolist() if int(controls.accounts[row]) not in used), None)
        if chosen is not None:
            used.add(int(controls.accounts[chosen]))
            found.append((case, chosen))
    pairs = np.array(found, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def spread(values: Floats) -> float:
    """Standard deviation; 1 where all are the same or there is nobody."""
    found = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return found if found > 0 else 1.0


def differences(cases: Group, controls: Group) -> Floats:
    """Change of each case less that of its control, less what unlikeness is left (Abadie and Imbens 2011)."""
    gaps = np.column_stack([cases.scores - controls.scores, cases.trends - controls.trends])
    raw = cases.changes - controls.changes
    if len(raw) < FEWEST_PAIRS:
        return raw
    mix = np.column_stack([np.ones(len(raw)), controls.scores, controls.trends])
    slopes = np.linalg.lstsq(mix, controls.changes, rcond=1e-9)[0][1:]
    return np.asarray(raw - gaps @ slopes)


def effect(values: Floats) -> Effect:
    """Mean difference of pairs with its 95% interval by Student's t."""
    pairs = len(values)
    mean = float(values.mean()) if pairs else float("nan")
    if pairs < FEWEST_PAIRS:
        return Effect(pairs, mean, float("nan"), float("nan"))
    half = student(pairs - 1) * float(values.std(ddof=1)) / pairs**0.5
    return Effect(pairs, mean, mean - half, mean + half)


def student(freedom: int) -> float:
    """The two-sided 95% quantile of Student's t (Abramowitz and Stegun 26.7.5; to 0.0001 from 15 degrees on)."""
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / freedom + second / freedom**2 + third / freedom**3
