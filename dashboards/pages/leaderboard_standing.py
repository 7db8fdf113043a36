"""What the nightly study says of each CSM on the leaderboard, ready to be shown."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from scoring.leaderboard import PERIODS
from scoring.models import Study, StudyKind

DEFAULT_PERIOD = 90
# The index is a logistic scale of the difference: so many points of health per account take it from 50 to 73.
INDEX_POINTS = 5.0


@dataclass(frozen=True)
class Figures:
    """One CSM in the period: changes in points per account, shares as pairs of kept and all."""

    stints: int = 0
    change: float | None = None
    expected: float | None = None
    effect: float | None = None
    low: float = 0.0
    high: float = 0.0
    shrinkage: float | None = None
    arr_cents: int = 0
    kept_cents: int = 0
    steps: tuple[int, int] = (0, 0)
    touched: tuple[int, int] = (0, 0)
    parts: Sequence[Sequence[float]] = ()  # account, change, expected change, part of the effect

    @property
    def kept_ratio(self) -> float | None:
        return self.kept_cents / self.arr_cents if self.arr_cents else None

    @property
    def steps_ratio(self) -> float | None:
        return self.steps[0] / self.steps[1] if self.steps[1] else None

    @property
    def cadence_ratio(self) -> float | None:
        return self.touched[0] / self.touched[1] if self.touched[1] else None

    @property
    def lost_arr(self) -> Decimal:
        return Decimal(self.arr_cents - self.kept_cents) / 100

    @property
    def verdict(self) -> str:
        """What the interval says."""
        if self.low > 0:
            return "ahead of what was expected"
        return "behind what was expected" if self.high < 0 else "no clear difference from what was expected"

    @property
    def interval(self) -> str:
        return f"{signed(self.low)} to {signed(self.high)}"


def index_of(effect: float) -> int:
    """0 to 100, 50 is as expected: 100 / (1 + exp(−effect / 5)), in points of health per account, rounded."""
    return round(100 / (1 + math.exp(-effect / INDEX_POINTS)))


def signed(value: float) -> str:
    """A change with its sign and one decimal."""
    rounded = round(value, 1) + 0.0
    return f"+{rounded}" if rounded > 0 else f"{rounded}".replace("-", "−")


@dataclass(frozen=True)
class Drawn:
    """An interval as percents of the column's width; the middle is as expected."""

    left: float
    width: float
    dot: float


def drawn(figures: Figures, *, reach: float) -> Drawn:
    """On a scale from -reach to +reach points."""
    places = [50 + 50 * value / reach for value in (figures.low, figures.high, figures.effect or 0.0)]
    low, high, dot = (min(max(round(place, 1), 0.0), 100.0) for place in places)
    return Drawn(left=low, width=round(high - low, 1), dot=dot)


def figures_of(kept: Mapping[str, Any]) -> Figures:
    pairs: dict[str, Any] = {
        "steps": tuple(kept.get("steps") or (0, 0)),
        "touched": tuple(kept.get("cadence") or (0, 0)),
    }
    plain = {name: kept[name] for name in kept if name in Figures.__dataclass_fields__ and name != "steps"}
    return Figures(**plain, **pairs)


def period_of(text: str) -> int:
    """The chosen period in days."""
    return int(text) if text.isdecimal() and int(text) in PERIODS else DEFAULT_PERIOD


def newest_board(period: int) -> Study | None:
    return Study.objects.filter(kind=StudyKind.LEADERBOARD, days=period).first()


def figures_by_owner(study: Study | None) -> dict[int, Figures]:
    rows = study.found["rows"] if study else {}
    return {int(owner): figures_of(kept) for owner, kept in rows.items()}
