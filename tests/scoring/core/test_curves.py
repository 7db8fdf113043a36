"""docs/scoring.md, "From value to points": one test for each sentence, then laws and the comparison with the oracle."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.core.curves import (
    BadCurve,
    Linear,
    Percentile,
    Table,
    TargetCurve,
    Thresholds,
    curve_from_json,
    curve_to_json,
)
from tests.scoring import oracle

NAN = np.nan
ADOPTION = TargetCurve(((0, 0.2), (6, 0.8), (12, 1.0)))

numbers = st.floats(min_value=-1e6, max_value=1e6) | st.just(NAN) | st.just(0.0)
columns = st.lists(numbers, max_size=30).map(lambda values: np.array(values, dtype=np.float64))
cuts = st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)).filter(lambda pair: pair[0] != pair[1])


def points(curve, values, *, months=None):
    months = None if months is None else np.array(months, dtype=np.float64)
    return curve.points(np.array(values, dtype=np.float64), months_in_contract=months).tolist()


def exact(results):
    return [NAN if result is None else float(result) for result in results]


# Thresholds


def test_thresholds_give_0_50_and_100():
    assert points(Thresholds(at_risk=0.4, healthy=0.7), [0.39, 0.5, 0.9]) == [0, 50, 100]


def test_a_value_equal_to_a_cut_belongs_to_the_better_side():
    assert points(Thresholds(at_risk=0.4, healthy=0.7), [0.4, 0.7]) == [50, 100]


def test_a_value_equal_to_a_cut_belongs_to_the_better_side_where_lower_is_better():
    assert points(Thresholds(at_risk=30, healthy=0), [31, 30, 1, 0]) == [0, 50, 50, 100]


# Linear


def test_linear_runs_straight_from_zero_to_full():
    assert points(Linear(zero=20, full=60), [20, 30, 40, 60]) == [0, 25, 50, 100]


def test_linear_is_clamped_outside():
    assert points(Linear(zero=20, full=60), [-5, 19.9, 61]) == [0, 0, 100]


def test_zero_may_exceed_full_where_lower_is_better():
    assert points(Linear(zero=60, full=0), [75, 60, 45, 0, -1]) == [0, 0, 25, 100, 100]


# Target curve


def test_a_target_curve_gives_the_share_of_the_months_target():
    assert points(ADOPTION, [0.4, 0.8], months=[6, 12]) == [50, 80]


def test_reaching_it_all_only_in_month_12_does_not_give_100_before():
    assert points(ADOPTION, [0.2, 0.6, 1.0], months=[3, 9, 12]) == pytest.approx([40, 66.66666667, 100])


def test_a_target_curve_is_clamped():
    assert points(ADOPTION, [0.9, -0.1], months=[6, 6]) == [100, 0]


def test_the_target_between_two_given_months_is_interpolated():
    assert ADOPTION.target(np.array([3.0, 4.0, 9.0])).tolist() == pytest.approx([0.5, 0.6, 0.9])


def test_at_a_given_month_the_target_is_exactly_the_given_one():
    assert ADOPTION.target(np.array([0.0, 6.0, 12.0])).tolist() == [0.2, 0.8, 1.0]


def test_after_the_last_month_the_last_target_holds():
    assert ADOPTION.target(np.array([13.0, 48.0])).tolist() == [1.0, 1.0]


def test_before_the_first_month_the_first_target_holds():
    assert TargetCurve(((3, 0.5), (6, 0.8))).target(np.array([0.0, 2.0, 3.0])).tolist() == [0.5, 0.5, 0.5]


def test_a_single_target_holds_in_every_month():
    assert TargetCurve(((6, 0.8),)).target(np.array([0.0, 6.0, 20.0])).tolist() == [0.8, 0.8, 0.8]


def test_where_nothing_is_expected_yet_the_points_are_unknown():
    np.testing.assert_array_equal(
        points(TargetCurve(((0, 0.0), (6, 0.8))), [0.0, 0.3, 0.2], months=[0, 0, 3]), [NAN, NAN, 50]
    )


def test_an_unknown_month_gives_unknown_points():
    np.testing.assert_array_equal(points(ADOPTION, [0.5, 0.5], months=[NAN, 6]), [NAN, 62.5])
    np.testing.assert_array_equal(points(TargetCurve(((6, 0.8),)), [0.5], months=[NAN]), [NAN])


def test_a_target_curve_without_months_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="needs months_in_contract"):
        points(ADOPTION, [0.5])


# Table


def test_a_table_gives_the_stated_points():
    assert points(Table(((1, 0), (2, 25), (3, 50), (4, 75), (5, 100))), [5, 1, 3]) == [100, 0, 50]


def test_a_value_that_is_not_in_the_table_is_unknown():
    np.testing.assert_array_equal(points(Table(((0, 0), (1, 100))), [0.5, 2, 1]), [NAN, NAN, 100])


# All kinds


@pytest.mark.parametrize("curve", [Thresholds(1, 2), Linear(1, 2), ADOPTION, Table(((1, 0),))])
def test_missing_stays_missing(curve):
    np.testing.assert_array_equal(points(curve, [NAN], months=[6]), [NAN])


@pytest.mark.parametrize("curve", [Thresholds(1, 2), Linear(1, 2), ADOPTION, Table(((1, 0),))])
def test_no_accounts_give_no_points(curve):
    assert points(curve, [], months=[]) == []


@given(values=columns, ends=cuts)
def test_thresholds_agree_with_the_oracle(values, ends):
    at_risk, healthy = ends
    slow = [
        oracle.threshold_points(oracle.known(v), at_risk=Fraction(at_risk), healthy=Fraction(healthy)) for v in values
    ]
    np.testing.assert_array_equal(Thresholds(at_risk, healthy).points(values), exact(slow))


@given(values=columns, ends=cuts)
def test_linear_agrees_with_the_oracle(values, ends):
    zero, full = ends
    slow = [oracle.linear_points(oracle.known(v), zero=Fraction(zero), full=Fraction(full)) for v in values]
    np.testing.assert_allclose(Linear(zero, full).points(values), exact(slow), rtol=0, atol=1e-9)


@given(
    rows=st.lists(st.tuples(st.floats(-2, 2) | st.just(NAN), st.integers(0, 40) | st.just(NAN)), max_size=30),
    targets=st.dictionaries(st.integers(0, 30), st.sampled_from([0.0, 0.25, 0.5, 0.8, 1.0]), min_size=1, max_size=4),
)
def test_target_curves_agree_with_the_oracle(rows, targets):
    pairs = sorted(targets.items())
    if max(targets.values()) == 0:
        pairs[-1] = (pairs[-1][0], 1.0)
    values, months = (np.array([row[n] for row in rows], dtype=np.float64) for n in (0, 1))
    fractions = [(month, Fraction(target)) for month, target in pairs]
    slow = [
        oracle.target_points(oracle.known(value), month=oracle.known(month), targets=fractions)
        for value, month in zip(values, months, strict=True)
    ]
    fast = TargetCurve(tuple(pairs)).points(values, months_in_contract=months)
    np.testing.assert_allclose(fast, exact(slow), rtol=0, atol=1e-9)


@given(values=columns)
def test_tables_agree_with_the_oracle(values):
    pairs = ((0.0, 100.0), (1.0, 40.0), (2.0, 0.0))
    slow = [oracle.table_points(oracle.known(v), [(Fraction(a), Fraction(b)) for a, b in pairs]) for v in values]
    np.testing.assert_array_equal(Table(pairs).points(values), exact(slow))


@given(values=columns, ends=cuts)
def test_points_lie_between_0_and_100_and_are_missing_where_the_value_is(values, ends):
    for curve in (Thresholds(*ends), Linear(*ends)):
        result = curve.points(values)
        np.testing.assert_array_equal(np.isnan(result), np.isnan(values))
        assert ((result >= 0) & (result <= 100))[~np.isnan(values)].all()


@given(values=columns, ends=cuts)
def test_a_better_value_never_gives_fewer_points(values, ends):
    worst, best = ends
    ascending = np.sort(values[~np.isnan(values)])
    from_worst_to_best = ascending if best > worst else ascending[::-1]
    for curve in (Thresholds(worst, best), Linear(worst, best)):
        assert (np.diff(curve.points(from_worst_to_best)) >= 0).all()


@given(values=columns)
def test_curves_leave_their_input_untouched(values):
    before = values.copy()
    for curve in (Thresholds(1, 2), Linear(1, 2), ADOPTION, Table(((0, 0),))):
        curve.points(values, months_in_contract=values)
    np.testing.assert_array_equal(values, before)


# As data

DESCRIPTIONS = [
    ("thresholds", {"at_risk": 0.4, "healthy": 0.7}, Thresholds(0.4, 0.7)),
    ("linear", {"zero": 60, "full": 0}, Linear(60, 0)),
    ("target_curve", {"targets": [[0, 0.2], [6, 0.8]]}, TargetCurve(((0, 0.2), (6, 0.8)))),
    ("percentile", {"is_higher_better": True}, Percentile(is_higher_better=True)),
    ("table", {"points_by_value": [[1, 0], [5, 100]]}, Table(((1, 0), (5, 100)))),
]


@pytest.mark.parametrize(("kind", "params", "curve"), DESCRIPTIONS)
def test_a_curve_is_read_from_its_description_and_written_back(kind, params, curve):
    assert curve_from_json(kind, params) == curve
    assert curve_to_json(curve) == (kind, params)


@pytest.mark.parametrize(
    ("kind", "params", "sentence"),
    [
        ("spline", {}, "There is no curve 'spline'; the kinds are thresholds, linear"),
        ("linear", {"zero": 1}, "A linear curve takes zero, full; got zero."),
        ("linear", {}, "A linear curve takes zero, full; got nothing."),
        ("linear", {"zero": 1, "full": 1}, "The ends zero and full must differ; both are 1."),
        ("linear", {"zero": 1, "full": "2"}, "A curve needs plain numbers; got '2'."),
        ("linear", {"zero": 1, "full": True}, "A curve needs plain numbers; got True."),
        ("linear", {"zero": 1, "full": float("nan")}, "A curve needs plain numbers; got nan."),
        ("thresholds", {"at_risk": 2, "healthy": 2}, "The cuts at_risk and healthy must differ; both are 2."),
        ("target_curve", {"targets": []}, "The targets need months from 0 on, each once and in order; got \\[\\]."),
        ("target_curve", {"targets": [[6, 1], [0, 1]]}, "each once and in order; got \\[6, 0\\]."),
        ("target_curve", {"targets": [[-1, 1]]}, "The targets need months from 0 on"),
        ("target_curve", {"targets": [[1.5, 1]]}, "The months of targets must be whole; got \\[1.5\\]."),
        ("target_curve", {"targets": [[0, -1], [6, 1]]}, "Targets must not be negative"),
        ("target_curve", {"targets": [[0, 0]]}, "one at least must be above 0"),
        ("target_curve", {"targets": [6, 1]}, "targets must be a list of pairs; got \\[6, 1\\]."),
        ("table", {"points_by_value": "yes"}, "points_by_value must be a list of pairs; got 'yes'."),
        ("table", {"points_by_value": []}, "A table needs values, each once; got \\[\\]."),
        ("table", {"points_by_value": [[1, 0], [1, 5]]}, "A table needs values, each once; got \\[1, 1\\]."),
        ("table", {"points_by_value": [[1, 101]]}, "The points of a table must lie between 0 and 100."),
        ("percentile", {"is_higher_better": 1}, "is_higher_better must be true or false; got 1."),
    ],
)
def test_a_bad_description_is_refused_with_a_sentence(kind, params, sentence):
    with pytest.raises(BadCurve, match=sentence):
        curve_from_json(kind, params)
