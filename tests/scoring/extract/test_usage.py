"""Usage days → values: what is zero and what is unknown."""

from datetime import date, timedelta

import pytest

from accounts.models import Account, AccountDay, Entitlement, Feature, KnownDay, Source
from tests.conftest import NOW
from tests.scoring.conftest import AS_OF, fold, know

pytestmark = pytest.mark.django_db


def test_seat_utilization_counts_a_user_once_however_often_active(acme, use, value_of):
    use(acme, days=range(0, 14), users=("ann", "bob"))
    use(acme, days=range(14, 28), users=("bob", "cid"))
    assert value_of("seat_utilisation", acme) == [0.3]  # 3 users of 10 seats, not 4


def test_a_window_of_28_days_ends_with_the_as_of_day_and_begins_27_days_before(acme, use, value_of):
    use(acme, days=range(0, 27), users=("ann",))
    use(acme, days=range(27, 28), users=("on the first day",))
    use(acme, days=range(28, 29), users=("too early",))
    assert value_of("seat_utilisation", acme) == [0.2]


def test_an_account_without_rows_on_known_days_has_a_true_zero(acme, make_account, use, value_of):
    silent = make_account("Silent")
    use(acme, days=range(28))
    assert value_of("seat_utilisation", acme, silent) == [0.1, 0.0]


def test_without_known_days_nothing_is_known(acme, value_of):
    assert value_of("seat_utilisation", acme) == [None]
    assert value_of("days_since_login", acme) == [None]
    assert value_of("usage_trend", acme) == [None]


def test_less_than_half_a_window_known_is_unknown(acme, use, value_of):
    use(acme, days=range(13))
    assert value_of("seat_utilisation", acme) == [None]
    use(acme, days=range(13, 14))
    assert value_of("seat_utilisation", acme) == [0.1]


def test_a_source_that_names_no_users_leaves_utilization_unknown_but_not_the_trend(acme, source, value_of):
    for back in range(56):
        day = AS_OF - timedelta(days=back)
        KnownDay.objects.create(source=source, day=day, has_users=False)
        AccountDay.objects.create(account=acme, day=day, users=None, events=4, seconds=None, errors=1)
    fold(acme)
    assert value_of("seat_utilisation", acme) == [None]
    assert value_of("usage_trend", acme) == [1.0]
    assert value_of("error_share", acme) == [0.25]


def test_the_trend_compares_28_days_with_the_28_before(acme, use, value_of):
    use(acme, days=range(0, 28), events=3)
    use(acme, days=range(28, 56), events=4)
    assert value_of("usage_trend", acme) == [0.75]


def test_a_gap_in_the_data_is_no_fall_of_usage(acme, use, value_of):
    use(acme, days=range(7, 56), events=4)  # the last week is unknown
    assert value_of("usage_trend", acme) == [1.0]


def test_the_trend_of_an_account_younger_than_56_days_is_unknown(make_account, use, value_of):
    young = make_account("Young", started_on=AS_OF - timedelta(days=54))
    use(young, days=range(0, 55))
    assert value_of("usage_trend", young) == [None]
    old_enough = make_account("Old enough", started_on=AS_OF - timedelta(days=55))
    for back in range(56):
        know(old_enough.source, AS_OF - timedelta(days=back))
    use(old_enough, days=range(0, 28))
    assert value_of("usage_trend", young, old_enough)[1] is None  # nothing before: a ratio over zero is unknown


def test_days_since_login_counts_to_the_last_known_day(acme, make_account, use, value_of):
    quiet = make_account("Quiet")
    use(acme, days=range(3, 10))
    use(quiet, days=range(20, 21))
    assert value_of("days_since_login", acme, quiet) == [0.0, 17.0]  # the last 3 days are not known for anyone


def test_stickiness_is_the_mean_of_daily_users_over_the_users_of_the_window(acme, use, value_of):
    use(acme, days=range(0, 14), users=("ann", "bob"))
    use(acme, days=range(14, 28), users=("ann", "bob", "cid", "dan"))
    assert value_of("stickiness", acme) == [0.75]  # 3 a day of 4


def test_the_duration_index_is_the_median_of_hours_per_user_and_day(acme, use, value_of):
    use(acme, days=range(0, 3), seconds=3600)
    use(acme, days=range(3, 5), seconds=4 * 3600)
    use(acme, days=range(15, 20), seconds=9 * 3600)  # outside the 15 days
    assert value_of("duration_index", acme) == [1.0]


def test_the_duration_trend_is_the_duration_index_over_that_of_the_15_days_before(acme, make_account, use, value_of):
    new = make_account("New")
    use(acme, days=range(0, 15), seconds=3 * 3600)
    use(acme, days=range(15, 30), seconds=4 * 3600)
    use(acme, days=range(30, 40), seconds=9 * 3600)  # before both
    use(new, days=range(0, 15), seconds=3600)
    assert value_of("duration_trend", acme, new) == [0.75, None]


def test_the_loyalty_index_counts_users_quiet_for_over_30_days(acme, source, use, value_of):
    for back in range(31):
        know(source, AS_OF - timedelta(days=back))
    use(acme, days=range(30, 31), users=("just in time", "ann"))
    use(acme, days=range(31, 32), users=("quiet",))
    use(acme, days=range(0, 1), users=("ann", "bob"))
    assert value_of("loyalty_index", acme) == [0.75]


