"""Events are accepted once each: in a batch, across batches, processes and 90 days."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from accounts.ingest.events import doorbell
from accounts.ingest.events.accept import Accepted, KeyRevoked, accept
from accounts.ingest.events.event import Event, unpack
from accounts.ingest.events.seen import forget_old
from accounts.models import EventSeen, InboxBatch, Source, SourceKey
from accounts.operations.sources import create_key, revoke_key
from tests.conftest import NOW


def event(message_id: str, **more) -> Event:
    return Event("track", message_id, NOW, user_id="u", name="Opened", **more)


def take(source: Source, *ids: str, at: datetime = NOW) -> Accepted:
    return accept(source_id=source.pk, events=[event(message_id) for message_id in ids], at=at)


def inbox() -> list[list[str]]:
    batches = InboxBatch.objects.order_by("pk")
    return [[event.message_id for event in unpack(batch.payload)] for batch in batches]


def test_a_batch_is_one_row_with_its_events_in_their_order(source):
    sent = [event(f"m{n}", properties={"n": n, "text": "ü" * n}) for n in range(300)]
    assert accept(source_id=source.pk, events=sent, at=NOW) == Accepted(300, 0)
    batch = InboxBatch.objects.get()
    assert (batch.source, batch.received_at, batch.events, batch.folded_at) == (source, NOW, 300, None)
    assert unpack(batch.payload) == sent


def test_what_came_before_is_left_out(source):
    assert take(source, "a", "b", "a") == Accepted(2, 1)
    assert take(source, "c", "a", "d", "b") == Accepted(2, 2)
    assert take(source, "d", "c") == Accepted(0, 2)
    assert take(source) == Accepted(0, 0)
    assert inbox() == [["a", "b"], ["c", "d"]]


def test_the_same_id_of_another_source_is_another_event(source):
    assert take(source, "a") == Accepted(1, 0)
    assert take(Source.objects.create(name="other"), "a") == Accepted(1, 0)


def test_a_duplicate_is_known_for_90_days_and_forgotten_after_them(source):
    take(source, "old", at=NOW - timedelta(days=91))
    take(source, "edge", at=NOW - timedelta(days=90))
    assert forget_old(today=NOW.date()) == 1
    assert take(source, "old", "edge") == Accepted(1, 1)
    assert forget_old(today=NOW.date()) == 0


def test_a_revoked_key_opens_nothing(source):
    key, _ = create_key(source=source, name="first", by=None, at=NOW)
    assert accept(source_id=source.pk, events=[event("a")], at=NOW, key_id=key.pk) == Accepted(1, 0)
    revoke_key(key=key, by=None, at=NOW)
    with pytest.raises(KeyRevoked):
        accept(source_id=source.pk, events=[event("b")], at=NOW, key_id=key.pk)
    assert EventSeen.objects.count() == 1
    assert SourceKey.objects.filter(revoked_at=NOW).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_after_the_commit_and_only_for_something_new(monkeypatch):
    source = Source.objects.create(name="files")
    rung = []
    monkeypatch.setattr(doorbell, "ring", lambda: rung.append(InboxBatch.objects.count()))
    with transaction.atomic():
        take(source, "a")
        assert rung == []
    take(source, "a")
    assert rung == [1]


def test_many_rings_are_one(monkeypatch):
    sent = threading.Semaphore(0)
    monkeypatch.setattr(doorbell, "send", sent.release)
    monkeypatch.setattr(doorbell, "RING_EVERY_SECONDS", 0.2)
    bell = doorbell.Bell()
    bell.ring()
    assert sent.acquire(timeout=5)
    for _ in range(50):
        bell.ring()
    assert sent.acquire(timeout=5)
    assert not sent.acquire(timeout=0.5)


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_take_each_event_once():
    """Each sends the same events in its own order: nobody waits for ever, and nothing counts twice."""
    if connection.vendor == "sqlite":
        pytest.skip("a database in memory has one writer; tests/server/test_event_stream.py has a file")
    source = Source.objects.create(name="files")
    ids = [f"m{n}" for n in range(200)]
    taken: list[Accepted] = []

    def send(turn: int) -> None:
        for n in range(10):
            some = ids[n * 20 :][:40]
            taken.append(take(source, *(reversed(some) if turn % 2 else some)))
        connection.close()

    threads = [threading.Thread(target=send, args=(turn,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(taken) == 40
    assert sum(each.accepted for each in taken) == 200
    assert sorted(message_id for batch in inbox() for message_id in batch) == sorted(ids)
    assert EventSeen.objects.count() == 200


def test_a_day_is_one_of_the_organization(source, settings):
    settings.TIME_ZONE = "Asia/Tokyo"
    take(source, "a", at=datetime(2026, 6, 30, 20, 0, tzinfo=UTC))
    assert EventSeen.objects.get().seen_on.isoformat() == "2026-07-01"
