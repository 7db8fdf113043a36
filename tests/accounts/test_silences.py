"""A silent source is noticed once, told once, and over when it speaks again."""

from datetime import datetime, timedelta

import pytest
import structlog
from django.core.exceptions import ValidationError

from accounts import deliveries
from accounts.models import AuditEntry, InboxBatch, OutboxMail, Source, SourceSilence
from accounts.operations import silences
from accounts.operations.sources import set_rhythm
from accounts.queries.silence import freshness_of, last_deliveries, silent_sources
from accounts.tasks import watch_sources
from tests.conftest import NOW

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def crm(db) -> Source:
    found = Source.objects.create(name="CRM", rhythm_days=2)
    deliveries.note(source_id=found.pk, kind="tickets", brought=5, at=NOW)
    return found


def rows() -> list[tuple[str, datetime, bool]]:
    return [(row.source.name, row.since, row.ended_at is None) for row in SourceSilence.objects.order_by("pk")]


@pytest.mark.parametrize(
    ("passed", "rhythm", "state"),
    [
        (None, 2, "never"), (0, 2, "fresh"), (48, 2, "fresh"), (49, 2, "late"), (60, 2, "late"), (61, 2, "silent"),
        (24, 1, "fresh"), (30, 1, "late"), (31, 1, "silent"), (9_000, None, "fresh"), (None, None, "never"),
    ],
)  # fmt: skip
def test_a_source_is_late_after_its_rhythm_and_silent_a_quarter_of_it_later(passed, rhythm, state):
    last_at = None if passed is None else NOW - passed * HOUR
    assert freshness_of(last_at=last_at, rhythm_days=rhythm, now=NOW) == state


def test_a_silence_is_noted_once_and_ends_when_the_source_speaks(crm):
    for at in (NOW + 2 * DAY, NOW + 3 * DAY, NOW + 4 * DAY):
        silences.watch(at=at)
    assert rows() == [("CRM", NOW, True)]
    assert [(found.source, found.kinds) for found in silent_sources()] == [("CRM", {"tickets"})]
    deliveries.note(source_id=crm.pk, kind="tickets", brought=1, at=NOW + 5 * DAY)
    assert silent_sources() == []
    silences.watch(at=NOW + 5 * DAY)
    assert rows() == [("CRM", NOW, False)]
    silences.watch(at=NOW + 9 * DAY)
    assert rows() == [("CRM", NOW, False), ("CRM", NOW + 5 * DAY, True)]


def test_a_source_that_spoke_while_nobody_looked_begins_another_silence(crm):
    silences.watch(at=NOW + 3 * DAY)
    deliveries.note(source_id=crm.pk, kind="tickets", brought=1, at=NOW + 4 * DAY)
    silences.watch(at=NOW + 9 * DAY)
    assert rows() == [("CRM", NOW, False), ("CRM", NOW + 4 * DAY, True)]


def test_events_that_nobody_folded_yet_have_come_all_the_same(crm):
    InboxBatch.objects.create(source=crm, received_at=NOW + 3 * DAY, events=1, payload=b"")
    InboxBatch.objects.create(source=crm, received_at=NOW + 8 * DAY, events=1, payload=b"", is_repeat=True)
    assert last_deliveries() == {crm.pk: NOW + 3 * DAY}
    silences.watch(at=NOW + 5 * DAY)
    assert rows() == []


def test_it_is_logged_once(crm):
    with structlog.testing.capture_logs() as logs:
        silences.watch(at=NOW + 3 * DAY)
        silences.watch(at=NOW + 4 * DAY)
    assert logs == [
        {
            "event": "source is silent", "log_level": "warning", "source": "CRM", "since": NOW.isoformat(),
            "rhythm_days": 2,
        }
    ]  # fmt: skip


def test_operations_get_one_mail_for_each_silence(crm, ops, csm, time_machine):
    time_machine.move_to(NOW + 3 * DAY, tick=False)
    assert (watch_sources(), watch_sources()) == (1, 0)
    queued = OutboxMail.objects.get()
    assert (queued.subject, queued.recipient) == ("CRM is silent since 30 Jun 2026", ops.email)
    assert "nothing since 30 Jun 2026" in queued.text
    assert "every 2 days" in queued.text


def test_another_rhythm_ends_a_silence_at_once_and_is_in_the_audit_record(crm, ops):
    silences.watch(at=NOW + 3 * DAY)
    set_rhythm(source=crm, rhythm_days=7, by=ops, at=NOW + 3 * DAY)
    assert rows() == [("CRM", NOW, False)]
    entry = AuditEntry.objects.get(verb="source rhythm set")
    assert entry.detail == {"before": 2, "now": 7}
    set_rhythm(source=crm, rhythm_days=7, by=ops, at=NOW + 3 * DAY)
    assert AuditEntry.objects.filter(verb="source rhythm set").count() == 1


def test_a_rhythm_of_no_days_or_of_years_is_refused(crm, ops):
    for days in (0, 367):
        with pytest.raises(ValidationError, match="every 1 to 366 days"):
            set_rhythm(source=crm, rhythm_days=days, by=ops, at=NOW)