def test_feature_breadth_counts_key_features_that_are_paid_for(acme, source, use, value_of):
    use(acme, days=range(28), features=("report", "export", "beta"))
    Feature.objects.filter(slug="beta").update(is_key=False)
    for slug in ("report", "plan", "route"):
        feature, _ = Feature.objects.get_or_create(slug=slug, defaults={"name": slug})
        Entitlement.objects.create(
            account=acme, feature=feature, starts_on=date(2024, 1, 1), source=source, external_id=slug, recorded_at=NOW
        )
    assert value_of("feature_breadth", acme) == [0.333333]  # report of report, plan, route


def test_where_nobody_records_entitlements_all_accounts_are_entitled_to_all_key_features(acme, use, value_of):
    use(acme, days=range(28), features=("report",))
    Feature.objects.create(slug="plan", name="Plan")
    assert value_of("feature_breadth", acme) == [0.5]


def test_who_is_quiet_is_unknown_while_the_feed_is(acme, use, value_of):
    use(acme, days=range(20, 60))
    assert value_of("loyalty_index", acme) == [None]  # 11 of the last 31 days are known


def test_a_source_that_is_silent_says_nothing_about_its_accounts_whatever_others_deliver(
    acme, make_account, use, value_of
):
    theirs = make_account("Theirs")
    theirs.source = Source.objects.create(name="another system")
    theirs.save()
    use(acme, days=range(56))
    assert value_of("seat_utilisation", acme, theirs) == [0.1, None]
    assert value_of("days_since_login", acme, theirs) == [0.0, None]
    know(theirs.source, AS_OF - timedelta(days=10))
    assert value_of("days_since_login", theirs)[0] > 300  # counted to its own last known day


def test_a_feed_that_stopped_a_month_ago_says_nothing_about_logins(acme, use, value_of):
    use(acme, days=range(28, 60))
    assert value_of("days_since_login", acme) == [None]


def test_the_retention_index_counts_later_weeks_more_and_passes_over_weeks_that_are_not_known(acme, use, value_of):
    use(acme, days=range(14, 21), users=("ann", "bob"))  # the week before the last two
    use(acme, days=range(0, 7), users=("ann",))
    # The middle week was not delivered. Of two who began, one is back after two weeks: 2 × 1/2 ÷ 2.
    assert value_of("retention_index", acme) == [0.5]
    use(acme, days=range(7, 14), users=("ann", "bob"))
    # Now both are back after one week, and one after two: (1 × 2/2 + 2 × 1/2) ÷ 3.
    assert value_of("retention_index", acme) == [0.666667]


def test_the_retention_index_needs_over_a_week_of_data(acme, use, value_of):
    use(acme, days=range(7))
    assert value_of("retention_index", acme) == [None]


@pytest.fixture
def load_pages(source):
    def record(account: Account, *, back: int, loads: int, failed: int, ms: int) -> None:
        day = AS_OF - timedelta(days=back)
        know(source, day)
        AccountDay.objects.create(account=account, day=day, events=1, loads=loads, failed_loads=failed, load_ms=ms)
        fold(account)

    return record


def test_the_performance_index_is_the_share_of_loads_that_succeed_times_their_speed(acme, load_pages, value_of):
    load_pages(acme, back=27, loads=60, failed=12, ms=48 * 2_800)
    load_pages(acme, back=3, loads=40, failed=8, ms=32 * 2_800)
    load_pages(acme, back=28, loads=900, failed=900, ms=0)  # too early
    # 80 of 100 succeed; 2.8 s are a fifth of the way from 1 s to 10 s: 0.8 × 0.8.
    assert value_of("performance_index", acme) == [0.64]


def test_pages_that_take_a_second_are_full_speed_and_ten_none(acme, make_account, load_pages, value_of):
    slow, down, unmeasured = make_account("Slow"), make_account("Down"), make_account("Unmeasured")
    load_pages(acme, back=1, loads=2, failed=0, ms=1_000)
    load_pages(slow, back=1, loads=2, failed=0, ms=20_000)
    load_pages(down, back=1, loads=2, failed=2, ms=0)
    assert value_of("performance_index", acme, slow, down, unmeasured) == [1.0, 0.0, 0.0, None]


def test_a_key_feature_that_is_no_longer_used_is_found_and_one_never_used_is_not(acme, make_account, use, value_of):
    wide = make_account("Wide")
    use(acme, days=range(40, 50), features=("report", "export"))
    use(acme, days=range(0, 40), features=("export",))
    use(wide, days=range(0, 10), features=("export",))
    Feature.objects.create(slug="plan", name="Plan")
    assert value_of("days_key_feature_unused", acme, wide) == [40.0, 0.0]
    Entitlement.objects.create(
        account=wide, feature=Feature.objects.get(slug="report"), starts_on=date(2024, 1, 1), source=acme.source,
        external_id="e1", recorded_at=NOW,
    )  # fmt: skip
    assert value_of("days_key_feature_unused", acme, wide) == [None, None]  # neither pays for what it used


def test_what_was_used_before_an_accounts_start_is_none_of_its_use(make_account, use, value_of):
    young = make_account("Young", started_on=AS_OF - timedelta(days=9))
    use(young, days=range(0, 10), users=("ann",), events=2)
    use(young, days=range(10, 28), users=("bob",), events=100)
    assert value_of("seat_utilisation", young) == [0.1]
    assert value_of("stickiness", young) == [1.0]
    assert value_of("loyalty_index", young) == [1.0]
