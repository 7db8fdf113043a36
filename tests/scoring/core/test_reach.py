"""The smallest single change: what is found holds, and a search one step at a time finds nothing smaller."""

from fractions import Fraction

import numpy as np
import pytest

from scoring.core import bands
from scoring.core.curves import Linear, Percentile, TargetCurve, Thresholds
from scoring.core.peers import PeerPool, percentile_points
from scoring.core.reach import OUT_OF_REACH, Acting, Grid, least_points, nearest_listed, nearest_value
from tests.scoring import oracle

NAN = np.nan
MILLION = 1_000_000


def slow_score(points, weights, changes):
    """The same by the reference: one account, in loops, with fractions."""
    base = oracle.combine(list(points), list(weights), missing=["leave_out"] * len(points), min_coverage=0).base
    return oracle.adjust(base, [(change.kind, change.amount) for change in changes])[2]


def slow_score_with(points, weights, changes, n, micro):
    return slow_score([micro / MILLION if m == n else p for m, p in enumerate(points)], weights, changes)


@pytest.mark.parametrize("points", [[50.0, 100.0, 0.0], [12.345678, NAN, 99.9], [0.0, 0.0, 0.0]])
@pytest.mark.parametrize("changes", [[], [Acting("percent", -20.0), Acting("percent", -7.5)], [Acting("points", 4.0)]])
@pytest.mark.parametrize("needed", [3050, 4950, 6950])
def test_so_many_points_reach_the_score_and_one_millionth_less_does_not(points, changes, needed):
    weights = [50, 30, 20]
    found = least_points(np.array(points), np.array(weights), changes=changes, needed=needed)
    for n, least in enumerate(found.tolist()):
        if least == OUT_OF_REACH:
            assert slow_score_with(points, weights, changes, n, 100 * MILLION) < needed
            continue
        assert slow_score_with(points, weights, changes, n, least) >= needed
        assert least == 0 or slow_score_with(points, weights, changes, n, least - 1) < needed


def test_a_measure_without_weight_reaches_nothing():
    found = least_points(np.array([10.0, 10.0]), np.array([100, 0]), changes=[], needed=5000)
    # 49.995 rounds up to 50.00.
    assert found.tolist() == [49_995_000, OUT_OF_REACH]


def one_step_at_a_time(points_of, *, today, grid, rises, least):
    """The reference: from today's value on, the first step that the reference's own curve finds good enough."""
    step = Fraction(1, grid.per_unit)
    ends = Fraction(grid.low), Fraction(grid.high)
    every = [n * step for n in range(int(ends[0] / step) - 2, int(ends[1] / step) + 3)]
    inside = [value for value in every if ends[0] <= value <= ends[1]]
    ordered = inside if rises else inside[::-1]
    for value in ordered:
        is_beyond = today is None or (value > Fraction(today) if rises else value < Fraction(today))
        points = points_of(value)
        if is_beyond and points is not None and oracle.half_away_from_zero(points * MILLION) >= least:
            return float(value)
    return None


CURVES = [
    (Linear(zero=0.0, full=1.0), lambda v: oracle.linear_points(v, zero=Fraction(0), full=Fraction(1)), True),
    (Linear(zero=40.0, full=0.0), lambda v: oracle.linear_points(v, zero=Fraction(40), full=Fraction(0)), False),
    (
        Thresholds(at_risk=30.0, healthy=7.0),
        lambda v: oracle.threshold_points(v, at_risk=Fraction(30), healthy=Fraction(7)),
        False,
    ),
    (
        TargetCurve(targets=((0, 0.25), (12, 0.75))),
        lambda v: oracle.target_points(
            v, month=Fraction(6), targets=[(0, Fraction(0.25)), (12, Fraction(0.75))]
        ),
        True,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("curve", "reference", "rises"), CURVES)
@pytest.mark.parametrize("least", [1, 33_333_334, 50 * MILLION, 75_000_001, 100 * MILLION])
@pytest.mark.parametrize("today", [None, 0.0, 0.123456, 12.0, 35.5])
def test_the_value_found_is_the_one_that_a_search_step_by_step_finds(curve, reference, rises, least, today):
    per_unit = 1000 if rises else 1
    grid = Grid(per_unit, 0.0, 1.0 if rises else 41.0)
    months = np.array([6.0])

    def points_at(values):
        return curve.points(values, months_in_contract=months)

    found = nearest_value(points_at, today=today, grid=grid, rises=rises, least_micro=least)
    assert found == one_step_at_a_time(reference, today=today, grid=grid, rises=rises, least=least)


@pytest.mark.parametrize("is_higher_better", [True, False])
@pytest.mark.parametrize("least", [20 * MILLION, 55 * MILLION, 95 * MILLION, 100 * MILLION])
def test_among_peers_the_value_found_is_the_one_that_a_search_step_by_step_finds(is_higher_better, least):
    rng = np.random.default_rng(5)
    values = np.round(rng.uniform(-50, 50, size=24))
    same = np.zeros(24, dtype=np.int64)
    pool = PeerPool(np.arange(24), values, same, same, same)
    peers = [oracle.Peer(n, Fraction(value), 0, 0, 0) for n, value in enumerate(values.tolist())]
    curve = Percentile(is_higher_better=is_higher_better)

    def points_at(wanted):
        at = np.zeros(len(wanted), dtype=np.int64)
        return percentile_points(
            wanted, account_ids=at + 3, industries=at, sizes=at, segments=at, pool=pool,
            is_higher_better=curve.is_higher_better,
        )  # fmt: skip

    def reference(value):
        me = oracle.Peer(3, value, 0, 0, 0)
        return oracle.percentile_points(me, peers, is_higher_better=is_higher_better)

    grid = Grid(1, -100.0, 100.0)
    found = nearest_value(points_at, today=values[3], grid=grid, rises=is_higher_better, least_micro=least)
    assert found == one_step_at_a_time(reference, today=values[3], grid=grid, rises=is_higher_better, least=least)


def test_of_a_table_the_nearest_listed_value_is_taken():
    points = {1.0: 0.0, 2.0: 25.0, 3.0: 50.0, 4.0: 80.0, 5.0: 100.0}

    def points_at(values):
        return np.array([points.get(value, NAN) for value in values.tolist()])

    def needed(today, least):
        return nearest_listed(points_at, today=today, listed=list(points), least_micro=least * MILLION)

    assert [needed(3.0, 51), needed(3.0, 81), needed(None, 20)] == [4.0, 5.0, 2.0]
    assert nearest_listed(points_at, today=1.0, listed=[1.0, 2.0], least_micro=30 * MILLION) is None


def test_where_nothing_is_expected_yet_no_value_is_enough():
    def points_at(values):
        return np.full(values.shape, NAN)

    assert nearest_value(points_at, today=0.5, grid=Grid(100, 0, 1), rises=True, least_micro=1) is None


@pytest.mark.parametrize("points", [1, 50, 70, 100])
def test_a_band_begins_where_people_see_its_first_point(points):
    least = bands.least_shown_as(points)
    assert bands.shown(np.array([least - 1, least])).tolist() == [points - 1, points]
