from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from accounts import bulk
from accounts.models import AccountHistory, Feature, IngestRun, KnownDay, UsageRow, UserDay
from tests.conftest import NOW

AWKWARD = 'tab\there, new\nline, return\r, back\\slash, "quotes", \\N, ünï'


def write_feature_names(*names: str) -> None:
    bulk.insert(
        model=Feature, fields=("slug", "name", "is_key"), rows=[(f"f{n}", name, True) for n, name in enumerate(names)]
    )


def test_inserted_text_comes_back_as_it_was(db):
    write_feature_names(AWKWARD, "", "\\N")
    assert list(Feature.objects.order_by("slug").values_list("name", flat=True)) == [AWKWARD, "", "\\N"]


def test_inserting_what_is_there_is_an_error(db):
    write_feature_names("one")
    with pytest.raises(IntegrityError), transaction.atomic():
        write_feature_names("one")


def test_decimals_moments_json_and_none_come_back_as_they_were(acme, source):
    fields = ("account_id", "valid_from", "recorded_at", "phase", "status", "arr", "currency", "seats")
    row = (acme.pk, date(2025, 1, 1), NOW, "value", "active", Decimal("10.005"), "EUR", None)
    bulk.insert(model=AccountHistory, fields=fields, rows=[row])
    found = AccountHistory.objects.get(valid_from=date(2025, 1, 1))
    assert (found.arr, found.recorded_at, found.seats) == (Decimal("10.01"), NOW, None)

    names = [field.column for field in IngestRun._meta.concrete_fields if field.column != "id"]
    values = {field.column: field.get_default() for field in IngestRun._meta.concrete_fields}
    values |= {"source_id": source.pk, "kind": "usage", "started_at": NOW, "summary": {"a": ["ü", None]}}
    bulk.insert(model=IngestRun, fields=names, rows=[tuple(values[name] for name in names)])
    assert IngestRun.objects.get().summary == {"a": ["ü", None]}


@pytest.mark.django_db
def test_upsert_changes_what_is_there_and_adds_what_is_not(source):
    fields, unique = ("source_id", "day", "has_users"), ("source_id", "day")
    for rows in ([(source.pk, date(2025, 1, 1), False)], [(source.pk, date(2025, 1, d), True) for d in (1, 2)]):
        bulk.upsert(model=KnownDay, fields=fields, rows=rows, unique=unique)
    assert sorted(KnownDay.objects.values_list("day", "has_users")) == [
        (date(2025, 1, 1), True),
        (date(2025, 1, 2), True),
    ]


def test_update_changes_rows_by_their_key(db):
    write_feature_names("one", "two")
    first = Feature.objects.get(name="one")
    bulk.update(model=Feature, fields=("name", "is_key"), rows=[(first.pk, "uno", False)])
    assert sorted(Feature.objects.values_list("name", "is_key")) == [("two", True), ("uno", False)]


def test_nothing_is_written_for_no_rows(db):
    bulk.insert(model=Feature, fields=("slug", "name", "is_key"), rows=[])
    bulk.upsert(model=Feature, fields=("slug", "name", "is_key"), rows=[], unique=("slug",))
    bulk.update(model=Feature, fields=("name",), rows=[])
    assert not Feature.objects.exists()


def test_insert_from_writes_inside_the_database_and_says_how_many(acme, source):
    for n, events in enumerate((3, 4)):
        UsageRow.objects.create(
            source=source,
            external_id=f"u{n}",
            recorded_at=NOW,
            account=acme,
            user_key="kim",
            day=date(2025, 1, 1),
            events=events,
        )
    count = bulk.insert_from(
        model=UserDay,
        fields=("account_id", "day", "user_key", "events"),
        select=UsageRow.objects.values("account_id", "day", "user_key")
        .annotate(total=Sum("events"))
        .values_list("account_id", "day", "user_key", "total"),
    )
    assert count == 1
    assert UserDay.objects.get().events == 7


def test_among_takes_more_values_than_a_query_takes_parameters(db):
    write_feature_names("one", "two")
    slugs = ["f1", *(f"none{n}" for n in range(300_000))]
    assert [feature.name for feature in Feature.objects.filter(slug__among=slugs)] == ["two"]
    assert not Feature.objects.filter(slug__among=[]).exists()
