"""At-risk flags: when each is on, and when it is not."""

import numpy as np
import pytest

from scoring.core.flags import FlagRule, fell_by, is_true, no_login, older_than

NAN = np.nan


def test_no_login_in_14_days_means_that_the_last_one_was_14_days_ago_or_more():
    assert no_login(np.array([0.0, 13.0, 14.0, 90.0]), 14).tolist() == [False, False, True, True]


def test_overdue_by_over_30_days_does_not_include_30():
    assert older_than(np.array([30.0, 31.0]), 30).tolist() == [False, True]


@pytest.mark.parametrize("percent", [10, 30, 70, 90])
def test_a_fall_by_exactly_the_limit_is_not_over_it(percent):
    exactly, just_more = (100 - percent) / 100, (100 - percent) / 100 - 1e-9
    assert fell_by(np.array([1.2, exactly, just_more, 0.0]), percent).tolist() == [False, False, True, True]


def test_a_fact_of_1_and_a_count_of_events_are_true():
    assert is_true(np.array([0.0, 1.0, 3.0])).tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("comparison", "fact", "expected"),
    [
        ("at_least", [13.0, 14.0, NAN], [False, True, False]),
        ("at_most", [15.0, 14.0, NAN], [False, True, False]),
        ("over", [14.0, 15.0, NAN], [False, True, False]),
        ("fell_by_over", [0.86, 0.85, NAN], [False, True, False]),
        ("is_true", [0.0, 1.0, NAN], [False, True, False]),
    ],
)
def test_a_rule_compares_its_fact_and_what_is_unknown_raises_no_flag(comparison, fact, expected):
    rule = FlagRule(key="odd", fact="any", comparison=comparison, limit=14)
    assert rule.is_on(np.array(fact)).tolist() == expected


def test_an_unknown_comparison_is_refused():
    with pytest.raises(ValueError, match="Flag 'odd': the comparison must be one of at_least, at_most, over"):
        FlagRule(key="odd", fact="any", comparison="near", limit=1)
