"""Who and what is found by a few letters, and by whom."""

from datetime import date

import pytest

from accounts.models import Contact, Status
from scoring.queries.finding import find
from tests.conftest import NOW


@pytest.fixture
def halden(organization, make_account, csm):
    return make_account("Hálden Freight", owner=csm, domain="halden.example")


@pytest.fixture
def make_contact(source):
    def make(account, name: str, email: str = "", **more) -> Contact:
        return Contact.objects.create(
            source=source, external_id=name, recorded_at=NOW, account=account, name=name, email=email,
            known_from=date(2026, 1, 1), **more,
        )  # fmt: skip

    return make


def names(found):
    return [account.name for account in found.accounts], [contact.name for contact in found.contacts]


@pytest.mark.parametrize("text", ["halden", "HÁLDEN", "freight hal", "eight", "halden.ex", " halden  freight "])
def test_an_account_is_found_by_any_part_whatever_the_case_and_the_accents(halden, csm, text):
    found = find(csm, text=text)
    assert (names(found)[0], found.is_guess) == (["Hálden Freight"], False)


@pytest.mark.parametrize("text", ["haldne", "haldn", "haldenn", "fraight", "halden fright"])
def test_a_letter_missing_swapped_wrong_or_too_much_is_a_guess(halden, csm, text):
    found = find(csm, text=text)
    assert (names(found)[0], found.is_guess) == (["Hálden Freight"], True)


def test_a_word_that_is_there_is_not_guessed_beside(halden, csm, make_account):
    make_account("Halsen", owner=csm)
    assert names(find(csm, text="halden"))[0] == ["Hálden Freight"]


def test_names_that_begin_with_the_text_come_first_and_who_left_last(organization, csm, make_account):
    for name in ("Old Marsh", "Amarsha", "Marsh Bank"):
        make_account(name, owner=csm)
    make_account("Marsh", owner=csm, status=Status.CHURNED)
    assert names(find(csm, text="marsh"))[0] == ["Marsh Bank", "Old Marsh", "Amarsha", "Marsh"]


def test_contacts_are_found_by_name_and_with_an_at_by_address(halden, csm, make_contact):
    make_contact(halden, "Søren Ibsen", "si@halden.example")
    make_contact(halden, "Ana Lee", "ana@halden.example")
    make_contact(halden, "Gone Ibsen", left_on=date(2026, 2, 1))
    assert names(find(csm, text="soren"))[1] == ["Søren Ibsen"]
    assert names(find(csm, text="isben"))[1] == ["Søren Ibsen"]
    assert names(find(csm, text="ana@halden"))[1] == ["Ana Lee"]
    # The company's name finds the company, not everybody with its address.
    assert names(find(csm, text="halden")) == (["Hálden Freight"], [])


def test_only_what_is_in_sight_is_found(halden, csm, other_csm, manager, leader, make_contact):
    make_contact(halden, "Søren Ibsen")
    for user, count in ((csm, 1), (manager, 1), (leader, 1), (other_csm, 0)):
        assert [len(part) for part in names(find(user, text="halden"))] == [count, 0]
        assert len(find(user, text="haldne").accounts) == count
        assert [len(part) for part in names(find(user, text="ibsen"))] == [0, count]


@pytest.mark.parametrize("text", ["", "h", " %", "_", "\x00"])
def test_too_few_letters_find_nothing(halden, csm, text):
    assert names(find(csm, text=text)) == ([], [])


@pytest.mark.parametrize("text", ["%%", "__", "h%n", "\\\\"])
def test_signs_of_patterns_are_letters(halden, csm, text):
    assert names(find(csm, text=text)) == ([], [])
