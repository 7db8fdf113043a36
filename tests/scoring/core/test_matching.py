"""Matched pairs: by hand, by laws, and on simulated accounts with a known effect and with none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.core.matching import Group, differences, effect, matched, student


def group(rows) -> Group:
    """(cell, account, score, trend, change) each."""
    cells, accounts, *floats = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    whole = (np.array(column, dtype=np.int64) for column in (cells, accounts))
    return Group(*whole, *(np.array(column, dtype=float) for column in floats))


def simulated(seed: int, *, gain: float, cases: int = 120, controls: int = 1500) -> tuple[Group, Group]:
    """Whoever scores low gets a plan, and low scores rise by themselves: raw changes mislead."""
    random = np.random.default_rng(seed)
    size = cases + controls
    scores = np.clip(random.normal(62, 14, size), 5, 100)
    trends = random.normal(0, 6, size)
    chance = np.exp(-(scores / 10) - trends / 6)
    chosen = np.isin(np.arange(size), random.choice(size, cases, replace=False, p=chance / chance.sum()))
    changes = -0.3 * (scores - 62) - 0.2 * trends + random.normal(0, 7, size) + gain * chosen
    everybody = Group(random.integers(0, 6, size), np.arange(size), scores, trends, changes)
    return everybody.at(chosen), everybody.at(~chosen)


def found(cases: Group, controls: Group):
    rows, others = matched(cases, controls)
    return effect(differences(cases.at(rows), controls.at(others)))


def test_pairs_by_hand():
    # Spread of the controls' scores 40, 42, 60, 60: 10.88, so 0.4 of it is 4.35. The trends are all 0: 0.4 points.
    controls = group([(1, 11, 40, 0, 1), (1, 12, 42, 0, 2), (1, 13, 60, 0, 3), (2, 14, 60, 0, 4)])
    cases = group([(1, 1, 41.2, 0, 5), (1, 2, 43, 0, 6), (2, 3, 41, 0, 7), (1, 4, 60, 0.5, 8)])
    rows, others = matched(cases, controls)
    # 41.2 is nearest to 42 and chooses first, 43 is left with 40; cell 2 has nobody near, the trend of 4 is too far.
    assert list(zip(cases.accounts[rows], controls.accounts[others], strict=True)) == [(1, 12), (2, 11)]
    assert differences(cases.at(rows), controls.at(others)).tolist() == [3, 5]


def test_the_interval_by_hand():
    # 25 differences, 13 of 4 and 12 of 0: mean 2.08, variance (13 × 1.92² + 12 × 2.08²) ÷ 24 = 4.16,
    # standard error √(4.16 ÷ 25) = 0.40792, t with 24 degrees 2.0639: ± 0.8419.
    one = effect(np.array([4.0] * 13 + [0.0] * 12))
    assert (one.pairs, one.is_enough) == (25, True)
    assert [one.mean, one.low, one.high] == pytest.approx([2.08, 1.2381, 2.9219], abs=1e-4)


@pytest.mark.parametrize(("freedom", "table"), [(19, 2.0930), (24, 2.0639), (40, 2.0211), (120, 1.9799)])
def test_students_quantile_is_that_of_the_tables(freedom, table):
    assert student(freedom) == pytest.approx(table, abs=1e-4)


def test_below_twenty_pairs_there_is_no_interval():
    few = effect(np.full(19, 3.0))
    assert not few.is_enough
    assert np.isnan(few.low)
    assert effect(np.zeros(0)).pairs == 0


def test_no_account_stands_in_two_pairs_nor_as_its_own_control():
    cases = group([(1, 1, 50, 0, 0), (1, 2, 50, 0, 0)])
    controls = group([(1, 9, 50, 0, 0), (1, 9, 50, 0, 1), (1, 1, 50, 0, 0)])
    rows, others = matched(cases, controls)
    assert controls.accounts[others].tolist() == [9]
    assert len(rows) == 1


def test_a_known_effect_is_found_where_raw_changes_mislead():
    runs = [simulated(seed, gain=3.0) for seed in range(30)]
    raw = np.mean([cases.changes.mean() - controls.changes.mean() for cases, controls in runs])
    matched_means = np.mean([found(*run).mean for run in runs])
    assert raw > 5
    assert matched_means == pytest.approx(3.0, abs=0.5)


@pytest.mark.parametrize("gain", [0.0, 3.0])
def test_the_interval_holds_the_truth_as_often_as_it_says(gain):
    effects = [found(*simulated(seed, gain=gain, controls=800)) for seed in range(150)]
    assert 0.90 <= np.mean([one.low <= gain <= one.high for one in effects]) <= 0.99


seeds = st.integers(0, 10_000)


@given(seed=seeds, constant=st.floats(-50, 50))
@settings(max_examples=12, deadline=None)
def test_adding_a_constant_to_all_changes_nothing(seed, constant):
    cases, controls = simulated(seed, gain=1.0, cases=40, controls=200)
    more = [Group(g.cells, g.accounts, g.scores, g.trends, g.changes + constant) for g in (cases, controls)]
    assert found(*more).mean == pytest.approx(found(cases, controls).mean, abs=1e-6)


@given(seed=seeds)
@settings(max_examples=12, deadline=None)
def test_the_order_of_accounts_changes_nothing(seed):
    cases, controls = simulated(seed, gain=1.0, cases=40, controls=200)
    random = np.random.default_rng(seed)
    mixed = [g.at(random.permutation(len(g.cells))) for g in (cases, controls)]
    assert found(*mixed).mean == pytest.approx(found(cases, controls).mean, abs=1e-9)


@given(seed=seeds)
@settings(max_examples=12, deadline=None)
def test_pairs_are_of_one_cell_and_within_the_caliper(seed):
    cases, controls = simulated(seed, gain=1.0, cases=40, controls=200)
    rows, others = matched(cases, controls)
    assert (cases.cells[rows] == controls.cells[others]).all()
    assert (np.abs(cases.scores[rows] - controls.scores[others]) <= 0.4 * controls.scores.std(ddof=1) + 1e-9).all()
    assert len(set(controls.accounts[others].tolist())) == len(others)
