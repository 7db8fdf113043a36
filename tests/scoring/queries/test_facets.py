"""Facets as columns say what the groups say one by one."""

from collections import Counter
from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from scoring.core.bands import MODERATE, STRONG, UNDEFINED, WEAK
from scoring.queries.facets import Facet, facets_of
from scoring.queries.selection import NONE, Selection
from scoring.queries.summaries import Amount

SEGMENTS = st.sampled_from([("smb", "SMB", 4), ("key", "Key", 1), (None, None, None)])
OWNERS = st.sampled_from([(7, "Maya"), (8, "Ben"), (9, "Ben"), (None, None)])
MONEY = st.decimals(min_value=0, max_value=10**12, places=2)
GROUPS = st.builds(
    lambda segment, phase, owner, band, *sums: Facet(*segment, phase, *owner, band, *sums),
    SEGMENTS, st.sampled_from(["value", "adoption"]), OWNERS, st.sampled_from([STRONG, MODERATE, WEAK, UNDEFINED]),
    st.integers(1, 10**6), st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 10**9), MONEY,
    st.none() | st.integers(0, 10**6),
)  # fmt: skip
SELECTIONS = st.builds(
    Selection,
    segments=st.sets(st.sampled_from(["smb", "key", NONE, "gone"])).map(tuple),
    phases=st.sets(st.sampled_from(["value", "renewal"])).map(tuple),
    owners=st.sets(st.sampled_from(["7", "9", NONE, "12"])).map(tuple),
    bands=st.sets(st.sampled_from([STRONG, WEAK, UNDEFINED])).map(tuple),
)


def holds(selection: Selection, group: Facet) -> bool:
    asked = (
        (selection.segments, group.segment or NONE), (selection.phases, group.phase),
        (selection.owners, str(group.owner or NONE)), (selection.bands, group.band),
    )  # fmt: skip
    return all(not words or word in words for words, word in asked)


@given(st.lists(GROUPS, max_size=12), SELECTIONS)
def test_totals_of_a_selection_are_the_sums_of_its_groups_to_the_cent(groups, selection):
    found, chosen = facets_of(groups).totals(selection), [group for group in groups if holds(selection, group)]
    amounts: dict[int, Amount] = {}
    for group in chosen:
        amounts[group.band] = amounts.get(group.band, Amount()) + Amount(group.accounts, group.score_sum, group.arr)
    assert found.health.by_band == amounts
    assert found.as_of == max((group.as_of for group in chosen if group.as_of), default=None)
    known = [group.users for group in chosen if group.users is not None]
    assert found.users == (sum(known) if known else None)
    assert facets_of(groups).count(selection) == sum(group.accounts for group in chosen)


@given(st.lists(GROUPS, max_size=12))
def test_each_word_counts_the_accounts_of_its_groups(groups):
    found = facets_of(groups)
    counted = Counter({str(group.owner or NONE): 0 for group in groups})
    by_band: Counter[int] = Counter()
    for group in groups:
        counted[str(group.owner or NONE)] += group.accounts
        by_band[group.band] += group.accounts
    assert found.owners.sums(found.accounts) == counted
    assert found.by_band() == by_band
    assert found.has_owners == (len(counted) > 1)
    assert bool(found) == bool(groups)


def test_segments_come_in_their_order_owners_by_name_and_who_has_none_last():
    found = facets_of([
        Facet(None, None, None, "value", None, None, WEAK, 1),
        Facet("smb", "SMB", 4, "value", 8, "Maya", WEAK, 1, arr=Decimal("0.10")),
        Facet("key", "Key", 1, "adoption", 7, "Ben", STRONG, 2, arr=Decimal("0.20")),
    ])  # fmt: skip
    assert list(found.segments.labels.items()) == [("key", "Key"), ("smb", "SMB"), (NONE, "No segment")]
    assert list(found.owners.labels.items()) == [("7", "Ben"), ("8", "Maya"), (NONE, "No owner")]
    assert found.totals(Selection()).health.arr == Decimal("0.30")
    assert found.newest is None


def test_nothing_is_nothing():
    found = facets_of([])
    assert not found
    assert found.totals(Selection()).health.by_band == {}
    assert found.totals(Selection(segments=("smb",))).users is None
