"""How portfolios moved against what portfolios like them did: adjusted for their mix, shrunk where they are small.

docs/leaderboard.md has the formulas, their sources and an example worked by hand. Shapes: S stints (an account in one
person's hands), J people; what is given of a stint stands in columns (S,), what is found of a person in (J,).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from scoring.core.arrays import Floats, Ints

CONFIDENCE = 0.9
Z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
# Morris's correction needs more people than this; with fewer the shrinkage is taken as known.
FEWEST_FOR_CORRECTION = 4


@dataclass(frozen=True)
class Stints:
    """Accounts while one person owned them: the change of the score in points, and what it is compared by."""

    owners: Ints  # 0 to J - 1
    changes: Floats
    starts: Floats  # score at the start
    cells: Sequence[Ints]  # categories: segment, phase, change of scorecard
    shares: Floats  # share of the period, 0 to 1


@dataclass(frozen=True)
class Standing:
    """What is found of each person (J,), in points of change per account; 0 is as expected."""

    counts: Ints
    actual: Floats  # mean change
    expected: Floats  # mean change expected of such accounts
    effects: Floats  # shrunk difference
    deviations: Floats  # its standard deviation
    shrinkage: Floats  # 0: the difference as it is, 1: nothing of it
    noise_variance: float  # of one account
    skill_variance: float  # between people
    residuals: Floats  # (S,): each change less what was expected of it; a person's mean is the unshrunk difference

    @property
    def lows(self) -> Floats:
        return self.effects - Z * self.deviations

    @property
    def highs(self) -> Floats:
        return self.effects + Z * self.deviations


def standing(stints: Stints, *, people: int) -> Standing:
    """The random-intercept model: change = what the mix expects + the person's part + noise."""
    design, counts = design_of(stints), np.bincount(stints.owners, minlength=people)
    noise = within_variance(stints, design, counts)
    beta = fitted(design, stints.changes, stints.owners, counts, ratio=0.0)
    # Twice: the variances come from a first fit, the fit from the variances.
    for _ in range(2):
        gaps = per_owner(stints.changes - design @ beta, stints.owners, counts)
        skill = between_variance(gaps, counts, noise=noise)
        beta = fitted(design, stints.changes, stints.owners, counts, ratio=skill / noise if noise else 0.0)
    gaps = per_owner(stints.changes - design @ beta, stints.owners, counts)
    actual = per_owner(stints.changes, stints.owners, counts)
    center = precise_mean(gaps, counts, noise=noise, skill=skill)
    effects, deviations, shrinkage = shrunk(gaps - center, counts, noise=noise, skill=skill)
    expected = actual - (gaps - center)
    residuals = stints.changes - design @ beta - center
    return Standing(counts, actual, expected, effects, deviations, shrinkage, noise, skill, residuals)


def parts_of_effects(found: Standing, owners: Ints) -> Floats:
    """What each stint (S,) adds to its person's shown difference; a person's parts sum to it."""
    kept = (1 - found.shrinkage) / np.maximum(found.counts, 1)
    return np.asarray(found.residuals * kept[owners])


def design_of(stints: Stints) -> Floats:
    """Columns of the regression: one, the share of the period, the starting score and its square, the categories."""
    start = (stints.starts - 50) / 50
    columns = [np.ones_like(start), stints.shares, start, start**2]
    for cells in stints.cells:
        _, codes = np.unique(cells, return_inverse=True)
        columns += [(codes == code).astype(np.float64) for code in range(1, int(codes.max(initial=0)) + 1)]
    return np.column_stack(columns)


def per_owner(values: Floats, owners: Ints, counts: Ints) -> Floats:
    """Mean of each person's stints; NaN for a person without any."""
    sums = np.bincount(owners, weights=values, minlength=len(counts))
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def within_variance(stints: Stints, design: Floats, counts: Ints) -> float:
    """Variance of an account around its own person's mean, the mix taken out (the within estimator)."""
    changes = within(stints.changes[:, None], stints.owners, counts)[:, 0]
    mix = within(design, stints.owners, counts)
    beta, _, rank, _ = np.linalg.lstsq(mix, changes, rcond=1e-9)
    free = len(changes) - int((counts > 0).sum()) - int(rank)
    left = changes - mix @ beta
    return float(left @ left / free) if free > 0 else 0.0


