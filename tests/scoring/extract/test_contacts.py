"""Contacts are found by their ids however these lie: close together, few and apart, or many and scattered."""

from dataclasses import replace

import numpy as np
import pytest

from accounts.models import Rapport, SurveyResponse, Touchpoint
from scoring.extract.contacts import PERSONAS, Contacts
from scoring.extract.facts import Facts
from scoring.extract.scope import Scope
from scoring.extract.shared import read_shared_once
from scoring.queries.movement_facts import like
from tests.scoring.conftest import AS_OF
from tests.scoring.extract.conftest import ago

pytestmark = pytest.mark.django_db


def contacts_of(*accounts) -> Contacts:
    return Contacts(Scope(np.array([account.pk for account in accounts]), AS_OF))


@pytest.fixture
def tell(fact, csm, manager, make_contact):
    """A decision maker who says 2 and was met by two of us, and a champion who says 5 and was met by one."""

    def told(account, *, between=lambda: None):
        ann = make_contact(account, "Ann", persona="decision_maker")
        between()
        bob = make_contact(account, "Bob", persona="champion")
        for contact, rating, people in ((ann, 2, [manager]), (bob, 5, [])):
            fact(Rapport, contact=contact, rated_on=ago(3), rating=rating)
            met = fact(Touchpoint, account=account, kind="call", day=ago(3), host=csm, state="held")
            met.contacts.set([contact])
            met.colleagues.set(people)
        asked = {"kind": "nps", "asked_on": ago(3), "answered_on": ago(3)}
        fact(SurveyResponse, account=account, contact=ann, score=3, **asked)

    return told


@pytest.fixture
def scattered(acme, make_account, make_contact, fact):
    """Tells of acme with the contacts of another account between its own."""
    other = make_account("Other")

    def strangers():
        for n in range(8):
            fact(Rapport, contact=make_contact(other, f"S{n}", persona="economic_buyer"), rated_on=ago(3), rating=1)

    return lambda tell: tell(acme, between=strangers)


def figures(value_of, account):
    return [value_of(key, account) for key in ("rapport", "multithreading", "persona_coverage")]


# (2 × 2 + 5) ÷ 3; (1 + ½) ÷ 2; two of four.
EXPECTED = [[3.0], [0.75], [0.5]]


def test_contacts_whose_ids_lie_close_together_are_read_as_a_range(acme, tell, value_of):
    tell(acme)
    contacts = contacts_of(acme)
    assert (len(contacts.known.ids), contacts.are_scattered) == (2, False)
    assert figures(value_of, acme) == EXPECTED


def test_a_few_whose_ids_lie_apart_are_named_one_by_one(acme, tell, scattered, value_of):
    scattered(tell)
    assert not contacts_of(acme).are_scattered
    assert figures(value_of, acme) == EXPECTED


def test_many_whose_ids_are_scattered_are_found_by_their_accounts(acme, tell, scattered, value_of, monkeypatch):
    monkeypatch.setattr("scoring.extract.contacts.BY_ID", 1)
    scattered(tell)
    assert contacts_of(acme).are_scattered
    assert figures(value_of, acme) == EXPECTED
    assert value_of("decision_maker_detractor", acme) == [1.0]


def test_strangers_between_are_not_taken_for_ours(acme, tell, scattered):
    scattered(tell)
    contacts = contacts_of(acme)
    rows, is_ours = contacts.find(np.array([contacts.known.ids[0] + 1, contacts.known.ids[1], np.nan]))
    assert is_ours.tolist() == [False, True, False]
    assert rows[1] == 1


def test_ratings_that_are_left_out_stay_out_where_queries_are_kept(acme, tell):
    tell(acme)
    with read_shared_once():
        facts = Facts(Scope(np.array([acme.pk]), AS_OF))
        assert facts.people.rapport().tolist() == [3.0]
        before = like(facts, replace(facts.scope, ratings_until=ago(4)), without=("people",))
        assert np.isnan(before.people.rapport()).all()


def test_who_left_is_known_and_not_there_from_the_day_on(acme, make_contact):
    make_contact(acme, "Ann", persona="champion", left_on=AS_OF)
    make_contact(acme, "Bob", persona="champion", left_on=ago(-1))
    make_contact(acme, "Cid", persona="", known_from=AS_OF)
    make_contact(acme, "Dan", known_from=ago(-1))
    contacts = contacts_of(acme)
    assert contacts.are_there.tolist() == [False, True, True]
    assert contacts.have(contacts.are_there)[0].tolist() == [name == "champion" for name in PERSONAS]


def test_without_contacts_nobody_is_found(acme, value_of):
    rows, is_ours = contacts_of(acme).find(np.array([1.0, 2.0]))
    assert (rows.tolist(), is_ours.tolist()) == ([0, 0], [False, False])
    assert value_of("rapport", acme) == [None]
