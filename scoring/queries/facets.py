"""How the accounts that a user sees spread over segments, phases, owners and bands: what filters offer, and totals.

Kept as columns: 100,000 accounts of 500 people are 25,000 groups, too many to look at one by one for each page.
Shapes: G groups.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db.models import Count, Max, Min, Sum

from accounts.access import sight_of
from accounts.models import User
from scoring.core.arrays import Bools, Ints
from scoring.queries.selection import NONE, Selection, active_accounts
from scoring.queries.summaries import Amount, Health

# Counts over so many accounts may be a minute old: they cost more than the rest of a page.
MANY_ACCOUNTS = 5_000
KEPT_SECONDS = 60
CENTS = Decimal("0.01")
UNKNOWN = -1


@dataclass(frozen=True)
class Totals:
    """Over all rows of a table, not only those of its page."""

    health: Health
    users: int | None  # None where nobody's are known
    as_of: date | None


@dataclass(frozen=True)
class Facet:
    """So many active accounts of one segment, phase, owner and band; `as_of` is the newest day of their scores.

    `score_sum` is in hundredths; `users` is None where nobody's are known.
    """

    segment: str | None
    segment_name: str | None
    segment_position: int | None
    phase: str
    owner: int | None
    owner_name: str | None
    band: int
    accounts: int
    as_of: date | None = None
    score_sum: int = 0
    arr: Decimal = Decimal(0)
    users: int | None = None


@dataclass(frozen=True)
class Kinds:
    """One way to tell groups apart: what there is, by the word that stands in addresses, and each group's place."""

    labels: Mapping[str, str]  # in the order in which filters offer them
    places: Ints  # (G,) in `labels`

    def among(self, asked: Collection[str]) -> Bools:
        """Which groups are of one of the words; all where nothing is asked."""
        if not asked:
            return np.ones(len(self.places), dtype=bool)
        return np.isin(self.places, [place for place, word in enumerate(self.labels) if word in asked])

    def sums(self, amounts: Ints) -> dict[str, int]:
        """The amounts added up by word."""
        return dict(zip(self.labels, added(amounts, self.places, size=len(self.labels)).tolist(), strict=True))


@dataclass(frozen=True)
class Facets:
    """The groups as columns, of (G,) each: scores in hundredths, ARR in cents, days as ordinals; -1 is unknown."""

    segments: Kinds
    phases: Kinds
    owners: Kinds
    bands: Ints
    accounts: Ints
    days: Ints
    score_sums: Ints
    arr_cents: Ints
    users: Ints

    def __bool__(self) -> bool:
        return bool(len(self.accounts))

    @property
    def has_owners(self) -> bool:
        """Whether there is more than one owner to tell apart."""
        return len(self.owners.labels) > 1

    @property
    def newest(self) -> date | None:
        """The newest day of which any of the accounts has a score."""
        newest = int(self.days.max(initial=UNKNOWN))
        return None if newest == UNKNOWN else date.fromordinal(newest)

    def chosen(self, selection: Selection) -> Bools:
        """Which groups are of the selection, as far as facets tell."""
        of_band = np.isin(self.bands, selection.bands) if selection.bands else True
        kinds = self.segments.among(selection.segments) & self.phases.among(selection.phases)
        return kinds & self.owners.among(selection.owners) & of_band  # type: ignore[no-any-return]

    def count(self, selection: Selection) -> int:
        return int(self.accounts[self.chosen(selection)].sum())

    def by_band(self) -> dict[int, int]:
        """Accounts by the code of their band."""
        codes, places = np.unique(self.bands, return_inverse=True)
        return dict(zip(codes.tolist(), added(self.accounts, places, size=len(codes)).tolist(), strict=True))

    def totals(self, selection: Selection) -> Totals:
        """Over the groups of the selection, without a query."""
        rows = self.chosen(selection)
        codes, places = np.unique(self.bands[rows], return_inverse=True)
        columns = (added(column[rows], places, size=len(codes)) for column in self.sums)
        amounts = {
            code: Amount(accounts, score_sum, Decimal(cents) * CENTS)
            for code, accounts, score_sum, cents in zip(codes.tolist(), *map(np.ndarray.tolist, columns), strict=True)
        }
        users, days = self.users[rows], self.days[rows]
        newest = int(days.max(initial=UNKNOWN))
        return Totals(
            Health(amounts),
            users=int(users[users != UNKNOWN].sum()) if (users != UNKNOWN).any() else None,
            as_of=None if newest == UNKNOWN else date.fromordinal(newest),
        )

    @property
    def sums(self) -> tuple[Ints, Ints, Ints]:
        return self.accounts, self.score_sums, self.arr_cents


def added(amounts: Ints, places: Ints, *, size: int) -> Ints:
    """The amounts added up by place, as whole numbers."""
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, places, amounts)
    return sums


def facets(user: User) -> Facets:
    """How the accounts that the user sees spread: what filters offer, with counts. Those of many are kept a minute."""
    key = facets_key(user)
    kept: Facets | None = cache.get(key)
    if kept is not None:
        return kept
    found = facets_of(read_facets(user))
    if found.accounts.sum() >= MANY_ACCOUNTS:
        cache.set(key, found, KEPT_SECONDS)
    return found


def facets_key(user: User) -> str:
    """Under what they are kept: whoever changes accounts of the user takes them out."""
    return f"facets:{sight_of(user)}"


def read_facets(user: User) -> list[Facet]:
    """In one query, grouped by keys alone, with the names taken along: sorting by names would take most of the time."""
    grouped = active_accounts(user).order_by()
    keys = grouped.values_list("segment_id", "phase", "owner_id", "band")  # type: ignore[misc]  # band is annotated
    rows = keys.annotate(
        slug=Min("segment__slug"),
        segment_name=Min("segment__name"),
        position=Min("segment__position"),
        owner_name=Min("owner__name"),
        accounts=Count("pk"),
        as_of=Max("health__as_of"),
        score_sum=Sum("health__score", default=0),
        arr=Sum("health__arr_reporting", default=Decimal(0)),
        users=Sum("health__active_users"),
    )
    return [
        Facet(slug, name, position, phase, owner, owner_name, band, *counted)
        for _, phase, owner, band, slug, name, position, owner_name, *counted in rows
    ]


def facets_of(found: Collection[Facet]) -> Facets:
    """Groups, one by one, as columns: segments in their order, owners by name, and who has none of them last."""
    segments = {(f.segment_position is None, f.segment_position or 0, f.segment or NONE, f.segment_name) for f in found}
    owners = {(f.owner is None, f.owner_name or "", NONE if f.owner is None else str(f.owner)) for f in found}
    phases = {f.phase for f in found}
    return Facets(
        segments=kinds({word: name or "No segment" for *_, word, name in sorted(segments)}, [f.segment for f in found]),
        phases=kinds({phase: phase for phase in sorted(phases)}, [f.phase for f in found]),
        owners=kinds({word: name or "No owner" for _, name, word in sorted(owners)}, [f.owner for f in found]),
        bands=column(f.band for f in found),
        accounts=column(f.accounts for f in found),
        days=column(UNKNOWN if f.as_of is None else f.as_of.toordinal() for f in found),
        score_sums=column(f.score_sum for f in found),
        arr_cents=column(int(f.arr.scaleb(2)) for f in found),
        users=column(UNKNOWN if f.users is None else f.users for f in found),
    )


def kinds(labels: dict[str, str], values: Iterable[Any]) -> Kinds:
    places = {word: place for place, word in enumerate(labels)}
    return Kinds(labels, column(places[NONE if value is None else str(value)] for value in values))


def column(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)
