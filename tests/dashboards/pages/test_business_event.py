"""Flags on the account's page: what is known of each, what helps, and resolving the event behind one."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import BusinessEvent
from accounts.operations.business_events import enter_event, resolve_event
from accounts.queries.account import accounts_in_full
from dashboards.pages.account import build_account_page
from tests.conftest import NOW, TODAY
from tests.dashboards.snapshots import MEASURES, give_snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization")]
SHEET = {"HX-Request": "true"}


@pytest.fixture
def acquired(acme, csm) -> BusinessEvent:
    return enter_event(
        account=acme, kind="acquired", occurred_on=TODAY - timedelta(days=3), note="By Norvik", key="k", by=csm, at=NOW
    )


@pytest.fixture
def flagged(acme, acquired):
    raised = [["acquired", 3.0], ["ebr_overdue", 1.0], ["no_login", 15.0]]
    give_snapshot(acme, day=TODAY, score=7688, measures=MEASURES, flags=raised)
    return acme


def flags_for(user, account):
    found = accounts_in_full(user).get(pk=account.pk)
    return build_account_page(found, user=user, today=TODAY, now=NOW, query={}).flags


def test_each_flag_says_what_is_known_and_offers_what_helps(flagged, acquired, csm):
    owned, ebr, login = flags_for(csm, flagged)
    assert (owned.note, [act.label for act in owned.acts]) == ("By Norvik", ["Resolve", "Start plan"])
    assert owned.acts[0].url == f"/accounts/{flagged.pk}/events/{acquired.pk}"
    assert ebr.acts[0].label == "Schedule EBR"
    assert "kind=ebr&outcome=planned" in ebr.acts[0].url
    assert [act.label for act in login.acts] == ["Usage", "Start plan"]
    assert login.acts[0].url == f"/accounts/{flagged.pk}/usage"


def test_who_only_reads_is_offered_no_change(flagged, viewer):
    assert [[act.label for act in flag.acts] for flag in flags_for(viewer, flagged)] == [[], [], ["Usage"]]


def test_an_event_that_is_over_is_not_offered_again(flagged, acquired, csm):
    BusinessEvent.objects.update(ended_on=TODAY)
    assert [act.label for act in flags_for(csm, flagged)[0].acts] == ["Start plan"]


def test_an_event_is_entered_in_a_dialog_and_the_toast_undoes_it(client, csm, acme):
    client.force_login(csm)
    sent = {"kind": "legal", "occurred_on": TODAY.isoformat(), "note": "A letter came", "key": "x"}
    answer = client.post(reverse("event-new", args=[acme.pk]), sent, headers=SHEET)
    assert answer.headers["HX-Refresh"] == "true"
    [message] = client.get(reverse("account", args=[acme.pk])).context["messages"]
    client.post(message.extra_tags)
    assert not BusinessEvent.objects.exists()


def test_without_a_note_it_is_refused_and_nothing_typed_is_lost(client, csm, acme):
    client.force_login(csm)
    sent = {"kind": "legal", "occurred_on": "2026-06-01", "note": "", "key": "x"}
    answer = client.post(reverse("event-new", args=[acme.pk]), sent, headers=SHEET)
    assert answer.status_code == 422
    assert 'value="2026-06-01"' in answer.content.decode()


def test_resolving_what_somebody_else_resolved_meanwhile_is_told(client, csm, manager, acme, acquired):
    client.force_login(csm)
    resolve_event(event=acquired, note="They keep us", seen=NOW, by=manager, at=NOW + timedelta(minutes=5))
    sent = {"note": "Gone", "seen": NOW.isoformat()}
    answer = client.post(reverse("event", args=[acme.pk, acquired.pk]), sent, headers=SHEET)
    assert answer.status_code == 409
    assert "Somebody else changed it meanwhile" in answer.content.decode()
    assert BusinessEvent.objects.get().note == "By Norvik\nResolved: They keep us"
