"""The fair comparison of portfolios: by hand, by laws, and on simulated portfolios whose truth is known."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.core.standing import (
    Stints,
    between_variance,
    parts_of_effects,
    shrunk,
    standing,
    tied_ranks,
    within_variance,
)


def simulated(seed: int, *, skills, sizes=None, mix: float = 0.0) -> Stints:
    """Portfolios whose changes are the mix's, the person's skill and noise of 8 points per account."""
    random = np.random.default_rng(seed)
    sizes = sizes or [60] * len(skills)
    owners = np.repeat(np.arange(len(skills)), sizes)
    segment = random.integers(0, 3, len(owners))
    phase = random.integers(0, 4, len(owners))
    # Hard portfolios: with `mix` the later people begin lower, and low scores rise by themselves.
    starts = np.clip(random.normal(60 - mix * owners, 15), 0, 100)
    drift = np.array([-2.0, 1.0, 3.0])[segment] - 0.3 * (starts - 60)
    changes = drift + np.array(skills)[owners] + random.normal(0, 8, len(owners))
    return Stints(owners, changes, starts, (segment, phase), np.ones(len(owners)))


def same(count: int, changes, owners) -> Stints:
    """Stints of one cell that all began at 50."""
    zeros = np.zeros(count, dtype=np.int64)
    return Stints(np.array(owners), np.array(changes, dtype=float), np.full(count, 50.0), (zeros,), np.ones(count))


def test_two_people_by_hand():
    # Means 4 and 0. Within: (±1, ±1) and (±1, ±1): 4 ÷ (4 − 2) = 2, so each mean has variance 2 ÷ 2 = 1.
    # Q = (4 − 2)² + (0 − 2)² = 8 with weights 1; scale = 2 − 2 ÷ 2 = 1; skill variance = 8 − 1 = 7.
    # Shrinkage 1 ÷ (1 + 7) = 1/8: effects ±2 × 7/8 = ±1.75; variance 1 × (1 − 1/2 × 1/8) = 0.9375.
    found = standing(same(4, [3, 5, -1, 1], [0, 0, 1, 1]), people=2)
    assert found.noise_variance == pytest.approx(2)
    assert found.skill_variance == pytest.approx(7)
    np.testing.assert_allclose(found.effects, [1.75, -1.75])
    np.testing.assert_allclose(found.deviations**2, 0.9375)
    np.testing.assert_allclose(found.expected, [2, 2])


def test_morris_by_hand():
    # Five people of 4 accounts, noise 16: own variance 4, skill variance 4. B = (2/4) × 4/8 = 0.25.
    # Variance 4 × (1 − 4/5 × 0.25) = 3.2, and 2/2 × 0.25² × (8/8) × gap² = 0.0625 gap².
    effects, deviations, shrinkage = shrunk(np.array([4.0, 2, 0, -2, -4]), np.full(5, 4), noise=16.0, skill=4.0)
    np.testing.assert_allclose(shrinkage, 0.25)
    np.testing.assert_allclose(effects, [3, 1.5, 0, -1.5, -3])
    np.testing.assert_allclose(deviations**2, [4.2, 3.45, 3.2, 3.45, 4.2])


def test_variance_between_by_hand():
    # Weights 2, 1, 1: mean (2 × 3 + 0 + 0) ÷ 4 = 1.5; Q = 2 × 2.25 + 2 × 2.25 = 9; (9 − 2) ÷ (4 − 6/4) = 2.8.
    assert between_variance(np.array([3.0, 0, 0]), np.array([2, 1, 1]), noise=1.0) == pytest.approx(2.8)


def test_no_more_spread_than_noise_gives_no_variance_between():
    assert between_variance(np.array([0.1, 0, -0.1]), np.array([9, 9, 9]), noise=64.0) == 0


def test_a_small_portfolio_is_drawn_nearer_to_what_is_expected():
    found = standing(simulated(3, skills=[4, 4, -4, -4, 0, 0], sizes=[200, 15, 200, 15, 60, 60]), people=6)
    assert found.shrinkage[1] > 2 * found.shrinkage[0]
    assert found.deviations[1] > 1.5 * found.deviations[0]


def test_ranks_whose_intervals_overlap_are_ties():
    assert tied_ranks([5, 4, 0, -6], [3, 2, -2, -8], [7, 6, 3.5, -4]) == [1, 1, 1, 4]
    assert tied_ranks([0, 5], [-1, 4], [1, 6]) == [2, 1]
    assert tied_ranks([], [], []) == []


def test_equal_skill_gives_no_stable_order_across_seeds():
    runs = [standing(simulated(seed, skills=[0.0] * 12), people=12) for seed in range(40)]
    orders = [np.argsort(np.argsort(-run.effects)) for run in runs]
    correlations = [np.corrcoef(one, other)[0, 1] for one, other in pairwise(orders)]
    assert abs(np.mean(correlations)) < 0.12
    firsts = [int(np.argmax(run.effects)) for run in runs]
    assert max(np.bincount(firsts)) <= 10
    parted = [len(set(tied_ranks(run.effects, run.lows, run.highs))) > 1 for run in runs]
    assert np.mean(parted) <= 0.25


def test_greater_skill_is_found():
    skills = [6.0, *[0.0] * 10, -6.0]
    runs = [standing(simulated(seed, skills=skills), people=12) for seed in range(40)]
    assert np.mean([np.argmax(run.effects) == 0 for run in runs]) > 0.95
    assert np.mean([np.argmin(run.effects) == 11 for run in runs]) > 0.95
    ranks = [tied_ranks(run.effects, run.lows, run.highs) for run in runs]
    assert np.mean([found[0] == 1 and found[11] > 1 for found in ranks]) > 0.95


def test_hard_portfolios_are_not_held_against_anybody():
    """Who was given low scores gains by regression to the mean alone: raw changes mislead, adjusted ones do not."""
    runs = [simulated(seed, skills=[0.0] * 10, mix=3.0) for seed in range(40)]
    found = [standing(run, people=10) for run in runs]
    assert np.mean([one.actual[9] - one.actual[0] for one in found]) > 6
    assert abs(np.mean([one.effects[9] - one.effects[0] for one in found])) < 1


def test_intervals_hold_the_truth_as_often_as_they_say():
    random, hits = np.random.default_rng(11), []
    for seed in range(80):
        skills = random.normal(0, 3, 15)
        found = standing(simulated(seed, skills=skills, sizes=[15 + 8 * n for n in range(15)]), people=15)
        truth = skills - skills.mean()
        hits.append(((found.lows <= truth) & (truth <= found.highs)).mean())
    assert 0.86 <= np.mean(hits) <= 0.95


seeds = st.integers(0, 10_000)


@given(seed=seeds, constant=st.floats(-50, 50))
@settings(max_examples=15, deadline=None)
def test_adding_a_constant_to_all_changes_nothing(seed, constant):
    stints = simulated(seed, skills=[2, 0, 0, -2], sizes=[15, 20, 25, 30])
    more = Stints(stints.owners, stints.changes + constant, stints.starts, stints.cells, stints.shares)
    for name in ("effects", "deviations"):
        one, other = (getattr(standing(given_, people=4), name) for given_ in (stints, more))
        np.testing.assert_allclose(one, other, atol=1e-6)


@given(seed=seeds)
@settings(max_examples=15, deadline=None)
def test_the_order_of_accounts_changes_nothing(seed):
    stints = simulated(seed, skills=[2, 0, 0, -2], sizes=[15, 20, 25, 30])
    order = np.random.default_rng(seed).permutation(len(stints.owners))
    mixed = Stints(
        stints.owners[order], stints.changes[order], stints.starts[order], [c[order] for c in stints.cells],
        stints.shares[order],
    )  # fmt: skip
    np.testing.assert_allclose(standing(stints, people=4).effects, standing(mixed, people=4).effects, atol=1e-6)


@given(seed=seeds)
@settings(max_examples=15, deadline=None)
def test_shrinking_never_turns_a_sign_nor_grows_a_gap(seed):
    found = standing(simulated(seed, skills=[5, 0, 0, 0, -5]), people=5)
    gaps = found.actual - found.expected
    assert (np.sign(found.effects) * np.sign(gaps) >= 0).all()
    assert (np.abs(found.effects) <= np.abs(gaps) + 1e-9).all()
    assert ((found.shrinkage >= 0) & (found.shrinkage <= 1)).all()


def test_a_person_without_accounts_and_one_alone_break_nothing():
    alone = standing(same(3, [1, 2, 3], [0, 0, 0]), people=1)
    assert alone.effects.tolist() == pytest.approx([0])
    gone = standing(same(4, [3, 5, -1, 1], [0, 0, 2, 2]), people=3)
    assert gone.counts.tolist() == [2, 0, 2]
    assert np.isnan(gone.effects[1])


def test_within_variance_without_freedom_is_nothing():
    stints = same(2, [1, 2], [0, 1])
    assert within_variance(stints, np.ones((2, 1)), np.array([1, 1])) == 0


def test_the_parts_of_accounts_sum_to_the_difference_by_hand():
    # Ann's 3 and 5, Ben's −1 and 1; expected of all 2. Residuals 1, 3, −3, −1; each times 7/8 ÷ 2.
    stints = same(4, [3, 5, -1, 1], [0, 0, 1, 1])
    found = standing(stints, people=2)
    np.testing.assert_allclose(found.residuals, [1, 3, -3, -1])
    np.testing.assert_allclose(parts_of_effects(found, stints.owners), [0.4375, 1.3125, -1.3125, -0.4375])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_parts_of_each_person_sum_to_their_difference(seed):
    stints = simulated(seed, skills=[2, 0, -1, 0, 1], sizes=[5, 9, 20, 1, 7])
    found = standing(stints, people=5)
    sums = np.bincount(stints.owners, weights=parts_of_effects(found, stints.owners), minlength=5)
    np.testing.assert_allclose(sums, found.effects, atol=1e-8)
