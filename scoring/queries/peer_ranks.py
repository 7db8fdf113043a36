"""The percentile of many accounts' scores among their peers at once: for lists.

The peers are those of peer_places.py; here all of a group are counted, for their scores alone are read.
"""

from collections.abc import Iterable

import numpy as np
from django.core.cache import cache
from numpy.typing import NDArray

from accounts.models import Account, RollUp
from scoring.core.peers import MIN_PEERS
from scoring.queries.peer_places import scored

SCORES, SCORES_SECONDS = "peer-scores", 600
# Hundredths of a point, up to 10,000.
Scores = dict[tuple[str, str], NDArray[np.int16]]


def percentiles_of(accounts: Iterable[Account]) -> dict[int, float]:
    """0 to 100, more is better, by account; without a score, or made of others', an account has none.

    At most one query; the scores of all accounts are kept for ten minutes.
    """
    known = [(account, health.score) for account in accounts if (health := getattr(account, "health", None))]
    asked = [(account, score) for account, score in known if score is not None and account.roll_up == RollUp.OWN]
    groups = Groups(scores_by_group()) if asked else None
    found = {account.pk: groups.percentile(account, score) for account, score in asked} if groups else {}
    return {account: percentile for account, percentile in found.items() if percentile is not None}


class Groups:
    """The sorted scores of each group of peers, put together when they are asked for."""

    def __init__(self, scores: Scores) -> None:
        self.scores = scores
        self.together: dict[tuple[str, ...], NDArray[np.int16]] = {}

    def percentile(self, account: Account, score: int) -> float | None:
        """Among the narrowest group that has enough."""
        industry, size = account.industry, account.size_tier
        keys = [(industry, size)] if industry and size else []
        for key in (*keys, *([(industry,)] if industry else []), ()):
            others = self.group(key)
            if len(others) >= MIN_PEERS:
                return mid_rank_in(others, score)
        return None

    def group(self, key: tuple[str, ...]) -> NDArray[np.int16]:
        if key not in self.together:
            parts = [scores for whose, scores in self.scores.items() if whose[: len(key)] == key]
            self.together[key] = np.sort(np.concatenate(parts)) if parts else np.array([], dtype=np.int16)
        return self.together[key]


def mid_rank_in(ordered: NDArray[np.int16], score: int) -> float:
    """As `core.peers.mid_rank` has it, of a score that is among those in order, or was until a moment ago."""
    below, upto = (int(np.searchsorted(ordered, score, side=side)) for side in ("left", "right"))  # type: ignore[call-overload]
    is_there = upto > below
    equal, number = (upto - below, len(ordered)) if is_there else (1, len(ordered) + 1)
    return (2 * below + equal) * 100 / (2 * number)


def scores_by_group() -> Scores:
    """The scores of all active accounts by industry and size."""
    found: Scores | None = cache.get(SCORES)
    if found is None:
        found = read_scores()
        cache.set(SCORES, found, SCORES_SECONDS)
    return found


def read_scores() -> Scores:
    groups: dict[tuple[str, str], list[int | None]] = {}
    rows = scored().order_by().values_list("industry", "size_tier", "health__score")
    for industry, size, score in rows.iterator(chunk_size=10_000):
        groups.setdefault((industry, size), []).append(score)
    return {group: np.array(scores, dtype=np.int16) for group, scores in groups.items()}
