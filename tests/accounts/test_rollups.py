from datetime import date

import pytest

from accounts.models import AccountDay, Feature, FeatureDay, KnownDay, Source, UsageRow, UserDay
from accounts.rollups import rebuild_days
from tests.conftest import NOW

MON, TUE = date(2026, 6, 1), date(2026, 6, 2)


@pytest.fixture
def use(acme, source):
    """Writes one usage row of Acme."""

    def write(external_id: str, day: date, events: int, user: str = "", **fields: object) -> UsageRow:
        values = {"account": acme, "source": source, **fields}
        return UsageRow.objects.create(
            external_id=external_id, day=day, events=events, user_key=user, recorded_at=NOW, **values
        )

    return write


def test_a_day_adds_up_by_user_by_feature_and_by_account(use, acme):
    reports, exports = (Feature.objects.create(slug=slug, name=slug) for slug in ("reports", "exports"))
    use("1", MON, 3, "kim", feature=reports, seconds=60, errors=1)
    use("2", MON, 4, "kim", feature=exports, seconds=30)
    use("3", MON, 5, "lee", feature=reports)
    use("4", TUE, 9, "kim", feature=reports)
    rebuild_days(days={MON}, at=NOW)
    assert sorted(UserDay.objects.values_list("user_key", "events", "seconds")) == [("kim", 7, 90), ("lee", 5, None)]
    assert sorted(FeatureDay.objects.values_list("feature__slug", "events")) == [("exports", 4), ("reports", 8)]
    assert list(AccountDay.objects.values_list("account", "day", "users", "events", "seconds", "errors")) == [
        (acme.pk, MON, 2, 12, 90, 1)
    ]


def test_where_nobody_is_named_the_number_of_users_is_unknown_and_not_zero(use):
    use("1", MON, 3)
    rebuild_days(days={MON}, at=NOW)
    assert AccountDay.objects.get().users is None
    assert not UserDay.objects.exists()
    assert list(KnownDay.objects.values_list("day", "has_users")) == [(MON, False)]


def test_a_named_user_who_did_nothing_is_not_active(use):
    use("1", MON, 0, "kim", feature=Feature.objects.create(slug="reports", name="Reports"))
    rebuild_days(days={MON}, at=NOW)
    assert AccountDay.objects.get().users == 0
    assert AccountDay.objects.get().events == 0
    assert not UserDay.objects.exists()
    assert not FeatureDay.objects.exists()


def test_time_and_errors_that_no_row_measures_stay_unknown(use):
    use("1", MON, 3, "kim")
    rebuild_days(days={MON}, at=NOW)
    assert (AccountDay.objects.get().seconds, AccountDay.objects.get().errors) == (None, None)


def test_each_source_has_its_own_known_days(use):
    stream = Source.objects.create(name="stream")
    use("1", MON, 3)
    use("1", MON, 2, "kim", source=stream)
    rebuild_days(days={MON, TUE}, at=NOW)
    assert sorted(KnownDay.objects.values_list("source__name", "day", "has_users")) == [
        ("files", MON, False),
        ("stream", MON, True),
    ]
    assert AccountDay.objects.get().users == 1
    assert AccountDay.objects.get().events == 5


def everything() -> list[list[tuple[object, ...]]]:
    return [
        sorted(UserDay.objects.values_list("account", "day", "user_key", "events")),
        sorted(FeatureDay.objects.values_list("account", "day", "feature", "events")),
        sorted(AccountDay.objects.values_list("account", "day", "users", "events")),
        sorted(KnownDay.objects.values_list("source", "day", "has_users")),
    ]


def test_rebuilding_days_changes_nothing(use):
    use("1", MON, 3, "kim", feature=Feature.objects.create(slug="reports", name="Reports"))
    use("2", TUE, 4)
    rebuild_days(days=[MON, TUE], at=NOW)
    once = everything()
    rebuild_days(days=[TUE, MON], at=NOW)
    assert everything() == once


def test_a_day_is_rebuilt_whole_and_its_neighbours_are_left(use):
    use("1", MON, 3, "kim")
    use("2", TUE, 4, "kim")
    rebuild_days(days=[MON, TUE], at=NOW)
    UserDay.objects.update(events=1)
    use("3", TUE, 1, "lee")
    rebuild_days(days=[TUE], at=NOW)
    assert sorted(UserDay.objects.values_list("day", "user_key", "events")) == [
        (MON, "kim", 1),
        (TUE, "kim", 4),
        (TUE, "lee", 1),
    ]


def test_more_days_than_fit_a_transaction_are_all_rebuilt(use):
    days = [date(2026, month, day) for month in (1, 2, 3) for day in range(1, 28)]
    for day in days:
        use(str(day), day, 1, "kim")
    rebuild_days(days=days, at=NOW)
    assert sorted(AccountDay.objects.values_list("day", flat=True)) == days