def within(columns: Floats, owners: Ints, counts: Ints) -> Floats:
    """Columns (S, C) less the mean of their owner."""
    means = np.column_stack([per_owner(column, owners, counts) for column in columns.T])
    return np.asarray(columns - means[owners])


def fitted(design: Floats, changes: Floats, owners: Ints, counts: Ints, *, ratio: float) -> Floats:
    """Coefficients by generalized least squares; `ratio` is the variance between people ÷ that of one account."""
    # Taking part of each person's mean out turns it into ordinary least squares (Fuller and Battese 1973).
    part = 1 - 1 / np.sqrt(1 + counts * ratio)
    means = np.column_stack([per_owner(column, owners, counts) for column in design.T])
    mix = design - (part[:, None] * means)[owners]
    target = changes - (part * per_owner(changes, owners, counts))[owners]
    return np.asarray(np.linalg.lstsq(mix, target, rcond=1e-9)[0])


def between_variance(gaps: Floats, counts: Ints, *, noise: float) -> float:
    """Variance between people beyond that of their noise, by moments (DerSimonian and Laird 1986); never below 0."""
    there = counts > 0
    if there.sum() < 2 or noise <= 0:
        return float(np.var(gaps[there], ddof=1)) if there.sum() > 1 else 0.0
    weights = counts[there] / noise
    mean = float(weights @ gaps[there] / weights.sum())
    spread = float(weights @ (gaps[there] - mean) ** 2)
    scale = float(weights.sum() - (weights**2).sum() / weights.sum())
    return max(0.0, (spread - (int(there.sum()) - 1)) / scale)


def precise_mean(gaps: Floats, counts: Ints, *, noise: float, skill: float) -> float:
    """Mean of the people, each weighted by how surely they are known."""
    there = counts > 0
    variances = noise / counts[there] + skill
    weights = 1 / variances if (variances > 0).all() else np.ones_like(variances)
    return float(weights @ gaps[there] / weights.sum())


def shrunk(gaps: Floats, counts: Ints, *, noise: float, skill: float) -> tuple[Floats, Floats, Floats]:
    """Effects, their standard deviations and the shrinkage: parametric empirical Bayes (Morris 1983)."""
    people = int((counts > 0).sum())
    own = noise / np.maximum(counts, 1)
    total = np.where(own + skill > 0, own + skill, 1.0)
    factor = (people - 3) / (people - 1) if people >= FEWEST_FOR_CORRECTION else 1.0
    shrinkage = factor * own / total
    variances = own * (1 - (people - 1) / max(people, 1) * shrinkage)
    if people >= FEWEST_FOR_CORRECTION:
        middle = float(own[counts > 0].mean())
        variances = variances + 2 / (people - 3) * shrinkage**2 * (middle + skill) / total * gaps**2
    effects = (1 - shrinkage) * gaps
    return effects, np.sqrt(np.maximum(variances, 0.0)), np.where(counts > 0, shrinkage, np.nan)


def tied_ranks(effects: npt.ArrayLike, lows: npt.ArrayLike, highs: npt.ArrayLike) -> list[int]:
    """A place for each, the highest effect first. Who overlaps with the first of a group shares that one's place."""
    values, low, high = (np.asarray(given, dtype=np.float64) for given in (effects, lows, highs))
    ranks, leader, rank = [0] * len(values), -1, 0
    for place, n in enumerate(np.argsort(-values, kind="stable").tolist(), start=1):
        if leader < 0 or high[n] < low[leader]:
            leader, rank = n, place
        ranks[n] = rank
    return ranks
