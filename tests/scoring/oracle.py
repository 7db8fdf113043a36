"""The scoring engine once more, slow and plain: one account at a time, in loops, with exact fractions.

It is the reference that the fast code in scoring/core is compared with, and the shortest way to learn the rules: read
it beside docs/scoring.md. None stands for "we do not know".
"""

from dataclasses import dataclass
from fractions import Fraction
from math import floor, isnan

MIN_PEERS = 10


def known(number: float) -> Fraction | None:
    """The number exactly as it is stored, or None for NaN."""
    return None if isnan(number) else Fraction(number)


def half_away_from_zero(number: Fraction) -> int:
    """Rounded to a whole number; exactly half goes away from zero (for a positive number: up)."""
    rounded = floor(abs(number) + Fraction(1, 2))
    return rounded if number >= 0 else -rounded


def clamped(points: Fraction) -> Fraction:
    """Not below 0, not above 100."""
    return max(Fraction(0), min(Fraction(100), points))


# From value to points


def threshold_points(value: Fraction | None, *, at_risk: Fraction, healthy: Fraction) -> Fraction | None:
    """Poor 0, at risk 50, healthy 100; equal to a cut is the better side."""
    if value is None:
        return None
    if healthy < at_risk:
        value, at_risk, healthy = -value, -at_risk, -healthy
    if value >= healthy:
        return Fraction(100)
    return Fraction(50) if value >= at_risk else Fraction(0)


def linear_points(value: Fraction | None, *, zero: Fraction, full: Fraction) -> Fraction | None:
    """Straight from zero (0 points) to full (100 points), clamped outside."""
    return None if value is None else clamped((value - zero) / (full - zero) * 100)


def target_in_month(month: Fraction, targets: list[tuple[int, Fraction]]) -> Fraction:
    """The target of a month: the first holds before, the last after, straight lines between."""
    if month <= targets[0][0]:
        return targets[0][1]
    for (month_before, before), (month_after, after) in zip(targets, targets[1:], strict=False):
        if month <= month_after:
            return before + (after - before) * (month - month_before) / (month_after - month_before)
    return targets[-1][1]


def target_points(
    value: Fraction | None, *, month: Fraction | None, targets: list[tuple[int, Fraction]]
) -> Fraction | None:
    """The share of the target that is reached; where nothing is expected yet there is nothing to judge."""
    if value is None or month is None:
        return None
    target = target_in_month(month, targets)
    return None if target == 0 else clamped(value / target * 100)


def table_points(value: Fraction | None, points_by_value: list[tuple[Fraction, Fraction]]) -> Fraction | None:
    """The points listed for the value, if it is listed."""
    for listed, points in points_by_value:
        if value == listed:
            return points
    return None


@dataclass(frozen=True)
class Peer:
    """An account as the percentile sees it; an industry, size or segment of -1 is not known."""

    account_id: int
    value: Fraction | None
    industry: int
    size: int
    segment: int


def percentile_points(me: Peer, pool: list[Peer], *, is_higher_better: bool) -> Fraction | None:
    """The mid-rank among peers, me with my present value in place of my old one."""
    if me.value is None:
        return None
    everyone = [peer for peer in pool if peer.account_id != me.account_id and peer.value is not None] + [me]
    values = [peer.value for peer in _peers(me, everyone)]
    below = sum(value < me.value for value in values)
    equal = sum(value == me.value for value in values)
    points = (below + Fraction(equal, 2)) / len(values) * 100
    return points if is_higher_better else 100 - points


def _peers(me: Peer, everyone: list[Peer]) -> list[Peer]:
    alike = [peer for peer in everyone if (peer.industry, peer.size) == (me.industry, me.size)]
    if -1 not in (me.industry, me.size) and len(alike) >= MIN_PEERS:
        return alike
    segment = [peer for peer in everyone if peer.segment == me.segment]
    if me.segment != -1 and len(segment) >= MIN_PEERS:
        return segment
    return everyone


# From points to base


@dataclass(frozen=True)
class Base:
    """What one account's points give; base is None for Undefined."""

    base: int | None
    lines: list[int]
    coverage: Fraction
    low: int
    high: int


def micro(points: float) -> int:
    """Points in whole millionths, half up: the grid on which all sums are exact."""
    return half_away_from_zero(Fraction(points * 1_000_000))


def weighted_mean(points: list[int | None], weights: list[int]) -> Fraction | None:
    """The mean, in hundredths of a point, of micro points over the measures that have them."""
    total = sum(weight for weight, point in zip(weights, points, strict=True) if point is not None)
    if total == 0:
        return None
    return sum(Fraction(w * p, total * 10_000) for w, p in zip(weights, points, strict=True) if p is not None)


def lines_of(points: list[int | None], weights: list[int]) -> list[int]:
    """Contributions rounded down, and the missing hundredths one by one to the largest remainder left."""
    total = sum(weight for weight, point in zip(weights, points, strict=True) if point is not None)
    exact = [Fraction(w * (p or 0), total * 10_000) for w, p in zip(weights, points, strict=True)]
    lines = [floor(line) for line in exact]
    remainders = [line - floor(line) for line in exact]
    while sum(lines) < half_away_from_zero(sum(exact)):
        largest = remainders.index(max(remainders))  # the first of equals: the scorecard's order
        lines[largest] += 1
        remainders[largest] = Fraction(-1)
    return lines


def combine(points: list[float], weights: list[int], *, missing: list[str], min_coverage: float) -> Base:
    """The base of one account, its lines, its coverage and the range that it could take."""
    grid = [None if isnan(point) else micro(point) for point in points]
    covered = sum(weight for weight, point in zip(weights, grid, strict=True) if point is not None)
    coverage = Fraction(covered, sum(weights))
    at_worst = [0 if point is None else point for point in grid]
    at_best = [micro(100) if point is None else point for point in grid]
    low, high = (half_away_from_zero(weighted_mean(filled, weights)) for filled in (at_worst, at_best))
    # The minimum is meant as people wrote it, 0.7, and not as the binary number nearest to it.
    if covered == 0 or coverage < Fraction(str(min_coverage)):
        return Base(base=None, lines=[0] * len(points), coverage=coverage, low=low, high=high)
    stand_in = {"leave_out": None, "zero": 0, "neutral": micro(50)}
    counted = [stand_in[policy] if point is None else point for point, policy in zip(grid, missing, strict=True)]
    base = half_away_from_zero(weighted_mean(counted, weights))
    return Base(base=base, lines=lines_of(counted, weights), coverage=coverage, low=low, high=high)


# From base to score and band


def adjust(base: int, changes: list[tuple[str, float]]) -> tuple[list[int], int, int]:
    """(lines, clamp, score): every change to what the one before left, and 0 to 100 restored at the end."""
    left = base
    lines = []
    for kind, amount in changes:
        hundredths = half_away_from_zero(Fraction(amount * 100))
        change = half_away_from_zero(Fraction(left * hundredths, 10_000)) if kind == "percent" else hundredths
        lines.append(change)
        left += change
    score = max(0, min(10_000, left))
    return lines, score - left, score


def band(score: int | None, bands: list[tuple[str, int, int]]) -> str:
    """The name of the band in whose range the score falls, once rounded half up to a whole number."""
    if score is None:
        return "undefined"
    shown = half_away_from_zero(Fraction(score, 100))
    return next(name for name, low, high in bands if low <= shown <= high)
