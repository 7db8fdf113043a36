"""Percentile points: the mid-rank of each account among its peers (docs/scoring.md, "From value to points").

Shapes: accounts to score are Floats and Ints (A,); the pool is (P,), every account with its values of the last full
run. Industry, size and segment are codes of 0 and up; -1 means unknown. All is sorting and searching, with no loop
over accounts.

An account scored in the full run and one scored alone against the stored pool get the same points: in both cases the
account's old value in the pool is taken out and its present one put in.
"""

from dataclasses import dataclass

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
        if len(np.unique(self.account_ids)) != len(self.account_ids):
            raise ValueError("An account stands in the pool of peers twice.")

    def valued(self) -> "PeerPool":
        """The same pool without the accounts that have no value."""
        keep = ~np.isnan(self.values)
        return PeerPool(
            account_ids=self.account_ids[keep],
            values=self.values[keep],
            industries=self.industries[keep],
            sizes=self.sizes[keep],
            segments=self.segments[keep],
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
    scored = PeerPool(account_ids, values, industries, sizes, segments).valued()
    counts = _narrowest_counts(scored, pool.valued())
    better = counts.below if is_higher_better else counts.number - counts.below - counts.equal
    points = np.full(values.shape, np.nan)
    # One division of two whole numbers, so that the full run and a single account agree to the last bit.
    points[~np.isnan(values)] = (2 * better + counts.equal) * 100 / (2 * counts.number)
    return points


@dataclass(frozen=True)
class _Counts:
    """For each scored account: its peers, itself included; those below its value; those equal, itself included."""

    number: Ints
    below: Ints
    equal: Ints


def _narrowest_counts(scored: PeerPool, pool: PeerPool) -> _Counts:
    own = _own_rows(scored.account_ids, pool.account_ids)
    ranks = _dense(scored.values, pool.values)
    everyone = _counts((np.zeros_like(scored.account_ids), np.zeros_like(pool.account_ids)), ranks, own)
    segment = _counts((scored.segments, pool.segments), ranks, own)
    peers = _counts((_pairs(scored), _pairs(pool)), ranks, own)
    return _where_enough(peers, _where_enough(segment, everyone))


def _where_enough(narrow: _Counts, wide: _Counts) -> _Counts:
    enough = narrow.number >= MIN_PEERS
    return _Counts(
        number=np.where(enough, narrow.number, wide.number),
        below=np.where(enough, narrow.below, wide.below),
        equal=np.where(enough, narrow.equal, wide.equal),
    )


def _counts(groups: tuple[Ints, Ints], ranks: tuple[Ints, Ints], own: Ints) -> _Counts:
    """Counts within one grouping, given as (scored, pool); an account of no known group has no peers there."""
    codes, pool_codes = _dense(*groups)
    mine, theirs = ranks
    # Group and rank in one number: the pool is sorted and searched once for all groups together.
    width = int(max(mine.max(initial=0), theirs.max(initial=0))) + 1
    in_order = np.sort(pool_codes * width + theirs)
    start, low, high, stop = (
        np.searchsorted(in_order, codes * width + at, side="left") for at in (0, mine, mine + 1, width)
    )
    old = _own_old_entry(codes=codes, pool_codes=pool_codes, own=own)
    old_rank = theirs[own] if len(theirs) else np.zeros_like(mine)
    is_known = groups[0] != UNKNOWN
    return _Counts(
        number=np.where(is_known, stop - start - old + 1, 0),
        below=np.where(is_known, low - start - (old & (old_rank < mine)), 0),
        equal=np.where(is_known, high - low - (old & (old_rank == mine)) + 1, 0),
    )


def _own_old_entry(*, codes: Ints, pool_codes: Ints, own: Ints) -> Bools:
    """Whether the pool holds an old value of the account itself, in the group where it is now."""
    if not len(pool_codes):
        return np.zeros(codes.shape, dtype=np.bool_)
    return np.asarray((own >= 0) & (pool_codes[own] == codes))


def _own_rows(account_ids: Ints, pool_ids: Ints) -> Ints:
    """The row of each account in the pool, -1 where it is not there."""
    if not len(pool_ids):
        return np.full(account_ids.shape, -1)
    order = np.argsort(pool_ids)
    places = np.minimum(np.searchsorted(pool_ids[order], account_ids), len(pool_ids) - 1)
    rows = order[places]
    return np.where(pool_ids[rows] == account_ids, rows, -1)


def _pairs(accounts: PeerPool) -> Ints:
    """Industry and size as one code, unknown where either is."""
    # 2**31 keeps the pair apart for any two codes that a database id can be.
    codes = accounts.industries * 2**31 + accounts.sizes
    return np.where((accounts.industries == UNKNOWN) | (accounts.sizes == UNKNOWN), UNKNOWN, codes)


def _dense(a: Floats | Ints, b: Floats | Ints) -> tuple[Ints, Ints]:
    """Both arrays in ranks 0, 1, 2 … of their joint distinct values."""
    _, ranks = np.unique(np.concatenate([a, b]), return_inverse=True)
    return ranks[: len(a)], ranks[len(a) :]
