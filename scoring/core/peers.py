"""Percentile points: the mid-rank of each account among its peers (docs/scoring.md, "From value to points").

Shapes: accounts to score are Floats and Ints (A,); the pool is (P,), every account with its values of the last full
run. Industry, size and segment are codes of 0 and up; -1 means unknown. All is sorting and searching, with no loop
over accounts.

An account scored in the full run and one scored alone against the stored pool get the same points: in both cases the
account's old value in the pool is taken out and its present one put in.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.core.arrays import Bools, Floats, Ints

MIN_PEERS = 10
UNKNOWN = -1


@dataclass(frozen=True)
class PeerPool:
    """The accounts that others are ranked among; those without a value are no peers and are passed over."""

    account_ids: Ints
    values: Floats
    industries: Ints
    sizes: Ints
    segments: Ints

    def __post_init__(self) -> None:
        ids = np.sort(self.account_ids)
        if (ids[1:] == ids[:-1]).any():
            raise ValueError("An account stands in the pool of peers twice.")

    @cached_property
    def ranking(self) -> "_Ranking":
        """The valued accounts, sorted once for all who are ranked among them."""
        keep = ~np.isnan(self.values)
        pairs = _pairs(self.industries[keep], self.sizes[keep])
        return _Ranking.of(
            self.account_ids[keep],
            self.values[keep],
            groups=(pairs, self.segments[keep], np.zeros(int(keep.sum()), dtype=np.int64)),
        )


def percentile_points(
    values: Floats,
    *,
    account_ids: Ints,
    industries: Ints,
    sizes: Ints,
    segments: Ints,
    pool: PeerPool,
    is_higher_better: bool,
) -> Floats:
    """(number below + half the number equal, itself included) ÷ number × 100; 100 minus that where lower is better.

    Peers share industry and size. Where they are fewer than 10, the account itself included, or where industry or
    size is unknown, they are those of the segment; where these are too few or the segment is unknown, all accounts.
    """
    known = ~np.isnan(values)
    pairs = _pairs(industries[known], sizes[known])
    groups = (pairs, segments[known], np.zeros(int(known.sum()), dtype=np.int64))
    counts = pool.ranking.narrowest_counts(account_ids[known], values[known], groups)
    better = counts.below if is_higher_better else counts.number - counts.below - counts.equal
    points = np.full(values.shape, np.nan)
    # One division of two whole numbers, so that the full run and a single account agree to the last bit.
    points[known] = (2 * better + counts.equal) * 100 / (2 * counts.number)
    return points


def mid_rank(value: float, others: Floats, *, is_higher_better: bool) -> float:
    """The percentile of one value among those of others (P,) and itself, by the same rule."""
    better = (others < value).sum() if is_higher_better else (others > value).sum()
    equal = (others == value).sum() + 1
    return float((2 * better + equal) * 100 / (2 * (len(others) + 1)))


@dataclass(frozen=True)
class _Counts:
    """For each scored account: its peers, itself included; those below its value; those equal, itself included."""

    number: Ints
    below: Ints
    equal: Ints


@dataclass(frozen=True)
class _Grouping:
    """The pool's accounts by one group, and within it by the rank of their value, as one sorted number each."""

    codes: Ints  # distinct groups, sorted
    of_row: Ints  # the place of each row's group in `codes`
    in_order: Ints  # group × width + rank, sorted
    width: int


# An account's own rows in the pool, and whether each is there; then the rank of its value and whether it is taken.
_Mine = tuple[Ints, Bools, Ints, Bools]


@dataclass(frozen=True)
class _Ranking:
    ids: Ints  # sorted
    rows: Ints  # of each id
    levels: Floats  # distinct values, sorted
    rank_of_row: Ints
    groupings: tuple[_Grouping, ...]  # the narrowest first

    @classmethod
    def of(cls, account_ids: Ints, values: Floats, *, groups: tuple[Ints, ...]) -> "_Ranking":
        levels, ranks = np.unique(values, return_inverse=True)
        order = np.argsort(account_ids)
        width = len(levels) + 1
        return cls(account_ids[order], order, levels, ranks, tuple(_grouping(group, ranks, width) for group in groups))

    def narrowest_counts(self, account_ids: Ints, values: Floats, groups: tuple[Ints, ...]) -> _Counts:
        """Within the narrowest group that has enough peers; the last one is always enough."""
        row, is_there = _find(self.ids, account_ids)
        rank, is_taken = _find(self.levels, values)
        own = self.rows[np.minimum(row, len(self.rows) - 1)] if len(self.rows) else row
        mine = (own, is_there, rank, is_taken)
        *narrow, found = [self.counts(g, mine, codes) for g, codes in zip(self.groupings, groups, strict=True)]
        for counts in reversed(narrow):
            found = _where_enough(counts, found)
        return found

    def counts(self, grouping: _Grouping, mine: _Mine, groups: Ints) -> _Counts:
        """Counts within one grouping; an account of no known group has no peers there."""
        row, is_there, rank, is_taken = mine
        place, is_group = _find(grouping.codes, groups)
        low, high = rank, rank + is_taken
        start, below, upto, stop = (
            np.searchsorted(grouping.in_order, place * grouping.width + at, side="left")
            for at in (0, low, high, grouping.width)
        )
        # What the pool still holds of the account itself, in the group where it is now, is taken out.
        old = is_there & is_group
        if len(grouping.of_row):
            old &= grouping.of_row[row] == place
        old_rank = self.rank_of_row[row] if len(self.rank_of_row) else rank
        is_known = groups != UNKNOWN
        peers = np.where(is_group, stop - start, 0)
        return _Counts(
            number=np.where(is_known, peers - old + 1, 0),
            below=np.where(is_known, np.where(is_group, below - start, 0) - (old & (old_rank < low)), 0),
            equal=np.where(is_known, np.where(is_group, upto - below, 0) - (old & is_taken & (old_rank == low)) + 1, 0),
        )


def _grouping(groups: Ints, ranks: Ints, width: int) -> _Grouping:
    codes, of_row = np.unique(groups, return_inverse=True)
    return _Grouping(codes, of_row, np.sort(of_row * width + ranks), width)


def _find(sorted_values: Ints | Floats, wanted: Ints | Floats) -> tuple[Ints, Bools]:
    """Where each value stands, or would stand, and whether it does."""
    places = np.searchsorted(sorted_values, wanted)
    if not len(sorted_values):
        return places, np.zeros(places.shape, dtype=np.bool_)
    within = np.minimum(places, len(sorted_values) - 1)
    is_there = sorted_values[within] == wanted
    return places, np.asarray(is_there)


def _where_enough(narrow: _Counts, wide: _Counts) -> _Counts:
    enough = narrow.number >= MIN_PEERS
    return _Counts(
        number=np.where(enough, narrow.number, wide.number),
        below=np.where(enough, narrow.below, wide.below),
        equal=np.where(enough, narrow.equal, wide.equal),
    )


def _pairs(industries: Ints, sizes: Ints) -> Ints:
    """Industry and size as one code, unknown where either is."""
    # 2**31 keeps the pair apart for any two codes that a database id can be.
    codes = industries * 2**31 + sizes
    return np.where((industries == UNKNOWN) | (sizes == UNKNOWN), UNKNOWN, codes)
