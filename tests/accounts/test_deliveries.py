"""That a source brought something is noted once, whichever way it came; events that came before are no delivery."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import deliveries
from accounts.ingest.events import fold
from accounts.ingest.events.accept import accept
from accounts.ingest.events.event import Event
from accounts.models import EventQuarantine, HeldEvent, InboxBatch, Source, SourceFeed, SourceHour, StreamAccount
from accounts.operations.events import replay
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
HOUR = datetime(2026, 6, 30, 12, tzinfo=UTC)


def feeds() -> list[tuple[str, int, datetime]]:
    return list(SourceFeed.objects.order_by("kind").values_list("kind", "brought", "last_at"))


def hours() -> list[tuple[datetime, int]]:
    return list(SourceHour.objects.order_by("hour").values_list("hour", "brought"))


@pytest.fixture
def web(db) -> Source:
    return Source.objects.create(name="web")


def send(source: Source, *ids: str, at: datetime = NOW, **said: object) -> None:
    events = [
        Event("track", name, said.get("when", at), user_id="kim", group_id=said.get("of", "acme")) for name in ids
    ]
    accept(source_id=source.pk, events=events, at=at)


def fold_all(at: datetime = NOW) -> None:
    while fold.fold_waiting(at=at):
        pass


def test_rows_of_a_kind_add_up_by_hour(source):
    for minutes, rows in ((0, 3), (59, 4), (60, 5)):
        deliveries.note(source_id=source.pk, kind="tickets", brought=rows, at=HOUR + timedelta(minutes=minutes))
    assert feeds() == [("tickets", 12, HOUR + timedelta(hours=1))]
    assert hours() == [(HOUR, 7), (HOUR + timedelta(hours=1), 5)]


def test_what_came_late_never_takes_the_last_time_back(source):
    for at in (NOW, NOW - timedelta(hours=3)):
        deliveries.note(source_id=source.pk, kind="tickets", brought=1, at=at)
    assert feeds() == [("tickets", 2, NOW)]


def test_a_file_without_a_row_is_no_delivery(source):
    deliveries.note(source_id=source.pk, kind="tickets", brought=0, at=NOW)
    assert (feeds(), hours()) == ([], [])


def test_events_count_when_they_were_received_and_once(web, acme):
    send(web, "1", "2")
    send(web, "2", "3", at=NOW + timedelta(hours=1))
    fold_all(at=NOW + timedelta(hours=2))
    assert feeds() == [("events", 3, NOW + timedelta(hours=1))]
    assert hours() == [(HOUR, 2), (HOUR + timedelta(hours=1), 1)]
    assert list(StreamAccount.objects.values_list("source__name", "account__name")) == [("web", "Acme")]
    fold_all(at=NOW + timedelta(hours=3))
    assert feeds()[0][1] == 3


def test_a_replayed_event_is_no_delivery(web, acme, ops):
    send(web, "1", of="nobody")
    fold_all()
    assert feeds() == [("events", 1, NOW)]
    replay(events=EventQuarantine.objects.all(), by=ops, at=NOW + timedelta(days=3))
    assert list(InboxBatch.objects.order_by("pk").values_list("is_repeat", flat=True)) == [False, True]
    fold_all(at=NOW + timedelta(days=3))
    assert feeds() == [("events", 1, NOW)]
    assert StreamAccount.objects.count() == 0


def test_an_event_held_back_is_delivered_when_it_comes_not_when_its_day_has_come(web, acme):
    send(web, "1", when=NOW + timedelta(days=2))
    fold_all()
    assert (HeldEvent.objects.count(), feeds()) == (1, [("events", 1, NOW)])
    fold_all(at=NOW + timedelta(days=2))
    assert (HeldEvent.objects.count(), feeds()) == (0, [("events", 1, NOW)])
    assert StreamAccount.objects.count() == 1
