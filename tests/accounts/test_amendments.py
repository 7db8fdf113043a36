"""Amended facts: what they said is kept, and a past state of knowledge can be looked at without a trace."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from accounts.amendments import facts_as_known
from accounts.ingest.intake import take_in
from accounts.ingest.records import TicketRecord, UsageRecord
from accounts.models import Amendment, KnownDay, Ticket, UsageMonth, UserDay

MONDAY = datetime(2026, 6, 1, 9, tzinfo=UTC)
OPENED = datetime(2026, 5, 20, 9, tzinfo=UTC)
LAST = date(2026, 6, 30)


@pytest.fixture
def bring(source, acme):
    """Brings the ticket as it stands `days` after Monday."""

    def ticket(*, days: int, **fields: object) -> None:
        record = TicketRecord(external_id="t1", account="acme", opened_at=OPENED, **fields)
        take_in(kind="tickets", records=[record], source=source, at=MONDAY + timedelta(days=days), by=None)

    return ticket


def test_a_new_fact_and_an_unchanged_one_leave_no_amendment(bring):
    bring(days=0)
    bring(days=1)
    assert not Amendment.objects.exists()
    assert Ticket.objects.get().recorded_at == MONDAY


def test_an_amended_fact_keeps_what_it_said_and_when(bring):
    bring(days=0, severity="high")
    bring(days=2, severity="low")
    kept = Amendment.objects.get()
    assert (kept.table, kept.content["severity"]) == ("accounts.ticket", "high")
    assert (kept.recorded_at, kept.amended_at) == (MONDAY, MONDAY + timedelta(days=2))


@pytest.mark.parametrize(("days", "severity"), [(0, "high"), (1, "high"), (2, "low"), (3, "low"), (4, "urgent")])
def test_each_moment_sees_what_was_known_at_it(bring, days, severity):
    bring(days=0, severity="high")
    bring(days=2, severity="low")
    bring(days=4, severity="urgent")
    with facts_as_known(MONDAY + timedelta(days=days), until=LAST):
        assert Ticket.objects.get().severity == severity
    assert Ticket.objects.get().severity == "urgent"


def test_days_are_those_of_the_rows_that_had_come(source, acme):
    day = date(2026, 5, 30)
    for n, user in enumerate(("kim", "lee")):
        record = UsageRecord(external_id=f"u{n}", day=day, events=1, account="acme", user_key=user)
        take_in(kind="usage", records=[record], source=source, at=MONDAY + timedelta(days=n), by=None)
    with facts_as_known(MONDAY, until=LAST):
        assert list(UserDay.objects.values_list("user_key", flat=True)) == ["kim"]
        assert len(UsageMonth.objects.get().users) == 12
    with facts_as_known(MONDAY - timedelta(days=1), until=LAST):
        assert not KnownDay.objects.exists()
        assert not UsageMonth.objects.exists()
    assert sorted(UserDay.objects.values_list("user_key", flat=True)) == ["kim", "lee"]
    assert KnownDay.objects.count() == 1


def test_without_a_moment_nothing_is_put_back(bring):
    bring(days=0, severity="high")
    with facts_as_known(None, until=LAST):
        Ticket.objects.update(severity="low")
    assert Ticket.objects.get().severity == "low"


def test_where_nothing_differs_there_is_no_transaction_that_others_wait_for(bring, source, acme):
    bring(days=0, severity="high")
    record = UsageRecord(external_id="u", day=date(2026, 6, 2), events=1, account="acme", user_key="kim")
    take_in(kind="usage", records=[record], source=source, at=MONDAY + timedelta(days=2), by=None)
    outside = len(connection.savepoint_ids)
    with facts_as_known(MONDAY + timedelta(days=1), until=date(2026, 6, 1)):
        assert len(connection.savepoint_ids) == outside
    with facts_as_known(MONDAY + timedelta(days=1), until=date(2026, 6, 2)):
        assert len(connection.savepoint_ids) == outside + 1
        assert not UserDay.objects.exists()
    assert UserDay.objects.exists()


def test_days_after_the_last_one_looked_at_stay_as_they_are(source, acme):
    for n in (1, 2):
        record = UsageRecord(external_id=f"u{n}", day=date(2026, 5, n), events=1, account="acme", user_key="kim")
        take_in(kind="usage", records=[record], source=source, at=MONDAY, by=None)
    with facts_as_known(MONDAY - timedelta(days=1), until=date(2026, 5, 1)):
        assert list(UserDay.objects.values_list("day", flat=True)) == [date(2026, 5, 2)]
