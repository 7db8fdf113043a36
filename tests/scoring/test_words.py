"""What the scorecards behind the newest scores call their bands and flags."""

from datetime import timedelta

import pytest

from scoring.core.bands import DEFAULT_BANDS
from scoring.operations import BEGINNING, publish
from scoring.queries.words import words_of_scorecards, words_remembered
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import done_run
from tests.scoring.conftest import a_card

NPS = {"key": "nps", "weight": 100, "curve": "linear", "zero": -50, "full": 50}
GREEN = [
    {"key": "strong", "label": "Green", "low": 80, "high": 100, "color": "green"},
    {"key": "moderate", "label": "Amber", "low": 60, "high": 79},
    {"key": "weak", "label": "Red", "low": 0, "high": 59},
]


def published(day=BEGINNING, **stated):
    return publish(card=a_card(NPS, **stated), effective_from=day, reason="test", by=None, at=NOW)


def names() -> list[str]:
    return [band.label for band in words_of_scorecards().bands.bands]


def test_before_any_card_the_usual_bands(db):
    assert words_of_scorecards().bands == DEFAULT_BANDS


def test_the_default_card_names_and_colors_the_bands_and_those_of_segments_and_phases_do_not(smb):
    published(slug="smb", segment="smb", bands=GREEN)
    published(slug="start", phase="onboarding", bands=GREEN)
    published()
    assert names() == ["Strong", "Moderate", "Weak"]
    published(bands=GREEN)
    assert names() == ["Green", "Amber", "Red"]
    assert words_of_scorecards().bands.colors == {0: "green", 1: "moderate", 2: "weak"}


@pytest.mark.parametrize(("begins_in_days", "best"), [(0, "Green"), (1, "Strong")])
def test_a_version_that_begins_later_names_nothing_yet(db, begins_in_days, best):
    published()
    published(TODAY + timedelta(days=begins_in_days), bands=GREEN)
    done_run(TODAY)
    assert names()[0] == best


def test_they_are_read_once_while_they_are_remembered(db, django_assert_num_queries):
    with django_assert_num_queries(1), words_remembered():
        assert words_of_scorecards() is words_of_scorecards()
