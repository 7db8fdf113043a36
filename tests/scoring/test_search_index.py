"""The index of names on PostgreSQL: it fits what the search asks, and is made once."""

import pytest
from django.db import connection

from accounts.models import Account, Contact
from scoring.queries.finding import ADDRESS, NAMES, PERSON
from scoring.queries.search import perhaps_meant, with_words
from scoring.search_index import make_search_indexes

pytestmark = pytest.mark.django_db


def find_indexes() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE indexname LIKE 'find_%' ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def test_on_sqlite_nothing_is_made():
    if connection.vendor == "sqlite":
        make_search_indexes()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM sqlite_master WHERE name LIKE 'find_%'")
            assert cursor.fetchone() == (0,)


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.parametrize(
    ("model", "columns"), [(Account, NAMES), (Contact, PERSON), (Contact, ADDRESS)], ids=["account", "name", "address"]
)
def test_the_search_is_answered_from_the_index(model, columns):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    rows = model.objects.order_by()
    for asked in (
        with_words(rows, columns=columns, text="halden"),
        perhaps_meant(rows, columns=columns, text="haldne"),
        perhaps_meant(rows, columns=columns, text="hald"),
    ):
        assert "Bitmap Index Scan on find_" in asked.explain()


@pytest.mark.skipif("connection.vendor != 'postgresql'")
def test_an_index_that_fits_no_longer_is_taken_out_and_the_others_stay():
    before = find_indexes()
    with connection.cursor() as cursor:
        cursor.execute("CREATE INDEX find_former ON accounts_account (name)")
    make_search_indexes()
    assert find_indexes() == before
    assert len(before) == 3
