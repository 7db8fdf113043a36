"""Contacts that our own people add, change, rate and let go; each of it undone, and nobody's words lost."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.amendments import facts_as_known
from accounts.models import AccountTouch, AuditEntry, Contact, Rapport, Touchpoint
from accounts.operations.contacts import ContactChanged, Person, add_contact, change_contact, edition, take_back
from accounts.queries.account import contacts_in_full
from accounts.queries.relations import ties
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
ANN = Person(name="Ann Lee", persona="champion", level="executive", rating=3)


@pytest.fixture
def ann(acme, csm) -> Contact:
    return add_contact(account=acme, person=ANN, key="k", by=csm, at=NOW)


def rating_of(contact):
    return contacts_in_full(contact.account, today=TODAY).get(pk=contact.pk).rapport


def changed(contact, person, *, by, at=LATER):
    return change_contact(contact=contact, person=person, seen=edition(contact), by=by, at=at)


def test_a_new_contact_is_known_from_today_rated_touched_and_in_the_record(ann, acme, csm):
    assert (ann.known_from, ann.persona, rating_of(ann)) == (TODAY, "champion", 3)
    assert AccountTouch.objects.get(account=acme).touches > 0
    entry = AuditEntry.objects.get(verb="contact added")
    assert (entry.subject_id, entry.by) == (str(ann.pk), csm)


def test_a_form_that_is_sent_twice_adds_one_contact(ann, acme, csm):
    assert add_contact(account=acme, person=ANN, key="k", by=csm, at=LATER) == ann
    assert Contact.objects.count() == 1


def test_a_change_keeps_what_was_said_before(ann, csm):
    changed(ann, Person(name="Ann Roe", persona="decision_maker"), by=csm)
    assert Contact.objects.get().name == "Ann Roe"
    with facts_as_known(NOW, until=TODAY):
        assert (Contact.objects.get().name, Contact.objects.get().persona) == ("Ann Lee", "champion")


def test_the_same_rating_again_is_no_new_fact_and_none_leaves_it_as_it_is(ann, csm):
    changed(ann, Person(name="Ann Lee", rating=3), by=csm)
    changed(Contact.objects.get(), Person(name="Ann Lee"), by=csm, at=LATER + timedelta(minutes=1))
    assert Rapport.objects.count() == 1
    changed(Contact.objects.get(), Person(name="Ann Lee", rating=5), by=csm, at=LATER + timedelta(minutes=2))
    assert rating_of(ann) == 5


def test_undo_brings_back_row_and_rating(ann, csm):
    now = changed(ann, Person(name="Ann Roe", rating=5, left_on=TODAY), by=csm)
    take_back(contact=now, seen=edition(now), by=csm, at=LATER + timedelta(minutes=1))
    back = Contact.objects.get()
    assert (back.name, back.left_on, rating_of(back)) == ("Ann Lee", None, 3)


def test_undo_of_a_new_contact_takes_it_away_unless_a_touchpoint_names_it(ann, acme, csm, source):
    call = Touchpoint.objects.create(
        account=acme, kind="call", state="held", day=TODAY, source=source, external_id="c", recorded_at=NOW
    )
    call.contacts.add(ann)
    with pytest.raises(ValidationError, match="a touchpoint with this contact"):
        take_back(contact=ann, seen=edition(ann), by=csm, at=LATER)
    call.delete()
    take_back(contact=ann, seen=edition(ann), by=csm, at=LATER)
    assert not Contact.objects.exists()


def test_nobody_undoes_what_somebody_else_did(ann, csm, manager):
    now = changed(ann, Person(name="Ann Roe"), by=manager)
    with pytest.raises(ValidationError, match="Only what you did last"):
        take_back(contact=now, seen=edition(now), by=csm, at=LATER)


def test_who_looked_before_somebody_else_saved_is_told(ann, csm, manager):
    seen = edition(ann)
    changed(ann, Person(name="Ann Roe"), by=manager)
    with pytest.raises(ContactChanged):
        change_contact(contact=ann, person=ANN, seen=seen, by=csm, at=LATER)


def test_a_rating_alone_counts_as_a_change_too(ann, csm, manager):
    seen = edition(ann)
    changed(ann, Person(name="Ann Lee", persona="champion", rating=1), by=manager)
    with pytest.raises(ContactChanged):
        change_contact(contact=ann, person=ANN, seen=seen, by=csm, at=LATER)


@pytest.mark.parametrize(
    ("person", "sentence"),
    [
        (Person(name="  "), "Say what the person is called."),
        (Person(name="A", rating=6), "Rapport is from 1 to 5."),
        (Person(name="A", left_on=TODAY + timedelta(days=1)), "Nobody has left on a day ahead."),
        (Person(name="A", left_on=TODAY - timedelta(days=1)), "That is before we knew the person."),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(acme, csm, person, sentence):
    with pytest.raises(ValidationError) as refused:
        add_contact(account=acme, person=person, key="k", by=csm, at=NOW)
    assert sentence in refused.value.messages


def test_ties_count_the_host_and_those_beside_the_host_once_a_touchpoint(ann, acme, csm, manager, source):
    def meet(key, state, day):
        made = Touchpoint.objects.create(
            account=acme, kind="call", state=state, day=day, host=csm, source=source, external_id=key, recorded_at=NOW
        )
        made.contacts.add(ann)
        made.colleagues.add(manager, csm)

    meet("a", "held", TODAY)
    meet("b", "planned", TODAY)
    meet("c", "held", date(2025, 1, 1))
    found = ties(acme, first=date(2026, 1, 1), last=TODAY)
    assert found.of(ann.pk) == {csm.pk: 1, manager.pk: 1}
    assert {user.pk for user in found.people} == {csm.pk, manager.pk}
