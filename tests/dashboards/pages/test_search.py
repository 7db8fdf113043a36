"""The box behind "/": what it lists for whom, and where each line leads."""

from datetime import date

import pytest
from django.urls import reverse

from accounts.models import Contact
from dashboards.pages.search import build_search
from tests.conftest import NOW
from tests.dashboards.pages.boards import give_health


@pytest.fixture
def halden(organization, make_account, csm, source):
    account = make_account("Halden Freight", owner=csm)
    give_health(account, score=4600)
    Contact.objects.create(
        source=source, external_id="c", recorded_at=NOW, account=account, name="Søren Ibsen", title="CFO",
        known_from=date(2026, 1, 1),
    )  # fmt: skip
    return account


def listed(user, text: str) -> dict[str, list[tuple[str, str]]]:
    page = build_search(user, text=text, path="/search")
    return {group.label: [(hit.title, hit.detail) for hit in group.hits] for group in page.groups}


def test_without_a_text_the_pages_of_the_role_are_listed(halden, csm, leader):
    assert [title for title, _ in listed(csm, "")["Pages"]][:2] == ["Portfolio", "Accounts"]
    assert "Overview" in [title for title, _ in listed(leader, "")["Pages"]]
    assert "Overview" not in [title for title, _ in listed(csm, "")["Pages"]]


def test_an_account_comes_with_its_score_and_what_can_be_done(halden, csm):
    page = build_search(csm, text="hal", path="/search")
    accounts, deeds = page.groups
    (hit,) = accounts.hits
    assert (hit.title, hit.detail, hit.score, hit.band_name) == ("Halden Freight", "Maya Example", "46", "Weak")
    assert [(deed.title, deed.url) for deed in deeds.hits] == [
        ("Log touchpoint", f"/touchpoints/new?account={halden.pk}"),
        ("Adjust pulse", f"/accounts/{halden.pk}/adjust/pulse"),
        ("Override score", f"/accounts/{halden.pk}/adjust/override"),
        ("Why it moved", f"/accounts/{halden.pk}/movement"),
    ]


def test_who_only_reads_is_offered_nothing_that_writes(halden, leader):
    assert listed(leader, "hal")["Do"] == [("Why it moved", "Halden Freight")]
    assert "Do" not in listed(leader, "log hal")


def test_a_verb_before_a_name_asks_what_to_do(halden, csm):
    found = listed(csm, "log hal")
    assert list(found) == ["Do", "Accounts"]
    assert found["Do"] == [("Log touchpoint", "Halden Freight")]
    assert listed(csm, "pulse haldne")["Do"] == [("Adjust pulse", "Halden Freight")]


def test_a_verb_is_a_name_where_nothing_follows_it(halden, csm, make_account):
    make_account("Logan Bank", owner=csm)
    found = listed(csm, "log")
    assert found["Accounts"] == [("Logan Bank", "Maya Example")]
    assert ("Log touchpoint", "") in found["Pages"]


def test_a_contact_leads_to_the_contacts_of_the_account(halden, csm):
    page = build_search(csm, text="ibsen", path="/search")
    (hit,) = page.groups[0].hits
    assert (hit.title, hit.detail) == ("Søren Ibsen", "CFO, Halden Freight")
    assert hit.url == f"/accounts/{halden.pk}#contacts"


def test_a_guess_says_so_and_nothing_says_that_too(halden, csm):
    assert "Did you mean" in build_search(csm, text="haldne", path="/search").note
    assert build_search(csm, text="zzzz", path="/search").note == "Nothing that you see is called “zzzz”."
    assert build_search(csm, text="§", path="/search").note == "Type two letters or more."


def test_the_box_gets_the_list_alone_and_a_browser_without_a_script_a_page(halden, client, csm):
    client.force_login(csm)
    part = client.get(reverse("search"), {"q": "hal"}, headers={"HX-Request": "true"}).content.decode()
    assert 'role="option"' in part
    assert "<html" not in part
    page = client.get(reverse("search"), {"q": '"><i>hal'}).content.decode()
    assert "<h1>Find</h1>" in page
    assert '"><i>' not in page


def test_the_number_of_queries_does_not_grow_with_what_is_found(
    halden, client, csm, make_account, django_assert_max_num_queries
):
    for n in range(20):
        give_health(make_account(f"Halden {n:02}", owner=csm), score=7000)
    client.force_login(csm)
    for text in ("hal", "haldne", "ibsen", "log hal"):
        with django_assert_max_num_queries(16):
            client.get(reverse("search"), {"q": text}, headers={"HX-Request": "true"})
