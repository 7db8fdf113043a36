"""The shortest list of data that would define an Undefined account, against all lists there are."""

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scoring import catalog
from scoring.cards import Item
from scoring.core.curves import Linear
from scoring.core.scorecard import Missing, combine
from scoring.queries.lines import MeasureLine, fewest_to_define

# Known, without a value, or with a value that cannot be judged.
STATES = ("known", "missing", "unjudged")


def line(weight: int, state: str) -> MeasureLine:
    item = Item(catalog.MEASURES["nps"], weight, Linear(0, 1), Missing.LEAVE_OUT)
    return MeasureLine(
        item=item,
        value=None if state == "missing" else 1.0,
        points=50.0 if state == "known" else None,
        line=0,
        weight_hundredths=0,
        target=None,
        change=None,
    )


def is_defined(measures: list[MeasureLine], given_too: tuple[MeasureLine, ...], *, min_coverage: float) -> bool:
    """What the core says once these have a value, too."""
    points = [50.0 if m.points is not None or any(m is one for one in given_too) else np.nan for m in measures]
    weights = np.array([m.item.weight for m in measures])
    policies = [Missing.LEAVE_OUT] * len(measures)
    return bool(combine(np.array([points]), weights, missing=policies, min_coverage=min_coverage).is_defined[0])


@given(
    st.lists(st.tuples(st.integers(0, 40), st.sampled_from(STATES)), min_size=1, max_size=7).filter(
        lambda drawn: any(weight for weight, _ in drawn)
    ),
    st.sampled_from([0.0, 0.1, 0.5, 0.7, 0.9, 1.0]),
)
def test_no_shorter_list_would_define_the_account_and_this_one_does(drawn, min_coverage):
    measures = [line(weight, state) for weight, state in drawn]
    found = fewest_to_define(measures, min_coverage=min_coverage)
    waiting = [m for m in measures if m.value is None]
    enough = [
        size
        for size in range(len(waiting) + 1)
        if any(is_defined(measures, chosen, min_coverage=min_coverage) for chosen in combinations(waiting, size))
    ]
    if not enough:
        assert found == ()
        return
    assert len(found) == enough[0]
    assert is_defined(measures, found, min_coverage=min_coverage)
    assert all(m.value is None for m in found)


def test_of_equal_weights_the_first_of_the_card_is_asked_for():
    measures = [line(40, "known"), line(20, "missing"), line(20, "missing"), line(20, "missing")]
    assert fewest_to_define(measures, min_coverage=0.5) == (measures[1],)
