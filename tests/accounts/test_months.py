"""Days folded into months: packed as they are, the same bytes for the same days, and only what is there."""

from datetime import date, timedelta

import numpy as np
import pytest

from accounts.models import AccountDay, Feature, FeatureDay, UsageMonth, UserDay
from accounts.months import DAYS, FEATURES, LOADS, TIMES, UNSTATED, USERS, fold_months, months_between, user_number

JUNE, JULY = date(2026, 6, 1), date(2026, 7, 1)


def records(name: str, dtype: np.dtype) -> list[tuple[int, ...]]:
    return np.frombuffer(bytes(getattr(UsageMonth.objects.get(), name)), dtype=dtype).tolist()


@pytest.fixture
def days(acme):
    """Kim on the 1st and the 30th, Lee on the 2nd; a feature on the 2nd; page loads on the 30th."""
    for day, user, seconds in ((1, "kim", 60), (30, "kim", None), (2, "lee", 90)):
        UserDay.objects.create(account=acme, day=JUNE.replace(day=day), user_key=user, events=5, seconds=seconds)
    FeatureDay.objects.create(
        account=acme, day=date(2026, 6, 2), feature=Feature.objects.create(slug="reports", name="Reports"), events=1
    )
    AccountDay.objects.create(account=acme, day=JUNE, users=1, events=5, errors=0)
    AccountDay.objects.create(account=acme, day=date(2026, 6, 2), users=None, events=2**31 - 1, errors=None)
    AccountDay.objects.create(
        account=acme, day=date(2026, 6, 30), users=1, events=5, errors=2, loads=10, failed_loads=1, load_ms=9000
    )


def test_a_month_holds_every_day_with_what_was_stated_of_it(days):
    fold_months(months=[JUNE])
    assert records("days", DAYS) == [(1, 1, 5, 0), (2, UNSTATED, 2**31 - 1, UNSTATED), (30, 1, 5, 2)]
    assert records("times", TIMES) == [(1, 60), (2, 90)]
    assert records("loads", LOADS) == [(30, 10, 1, 9000)]


def test_a_user_is_one_record_with_the_set_of_days(days):
    fold_months(months=[JUNE])
    kim, lee = (user_number("kim"), 1 | 1 << 29), (user_number("lee"), 1 << 1)
    assert records("users", USERS) == sorted([kim, lee])
    assert records("features", FEATURES) == [(Feature.objects.get().pk, 1 << 1)]


def test_folding_twice_gives_the_same_bytes_and_one_row(days):
    fold_months(months=[JUNE])
    once = UsageMonth.objects.values("days", "users", "times", "features", "loads").get()
    fold_months(months=[JUNE])
    assert UsageMonth.objects.values("days", "users", "times", "features", "loads").get() == once


def test_a_month_without_days_has_no_row_and_loses_the_one_it_had(days):
    fold_months(months=[JUNE, JULY])
    assert UsageMonth.objects.count() == 1
    for model in (UserDay, FeatureDay, AccountDay):
        model.objects.all().delete()
    fold_months(months=[JUNE])
    assert not UsageMonth.objects.exists()


def test_only_the_named_accounts_are_folded(days, acme, make_account):
    other = make_account("Other")
    AccountDay.objects.create(account=other, day=JUNE, users=1, events=1)
    fold_months(months=[JUNE], account_ids=[other.pk])
    assert list(UsageMonth.objects.values_list("account", flat=True)) == [other.pk]


def test_months_between_days_are_all_that_they_touch():
    assert months_between(first=date(2026, 6, 30), last=date(2026, 8, 1)) == [JUNE, JULY, date(2026, 8, 1)]
    assert months_between(first=JUNE, last=JUNE + timedelta(days=29)) == [JUNE]
