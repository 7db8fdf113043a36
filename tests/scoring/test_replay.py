"""Any day again, with any cards: as now known or as known then, and nothing is written."""

from datetime import date, timedelta

import pytest
from django.apps import apps

from accounts.models import AccountHistory, ManualReading, Override, Pulse
from scoring.breakdown import unpack
from scoring.cards import Card, card_of_draft, cards_on
from scoring.conclude import Concluded
from scoring.models import ScorecardVersion, ScoringRun, Snapshot
from scoring.operations import edit_draft, start_draft
from scoring.pipeline import score_days
from scoring.replay import replay
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, clock
from tests.scoring.test_pipeline import FIT, RATING

# Work of ours, links, notes of what to score, and what is summed up from rows of usage.
NOT_FACTS = {
    "MitigationPlan", "ShareLink", "AccountTouch", "UserDay", "FeatureDay", "AccountDay", "UsageMonth", "StreamAccount",
    "Snooze", "SurveyOptOut", "OutboxMail", "MailPermission", "ReengagementMail", "Proposal", "PlanReview",
    "RenewalOutlook",
}  # fmt: skip
DROPPED = {
    "key": "dropped", "label": "Dropped", "fact": "score_drop_30_days", "comparison": "over", "limit": 10,
}  # fmt: skip


@pytest.fixture
def read(source):
    def record(account, value, *, day=AS_OF, recorded_at=NOW):
        return ManualReading.objects.create(
            account=account, measure="rating", value=value, read_on=day, expires_on=day + timedelta(days=60),
            source=source, external_id=f"{account.pk}/{day}/{recorded_at}", recorded_at=recorded_at,
        )  # fmt: skip

    return record


@pytest.fixture
def rated(acme, publish_card, read):
    publish_card({**RATING, "weight": 100})
    read(acme, 4)
    return acme


def test_a_replay_with_the_live_cards_is_the_snapshot(rated):
    score_days([AS_OF], clock=clock)
    found = replay(day=AS_OF, cards=cards_on(AS_OF))
    kept = Snapshot.objects.get()
    assert found.account_ids.tolist() == [rated.pk]
    assert (found.scores.tolist(), found.bands.tolist()) == ([kept.score], [kept.band])
    assert found.breakdowns == [bytes(kept.breakdown)]


def test_a_replay_writes_nothing(rated):
    replay(day=AS_OF, cards=cards_on(AS_OF), known_at=NOW)
    assert not ScoringRun.objects.exists()
    assert not Snapshot.objects.exists()


def test_a_day_as_known_then_does_not_see_what_was_recorded_later(rated, read):
    read(rated, 5, recorded_at=NOW + timedelta(days=3))
    # History must have been known by then, too.
    AccountHistory.objects.update(recorded_at=NOW)
    now, then = (replay(day=AS_OF, cards=cards_on(AS_OF), known_at=at).scores.tolist() for at in (None, NOW))
    assert (now, then) == ([10_000], [7500])


def test_a_past_day_takes_the_account_as_it_was(rated, read):
    read(rated, 3, day=date(2026, 3, 1))
    found = replay(day=date(2026, 3, 31), cards=cards_on(AS_OF))
    assert found.scores.tolist() == [5000]


def test_a_day_before_anyone_was_there_is_empty(rated):
    found = replay(day=date(2020, 1, 1), cards=cards_on(AS_OF))
    assert (found.account_ids.tolist(), found.breakdowns) == ([], [])


def test_of_the_accounts_only_those_asked_for_are_returned_but_peers_are_all(make_account, publish_card, read):
    publish_card({"key": "reading:rating", "weight": 100, "curve": "percentile", "is_higher_better": True})
    accounts = [make_account(f"A{n}") for n in range(4)]
    for n, account in enumerate(accounts, start=1):
        read(account, n)
    found = replay(day=AS_OF, cards=cards_on(AS_OF), account_ids=[accounts[2].pk])
    # Two below and half of itself, of four.
    assert (found.account_ids.tolist(), found.scores.tolist()) == ([accounts[2].pk], [6250])


def test_another_card_gives_another_score_of_the_same_facts(rated, publish_card):
    score_days([AS_OF], clock=clock)
    publish_card({**RATING, "weight": 50}, {**FIT, "weight": 50, "missing": "zero"})
    found = replay(day=AS_OF, cards=cards_on(AS_OF))
    assert found.scores.tolist() == [3750]
    assert [line.line for line in unpack(found.breakdowns[0]).measures] == [3750, 0]
    assert Snapshot.objects.get().score == 7500


