"""A parent's score from those of its children, worked out by hand, and the laws that hold for all of them."""

from hypothesis import given
from hypothesis import strategies as st

from scoring.core.rollup import Member, Rule, rolled_up


def child(account_id: int, score: int | None, arr: int = 1, low: int | None = None, high: int | None = None) -> Member:
    return Member(
        account_id, score, low if low is not None else score or 0, high if high is not None else score or 0, arr
    )


def test_the_mean_shares_the_lost_hundredths_to_the_largest_remainders():
    # 60.00, 70.00 and 80.01 make 70.00333…; thirds rounded down are 20.00, 23.33 and 26.67.
    found = rolled_up([child(1, 6000), child(2, 7000), child(3, 8001)], rule=Rule.MEAN)
    assert (found.base, found.lines) == (7000, ((1, 2000), (2, 2333), (3, 2667)))


def test_weighted_by_arr_a_large_child_counts_more():
    found = rolled_up([child(1, 8000, arr=300_000), child(2, 4000, arr=100_000)], rule=Rule.ARR_WEIGHTED)
    assert (found.base, found.lines) == (7000, ((1, 6000), (2, 1000)))


def test_without_any_arr_each_child_weighs_the_same():
    assert rolled_up([child(1, 8000, arr=0), child(2, 4000, arr=0)], rule=Rule.ARR_WEIGHTED).base == 6000


def test_the_worst_child_gives_the_whole_score():
    found = rolled_up([child(1, 8000), child(2, 4000), child(3, 4000)], rule=Rule.WORST)
    assert (found.base, found.lines) == (4000, ((1, 0), (2, 4000), (3, 0)))


def test_a_child_without_a_score_is_left_out_and_lowers_the_coverage():
    found = rolled_up([child(1, 8000), child(2, None, low=1000, high=9000)], rule=Rule.MEAN)
    assert (found.base, found.coverage, found.is_defined) == (8000, 0.5, True)
    assert (found.low, found.high) == (4500, 8500)


def test_without_a_scored_child_there_is_no_score():
    for rule in Rule:
        found = rolled_up([child(1, None, low=0, high=10_000)], rule=rule)
        assert (found.is_defined, found.base, found.coverage) == (False, 0, 0.0)


scores = st.none() | st.integers(0, 10_000)
families = st.lists(st.tuples(scores, st.integers(0, 10**12)), min_size=1, max_size=12)


@given(families, st.sampled_from(Rule))
def test_the_lines_sum_to_a_base_between_the_lowest_and_the_highest_child(family, rule):
    members = [child(n, score, arr) for n, (score, arr) in enumerate(family)]
    found = rolled_up(members, rule=rule)
    known = [score for score, _ in family if score is not None]
    assert sum(line for _, line in found.lines) == found.base
    if not known:
        assert not found.is_defined
    # A child with ARR may have no score while those with a score have no ARR: nothing weighs, and there is no score.
    if found.is_defined:
        assert min(known) <= found.base <= max(known)
