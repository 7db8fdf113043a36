"""What new rows add to days, months and the ledger is what building the days anew would give."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import increments, locks
from accounts.ingest.usage import CONTENT, FIELDS
from accounts.models import (
    AccountDay,
    AccountTouch,
    Feature,
    FeatureDay,
    KnownDay,
    Source,
    UsageMonth,
    UsageRow,
    UserDay,
)
from accounts.rollups import rebuild_days
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
FIRST = date(2026, 5, 30)
TABLES = {
    UserDay: ("account", "day", "user_key", "events", "seconds"),
    FeatureDay: ("account", "day", "feature", "events"),
    AccountDay: ("account", "day", "users", "events", "seconds", "errors", "loads", "failed_loads", "load_ms"),
    KnownDay: ("source", "day", "has_users"),
    UsageMonth: ("account", "month", "days", "users", "times", "features", "loads"),
}
AMOUNT = st.none() | st.integers(0, 3)
USE = st.tuples(
    st.integers(0, 1),  # account
    st.none() | st.integers(0, 1),  # feature
    st.sampled_from(["", "kim", "lee"]),
    st.integers(0, 3),  # days after the first: the last two of May, the first two of June
    st.integers(0, 2),  # events
    AMOUNT,  # seconds
    AMOUNT,  # errors
    st.none() | st.tuples(st.integers(0, 5), st.integers(0, 9_000)),  # loads, their time
)


def tables() -> dict[str, list[tuple[object, ...]]]:
    """Every table of days, ledger and months."""
    return {
        model.__name__: sorted(
            tuple(bytes(value) if isinstance(value, memoryview) else value for value in row)
            for row in model._default_manager.values_list(*columns)
        )
        for model, columns in TABLES.items()
    }


def add(rows, source, *, named: str) -> None:
    """Writes rows and adds them, as a fold does."""
    with transaction.atomic():
        locks.add_up_alone()
        for n, row in enumerate(rows):
            values = dict(zip(CONTENT, row, strict=True))
            UsageRow.objects.create(source=source, external_id=f"{named}{n}", recorded_at=NOW, **values)
        increments.add_rows(rows=rows)
        increments.speak_for([(source.pk, row[4], bool(row[2])) for row in rows], at=NOW)


@pytest.fixture
def cast(acme, make_account):
    features = [Feature.objects.create(slug=slug, name=slug) for slug in ("reports", "exports")]
    return [acme.pk, make_account("Other").pk], [feature.pk for feature in features]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(folds=st.lists(st.lists(USE, max_size=6), min_size=1, max_size=4), before=st.lists(USE, max_size=4))
def test_any_rows_in_any_folds_give_the_tables_that_rebuilding_gives(cast, source, folds, before):
    with transaction.atomic():
        for n, uses in enumerate([before, *folds]):
            rows = [content(use, cast) for use in uses]
            add(rows, source, named=f"{n}-")
            if n == 0:
                rebuild_days(days={row[4] for row in rows}, at=None)
        ours = tables()
        for model in TABLES:
            model._default_manager.all().delete()
        rebuild_days(days={FIRST + timedelta(days=n) for n in range(4)}, at=None)
        assert ours == tables()
        transaction.set_rollback(True)


def content(use, cast):
    account, feature, user, day, events, seconds, errors, loads = use
    accounts, features = cast
    tried, ms = loads or (None, None)
    failed = None if tried is None else tried // 2
    return (
        accounts[account], None if feature is None else features[feature], user, "", FIRST + timedelta(days=day),
        events, seconds, errors, tried, failed, ms,
    )  # fmt: skip


def row(account, day: date, user: str = "kim", events: int = 1):
    return (account.pk, None, user, "", day, events, None, None, None, None, None)


def test_the_first_word_of_a_source_for_a_day_is_news_about_all_of_its_accounts(acme, make_account, source):
    make_account("Other")
    add([row(acme, FIRST)], source, named="a")
    assert AccountTouch.objects.count() == 2
    AccountTouch.objects.all().delete()
    add([row(acme, FIRST)], source, named="b")
    assert not AccountTouch.objects.exists()


def test_a_day_on_which_users_are_named_for_the_first_time_is_news_too(acme, source):
    add([row(acme, FIRST, user="")], source, named="a")
    AccountTouch.objects.all().delete()
    add([row(acme, FIRST)], source, named="b")
    assert list(KnownDay.objects.values_list("has_users", flat=True)) == [True]
    assert AccountTouch.objects.count() == 1
    AccountTouch.objects.all().delete()
    add([row(acme, FIRST, user="")], source, named="c")
    assert list(KnownDay.objects.values_list("has_users", flat=True)) == [True]
    assert not AccountTouch.objects.exists()


def test_each_source_keeps_its_own_known_days(acme, source):
    stream = Source.objects.create(name="stream")
    add([row(acme, FIRST)], source, named="a")
    increments.speak_for([(stream.pk, FIRST, False)], at=NOW)
    assert sorted(KnownDay.objects.values_list("source__name", "has_users")) == [("files", True), ("stream", False)]


def test_the_columns_of_a_row_are_those_of_the_ingest():
    assert FIELDS[: len(CONTENT)] == CONTENT
    assert CONTENT[4:6] == ("day", "events")
    assert CONTENT[6:] == increments.SUMS[1:]
