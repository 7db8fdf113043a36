"""The change between two breakdowns, line by line."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.movement import (
    CAUSES,
    CODES,
    Breakdown,
    Cause,
    Lines,
    Parts,
    Step,
    difference,
    means,
    over_accounts,
    parts_of,
    set_off,
)


def test_each_line_says_how_much_more_it_gave():
    before = Breakdown(
        keys=("usage", "nps", "ebr_overdue"), lines_hundredths=np.array([[4000, 2000, 0], [4000, 1000, 0]])
    )
    after = Breakdown(
        keys=("usage", "nps", "ebr_overdue"), lines_hundredths=np.array([[4500, 2000, -1300], [4000, 900, 0]])
    )
    moved = difference(before, after)
    assert moved.keys == ("usage", "nps", "ebr_overdue")
    assert moved.lines_hundredths.tolist() == [[500, 0, -1300], [0, -100, 0]]


def test_a_line_that_came_or_went_counts_in_full():
    before = Breakdown(keys=("usage", "csat"), lines_hundredths=np.array([[4000, 2000]]))
    after = Breakdown(keys=("nps", "usage"), lines_hundredths=np.array([[1500, 4200]]))
    moved = difference(before, after)
    assert dict(zip(moved.keys, moved.lines_hundredths[0].tolist(), strict=True)) == {
        "nps": 1500,
        "usage": 200,
        "csat": -2000,
    }
    assert moved.keys == ("nps", "usage", "csat")


@pytest.mark.parametrize(("keys", "lines"), [(("usage", "usage"), [[1, 2]]), (("usage",), [[1, 2]])])
def test_a_breakdown_needs_one_column_for_each_key(keys, lines):
    with pytest.raises(ValueError, match="one column for each of its keys"):
        Breakdown(keys=keys, lines_hundredths=np.array(lines))


lines = st.dictionaries(st.sampled_from("abcdef"), st.integers(-10_000, 10_000), min_size=1)


def breakdown(lines):
    return Breakdown(keys=tuple(lines), lines_hundredths=np.array([list(lines.values())]))


@given(before=lines, after=lines)
def test_the_lines_sum_exactly_to_the_change_of_the_score(before, after):
    moved = difference(breakdown(before), breakdown(after))
    assert moved.lines_hundredths.sum() == sum(after.values()) - sum(before.values())


def lines_with(amounts: dict[tuple[int, int], int], *, scored: list[bool]) -> Lines:
    """Lines in long form from amounts by account and key."""
    kept = {place: amount for place, amount in amounts.items() if scored[place[0]]}
    table = np.array([[*place, amount] for place, amount in kept.items()], dtype=np.int64).reshape(len(kept), 3)
    return Lines(table[:, 0], table[:, 1], table[:, 2], np.array(scored))


def every(cause: Cause) -> np.ndarray:
    return np.full(4, CODES[cause])


def as_dict(parts: Parts) -> dict[tuple[int, int, Cause], int]:
    found = zip(parts.places, parts.keys, parts.causes, parts.amounts, strict=True)
    return {(int(place), int(key), CAUSES[cause]): int(amount) for place, key, cause, amount in found}


def test_each_step_tells_what_it_changed():
    first = lines_with({(0, 0): 4000, (0, 1): 2000}, scored=[True])
    aged = lines_with({(0, 0): 4000, (0, 1): 1500}, scored=[True])
    now = lines_with({(0, 0): 4500, (0, 2): -700}, scored=[True])
    parts = parts_of(first, [Step(aged, every(Cause.AGING)), Step(now, every(Cause.BEHAVIOR))])
    assert as_dict(parts) == {
        (0, 0, Cause.BEHAVIOR): 500,
        (0, 1, Cause.AGING): -500,
        (0, 1, Cause.BEHAVIOR): -1500,
        (0, 2, Cause.BEHAVIOR): -700,
    }


def test_a_step_without_a_score_leaves_its_part_to_the_next_one():
    first = lines_with({(0, 0): 4000, (1, 0): 100}, scored=[True, True])
    aged = lines_with({(1, 0): 90}, scored=[False, True])
    now = lines_with({(0, 0): 4300, (1, 0): 90}, scored=[True, True])
    parts = parts_of(first, [Step(aged, every(Cause.AGING)), Step(now, every(Cause.MANUAL))])
    assert as_dict(parts) == {(0, 0, Cause.MANUAL): 300, (1, 0, Cause.AGING): -10}


def test_a_step_may_have_another_cause_for_some_keys():
    first, now = lines_with({}, scored=[True]), lines_with({(0, 0): 10, (0, 1): 20}, scored=[True])
    causes = np.array([CODES[Cause.BEHAVIOR], CODES[Cause.PEERS]])
    assert as_dict(parts_of(first, [Step(now, causes)])) == {(0, 0, Cause.BEHAVIOR): 10, (0, 1, Cause.PEERS): 20}


AMOUNTS = st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, 3)), st.integers(-10_000, 10_000))


@given(
    ends=st.tuples(AMOUNTS, AMOUNTS),
    between=st.lists(
        st.tuples(AMOUNTS, st.lists(st.booleans(), min_size=3, max_size=3), st.sampled_from(CAUSES)), max_size=5
    ),
)
def test_the_parts_of_a_line_sum_to_its_change_whatever_lies_between(ends, between):
    first, last = (lines_with(end, scored=[True] * 3) for end in ends)
    steps = [Step(lines_with(amounts, scored=scored), every(cause)) for amounts, scored, cause in between]
    parts = parts_of(first, [*steps, Step(last, every(Cause.BEHAVIOR))])
    for place in range(3):
        for key in range(4):
            mine = (parts.places == place) & (parts.keys == key)
            assert parts.amounts[mine].sum() == ends[1].get((place, key), 0) - ends[0].get((place, key), 0)
    together = over_accounts(parts)
    assert together.amounts.sum() == sum(ends[1].values()) - sum(ends[0].values())
    assert (parts.amounts != 0).all()


def test_what_time_took_and_new_facts_gave_back_is_no_part():
    first = lines_with({(0, 0): 1000, (0, 1): 1000, (0, 2): 1000, (0, 3): 1000}, scored=[True])
    aged = lines_with({(0, 0): 0, (0, 1): 400, (0, 2): 400, (0, 3): 1200}, scored=[True])
    behaved = lines_with({(0, 0): 1000, (0, 1): 600, (0, 2): 300, (0, 3): 1100}, scored=[True])
    rated = lines_with({(0, 0): 1000, (0, 1): 1300, (0, 2): 300, (0, 3): 1050}, scored=[True])
    steps = [Step(aged, every(Cause.AGING)), Step(behaved, every(Cause.BEHAVIOR)), Step(rated, every(Cause.MANUAL))]
    assert as_dict(set_off(parts_of(first, steps))) == {
        (0, 1, Cause.MANUAL): 300,  # −600, then 200 and 700
        (0, 2, Cause.AGING): -600,
        (0, 2, Cause.BEHAVIOR): -100,
        (0, 3, Cause.AGING): 50,  # +200, then −100 and −50
    }


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_setting_off_leaves_the_sum_of_every_line_and_no_opposites_of_aging(first, aged, last):
    parts = parts_of(
        lines_with(first, scored=[True] * 3),
        [
            Step(lines_with(aged, scored=[True] * 3), every(Cause.AGING)),
            Step(lines_with(last, scored=[True] * 3), every(Cause.BEHAVIOR)),
        ],
    )
    left = as_dict(set_off(parts))
    assert sum(left.values()) == parts.amounts.sum()
    for (place, key, cause), amount in left.items():
        assert cause is not Cause.AGING or amount * left.get((place, key, Cause.BEHAVIOR), 0) >= 0
        whole = sum(left.get((place, key, each), 0) for each in CAUSES)
        assert whole == last.get((place, key), 0) - first.get((place, key), 0)


@given(st.lists(st.integers(-(10**7), 10**7), min_size=1, max_size=30), st.integers(1, 100_000))
def test_means_sum_to_the_mean_of_the_sum_and_none_is_off_by_a_hundredth(amounts, count):
    found = means(np.array(amounts), count)
    total, half = sum(amounts), Fraction(1, 2)
    exact = Fraction(total, count)
    assert found.sum() == (1 if total >= 0 else -1) * int(abs(exact) + half)
    assert all(abs(int(each) - Fraction(amount, count)) < 1 for each, amount in zip(found, amounts, strict=True))
