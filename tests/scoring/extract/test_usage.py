"""Usage days → values: what is zero and what is unknown."""

from datetime import date, timedelta

import pytest

from accounts.models import AccountDay, Entitlement, Feature, KnownDay
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


def test_the_loyalty_index_counts_users_quiet_for_over_30_days(acme, use, value_of):
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
