"""From facts to snapshots, by hand: every line, the score and what is summed up from them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AccountHistory, ManualReading, Override, Pulse, Touchpoint
from scoring.breakdown import ChangeLine, MeasureLine, unpack
from scoring.models import AccountHealth, DailySummary, ScoringRun, Snapshot, SupersededSnapshot
from scoring.pipeline import score_days
from scoring.queries.history import weekly_lines
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, clock

pytestmark = pytest.mark.django_db

RATING = {"key": "reading:rating", "weight": 70, "curve": "linear", "zero": 1, "full": 5}
FIT = {"key": "reading:fit", "weight": 30, "curve": "thresholds", "at_risk": 2, "healthy": 4}
EBR_RULE = {"key": "ebr", "label": "EBR overdue", "fact": "ebr_overdue", "kind": "percent", "amount": -20}
ACQUIRED = {
    "key": "acquired", "label": "Acquired", "fact": "days_since_acquired", "comparison": "at_least", "limit": 0,
    "band_cap": "moderate",
}  # fmt: skip


@pytest.fixture
def read(source):
    def record(account, measure, value, day=AS_OF):
        return ManualReading.objects.create(
            account=account, measure=measure, value=value, read_on=day, expires_on=day + timedelta(days=60),
            source=source, external_id=f"{account.pk}/{measure}/{day}", recorded_at=NOW,
        )  # fmt: skip

    return record


def snapshot(account, day=AS_OF) -> Snapshot:
    score_days([day], clock=clock)
    return Snapshot.objects.get(account=account, as_of=day)


def test_the_lines_of_a_score_by_hand(acme, publish_card, read):
    publish_card(RATING, FIT)
    read(acme, "rating", 4)  # 75 points × 70 % = 52.50
    read(acme, "fit", 3)  # 50 points × 30 % = 15.00
    found = snapshot(acme)
    assert (found.score, found.band, found.coverage) == (6750, 1, 1.0)
    kept = unpack(found.breakdown)
    assert kept.measures == (MeasureLine(4.0, 75.0, 5250), MeasureLine(3.0, 50.0, 1500))
    assert (kept.changes, kept.low, kept.high, kept.flags) == ((), 6750, 6750, ())


def test_a_missing_measure_hands_its_weight_to_the_others_and_the_range_says_what_it_could_be(acme, publish_card, read):
    publish_card(RATING, FIT)
    read(acme, "rating", 4)
    found = snapshot(acme)
    assert (found.score, found.coverage) == (7500, 0.7)
    assert unpack(found.breakdown).low == 5250  # 75 × 70 %
    assert unpack(found.breakdown).high == 8250  # and 100 × 30 %


def test_below_the_minimum_of_coverage_an_account_is_undefined_and_never_zero(acme, publish_card, read):
    publish_card(RATING, FIT)
    read(acme, "fit", 5)
    found = snapshot(acme)
    assert (found.score, found.band, found.coverage) == (None, -1, 0.3)


def test_rules_come_first_then_pulses_then_an_override_and_all_lines_sum_to_the_score(
    acme, csm, publish_card, read, source
):
    publish_card({**RATING, "weight": 100}, adjustments=[EBR_RULE])
    read(acme, "rating", 4)
    Touchpoint.objects.create(account=acme, kind="call", day=AS_OF, source=source, external_id="t", recorded_at=NOW)
    pulse = add_pulse(acme, csm, percent=-10)
    found = snapshot(acme)
    # 75 − 20 % = 60; − 10 % of what is left = 54
    assert unpack(found.breakdown).changes == (ChangeLine("ebr", -1500), ChangeLine(f"pulse:{pulse.pk}", -600))
    assert (found.score, found.customer_score) == (5400, 6000)
    override = Override.objects.create(
        account=acme, score_hundredths=8000, category="other", reason="r", author=csm, starts_on=AS_OF, ends_on=AS_OF,
        recorded_at=NOW,
    )  # fmt: skip
    found = snapshot(acme)
    kept = unpack(found.breakdown)
    assert (found.score, found.band, found.customer_score) == (8000, 0, 6000)
    assert kept.changes[-1].key == f"override:{override.pk}"
    assert kept.base + sum(change.line for change in kept.changes) == found.score


def add_pulse(account, author, *, percent, starts=AS_OF, ends=AS_OF) -> Pulse:
    return Pulse.objects.create(
        account=account, percent=percent, category="other", reason="why", author=author, starts_on=starts, ends_on=ends,
        recorded_at=NOW,
    )  # fmt: skip


def test_a_pulse_acts_from_its_start_to_its_end_both_included(acme, csm, publish_card, read):
    publish_card({**RATING, "weight": 100})
    start, end = date(2026, 6, 10), date(2026, 6, 12)
    read(acme, "rating", 5, day=date(2026, 6, 1))
    add_pulse(acme, csm, percent=-10, starts=start, ends=end)
    days = [date(2026, 6, day) for day in range(9, 14)]
    score_days(days, clock=clock)
    assert list(Snapshot.objects.order_by("as_of").values_list("score", flat=True)) == [10000, 9000, 9000, 9000, 10000]


def test_a_pulse_never_raises_nor_takes_more_than_the_card_allows(acme, make_account, csm, publish_card, read):
    other = make_account("Other")
    publish_card({**RATING, "weight": 100}, pulse={"may_raise": False, "largest_percent": 30})
    for account, percent in ((acme, 50), (other, -90)):
        read(account, "rating", 3)
        add_pulse(account, csm, percent=percent)
    assert snapshot(acme).score == 5000
    assert Snapshot.objects.get(account=other).score == 3500


def test_two_pulses_act_in_the_order_in_which_they_were_made(acme, make_account, csm, publish_card, read):
    other = make_account("Other")
    publish_card({**RATING, "weight": 100})
    for account in (acme, other):
        read(account, "rating", 5)
    only = add_pulse(other, csm, percent=-20)
    first, second = add_pulse(acme, csm, percent=-10), add_pulse(acme, csm, percent=-30)
    changes = unpack(snapshot(acme).breakdown).changes
    assert [(c.key, c.line) for c in changes] == [(f"pulse:{first.pk}", -1000), (f"pulse:{second.pk}", -2700)]
    changes = unpack(Snapshot.objects.get(account=other).breakdown).changes
    assert [(c.key, c.line) for c in changes] == [(f"pulse:{only.pk}", -2000)]


def test_a_flag_caps_the_band_and_leaves_the_score(acme, publish_card, read, source):
    publish_card({**RATING, "weight": 100}, flags=[ACQUIRED])
    read(acme, "rating", 5)
    acme.business_events.create(
        kind="acquired", occurred_on=AS_OF - timedelta(days=3), source=source, external_id="e", recorded_at=NOW
    )
    found = snapshot(acme)
    assert (found.score, found.band) == (10_000, 1)
    assert unpack(found.breakdown).flags[0].key == "acquired"
    assert unpack(found.breakdown).flags[0].fact == 3.0


def test_a_percentile_ranks_among_all_accounts_where_peers_are_few(make_account, publish_card, read):
    card = {"key": "reading:rating", "weight": 100, "curve": "percentile", "is_higher_better": True}
    publish_card(card)
    accounts = [make_account(f"A{n}") for n in range(4)]
    for account, value in zip(accounts, (1, 2, 2, 9), strict=True):
        read(account, "rating", value)
    score_days([AS_OF], clock=clock)
    scores = list(Snapshot.objects.order_by("account").values_list("score", flat=True))
    assert scores == [1250, 5000, 5000, 8750]  # (below + half the equal) ÷ 4


def test_the_segments_card_applies_and_else_the_default(acme, make_account, publish_card, read):
    default = publish_card({**RATING, "weight": 100})
    own = publish_card({**RATING, "weight": 50}, {**FIT, "weight": 50}, slug="smb", segment="smb")
    without = make_account("Without", segment=None)
    for account in (acme, without):
        read(account, "rating", 4)
    assert snapshot(acme).version_id == own.version_id
    assert Snapshot.objects.get(account=without).version_id == default.version_id


def test_a_past_day_sees_what_the_account_was_then(acme, other_csm, publish_card, read):
    publish_card({**RATING, "weight": 100})
    read(acme, "rating", 4, day=date(2026, 6, 1))
    AccountHistory.objects.create(
        account=acme, valid_from=AS_OF, recorded_at=NOW, phase="renewal", status="active", arr=Decimal(99_000),
        currency="USD", owner=other_csm, segment=acme.segment,
    )  # fmt: skip
    score_days([AS_OF - timedelta(days=1), AS_OF], clock=clock)
    summaries = DailySummary.objects.order_by("as_of").values_list("phase", "arr_reporting", "owner_id", "score_sum")
    assert list(summaries) == [
        ("onboarding", Decimal(12_000), acme.owner_id, 7500),
        ("renewal", Decimal(99_000), other_csm.pk, 7500),
    ]


def test_an_account_is_not_scored_before_its_start_nor_after_it_left(make_account, publish_card):
    publish_card(RATING, FIT)
    make_account("Later", started_on=AS_OF + timedelta(days=1))
    left = make_account("Left")
    AccountHistory.objects.create(
        account=left, valid_from=AS_OF, recorded_at=NOW, phase="value", status="churned", arr=0, currency="USD"
    )
    score_days([AS_OF - timedelta(days=1), AS_OF], clock=clock)
    assert list(Snapshot.objects.values_list("account_id", "as_of")) == [(left.pk, AS_OF - timedelta(days=1))]
    assert not AccountHealth.objects.exists()


def test_computing_a_day_twice_changes_nothing(acme, publish_card, read):
    publish_card(RATING, FIT)
    read(acme, "rating", 4)
    snapshot(acme)
    once = list(Snapshot.objects.values())
    snapshot(acme)
    assert list(Snapshot.objects.values()) == once
    assert list(ScoringRun.objects.order_by("pk").values_list("changed", flat=True)) == [1, 0]
    assert not SupersededSnapshot.objects.exists()


def test_a_later_computation_of_a_day_replaces_the_row_and_keeps_what_it_replaced(acme, publish_card, read):
    publish_card(RATING, FIT)
    reading = read(acme, "rating", 4)
    before = snapshot(acme)
    reading.value = 5
    reading.save()
    after = snapshot(acme)
    assert (before.score, after.score) == (7500, 10_000)
    kept = SupersededSnapshot.objects.get()
    assert (kept.score, kept.run_id, kept.breakdown) == (7500, before.run_id, before.breakdown)
    assert Snapshot.objects.count() == 1


def test_lists_read_the_newest_day_with_the_change_of_a_month(acme, publish_card, read):
    publish_card({**RATING, "weight": 100})
    read(acme, "rating", 3, day=date(2026, 5, 30))
    score_days([date(2026, 5, 30)], clock=clock)
    read(acme, "rating", 5, day=date(2026, 6, 20))
    score_days([date(2026, 6, 23), AS_OF], clock=clock)
    health = AccountHealth.objects.get()
    assert (health.as_of, health.score, health.score_month_ago, health.band_month_ago) == (AS_OF, 10_000, 5000, 1)
    assert health.score_half_year_ago == 5000
    assert weekly_lines([acme.pk], as_of=AS_OF) == {acme.pk: [(31, 5000), (7, 10_000), (0, 10_000)]}
    score_days([date(2026, 6, 1)], clock=clock)  # a backfill of the past leaves the lists as they are
    assert AccountHealth.objects.get().as_of == AS_OF


def test_a_run_over_one_segment_leaves_the_others_alone(acme, make_account, publish_card, read):
    publish_card({**RATING, "weight": 100})
    without = make_account("Without", segment=None)
    for account in (acme, without):
        read(account, "rating", 4)
    score_days([AS_OF], clock=clock)
    ManualReading.objects.update(value=5)
    score_days([AS_OF], clock=clock, segment=acme.segment)
    assert list(Snapshot.objects.order_by("account").values_list("score", flat=True)) == [10_000, 7500]
    sums = DailySummary.objects.order_by("pk").values_list("segment", "score_sum")
    assert set(sums) == {(acme.segment_id, 10_000), (None, 7500)}


def test_a_run_asks_as_many_questions_for_31_accounts_as_for_one(acme, make_account, shipped):
    score_days([AS_OF - timedelta(days=2)], clock=clock)
    with CaptureQueriesContext(connection) as for_one:
        score_days([AS_OF - timedelta(days=1)], clock=clock)
    for n in range(30):
        make_account(f"A{n}")
    with CaptureQueriesContext(connection) as for_many:
        score_days([AS_OF], clock=clock)
    assert len(for_many) == len(for_one) < 110
