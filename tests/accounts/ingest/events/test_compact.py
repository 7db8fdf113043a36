"""Rows of a day that is over are joined: fewer rows that say the same, also to who looks back."""

from datetime import timedelta

import pytest

from accounts.ingest.events.compact import compact
from accounts.models import UsageRow
from accounts.rollups import rebuild_days
from tests.accounts.test_increments import tables
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
TOMORROW = NOW + timedelta(days=1)


def rows() -> list[tuple[object, ...]]:
    return sorted(UsageRow.objects.values_list("user_key", "day", "events", "loads", "load_ms", "recorded_at"))


@pytest.fixture
def folds(fold, acme):
    """Kim in three folds of today, Lee in one; and what came tomorrow of today."""
    page = {"type": "page", "user_id": "kim", "group_id": "acme", "properties": {"load_ms": 500}}
    fold({"user_id": "kim", "group_id": "acme"}, {"user_id": "lee", "group_id": "acme"})
    fold(page, page, at=NOW + timedelta(minutes=1))
    fold(page, at=NOW + timedelta(minutes=2))
    fold(page, at=TOMORROW)


def test_rows_that_became_known_on_one_day_are_joined_when_it_is_over(folds):
    assert compact(at=NOW + timedelta(hours=2)) == 0
    before = tables()
    assert compact(at=TOMORROW) == 2
    assert compact(at=TOMORROW) == 0
    assert rows() == [
        ("kim", TODAY, 1, 1, 500, TOMORROW),
        ("kim", TODAY, 4, 3, 1500, NOW + timedelta(minutes=2)),
        ("lee", TODAY, 1, None, None, NOW),
    ]
    rebuild_days(days={TODAY}, at=None)
    assert tables() == before


def test_rows_that_other_ways_brought_stay(folds):
    for row in UsageRow.objects.all():
        UsageRow.objects.filter(pk=row.pk).update(external_id=f"file:{row.pk}")
    assert compact(at=TOMORROW) == 0


def test_an_hour_of_the_organizations_day_counts_to_its_day(fold, acme, settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    for hours in (0, 23, 25):
        fold({"user_id": "kim", "group_id": "acme"}, at=NOW + timedelta(hours=hours))
    # There it was midnight with the first fold: the second is of the same day, the third of the next.
    assert compact(at=NOW + timedelta(days=2)) == 1
    assert sorted(row[-1] for row in rows()) == [NOW + timedelta(hours=hours) for hours in (23, 25)]
