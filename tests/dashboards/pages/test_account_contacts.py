"""The tab of contacts: the table, the map, and changing a contact in its row or in a dialog."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Contact, Touchpoint
from accounts.operations.contacts import Person, add_contact, change_contact, edition
from accounts.queries.account import accounts_in_full
from dashboards.pages.account_contacts import build_contacts_page
from tests.conftest import NOW, TODAY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization")]
SHEET = {"HX-Request": "true"}


@pytest.fixture
def maya(client, csm, acme):
    client.force_login(csm)
    return client


@pytest.fixture
def ann(acme, csm) -> Contact:
    person = Person(name="Ann Lee", persona="champion", level="executive", rating=3)
    return add_contact(account=acme, person=person, key="k", by=csm, at=NOW)


def address(contact):
    return reverse("contact", args=[contact.account_id, contact.pk])


def test_a_row_sends_only_what_it_shows_and_the_rest_stays(maya, ann):
    answer = maya.post(address(ann), {"persona": "decision_maker", "seen": edition(ann)}, headers=SHEET)
    assert answer.headers["HX-Refresh"] == "true"
    now = Contact.objects.get()
    assert (now.persona, now.name, now.level) == ("decision_maker", "Ann Lee", "executive")


def test_left_is_one_click_and_the_toast_undoes_it(maya, ann, acme):
    maya.post(address(ann), {"leaves": "1", "seen": edition(ann)})
    assert Contact.objects.get().left_on == TODAY
    shown = maya.get(reverse("account-contacts", args=[acme.pk]))
    [message] = shown.context["messages"]
    maya.post(message.extra_tags)
    assert Contact.objects.get().left_on is None


def test_a_stale_row_opens_the_dialog_with_what_was_said_and_a_warning(maya, ann, manager):
    seen = edition(ann)
    theirs = Person(name="Ann Lee", persona="champion", title="CFO")
    change_contact(contact=ann, person=theirs, seen=seen, by=manager, at=NOW + timedelta(minutes=5))
    late = maya.post(address(ann), {"persona": "economic_buyer", "seen": seen}, headers=SHEET)
    assert late.status_code == 409
    text = late.content.decode()
    assert "changed by somebody else meanwhile" in text
    assert 'value="CFO"' in text
    assert 'value="economic_buyer" selected' in text
    assert Contact.objects.get().persona == "champion"


def test_a_contact_without_a_name_is_refused_and_nothing_typed_is_lost(maya, acme):
    answer = maya.post(reverse("contact-new", args=[acme.pk]), {"name": "", "title": "Planner"}, headers=SHEET)
    assert answer.status_code == 422
    assert "Say what the person is called." in answer.content.decode()
    assert 'value="Planner"' in answer.content.decode()


def test_a_missing_persona_offers_to_add_one(maya, ann, acme):
    shown = maya.get(reverse("account-contacts", args=[acme.pk])).content.decode()
    assert "No decision maker yet" in shown
    dialog = maya.get(reverse("contact-new", args=[acme.pk]) + "?persona=decision_maker", headers=SHEET)
    assert 'value="decision_maker" selected' in dialog.content.decode()


def test_the_map_says_who_of_ours_knows_whom_and_whether_the_executives_met(acme, csm, manager, ann, source):
    found = accounts_in_full(csm).get()
    before = build_contacts_page(found, user=csm, today=TODAY).relations
    assert (before.executives, before.executives_met, before.untouched, before.personas) == (1, 0, 1, 1)
    call = Touchpoint.objects.create(
        account=acme, kind="call", state="held", day=TODAY, host=csm, source=source, external_id="c", recorded_at=NOW
    )
    call.contacts.add(ann)
    alone = build_contacts_page(found, user=csm, today=TODAY).relations
    assert (alone.executives_met, alone.single, alone.people) == (0, 1, 1)
    call.colleagues.add(manager)
    both = build_contacts_page(found, user=csm, today=TODAY).relations
    assert (both.executives_met, both.rows[0].counts, both.people) == (1, (1, 1), 2)


def test_a_contact_of_another_account_is_not_found_under_this_one(maya, ann, make_account, csm):
    other = make_account("Other", owner=csm)
    assert maya.get(reverse("contact", args=[other.pk, ann.pk])).status_code == 404


def test_the_file_has_everybody_also_who_left(maya, ann, acme):
    maya.post(address(ann), {"leaves": "1", "seen": edition(ann)})
    text = maya.get(reverse("account-contacts-csv", args=[acme.pk])).content.decode()
    assert "Ann Lee,,Champion,Executive,,3,,2026-06-30" in text
