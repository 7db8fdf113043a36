"""Scorecards as files: the shipped ones are sound, and a bad one is refused in words."""

from dataclasses import replace
from datetime import date

import pytest

from accounts.models import AuditEntry, Segment
from scoring.cards import NoScorecard, cards_on
from scoring.checks import BadScorecard
from scoring.core.curves import CURVES
from scoring.files import read_card, shipped_cards, to_toml
from scoring.models import ScorecardVersion
from scoring.operations import publish, publish_shipped
from tests.conftest import NOW

GOOD = """
slug = "mine"
name = "Mine"
[[measures]]
key = "nps"
weight = 100
curve = "linear"
zero = -50
full = 50
"""


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "card.toml"
        path.write_text(text)
        return path

    return write


def test_there_is_a_shipped_card_per_segment_and_a_default():
    assert {card.segment for card in shipped_cards()} == {None, "key", "enterprise", "mid-market", "smb", "public"}


def test_the_shipped_cards_use_every_kind_of_curve():
    assert {item.curve for card in shipped_cards() for item in card.items} == set(CURVES)


def test_the_shipped_cards_use_at_least_twelve_measures():
    assert len({item.measure for card in shipped_cards() for item in card.items}) >= 12


def test_the_shipped_cards_share_coverage_pulse_limits_bands_and_the_rule_of_the_review():
    for card in shipped_cards():
        assert (card.min_coverage, card.pulse) == (0.5, {"may_raise": False, "largest_percent": 30.0})
        assert [(band["label"], band["low"], band["high"]) for band in card.bands] == [
            ("Strong", 70, 100), ("Moderate", 50, 69), ("Weak", 0, 49),
        ]  # fmt: skip
        rules = [(rule["fact"], rule["kind"], rule["amount"]) for rule in card.adjustments]
        assert rules == [("ebr_overdue", "percent", -20)]
        assert [flag["band_cap"] for flag in card.flags if flag["fact"] == "days_since_acquired"] == ["moderate"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (("weight = 100", "weight = 90"), "The weights sum to 90, not to 100."),
        (('key = "nps"', 'key = "nsp"'), "There is no measure 'nsp'"),
        (("full = 50", ""), "full"),
        (('curve = "linear"', 'curve = "magic"'), "magic"),
        (("slug =", "slig ="), "slug"),
        (("name = ", "name ? "), "card.toml"),
    ],
)
def test_a_bad_card_is_refused_in_words(file, change, complaint):
    with pytest.raises(BadScorecard, match="card.toml: ") as refusal:
        read_card(file(GOOD.replace(*change)))
    assert complaint in str(refusal.value)


def test_a_card_may_name_what_a_flag_caps_only_among_its_bands(file):
    flag = '[[flags]]\nkey = "x"\nlabel = "X"\nfact = "no_owner"\nband_cap = "gold"\n'
    with pytest.raises(BadScorecard, match="gold"):
        read_card(file(GOOD + flag))


def test_publishing_twice_gives_two_versions_and_each_stays_as_it_was(file, db):
    card = read_card(file(GOOD))
    first = publish(card=card, effective_from=date(2026, 1, 1), reason="start", by=None, at=NOW)
    second = publish(card=card, effective_from=date(2026, 2, 1), reason="again", by=None, at=NOW)
    assert [first.number, second.number] == [1, 2]
    assert cards_on(date(2026, 1, 31)).default.version_id == first.pk
    assert cards_on(date(2026, 2, 1)).default.version_id == second.pk
    assert AuditEntry.objects.count() == 2


@pytest.mark.parametrize("card", shipped_cards(), ids=lambda card: card.slug)
def test_a_written_file_reads_back_as_the_same_card(card, tmp_path):
    path = tmp_path / "written.toml"
    for written in (card, replace(card, flags=[], adjustments=[], pulse={"may_raise": True, "largest_percent": 10})):
        path.write_text(to_toml(written))
        assert read_card(path) == written


def test_names_with_quotes_survive_a_file(tmp_path):
    card = replace(shipped_cards()[0], name='The "big" ones \\ naïve\n')
    path = tmp_path / "written.toml"
    path.write_text(to_toml(card))
    assert read_card(path).name == card.name


def test_publishing_needs_a_reason(file, db):
    with pytest.raises(BadScorecard, match="Say why"):
        publish(card=read_card(file(GOOD)), effective_from=date(2026, 1, 1), reason=" ", by=None, at=NOW)


def test_shipped_cards_are_published_once_and_only_for_segments_that_exist(db):
    Segment.objects.create(slug="smb", name="SMB")
    assert {str(version) for version in publish_shipped(by=None, at=NOW)} == {
        "Default scorecard v1",
        "SMB scorecard v1",
    }
    assert publish_shipped(by=None, at=NOW) == []
    assert ScorecardVersion.objects.count() == 2


def test_without_a_scorecard_nothing_is_scored_and_the_error_says_what_to_do(db):
    with pytest.raises(NoScorecard, match="publish_scorecards"):
        cards_on(date(2026, 1, 1))
