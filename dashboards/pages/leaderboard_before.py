"""Where each row of the leaderboard stood in the period before, and whether it moved beyond chance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from dashboards.pages.leaderboard_standing import Figures, figures_of
from scoring.core.standing import tied_ranks
from scoring.models import Study

Movement = Literal["up", "down", ""]


@dataclass(frozen=True)
class Place:
    """A rank among the rows shown."""

    rank: int
    is_shared: bool
    low: float
    high: float

    @property
    def words(self) -> str:
        return f"{self.rank}=" if self.is_shared else str(self.rank)


@dataclass(frozen=True)
class Before:
    """The board of the period before: since when, and what was found of each owner."""

    since: date | None
    found: Mapping[int, Figures]


def before_of(study: Study | None) -> Before:
    kept = study.found.get("before") if study else None
    if not kept:
        return Before(None, {})
    rows = {int(owner): figures_of(row) for owner, row in kept["rows"].items()}
    return Before(date.fromisoformat(kept["since"]), rows)


def places_of(found: Mapping[int, Figures], *, owners: Sequence[int], fewest: int) -> dict[int, Place]:
    """The places of these owners among each other; who had too few accounts has none."""
    told = {owner: found[owner] for owner in owners if owner in found and found[owner].stints >= fewest}
    figures = list(told.values())
    ranks = tied_ranks([one.effect or 0.0 for one in figures], [f.low for f in figures], [f.high for f in figures])
    return {
        owner: Place(rank, ranks.count(rank) > 1, one.low, one.high)
        for (owner, one), rank in zip(told.items(), ranks, strict=True)
    }


def movement(now: Figures, rank: int | None, before: Place | None) -> Movement:
    """A move is said only where the rank changed and the person's two intervals do not overlap."""
    if before is None or rank is None:
        return ""
    if rank < before.rank and now.low > before.high:
        return "up"
    return "down" if rank > before.rank and now.high < before.low else ""
