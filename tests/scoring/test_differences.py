"""A difference between two states of a card reads line by line."""

from typing import Any

from scoring.differences import differences
from tests.scoring.conftest import a_card

NPS = {"key": "nps", "weight": 20, "curve": "linear", "zero": -50, "full": 50}
LOGIN = {"key": "days_since_login", "weight": 30, "curve": "thresholds", "at_risk": 30, "healthy": 3}
TARGET = {
    "key": "utilisation_vs_target", "weight": 50, "curve": "target_curve", "targets": [[0, 0.2], [6, 0.7]],
}  # fmt: skip
RATING = {"key": "rapport", "weight": 0, "curve": "table", "points_by_value": [[1, 0], [5, 100]]}
FLAG = {"key": "no_login", "label": "No login", "fact": "days_since_login", "comparison": "at_least", "limit": 14}
RULE = {"key": "ebr", "label": "EBR overdue", "fact": "ebr_overdue", "kind": "percent", "amount": -20}


def told(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[str]:
    return differences(a_card(*before), a_card(*after))


def stated(**after: Any) -> list[str]:
    return differences(a_card(NPS, **{"flags": [FLAG], "adjustments": [RULE]}), a_card(NPS, **after))


def test_the_same_card_differs_in_nothing():
    assert told([NPS, LOGIN, TARGET, RATING], [NPS, LOGIN, TARGET, RATING]) == []


def test_a_weight_and_a_cut():
    assert told([NPS, LOGIN], [NPS | {"weight": 25}, LOGIN | {"healthy": 5}]) == [
        "NPS: weight 20 → 25",
        "Days since a login: cut healthy 3 → 5",
    ]


def test_a_new_measure_and_one_that_is_gone():
    assert told([NPS, TARGET], [NPS, LOGIN]) == [
        "Days since a login: new measure, weight 30, thresholds (cut at risk 30, cut healthy 3)",
        "Adoption against target: removed, its weight was 50",
    ]


def test_targets_and_stated_points_month_by_month_and_value_by_value():
    changed = TARGET | {"targets": [[0, 0.2], [6, 0.8], [12, 0.9]]}
    assert told([TARGET], [changed]) == [
        "Adoption against target: target at month 6 70% → 80%",
        "Adoption against target: target at month 12 none → 90%",
    ]
    assert told([RATING], [RATING | {"points_by_value": [[1, 10], [5, 100]]}]) == ["Rapport: points for 1 0 → 10"]


def test_another_curve_another_policy_and_another_order():
    ranked = {"key": "nps", "weight": 20, "curve": "percentile", "is_higher_better": True}
    assert told([NPS, LOGIN], [LOGIN, ranked | {"missing": "neutral"}]) == [
        "NPS: straight line (0 points at −50, 100 points at 50) → percentile among peers",
        "NPS: without a value left out → counted as 50",
        "Order of measures: now Days since a login, NPS",
    ]
    assert told([ranked], [ranked | {"is_higher_better": False}]) == ["NPS: higher is better yes → no"]


def test_bands_by_place():
    three = a_card(NPS)
    renamed = [
        {"key": "strong", "label": "Green", "low": 75, "high": 100, "color": "green"},
        {"key": "moderate", "label": "Moderate", "low": 50, "high": 74},
        {"key": "weak", "label": "Weak", "low": 0, "high": 49},
    ]
    assert differences(three, a_card(NPS, bands=renamed)) == [
        "Band 1: name Strong → Green", "Green: from 70 → 75", "Green: color strong → green",
    ]  # fmt: skip
    two = [renamed[0], {"key": "weak", "label": "Red", "low": 0, "high": 74}]
    assert differences(three, a_card(NPS, bands=two)) == [
        "Bands: Strong from 70, Moderate from 50, Weak from 0 → Green from 75, Red from 0"
    ]


def test_adjustments_and_flags():
    assert stated(adjustments=[RULE | {"amount": -15}], flags=[FLAG | {"limit": 21, "band_cap": "moderate"}]) == [
        "EBR overdue −20% when EBR overdue → −15% when EBR overdue",
        "No login on when Days since a login at least 14 → on when Days since a login at least 21, at most moderate",
    ]
    assert stated(adjustments=[], flags=[FLAG | {"key": "quiet", "label": "Quiet"}]) == [
        "EBR overdue: adjustment removed",
        "Quiet: new flag, on when Days since a login at least 14",
        "No login: flag removed",
    ]


def test_coverage_and_pulses():
    before, after = a_card(NPS), a_card(NPS, min_coverage=0.6, pulse={"may_raise": True, "largest_percent": 20})
    assert differences(before, after) == [
        "Minimum of coverage 50% → 60%", "Pulses may raise a score no → yes", "Largest pulse 30% → 20%",
    ]  # fmt: skip
