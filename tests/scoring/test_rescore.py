"""A fact changes the score at once, by the code of the night; the night proves that both ways agree (H-2, K-10)."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from accounts import touches
from accounts.models import AccountTouch, ManualReading
from scoring import rescore, tasks
from scoring.models import AccountHealth, DailySummary, RunDifference, ScoringRun, Snapshot, SupersededSnapshot
from scoring.pipeline import score_days
from scoring.queries.summaries import scored_days
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF

pytestmark = pytest.mark.django_db
YESTERDAY, TODAY = AS_OF - timedelta(days=1), AS_OF
RATING = {"key": "reading:rating", "weight": 100, "curve": "linear", "zero": 1, "full": 5}
RANKED = {"key": "reading:rating", "weight": 100, "curve": "percentile", "is_higher_better": True}
MORNING, NOON, NIGHT = (NOW + timedelta(hours=hours) for hours in (0, 2, 14))


@pytest.fixture
def rate(source):
    """A rating of an account, noted with it as every writer of facts does."""

    def record(account, value: float, *, at: datetime = MORNING, day: date = TODAY, told: bool = True) -> None:
        ManualReading.objects.create(
            account=account, measure="rating", value=value, read_on=day, expires_on=day + timedelta(days=60),
            source=source, external_id=f"{account.pk}/{value}/{at}/{day}", recorded_at=at,
        )  # fmt: skip
        if told:
            touches.touch([account.pk], at=at)

    return record


def night(day: date, *, at: datetime = NIGHT) -> ScoringRun:
    score_days([day], clock=lambda: at)
    return ScoringRun.objects.get(as_of=day, kind="full", state="done", started_at=at)


def at_once(*, at: datetime = NOON, day: date = TODAY) -> int:
    return rescore.rescore_waiting(as_of=day, at=at)


def score(account, day: date = TODAY) -> int | None:
    return Snapshot.objects.get(account=account, as_of=day).score


@pytest.fixture
def scored(acme, make_account, publish_card, rate):
    """Two accounts, scored last night."""
    publish_card(RATING)
    other = make_account("Other")
    for account in (acme, other):
        rate(account, 3, day=YESTERDAY)
    touches.settle(touches.take_waiting(limit=10), as_of=YESTERDAY - timedelta(days=9), at=MORNING)
    night(YESTERDAY, at=MORNING - timedelta(hours=9))
    return acme, other


def test_a_fact_of_today_changes_the_score_of_its_account_and_of_no_other(scored, rate):
    acme, other = scored
    rate(acme, 5)
    assert at_once() == 1
    assert (score(acme), score(acme, YESTERDAY)) == (10_000, 5000)
    assert not Snapshot.objects.filter(account=other, as_of=TODAY).exists()
    assert dict(AccountHealth.objects.values_list("account__name", "score")) == {"Acme": 10_000, "Other": 5000}
    assert AccountHealth.objects.get(account=acme).as_of == TODAY
    assert at_once() == 0


def test_the_days_sums_and_the_days_that_pages_show_are_those_of_whole_runs(scored, rate):
    rate(scored[0], 5)
    at_once()
    assert not DailySummary.objects.filter(as_of=TODAY).exists()
    assert scored_days().newest == YESTERDAY


def test_the_run_log_has_one_row_a_day_for_all_that_was_scored_at_once(scored, rate):
    acme, other = scored
    rate(acme, 5)
    at_once()
    rate(other, 4)
    rate(acme, 4, at=NOON)
    at_once(at=NIGHT)
    run = ScoringRun.objects.get(kind="touched")
    assert (run.as_of, run.state, run.accounts, run.changed, run.finished_at) == (TODAY, "done", 3, 3, NIGHT)
    kept = SupersededSnapshot.objects.get(account=acme)
    assert (kept.score, kept.run) == (10_000, run)


def test_whoever_has_no_fact_of_its_own_is_scored_after_the_others_in_parts(scored, rate, monkeypatch):
    acme, other = scored
    rung: list[int] = []
    monkeypatch.setattr(tasks.rescore_others, "apply_async", lambda kwargs, **_: rung.append(kwargs["first"]))
    monkeypatch.setattr(rescore, "AT_ONCE", 1)
    touches.touch_accounts_of({acme.source_id}, at=MORNING)
    assert (tasks.rescore_touched(), rung) == (0, [acme.pk])
    rate(other, 5)
    assert (tasks.rescore_touched(), rung) == (1, [acme.pk] * 2)
    assert tasks.rescore_others(first=acme.pk) == 1
    # The second ring for the same one, and one that comes when nobody waits.
    assert tasks.rescore_others(first=acme.pk) == 0
    assert len(rung) == 2
    assert not touches.is_anybody_waiting()


def test_scoring_the_same_again_changes_nothing(scored, rate):
    rate(scored[0], 5)
    at_once()
    once = list(Snapshot.objects.order_by("account", "as_of").values())
    assert rescore.rescore(account_ids=[scored[0].pk], as_of=TODAY, at=NIGHT) == 0
    assert list(Snapshot.objects.order_by("account", "as_of").values()) == once
    assert not SupersededSnapshot.objects.exists()


def test_before_the_first_whole_run_nobody_is_scored_and_everybody_waits(acme, publish_card, rate):
    rate(acme, 4)
    assert at_once() == 0  # no card
    publish_card(RATING)
    assert at_once() == 0  # no peers
    night(YESTERDAY, at=MORNING - timedelta(hours=9))
    assert at_once() == 1
    assert score(acme) == 7500


def test_an_account_that_left_has_no_score_of_today_and_no_health(scored, rate):
    acme, _ = scored
    rate(acme, 5)
    at_once()
    acme.history.update(status="churned")
    touches.touch([acme.pk], at=NOON)
    at_once(at=NIGHT)
    assert not Snapshot.objects.filter(account=acme, as_of=TODAY).exists()
    assert SupersededSnapshot.objects.get(account=acme).score == 10_000
    assert not AccountHealth.objects.filter(account=acme).exists()
    assert Snapshot.objects.filter(account=acme, as_of=YESTERDAY).exists()


def test_an_account_that_cannot_be_scored_keeps_its_score_says_why_and_holds_nobody_up(scored, rate):
    acme, other = scored
    acme.history.update(currency="EUR")
    for account in scored:
        rate(account, 5)
    assert at_once() == 2
    assert AccountHealth.objects.get(account=acme).score == 5000
    assert score(other) == 10_000
    assert "No exchange rate for EUR" in ScoringRun.objects.get(kind="touched").error


def test_a_database_in_trouble_loses_nothing(scored, rate, monkeypatch):
    from django.db import OperationalError

    rate(scored[0], 5)

    def broken(*args: object, **kwargs: object) -> None:
        raise OperationalError("the server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(rescore, "score", broken)
        with pytest.raises(OperationalError):
            at_once()
    assert at_once() == 1


def test_a_parent_that_rolls_up_is_scored_with_its_child_and_found_again(scored, rate, make_account):
    acme, other = scored
    group = make_account("Group", roll_up="mean")
    type(group).objects.filter(pk__in=[acme.pk, other.pk]).update(parent=group)
    night(YESTERDAY, at=MORNING - timedelta(hours=8))
    rate(acme, 5)
    at_once()
    assert (score(acme), score(group)) == (10_000, 7500)
    assert not Snapshot.objects.filter(account=other, as_of=TODAY).exists()
    rate(group, 1)
    at_once()
    assert score(group) == 7500
    run = night(TODAY)
    assert (run.compared, run.differing) == (2, 0)


def test_a_newer_fact_of_a_child_is_a_newer_fact_of_its_parent(scored, rate, make_account):
    acme, other = scored
    group = make_account("Group", roll_up="mean")
    type(group).objects.filter(pk__in=[acme.pk, other.pk]).update(parent=group)
    rate(group, 5)
    at_once()
    rate(acme, 1, at=NOON)
    assert (night(TODAY).compared, score(group)) == (0, 2500)


# Peers


def test_an_account_is_ranked_among_the_peers_of_the_last_whole_run(acme, make_account, publish_card, rate):
    publish_card(RANKED)
    others = [make_account(f"P{n}") for n in range(11)]
    for n, account in enumerate([acme, *others]):
        rate(account, 1 + n / 4, day=YESTERDAY, told=False)
    night(YESTERDAY, at=MORNING - timedelta(hours=9))
    rate(acme, 4.9)
    rate(others[0], 5, told=False)
    at_once()
    assert score(acme) == 9583  # 11 below, itself: 11.5 of 12; the newer 5 of another is not known to its peers
    assert night(TODAY).compared == 1
    assert score(acme) == 8750


# The proof


def test_the_night_finds_what_was_found_at_once(scored, rate):
    for account in scored:
        rate(account, 5)
    at_once()
    run = night(TODAY)
    assert (run.compared, run.differing, run.changed) == (2, 0, 0)


def test_peers_that_move_are_no_difference(acme, make_account, publish_card, rate):
    publish_card(RANKED)
    others = [make_account(f"P{n}") for n in range(11)]
    for n, account in enumerate([acme, *others]):
        rate(account, 1 + n / 4, day=YESTERDAY, told=False)
    night(YESTERDAY, at=MORNING - timedelta(hours=9))
    for n, account in enumerate([acme, *others]):
        rate(account, 5 - n / 4)
    at_once()
    run = night(TODAY)
    assert (run.compared, run.differing, run.changed > 0) == (12, 0, True)


def test_a_score_that_is_wrong_is_found_with_both_scores(scored, rate):
    acme, _ = scored
    rate(acme, 5)
    at_once()
    Snapshot.objects.filter(account=acme, as_of=TODAY).update(score=1234)
    run = night(TODAY)
    assert (run.compared, run.differing) == (1, 1)
    difference = RunDifference.objects.get()
    assert (difference.run, difference.account, difference.at_once.kind) == (run, acme, "touched")
    assert (difference.score_at_once, difference.score) == (1234, 10_000)
    assert score(acme) == 10_000
    assert SupersededSnapshot.objects.get(account=acme).score == 1234


def test_a_writer_who_forgets_to_touch_is_found(scored, rate):
    acme, _ = scored
    rate(acme, 5)
    at_once()
    rate(acme, 1, at=NOON, told=False)
    assert night(TODAY).differing == 1


def test_an_account_with_a_newer_fact_is_not_compared(scored, rate):
    acme, _ = scored
    rate(acme, 5)
    at_once()
    rate(acme, 1, at=NOON)
    run = night(TODAY)
    assert (run.compared, run.differing, score(acme)) == (0, 0, 0)


def test_what_changed_for_all_accounts_is_something_new_for_each(scored, rate):
    rate(scored[0], 5)
    at_once()
    touches.touch_all(at=NOON)
    assert night(TODAY).compared == 0


def test_the_run_of_an_older_day_compares_nothing_with_today(scored, rate):
    rate(scored[0], 5)
    at_once()
    assert night(YESTERDAY, at=NIGHT).compared == 0
    assert score(scored[0]) == 10_000
    assert AccountHealth.objects.get(account=scored[0]).as_of == TODAY


def test_what_was_found_while_a_run_was_at_work_is_found_once_more(scored, rate):
    acme, _ = scored
    rate(acme, 5)
    run = night(TODAY, at=NOON)
    assert run.compared == 0
    at_once(at=NOON + timedelta(minutes=1))
    AccountTouch.objects.update(settled_at=NOON)  # as if the run had begun just before
    night(TODAY, at=NOON - timedelta(minutes=1))
    assert at_once(at=NIGHT) == 1


def test_one_account_takes_few_queries(scored, rate, django_assert_max_num_queries):
    for value in (5, 2):  # a query is prepared once it was asked
        rate(scored[0], value)
        rescore.rescore(account_ids=[scored[0].pk], as_of=TODAY, at=NOON)
    rate(scored[0], 4, at=NOON)
    with django_assert_max_num_queries(34 if connection.vendor == "sqlite" else 14):
        rescore.rescore(account_ids=[scored[0].pk], as_of=TODAY, at=NOON)