def test_a_pulse_and_an_override_that_were_recorded_later_did_not_act_then(rated, csm):
    later = NOW + timedelta(days=2)
    said = {
        "account": rated, "category": "other", "reason": "r", "author": csm, "starts_on": AS_OF, "ends_on": AS_OF,
    }  # fmt: skip
    Pulse.objects.create(**said, percent=-20, recorded_at=NOW)
    Pulse.objects.create(**said, percent=-10, recorded_at=later)
    scores = [replay(day=AS_OF, cards=cards_on(AS_OF), known_at=at).scores.tolist() for at in (None, NOW)]
    assert scores == [[5400], [6000]]
    Override.objects.create(**said, score_hundredths=9000, recorded_at=later)
    scores = [replay(day=AS_OF, cards=cards_on(AS_OF), known_at=at).scores.tolist() for at in (None, NOW)]
    assert scores == [[9000], [6000]]


def test_an_account_that_was_entered_later_was_not_known_then(rated, make_account):
    other = make_account("Other")
    AccountHistory.objects.filter(account=other).update(recorded_at=NOW + timedelta(days=2))
    found = [replay(day=AS_OF, cards=cards_on(AS_OF), known_at=at).account_ids.tolist() for at in (None, NOW)]
    assert found == [[rated.pk, other.pk], [rated.pk]]


def test_what_scoring_reads_of_an_account_carries_when_it_was_recorded():
    facts = [
        model
        for model in apps.get_app_config("accounts").get_models()
        if {"account", "contact"} & {field.name for field in model._meta.concrete_fields}
        and model.__name__ not in NOT_FACTS
    ]
    assert len(facts) > 12
    for model in facts:
        assert not model._meta.get_field("recorded_at").null, model.__name__


@pytest.fixture
def draft(rated, ops):
    """The live card with a rating of 9 instead of 5 as the best."""
    return drafted(ops, full=9)


def test_24_month_ends_are_replayed_under_a_draft(rated, read, draft):
    ends = [AS_OF]
    while len(ends) < 24:
        ends.insert(0, ends[0].replace(day=1) - timedelta(days=1))
    for n, day in enumerate(ends[:-1]):
        read(rated, 1 + n % 5, day=day)
    live, tried = (
        [replay(day=day, cards=cards).scores.tolist()[0] for day in ends]
        for cards in (cards_on(AS_OF), cards_on(AS_OF, draft=draft))
    )
    # 1 to 5 in turn, 4 on the last day: each step is a quarter of the way to 5 and an eighth of that to 9.
    assert live == [n % 5 * 2500 for n in range(23)] + [7500]
    assert tried == [score // 2 for score in live]
    assert not Snapshot.objects.exists()


@pytest.fixture
def dropped(acme, publish_card, read):
    """Rated 5 thirty days ago and 4 today; a flag asks whether the score fell by over 10 points."""
    publish_card({**RATING, "weight": 100}, flags=[DROPPED])
    read(acme, 5, day=AS_OF - timedelta(days=30))
    score_days([AS_OF - timedelta(days=30)], clock=clock)
    read(acme, 4)
    return acme


@pytest.mark.parametrize(("full", "drop"), [(9, 12.5), (5, 25.0)])
def test_a_flag_under_a_draft_compares_with_what_the_draft_gave_then(dropped, ops, full, drop):
    """Kept is 100 of 30 days ago. Under the draft that asks for 9 it is 50 then and 37.5 now: 12.5 fewer."""
    card = drafted(ops, full=full)
    cards = cards_on(AS_OF, draft=card)
    assert drops(replay(day=AS_OF, cards=cards, earlier=cards)) == [drop]
    assert not drops(replay(day=AS_OF, cards=cards)), "without them it is unknown"


def test_a_flag_of_the_live_cards_compares_with_the_kept_score_and_as_known_then_with_nothing(dropped):
    cards = cards_on(AS_OF)
    assert drops(replay(day=AS_OF, cards=cards)) == [25.0]
    late = NOW + timedelta(days=900)
    assert drops(replay(day=AS_OF, cards=cards, known_at=late)) == []
    assert drops(replay(day=AS_OF, cards=cards, known_at=late, earlier=cards)) == [25.0]


def drafted(ops, *, full: int) -> Card:
    started = start_draft(scorecard=ScorecardVersion.objects.get().scorecard, by=ops, at=NOW)
    content = {**started.content, "measures": [{**item, "full": full} for item in started.content["measures"]]}
    edit_draft(draft=started, content=content, edition=started.edition, by=ops, at=NOW)
    return card_of_draft(started)


def drops(found: Concluded) -> list[float | None]:
    """By how many points the score of the one account fell, where the flag is on."""
    return [flag.fact for flag in unpack(found.breakdowns[0]).flags]
