"""Filters in the address: read, written, and offered."""

import pytest
from django.http import QueryDict

from dashboards.filters import Bar, accounts_url, address, read_selection
from scoring.core.bands import MODERATE, UNDEFINED, WEAK
from scoring.queries.facets import Facet, facets_of
from scoring.queries.selection import Selection
from scoring.queries.words import Words

GROUPS = [
    Facet("smb", "SMB", 4, "value", 7, "Maya", WEAK, 3),
    Facet("key", "Key", 1, "value", 7, "Maya", UNDEFINED, 2),
    Facet(None, None, None, "adoption", None, None, WEAK, 1),
]
FACETS = facets_of(GROUPS)


def read(query: str) -> Selection:
    return read_selection(QueryDict(query))


def test_an_empty_address_chooses_everything():
    assert read("") == Selection()
    assert read("").is_everything


@pytest.mark.parametrize("query", ["band=weak,moderate", "band=weak&band=moderate", "band=weak,,weak, moderate"])
def test_a_list_is_read_with_commas_or_repeated(query):
    assert read(query).bands == (WEAK, MODERATE)


def test_every_part_is_read():
    found = read("q=+acme+&band=undefined&segment=smb,none&phase=value&owner=7,none&renewal=90d&flag=no_login&plan=no")
    assert found == Selection(
        segments=("smb", "none"),
        phases=("value",),
        owners=("7", "none"),
        bands=(UNDEFINED,),
        renewal="90d",
        flags=("no_login",),
        plan="no",
        text="acme",
    )


def test_words_that_no_page_writes_are_passed_over():
    assert read("band=purple&phase=x&owner=me,1e9,²,99999999999999999999&renewal=7y&plan=maybe&page=2").is_everything
    assert read("q=%00&segment=%00").is_everything


def test_what_is_written_is_read_again():
    chosen = read("band=weak,undefined&segment=smb&owner=7&renewal=past&flag=no_login&plan=yes&q=a%26b")
    path, query = address("/accounts", chosen, sort="-arr").split("?")
    assert path == "/accounts"
    assert read(query) == chosen
    assert "sort=-arr" in query


def test_a_link_narrows_what_is_chosen():
    assert accounts_url(read("segment=smb"), bands=(WEAK,)) == "/accounts?band=weak&segment=smb"
    assert accounts_url(Selection()) == "/accounts"


def bar(query: str = "") -> Bar:
    return Bar("/portfolio", read(query), FACETS, {"sort": "arr"})


def test_segments_are_offered_in_their_order_with_counts_and_those_without_last():
    offered = bar().segments()
    assert [(o.value, o.label, o.count) for o in offered.options] == [
        ("key", "Key", 2),
        ("smb", "SMB", 3),
        ("none", "No segment", 1),
    ]
    assert (offered.is_set, offered.summary) == (False, "All")


def test_a_set_filter_says_what_is_chosen_and_clears_only_itself():
    owners = bar("owner=7&segment=smb").owners()
    assert (owners.is_set, owners.summary) == (True, "Maya")
    assert owners.clear_url == "/portfolio?segment=smb&sort=arr"


def test_what_was_chosen_stays_on_offer_when_no_account_has_it():
    assert [o.value for o in bar("segment=gone").segments().options if o.is_on] == ["gone"]
    assert Bar("/portfolio", read("owner=none"), facets_of(GROUPS[:2]), {}).owners().summary == "No owner"


def test_bands_are_offered_by_the_workspaces_names():
    assert [(o.value, o.label, o.count) for o in bar().bands(Words()).options] == [
        ("strong", "Strong", 0),
        ("moderate", "Moderate", 0),
        ("weak", "Weak", 4),
        ("undefined", "Undefined", 2),
    ]


def test_flags_are_told_by_label_and_unknown_ones_by_key():
    offered = bar("flag=old_rule").flags(Words(flags={"no_login": "No login in 14 days"}))
    assert [(o.label, o.is_on) for o in offered.options] == [("No login in 14 days", False), ("Old rule", True)]
