"""All cards of an organization have as many bands as the default card; another number takes the others along."""

from datetime import timedelta

import pytest

from dashboards.pages.scorecards_bands import preset
from scoring.cards import cards_on
from scoring.checks import BadScorecard
from scoring.common_bands import number_problems
from scoring.models import AccountHealth, ScorecardVersion, Snapshot
from scoring.operations import BEGINNING, publish, start_draft
from scoring.pipeline import score_days
from scoring.queries.words import words_of_scorecards
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import done_run
from tests.scoring.conftest import a_card, clock

CSAT = {"key": "csm_sentiment", "weight": 100, "curve": "linear", "zero": 1, "full": 5}
CAPPED = {"key": "acquired", "label": "Acquired", "fact": "days_since_acquired", "comparison": "at_least", "limit": 0}


def published(day=BEGINNING, **stated):
    return publish(card=a_card(CSAT, **stated), effective_from=day, reason="More to tell", by=None, at=NOW)


def lows(version: ScorecardVersion) -> list[int]:
    return [band["low"] for band in version.bands]


def newest(slug: str) -> ScorecardVersion:
    return ScorecardVersion.objects.filter(scorecard__slug=slug).order_by("number").last()


@pytest.fixture
def cards(smb):
    """A default card and one of a segment, each with three bands."""
    published()
    published(slug="smb", name="Small", segment="smb", flags=[CAPPED | {"band_cap": "moderate"}])


@pytest.mark.parametrize(
    ("name", "expected"), [("two", [60, 0]), ("four", [85, 70, 50, 0]), ("five", [85, 70, 50, 30, 0])]
)
def test_a_default_card_with_another_number_gives_all_cards_its_bands_on_the_same_day(cards, name, expected):
    version = published(TODAY, bands=preset(name))
    other = newest("smb")
    assert (lows(version), lows(other)) == (expected, expected)
    assert (other.number, other.effective_from) == (2, TODAY)
    assert other.reason == "Bands as Default v2: More to tell"
    assert {len(card.bands.bands) for card in cards_on(TODAY).all()} == {len(expected)}
    assert {len(card.bands.bands) for card in cards_on(TODAY - timedelta(days=1)).all()} == {3}


@pytest.mark.parametrize(("name", "cap"), [("two", "weak"), ("four", "moderate"), ("five", "moderate")])
def test_a_flag_that_capped_at_a_band_that_is_gone_caps_at_the_next_worse(cards, name, cap):
    published(TODAY, bands=preset(name))
    assert newest("smb").flags[0]["band_cap"] == cap


def test_other_limits_and_names_of_as_many_bands_leave_the_other_cards_alone(cards):
    published(TODAY, bands=preset("lights"))
    assert newest("smb").number == 1


def test_another_card_may_not_have_another_number_and_is_told_so_in_words(cards):
    card = a_card(CSAT, slug="smb", name="Small", segment="smb", bands=preset("five"))
    said = (
        "All cards have as many bands as the default one: Default v1 has 3, this card 5. "
        "Take the default card's bands, or change their number there."
    )
    assert [(problem.place, problem.text) for problem in number_problems(card)] == [("bands", said)]
    with pytest.raises(BadScorecard, match="as many bands as the default one"):
        publish(card=card, effective_from=TODAY, reason="Mine", by=None, at=NOW)


def test_a_card_that_cannot_follow_stops_all_and_nothing_is_half_done(cards):
    later = TODAY + timedelta(days=9)
    published(later, slug="smb", name="Small", segment="smb")
    with pytest.raises(BadScorecard, match="Small takes the same bands over: v2 applies from .*, before it."):
        published(TODAY, bands=preset("five"))
    assert ScorecardVersion.objects.count() == 3


def test_a_draft_of_another_card_that_was_begun_before_is_told_too(cards, ops):
    draft = start_draft(scorecard=newest("smb").scorecard, by=ops, at=NOW)
    published(TODAY, bands=preset("five"))
    card = a_card(CSAT, slug="smb", name="Small", segment="smb", bands=draft.content["bands"])
    assert len(list(number_problems(card))) == 1


def test_new_bands_band_all_accounts_with_the_next_scores_and_leave_the_days_before(
    cards, organization, make_account, csm, enter
):
    accounts = [make_account(name, owner=csm) for name in ("A", "B", "C")]
    yesterday = TODAY - timedelta(days=1)
    for account, rating in zip(accounts, (5, 4, 2), strict=True):
        enter("csm_sentiment", account, rating, on=yesterday, by=csm)
    score_days([yesterday], clock=clock)
    assert banded(yesterday) == [0, 0, 2]
    published(TODAY, bands=preset("five"))
    assert banded(yesterday) == [0, 0, 2]
    score_days([TODAY], clock=clock)
    # 100 is Excellent from 85, 75 Strong from 70, 25 Critical below 30.
    assert banded(TODAY) == [-2, 0, 3]
    assert list(AccountHealth.objects.order_by("account__name").values_list("band", flat=True)) == [-2, 0, 3]
    assert banded(yesterday) == [0, 0, 2]
    words = words_of_scorecards()
    assert [words.band(code) for code in (-2, 0, 3, -1)] == ["Excellent", "Strong", "Critical", "Undefined"]
    assert words.banded_on == (TODAY,)
    assert words.at_risk == "Weak or Critical"


def test_a_band_that_is_gone_keeps_its_last_name(cards, organization):
    published(TODAY, bands=preset("two"))
    done_run(TODAY)
    words = words_of_scorecards()
    assert (words.band(1), words.band(0), words.at_risk) == ("Moderate", "Healthy", "At risk")
    assert words.codes() == (0, 2, -1)
    assert words.codes(among=[1, -1]) == (0, 1, 2, -1)


def banded(day) -> list[int]:
    return list(Snapshot.objects.filter(as_of=day).order_by("account__name").values_list("band", flat=True))
