"""What stands in the way of publishing a card is named completely, each with its place."""

from dataclasses import replace

import pytest

from scoring.checks import BadScorecard, check, lagging_percent, problems, warnings
from scoring.files import shipped_cards
from scoring.measures import Stated, define_measure, retire_measure
from scoring.models import MeasureKind
from scoring.operations import BEGINNING, publish
from tests.conftest import NOW
from tests.scoring.conftest import a_card

NPS = {"key": "nps", "weight": 60, "curve": "linear", "zero": -50, "full": 50}
LOGIN = {"key": "days_since_login", "weight": 40, "curve": "thresholds", "at_risk": 30, "healthy": 7}
FLAG = {"key": "no_login", "label": "No login", "fact": "days_since_login", "comparison": "at_least", "limit": 14}
RULE = {"key": "ebr", "label": "EBR overdue", "fact": "ebr_overdue", "kind": "percent", "amount": -20}


def found(*measures, **stated) -> dict[str, str]:
    return {problem.place: problem.text for problem in problems(a_card(*(measures or (NPS, LOGIN)), **stated))}


def bands(*lows: object, **changes: object) -> list[dict[str, object]]:
    """Bands from the best down, each up to the one above; `changes` are of the first."""
    highs = [100, *[low - 1 if isinstance(low, int) else low for low in lows[:-1]]]
    made = [
        {"key": f"band_{n}", "label": f"Band {n}", "low": low, "high": high}
        for n, (low, high) in enumerate(zip(lows, highs, strict=True), start=1)
    ]
    return [made[0] | changes, *made[1:]]


def test_the_shipped_cards_have_no_problem_and_no_warning():
    assert [(problems(card), warnings(card)) for card in shipped_cards()] == [([], [])] * len(shipped_cards())


def test_all_problems_are_named_at_once():
    listed = found(
        NPS | {"weight": 70, "full": "a lot"}, LOGIN | {"key": "nsp"}, flags=[FLAG | {"fact": "moon"}], min_coverage=2
    )
    assert set(listed) == {"measures.0.full", "measures.1.key", "measures", "flags.0.fact", "min_coverage"}
    assert listed["measures"] == "The weights sum to 110, not to 100."
    with pytest.raises(BadScorecard, match="sum to 110.*coverage"):
        check(a_card(NPS | {"weight": 70}, LOGIN, min_coverage=2))


@pytest.mark.parametrize(
    ("change", "place", "text"),
    [
        ({"weight": "many"}, "measures.0.weight", "NPS: the weight is a whole number from 0 to 100; given is 'many'."),
        ({"weight": 60.5}, "measures.0.weight", "given is 60.5"),
        ({"weight": ""}, "measures.0.weight", "nothing is given"),
        ({"weight": -1}, "measures.0.weight", "given is -1"),
        ({"zero": ""}, "measures.0.zero", "NPS: zero is a number; nothing is given."),
        ({"zero": 50}, "measures.0.curve", "must differ"),
        ({"curve": "magic"}, "measures.0.curve", "There is no curve 'magic'"),
        ({"extra": 1}, "measures.0.curve", "takes zero, full"),
        ({"missing": "guess"}, "measures.0.missing", "leave_out, zero, neutral"),
        ({"key": "days_since_login"}, "measures.0.key", "listed twice"),
    ],
)
def test_a_measure_that_cannot_be_scored_is_named(change, place, text):
    assert text in found(NPS | change, LOGIN)[place]


def test_a_card_without_measures_is_refused():
    assert [p.text for p in problems(a_card())] == ["A scorecard needs at least one measure."]


@pytest.mark.parametrize(
    ("stated", "place", "text"),
    [
        (bands(70, 50, 20), "bands", "down to 0"),
        (bands(0), "bands", "A scorecard has 2 to 5 bands beside Undefined; it has 1."),
        (bands(90, 80, 60, 40, 20, 0), "bands", "it has 6"),
        (bands(50, 70, 0), "bands.1.low", "Band 2 begins at 70, which is not below 50, where Band 1 begins."),
        (bands(70, 50, 50, 0), "bands.2.low", "Band 3 begins at 50, which is not below 50, where Band 2 begins."),
        (bands(101, 0), "bands.0.low", "Band 1 begins at 101, which is above 100."),
        (bands("x", 50, 0), "bands.0.low", "begins at a whole number"),
        (bands(70, 50, 0, label=""), "bands.0.label", "needs a name"),
        (bands(70, 50, 0, label="Far too long a name"), "bands.0.label", "at most 14"),
        (bands(70, 50, 0, label="Undefined"), "bands.0.label", "without a score"),
        (bands(70, 50, 0, label="band 2"), "bands", "same name"),
        (bands(70, 50, 0, color="mauve"), "bands.0.color", "the colors are"),
        (bands(70, 50, 0, high=99), "bands", "from 100"),
    ],
)
def test_bands_that_do_not_cover_the_scale_are_named(stated, place, text):
    assert text in found(bands=stated)[place]


