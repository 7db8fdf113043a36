"""The percentile of docs/scoring.md, "From value to points", on hand-made peers, then laws and the oracle."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.peers import PeerPool, percentile_points
from tests.scoring import oracle

NAN = np.nan
TEN = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0]


def pool_of(values, *, industries=0, sizes=0, segments=0, first_id=1):
    count = len(values)
    return PeerPool(
        account_ids=np.arange(first_id, first_id + count),
        values=np.array(values, dtype=np.float64),
        industries=np.broadcast_to(industries, count).astype(np.int64),
        sizes=np.broadcast_to(sizes, count).astype(np.int64),
        segments=np.broadcast_to(segments, count).astype(np.int64),
    )


def rank(accounts, *, pool, is_higher_better=True):
    return percentile_points(
        accounts.values,
        account_ids=accounts.account_ids,
        industries=accounts.industries,
        sizes=accounts.sizes,
        segments=accounts.segments,
        pool=pool,
        is_higher_better=is_higher_better,
    ).tolist()


def rank_all(pool, *, is_higher_better=True):
    return rank(pool, pool=pool, is_higher_better=is_higher_better)


def one(pool, row, **changed):
    """The account of one row, alone, perhaps with something changed."""
    columns = {name: getattr(pool, name)[[row]] for name in PeerPool.__dataclass_fields__}
    return PeerPool(**{**columns, **{name: np.array([value]) for name, value in changed.items()}})


def test_the_mid_rank_counts_those_below_and_half_of_those_equal_itself_included():
    assert rank_all(pool_of(TEN)) == [5, 15, 25, 35, 45, 55, 65, 75, 85, 95]


def test_equal_values_share_the_middle_of_their_ranks():
    # The three 20s: 1 below + 3 / 2, of 10.
    assert rank_all(pool_of([10, 20, 20, 20, 50, 60, 70, 80, 90, 100]))[:5] == [5, 25, 25, 25, 45]


def test_among_all_equal_values_everyone_gets_50():
    assert rank_all(pool_of([7.0] * 12)) == [50] * 12


def test_where_lower_is_better_it_is_100_minus_that():
    assert rank_all(pool_of(TEN), is_higher_better=False) == [95, 85, 75, 65, 55, 45, 35, 25, 15, 5]


def test_peers_share_industry_and_size():
    pool = pool_of(
        TEN + [1000.0] * 10 + [2000.0] * 10, industries=[0] * 10 + [1] * 10 + [0] * 10, sizes=[0] * 20 + [1] * 10
    )
    assert rank_all(pool)[:10] == [5, 15, 25, 35, 45, 55, 65, 75, 85, 95]
    assert rank_all(pool)[10:] == [50] * 20


def test_with_fewer_than_10_valued_peers_the_group_widens_to_the_segment():
    # Nine share the industry; the tenth of the segment has another one; the eleventh has another segment.
    pool = pool_of([*TEN, 5.0], industries=[0] * 9 + [1, 0], segments=[3] * 10 + [4], sizes=[0] * 10 + [1])
    assert rank_all(pool)[:10] == [5, 15, 25, 35, 45, 55, 65, 75, 85, 95]


def test_peers_without_a_value_do_not_count_towards_the_10():
    pool = pool_of([*TEN[:9], NAN, 100.0], industries=[0] * 10 + [1])
    assert rank_all(pool)[0] == 5
    np.testing.assert_array_equal(rank_all(pool)[9], NAN)


def test_a_segment_with_fewer_than_10_widens_to_all_accounts():
    pool = pool_of(TEN, industries=[0] * 5 + [1] * 5, segments=[0] * 5 + [1] * 5)
    assert rank_all(pool) == [5, 15, 25, 35, 45, 55, 65, 75, 85, 95]


def test_all_accounts_are_the_last_resort_however_few_they_are():
    assert rank_all(pool_of([1.0, 2.0])) == [25, 75]
    assert rank_all(pool_of([1.0])) == [50]


@pytest.mark.parametrize(("industry", "size"), [(-1, 0), (0, -1)])
def test_an_account_of_unknown_industry_or_size_is_ranked_in_its_segment(industry, size):
    unknown = pool_of(TEN, industries=industry, sizes=size, segments=1)
    strangers = pool_of([1.0] * 10, industries=industry, sizes=size, segments=2, first_id=100)
    both = PeerPool(
        *(np.concatenate([getattr(unknown, name), getattr(strangers, name)]) for name in PeerPool.__dataclass_fields__)
    )
    assert rank(unknown, pool=both) == [5, 15, 25, 35, 45, 55, 65, 75, 85, 95]


def test_an_account_of_unknown_segment_too_is_ranked_among_all():
    pool = pool_of(TEN, industries=-1, segments=[-1] * 5 + [0] * 5)
    assert rank_all(pool) == [5, 15, 25, 35, 45, 55, 65, 75, 85, 95]


def test_alone_an_account_gets_what_the_full_run_gave_it():
    pool = pool_of([*TEN, 20.0, NAN, -0.0, 1e-12])
    together = rank_all(pool)
    np.testing.assert_array_equal([rank(one(pool, row), pool=pool)[0] for row in range(14)], together)


def test_alone_with_a_new_value_the_old_one_is_taken_out_of_the_pool():
    pool = pool_of(TEN)
    # 10 becomes 35: of the ten values 20, 30, 35, 40 … two are below.
    assert rank(one(pool, 0, values=35.0), pool=pool) == [25]


def test_alone_with_a_new_industry_the_old_entry_stays_out_of_the_new_group():
    pool = pool_of(TEN + TEN, industries=[0] * 10 + [1] * 10)
    # The ten of industry 1 and the newcomer, who has 100 as one of them has: 9 below, 2 equal, of 11.
    assert rank(one(pool, 9, industries=1), pool=pool) == pytest.approx([1000 / 11])


def test_an_account_that_the_pool_does_not_know_joins_its_peers():
    newcomer = pool_of([55.0], first_id=99)
    assert rank(newcomer, pool=pool_of(TEN)) == pytest.approx([550 / 11])


def test_an_empty_pool_leaves_the_account_alone_in_the_middle():
    assert rank(pool_of([3.0]), pool=pool_of([])) == [50]


def test_no_accounts_give_no_points():
    assert rank(pool_of([]), pool=pool_of(TEN)) == []


def test_an_account_may_stand_in_the_pool_only_once():
    with pytest.raises(ValueError, match="twice"):
        PeerPool(*(np.array([1, 1]) for _ in range(5)))


small_values = st.sampled_from([0.0, 1.0, 1.5, 2.0, NAN])
codes = st.integers(-1, 1)


@st.composite
def pools(draw, *, largest=60):
    rows = draw(st.lists(st.tuples(small_values, codes, codes, codes), max_size=largest))
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], [], [], []]
    return pool_of(columns[0], industries=columns[1], sizes=columns[2], segments=columns[3])


def slow_peers(pool):
    rows = zip(*(getattr(pool, name).tolist() for name in PeerPool.__dataclass_fields__), strict=True)
    return [oracle.Peer(account, oracle.known(value), *group) for account, value, *group in rows]


def slow_points(accounts, pool, *, is_higher_better):
    peers = slow_peers(pool)
    points = [oracle.percentile_points(me, peers, is_higher_better=is_higher_better) for me in slow_peers(accounts)]
    return [NAN if point is None else point for point in points]


@given(pool=pools(), is_higher_better=st.booleans())
def test_the_full_run_agrees_with_the_oracle(pool, is_higher_better):
    slow = [float(point) for point in slow_points(pool, pool, is_higher_better=is_higher_better)]
    np.testing.assert_array_equal(rank_all(pool, is_higher_better=is_higher_better), slow)


@given(pool=pools(), others=pools(largest=20), is_higher_better=st.booleans())
def test_changed_and_new_accounts_against_a_stored_pool_agree_with_the_oracle(pool, others, is_higher_better):
    slow = [float(point) for point in slow_points(others, pool, is_higher_better=is_higher_better)]
    np.testing.assert_array_equal(rank(others, pool=pool, is_higher_better=is_higher_better), slow)


@given(pool=pools(), seed=st.integers(0, 100))
def test_the_order_of_rows_has_no_effect(pool, seed):
    order = np.random.default_rng(seed).permutation(len(pool.values))
    shuffled = PeerPool(*(getattr(pool, name)[order] for name in PeerPool.__dataclass_fields__))
    np.testing.assert_array_equal(rank_all(shuffled), np.array(rank_all(pool))[order])


@given(pool=pools())
def test_higher_and_lower_is_better_add_up_to_100(pool):
    valued = np.array(rank_all(pool))[~np.isnan(pool.values)]
    reverse = np.array(rank_all(pool, is_higher_better=False))[~np.isnan(pool.values)]
    np.testing.assert_allclose(valued + reverse, 100, rtol=0, atol=1e-9)
    assert ((valued > 0) & (valued < 100)).all()


@given(pool=pools())
def test_ranking_leaves_its_input_untouched(pool):
    before = {name: getattr(pool, name).copy() for name in PeerPool.__dataclass_fields__}
    rank_all(pool)
    for name, column in before.items():
        np.testing.assert_array_equal(getattr(pool, name), column)


def test_points_are_the_floats_nearest_to_the_exact_fractions():
    points = rank_all(pool_of(np.arange(37.0)))
    assert points == [float((Fraction(below) + Fraction(1, 2)) / 37 * 100) for below in range(37)]
