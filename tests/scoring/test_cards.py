"""Which card applies to an account: by segment, else by phase, else the default, and the reason in words."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from django.db import IntegrityError

from accounts.models import Phase, Segment
from scoring.cards import NoScorecard, card_of, cards_on
from scoring.models import Scorecard
from scoring.operations import BEGINNING, publish
from tests.conftest import NOW
from tests.scoring.conftest import a_card

NPS = {"key": "nps", "weight": 100, "curve": "linear", "zero": -50, "full": 50}
DAY = date(2026, 6, 30)
ONBOARDING, ADOPTION = (list(Phase).index(phase) for phase in (Phase.ONBOARDING, Phase.ADOPTION))
NONE = -1


def published(slug: str, *, day: date = BEGINNING, **stated: object):
    card = a_card(NPS, slug=slug, name=f"{slug.title()} card", **stated)
    return publish(card=card, effective_from=day, reason="test", by=None, at=NOW)


@pytest.fixture
def enterprise(db) -> Segment:
    return Segment.objects.create(slug="enterprise", name="Enterprise")


@pytest.fixture
def three(enterprise, smb):
    """A default, one for a segment and one for a phase."""
    return [published("default"), published("enterprise", segment="enterprise"), published("start", phase="onboarding")]


def test_the_segment_comes_before_the_phase_and_the_phase_before_the_default(three, enterprise, smb):
    cards = cards_on(DAY)
    segments = np.array([enterprise.pk, enterprise.pk, smb.pk, smb.pk, NONE, NONE])
    phases = np.array([ONBOARDING, ADOPTION, ONBOARDING, ADOPTION, ONBOARDING, NONE])
    names = [cards.all()[place].name for place in cards.apply(segments, phases)]
    assert names == [
        "Enterprise card", "Enterprise card", "Start card", "Default card", "Start card", "Default card",
    ]  # fmt: skip


def test_many_accounts_and_one_get_the_same_card(three, enterprise, smb):
    cards = cards_on(DAY)
    pairs = [(segment, phase) for segment in (enterprise.pk, smb.pk, NONE) for phase in range(-1, len(Phase))]
    segments, phases = (np.array(column) for column in zip(*pairs, strict=True))
    places = cards.apply(segments, phases)
    assert [cards.all()[place] for place in places] == [cards.card(*pair) for pair in pairs]


def test_the_reason_is_said_in_words(three, enterprise, smb):
    cards = cards_on(DAY)
    assert cards.reason(enterprise.pk, ONBOARDING) == "Enterprise card, because the account is in segment Enterprise"
    assert cards.reason(smb.pk, ONBOARDING) == (
        "Start card, because the account is in phase Onboarding and its segment has no card of its own"
    )
    assert cards.reason(smb.pk, ADOPTION) == (
        "Default card, because neither the account's segment nor its phase has a card of its own"
    )


def test_a_card_applies_from_its_day_on(three, smb):
    late = published("smb", segment="smb", day=DAY)
    assert cards_on(date(2026, 6, 29)).card(smb.pk, ADOPTION).name == "Default card"
    assert cards_on(DAY).card(smb.pk, ADOPTION).version_id == late.pk


def test_of_two_versions_of_one_day_the_later_one_counts(db):
    first, second = published("default", day=DAY), published("default", day=DAY)
    assert (first.number, second.number) == (1, 2)
    assert cards_on(DAY).default.version_id == second.pk


def test_a_draft_takes_the_place_of_the_card_with_its_scope(three, enterprise):
    draft = replace(card_of(three[1]), version_id=-1)
    cards = cards_on(DAY, draft=draft)
    assert cards.card(enterprise.pk, NONE) is draft
    assert len(cards.all()) == 3
    moved = replace(draft, segment_id=None, segment_name="", phase="renewal")
    assert len(cards_on(DAY, draft=moved).all()) == 4


def test_without_a_default_nothing_is_scored(enterprise):
    published("enterprise", segment="enterprise")
    with pytest.raises(NoScorecard, match="publish_scorecards"):
        cards_on(DAY)


@pytest.mark.django_db
@pytest.mark.parametrize("phase", ["", "value"])
def test_the_database_refuses_a_second_default_and_a_second_card_of_a_phase(phase):
    Scorecard.objects.create(slug="one", name="One", phase=phase)
    with pytest.raises(IntegrityError):
        Scorecard.objects.create(slug="two", name="Two", phase=phase)


def test_the_database_refuses_a_card_of_a_segment_and_a_phase(enterprise):
    with pytest.raises(IntegrityError):
        Scorecard.objects.create(slug="both", name="Both", segment=enterprise, phase="value")


def test_reading_the_cards_takes_two_queries(three, django_assert_num_queries):
    with django_assert_num_queries(2):
        cards_on(DAY)
