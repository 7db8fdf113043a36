"""Business events that our own people enter and resolve; both undone, and nobody's words lost."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.amendments import facts_as_known
from accounts.models import AccountTouch, AuditEntry, BusinessEvent
from accounts.operations.business_events import EventChanged, enter_event, resolve_event, take_back
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def acquired(acme, csm) -> BusinessEvent:
    return enter_event(
        account=acme, kind="acquired", occurred_on=TODAY - timedelta(days=3), note="By Norvik", key="k", by=csm, at=NOW
    )


def test_an_event_is_kept_recorded_and_touches_the_account(acquired, acme, csm):
    assert (acquired.ended_on, acquired.note) == (None, "By Norvik")
    assert AccountTouch.objects.get(account=acme).touches == 1
    assert AuditEntry.objects.get(verb="business event entered").by == csm


def test_a_form_that_is_sent_twice_enters_one_event(acquired, acme, csm):
    again = enter_event(account=acme, kind="acquired", occurred_on=TODAY, note="Again", key="k", by=csm, at=LATER)
    assert again == acquired
    assert BusinessEvent.objects.count() == 1


def test_resolving_ends_it_today_adds_why_and_keeps_what_was_known(acquired, csm):
    resolve_event(event=acquired, note="They keep us", seen=NOW, by=csm, at=LATER)
    now = BusinessEvent.objects.get()
    assert (now.ended_on, now.note) == (TODAY, "By Norvik\nResolved: They keep us")
    with facts_as_known(NOW, until=TODAY):
        assert BusinessEvent.objects.get().ended_on is None


def test_undo_lets_it_go_on_and_undo_of_entering_takes_it_away(acquired, csm):
    resolved = resolve_event(event=acquired, note="They keep us", seen=NOW, by=csm, at=LATER)
    take_back(event=resolved, seen=LATER, by=csm, at=LATER + timedelta(minutes=1))
    assert (BusinessEvent.objects.get().ended_on, BusinessEvent.objects.get().note) == (None, "By Norvik")


def test_an_event_entered_by_mistake_goes(acquired, csm):
    take_back(event=acquired, seen=NOW, by=csm, at=LATER)
    assert not BusinessEvent.objects.exists()


def test_somebody_elses_deed_is_neither_undone_nor_overwritten(acquired, csm, manager):
    with pytest.raises(ValidationError, match="Only what you did last"):
        take_back(event=acquired, seen=NOW, by=manager, at=LATER)
    resolve_event(event=acquired, note="They keep us", seen=NOW, by=manager, at=LATER)
    with pytest.raises(EventChanged):
        resolve_event(event=acquired, note="Gone", seen=NOW, by=csm, at=LATER)


@pytest.mark.parametrize(
    ("kind", "days", "note", "sentence"),
    [
        ("nonsense", 0, "Known", "Choose what happened."),
        ("legal", 1, "Known", "A day ahead has not happened yet."),
        ("legal", 0, " ", "Say in a few words what is known."),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(acme, csm, kind, days, note, sentence):
    with pytest.raises(ValidationError) as refused:
        enter_event(
            account=acme, kind=kind, occurred_on=TODAY + timedelta(days=days), note=note, key="x", by=csm, at=NOW
        )
    assert sentence in refused.value.messages


def test_it_is_resolved_once_and_with_a_reason(acquired, csm):
    with pytest.raises(ValidationError, match="Say why"):
        resolve_event(event=acquired, note="", seen=NOW, by=csm, at=LATER)
    resolve_event(event=acquired, note="They keep us", seen=NOW, by=csm, at=LATER)
    with pytest.raises(ValidationError, match="over already"):
        resolve_event(event=acquired, note="Again", seen=LATER, by=csm, at=LATER)
