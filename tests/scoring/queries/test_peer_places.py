"""Percentiles among peers: worked by hand, widened where they are few, and never told of under ten."""

import numpy as np
import pytest

from accounts.queries.account import accounts_in_full
from dashboards.pages.account_peers import build_peers
from scoring.core.peers import mid_rank
from scoring.queries import peer_places
from scoring.queries.explanation import explanation_on
from scoring.queries.peer_places import peers_of
from tests.conftest import TODAY
from tests.dashboards.pages.boards import give_health
from tests.dashboards.snapshots import MEASURES, give_snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_peer(organization, make_account, csm, smb):
    def make(name, *, score, adoption=0.4, industry="Mining", size="small", unknown=False):
        made = make_account(name, owner=csm, industry=industry, size_tier=size)
        measures = [[None, None, 0] if unknown else [adoption, 50.0, 1875], *MEASURES[1:]]
        give_snapshot(made, day=TODAY, score=score, measures=measures)
        give_health(made, score=score)
        return made

    return make


def places(account, csm):
    found = accounts_in_full(csm).get(pk=account.pk)
    return peers_of(found, explanation_on(found, day=TODAY))


def test_the_rank_counts_half_of_the_equal_and_itself():
    others = np.array([10.0, 20.0, 20.0, 40.0])
    # Below 20: one; equal with itself: three. (1 + 1.5) / 5.
    assert mid_rank(20.0, others, is_higher_better=True) == 50.0
    assert mid_rank(40.0, others, is_higher_better=False) == 20.0


def test_ten_of_industry_and_size_are_enough(make_peer, csm):
    low = [make_peer(f"P{n}", score=5000 + n * 100, adoption=n / 10) for n in range(10)][0]
    make_peer("Elsewhere", score=9000, industry="Retail")
    found = places(low, csm)
    assert (found.score.group.shared, found.score.group.count, found.score.percentile) == (("Mining", "small"), 10, 5.0)
    adoption = found.measures[0]
    assert (adoption.key, adoption.percentile) == ("utilisation_vs_target", 5.0)
    # Days since login are the same for all: in the middle, whichever way is better.
    assert {place.percentile for place in found.measures[1:]} == {50.0}


@pytest.mark.parametrize(("size", "industry", "shared"), [("large", "Mining", ("Mining",)), ("large", "Retail", ())])
def test_too_few_are_widened_to_the_industry_and_then_to_all_and_the_page_says_so(
    make_peer, csm, size, industry, shared
):
    mine = make_peer("Mine", score=5000)
    for n in range(9):
        make_peer(f"P{n}", score=6000 + n, size=size, industry=industry)
    found = places(mine, csm)
    assert (found.score.group.shared, found.score.percentile) == (shared, 5.0)
    account = accounts_in_full(csm).get(pk=mine.pk)
    block = build_peers(account, explanation_on(account, day=TODAY))
    assert block.note == ("Under 10 share its size as well." if shared else "Under 10 share its industry.")


def test_under_ten_nothing_is_said(make_peer, csm):
    mine = [make_peer(f"P{n}", score=5000 + n) for n in range(9)][0]
    assert places(mine, csm) is None


def test_a_measure_that_few_peers_have_is_placed_among_more_of_them_or_left_out(make_peer, csm):
    mine = make_peer("Mine", score=5000, adoption=0.9)
    for n in range(9):
        make_peer(f"P{n}", score=6000 + n, unknown=True)
    assert "utilisation_vs_target" not in {place.key for place in places(mine, csm).measures}
    for n in range(9):
        make_peer(f"Q{n}", score=6000 + n, industry="Retail")
    peer_places.cache.clear()
    found = places(mine, csm)
    adoption = found.measures[0]
    assert (found.score.group.shared, adoption.group.shared, adoption.percentile) == (("Mining", "small"), (), 95.0)


def test_of_many_every_nth_is_read_and_the_page_says_so(make_peer, csm, monkeypatch):
    monkeypatch.setattr(peer_places, "MOST_READ", 10)
    mine = [make_peer(f"P{n:02}", score=5000 + n) for n in range(20)][0]
    group = places(mine, csm).score.group
    assert (group.count, group.read) == (20, 10)
    account = accounts_in_full(csm).get(pk=mine.pk)
    assert "Read from 10 of them." in build_peers(account, explanation_on(account, day=TODAY)).note


@pytest.fixture(autouse=True)
def forgotten():
    """What a test counted is not remembered by the next."""
    peer_places.cache.clear()
