"""Parents that roll up: in a run, in a replay, over two levels, and when there is nothing to roll up."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Account, ManualReading, Pulse, PulseCategory, RollUp
from scoring.breakdown import unpack
from scoring.cards import cards_on
from scoring.families import families_on, levels_of
from scoring.models import DailySummary, Snapshot
from scoring.pipeline import score_days
from scoring.replay import replay
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, clock
from tests.scoring.test_pipeline import RATING


@pytest.fixture
def rate(source):
    def record(account, value):
        ManualReading.objects.create(
            account=account, measure="rating", value=value, read_on=AS_OF, expires_on=AS_OF + timedelta(days=60),
            source=source, external_id=str(account.pk), recorded_at=NOW,
        )  # fmt: skip

    return record


@pytest.fixture
def group(make_account, publish_card, rate):
    """A group of two companies: 75.00 with 30,000 of ARR, 25.00 with 10,000."""
    publish_card({**RATING, "weight": 100})
    parent = make_account("Group", arr=Decimal(0), roll_up=RollUp.ARR_WEIGHTED)
    for name, arr, rating in (("North", 30_000, 4), ("South", 10_000, 2)):
        rate(make_account(name, arr=Decimal(arr), parent=parent), rating)
    return parent


def score_of(account: Account) -> int | None:
    return Snapshot.objects.get(account=account, as_of=AS_OF).score


@pytest.mark.parametrize(("rule", "score"), [("mean", 5000), ("arr_weighted", 6250), ("worst", 2500)])
def test_the_parents_score_is_its_childrens_by_the_chosen_rule(group, rule, score):
    Account.objects.filter(pk=group.pk).update(roll_up=rule)
    score_days([AS_OF], clock=clock)
    assert score_of(group) == score


def test_the_breakdown_names_each_child_and_sums_to_the_score(group):
    score_days([AS_OF], clock=clock)
    kept = unpack(Snapshot.objects.get(account=group).breakdown)
    north, south = Account.objects.get(name="North"), Account.objects.get(name="South")
    assert [(change.key, change.line) for change in kept.changes] == [
        (f"child:{north.pk}", 5625), (f"child:{south.pk}", 625),
    ]  # fmt: skip
    assert (kept.base, sum(line.line for line in kept.measures)) == (6250, 0)


def test_rules_and_pulses_of_the_parent_act_on_what_its_children_gave(group, csm):
    Pulse.objects.create(
        account=group, percent=Decimal(-10), category=PulseCategory.OTHER, reason="Sold", author=csm, starts_on=AS_OF,
        ends_on=AS_OF, recorded_at=NOW,
    )  # fmt: skip
    score_days([AS_OF], clock=clock)
    assert score_of(group) == 5625


def test_by_default_a_parent_is_scored_by_its_own_facts(group, rate):
    Account.objects.filter(pk=group.pk).update(roll_up=RollUp.OWN)
    rate(group, 5)
    score_days([AS_OF], clock=clock)
    assert score_of(group) == 10_000


def test_a_parent_whose_children_left_is_scored_by_its_own_facts(group, rate):
    for child in group.children.all():
        child.history.update(status="churned")
    rate(group, 5)
    score_days([AS_OF], clock=clock)
    assert score_of(group) == 10_000


def test_without_a_scored_child_the_parent_is_undefined(group):
    ManualReading.objects.all().delete()
    score_days([AS_OF], clock=clock)
    assert score_of(group) is None


def test_levels_are_scored_from_the_bottom_up(group, make_account, rate):
    holding = make_account("Holding", roll_up=RollUp.MEAN)
    Account.objects.filter(pk=group.pk).update(parent=holding)
    rate(make_account("East", parent=holding), 5)
    score_days([AS_OF], clock=clock)
    assert score_of(holding) == 8125  # of 62.50 and 100.00


def test_accounts_in_a_circle_are_scored_by_their_own_facts():
    assert levels_of({1: [2], 2: [1], 3: [4]}) == ((3,),)


def test_a_replay_rolls_up_as_the_run_did(group):
    score_days([AS_OF], clock=clock)
    found = replay(day=AS_OF, cards=cards_on(AS_OF))
    assert found.account_ids.tolist() == sorted(Account.objects.values_list("pk", flat=True))
    assert found.breakdowns == [bytes(s.breakdown) for s in Snapshot.objects.order_by("account")]
    alone = replay(day=AS_OF, cards=cards_on(AS_OF), account_ids=[group.pk])
    assert (alone.account_ids.tolist(), alone.scores.tolist()) == ([group.pk], [6250])


def test_a_run_over_the_parents_segment_scores_children_elsewhere_on_the_way(group):
    group.children.all().update(segment=None)
    for child in group.children.all():
        child.history.update(segment=None)
    score_days([AS_OF], clock=clock, segment=group.segment)
    assert score_of(group) == 6250
    assert Snapshot.objects.count() == 1


def test_every_account_is_counted_once_in_the_days_sums(group):
    score_days([AS_OF], clock=clock)
    assert sum(DailySummary.objects.values_list("accounts", flat=True)) == 3


def test_ancestors_are_those_whose_score_changes_with_a_child(group, make_account):
    holding = make_account("Holding", roll_up=RollUp.MEAN)
    Account.objects.filter(pk=group.pk).update(parent=holding)
    child = Account.objects.get(name="North")
    assert families_on(AS_OF).ancestors([child.pk]) == {group.pk, holding.pk}


def test_a_chunk_of_parents_alone_scores_nothing_and_loses_nothing(group, settings):
    settings.SCORING_CHUNK_ACCOUNTS = 1
    score_days([AS_OF], clock=clock)
    assert score_of(group) == 6250


def test_a_parent_replayed_alone_as_known_then_sees_of_its_children_only_what_was_known_then(group):
    north = Account.objects.get(name="North")
    before = replay(day=AS_OF, cards=cards_on(AS_OF), known_at=NOW, account_ids=[group.pk])
    ManualReading.objects.create(
        account=north, measure="rating", value=5, read_on=AS_OF, expires_on=AS_OF, source=north.source,
        external_id="later", recorded_at=NOW + timedelta(days=1),
    )  # fmt: skip
    after = replay(day=AS_OF, cards=cards_on(AS_OF), known_at=NOW, account_ids=[group.pk])
    assert before.scores.tolist() == after.scores.tolist() == [6250]
    assert replay(day=AS_OF, cards=cards_on(AS_OF), account_ids=[group.pk]).scores.tolist() == [8125]
