"""What operations decide about a source's events: their mapping, replay and discard; what is kept for how long."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts import tasks
from accounts.ingest.events import retention
from accounts.models import AuditEntry, EventQuarantine, EventSeen, InboxBatch, Source, UserDay
from accounts.operations.events import discard, replay, set_mapping
from tests.accounts.ingest.events.conftest import fold_all
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def waiting(fold):
    """Two events of an account that is not there yet."""
    fold({"user_id": "kim", "group_id": "other"}, {"user_id": "lee", "group_id": "other"})
    return EventQuarantine.objects.all()


def test_events_are_replayed_once_their_account_exists_and_count_once(waiting, make_account, ops):
    other = make_account("Other")
    assert replay(events=waiting, by=ops, at=LATER) == 2
    assert replay(events=waiting, by=ops, at=LATER) == 0
    fold_all(at=LATER)
    assert list(UserDay.objects.values_list("account", "events")) == [(other.pk, 1), (other.pk, 1)]
    assert set(waiting.values_list("state", "settled_by", "settled_at")) == {("replayed", ops.pk, LATER)}
    entry = AuditEntry.objects.get(verb="events replayed")
    assert (entry.by, entry.detail) == (ops, {"events": 2})


def test_an_event_that_still_cannot_count_waits_anew(waiting, ops):
    assert replay(events=waiting.filter(payload__user_id="kim"), by=ops, at=LATER) == 1
    fold_all(at=LATER)
    assert sorted(waiting.values_list("payload__user_id", "state")) == [
        ("kim", "replayed"), ("kim", "waiting"), ("lee", "waiting"),
    ]  # fmt: skip


def test_discarded_events_never_count(waiting, make_account, ops):
    make_account("Other")
    assert discard(events=waiting, by=ops, at=LATER) == 2
    assert replay(events=waiting, by=ops, at=LATER) == 0
    fold_all(at=LATER)
    assert not UserDay.objects.exists()
    assert AuditEntry.objects.get(verb="events discarded").detail == {"events": 2}


def test_a_batch_that_could_not_be_read_is_read_again(send, acme, ops):
    send({"user_id": "kim", "group_id": "acme"})
    payload = InboxBatch.objects.get().payload
    InboxBatch.objects.update(payload=b"\xc1")
    fold_all()
    InboxBatch.objects.update(payload=bytes(payload))
    assert replay(events=EventQuarantine.objects.all(), by=ops, at=LATER) == 1
    fold_all(at=LATER)
    assert UserDay.objects.get().events == 1


def test_a_mapping_is_set_once_and_audited(source, ops):
    set_mapping(source=source, mapping={"anonymous": "drop"}, by=ops, at=NOW)
    set_mapping(source=source, mapping={"anonymous": "drop"}, by=ops, at=LATER)
    assert Source.objects.get(pk=source.pk).mapping == {"anonymous": "drop"}
    entry = AuditEntry.objects.get(verb="event mapping set")
    assert (entry.at, entry.detail) == (NOW, {"before": {}, "now": {"anonymous": "drop"}})


def test_a_mapping_that_makes_no_sense_changes_nothing(source, ops):
    with pytest.raises(ValidationError) as refused:
        set_mapping(source=source, mapping={"accounts_of": "fils"}, by=ops, at=NOW)
    assert refused.value.messages == ['There is no source "fils". Did you mean "files"?']
    with pytest.raises(ValidationError):
        set_mapping(source=source, mapping={"anonymous": "burn"}, by=ops, at=NOW)
    assert Source.objects.get(pk=source.pk).mapping == {}


def test_the_back_office_refuses_such_a_mapping_too(source):
    source.mapping = {"anonymous": "burn"}
    with pytest.raises(ValidationError, match="keep or drop"):
        source.full_clean()
    source.mapping = None
    source.full_clean()
    assert source.mapping == {}


def test_what_was_folded_and_settled_long_ago_goes_and_what_waits_stays(waiting, ops):
    discard(events=waiting.filter(payload__user_id="kim"), by=ops, at=NOW)
    assert retention.tidy(at=NOW + timedelta(days=7)) == {"quarantined": 0, "batches": 0, "seen": 0}
    assert retention.tidy(at=NOW + timedelta(days=91)) == {"quarantined": 1, "batches": 1, "seen": 2}
    assert list(waiting.values_list("payload__user_id", "batch")) == [("lee", None)]
    assert not EventSeen.objects.exists()


def test_a_batch_that_waits_or_could_not_be_read_is_kept(send, acme):
    send({"user_id": "kim", "group_id": "acme"})
    InboxBatch.objects.update(payload=b"\xc1")
    fold_all()
    send({"user_id": "lee", "group_id": "acme"})
    retention.tidy(at=NOW + timedelta(days=400))
    assert InboxBatch.objects.count() == 2


def test_the_tasks_fold_and_tidy_whatever_there_is(send, acme):
    send({"user_id": "kim", "group_id": "acme"}, {"user_id": "lee", "group_id": "acme"})
    assert tasks.fold_events() == 2
    assert tasks.fold_events() == 0
    assert set(tasks.tidy_events()) == {"quarantined", "batches", "seen", "joined_rows"}