@pytest.mark.parametrize("lows", [(60, 0), (70, 50, 0), (85, 70, 50, 0), (85, 70, 50, 30, 0)])
def test_two_to_five_bands_are_sound(lows):
    assert found(bands=bands(*lows)) == {}


@pytest.mark.parametrize(
    ("change", "place", "text"),
    [
        ({"key": "pulse:1"}, "key", "small letters"),
        ({"key": "clamp"}, "key", "small letters"),
        ({"label": " "}, "label", "needs a name"),
        ({"fact": "moon"}, "fact", "or any measure"),
        ({"comparison": "near"}, "comparison", "at_least, at_most, over"),
        ({"limit": "high"}, "limit", "the limit is a number; given is 'high'"),
    ],
)
def test_the_condition_of_a_flag_and_of_a_rule_is_checked(change, place, text):
    assert text in found(flags=[FLAG | change])[f"flags.0.{place}"]
    assert text in found(adjustments=[RULE | change])[f"adjustments.0.{place}"]


@pytest.mark.parametrize(("change", "place"), [({"kind": "share"}, "kind"), ({"amount": 0}, "amount")])
def test_what_a_rule_does_is_checked(change, place):
    assert f"adjustments.0.{place}" in found(adjustments=[RULE | change])


def test_two_rules_and_two_flags_have_keys_of_their_own():
    assert "adjustments" in found(adjustments=[RULE, RULE | {"amount": -10}])
    assert "flags" in found(flags=[FLAG, FLAG])
    assert found(adjustments=[RULE], flags=[FLAG | {"key": "ebr"}]) == {}


def test_the_limits_of_pulses_and_of_coverage_are_checked():
    listed = found(min_coverage="half", pulse={"may_raise": "no", "largest_percent": 200})
    assert set(listed) == {"min_coverage", "pulse.largest_percent", "pulse.may_raise"}


def test_a_card_is_for_a_segment_or_for_a_phase():
    assert "not for both" in found(segment="smb", phase="value")["phase"]
    assert "There is no phase 'later'" in found(phase="later")["phase"]


def test_more_than_seven_measures_draw_a_warning_and_no_error():
    card = next(card for card in shipped_cards() if len(card.items) == 7)
    eight = replace(card, items=(*card.items, replace(card.items[0], measure="rapport", weight=0)))
    assert problems(eight) == []
    assert warnings(eight) == [
        "8 measures: a card of 3 to 7 is easier to explain and to act on.",
        "A measure of weight 0 is shown and changes nothing.",
    ]


def test_the_lagging_share_is_that_of_the_weight():
    overdue = LOGIN | {"key": "days_overdue"}
    assert lagging_percent(a_card(NPS, overdue)) == 40
    assert lagging_percent(a_card(NPS, LOGIN)) == 0
    assert lagging_percent(a_card(NPS | {"weight": "?"}, overdue)) == 100
    assert lagging_percent(a_card()) == 0


def test_a_retired_measure_is_refused_wherever_it_is_named(organization, ops):
    retired = define_measure(
        slug="mood",
        kind=MeasureKind.ENTERED,
        stated=Stated(label="Mood", question="How is it?", shelf_life_days=30),
        by=ops,
        at=NOW,
    )
    mood, flag, rule = LOGIN | {"key": "custom:mood"}, FLAG | {"fact": "custom:mood"}, RULE | {"fact": "reading:mood"}
    assert found(NPS, mood, flags=[flag], adjustments=[rule]) == {}
    retire_measure(measure=retired, by=ops, at=NOW)
    sentence = "Mood is retired: no new scorecard uses it. Take it out, or choose another measure."
    assert found(NPS, mood, flags=[flag], adjustments=[rule]) == {
        "measures.1.key": sentence,
        "adjustments.0.fact": f"EBR overdue: {sentence}",
        "flags.0.fact": f"No login: {sentence}",
    }
    with pytest.raises(BadScorecard, match="Mood is retired"):
        publish(card=a_card(NPS, mood), effective_from=BEGINNING, reason="test", by=ops, at=NOW)
