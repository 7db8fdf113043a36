"""The compact array in which a snapshot keeps its explanation; its order is the scorecard version's.

[[value, points, line] per measure], [[key, line] per change], [low, high], [[flag key, fact] per flag]]

Lines, low and high are hundredths of a point. The lines of measures and changes sum exactly to the score.
"""

from dataclasses import dataclass
from typing import Any

CLAMP = "clamp"
PULSE_PREFIX = "pulse:"
OVERRIDE_PREFIX = "override:"


@dataclass(frozen=True)
class MeasureLine:
    value: float | None
    points: float | None
    line: int


@dataclass(frozen=True)
class ChangeLine:
    """`key` is a rule's key, `pulse:ID`, `override:ID` or `clamp`."""

    key: str
    line: int


@dataclass(frozen=True)
class FlagFact:
    key: str
    fact: float | None


@dataclass(frozen=True)
class Breakdown:
    measures: tuple[MeasureLine, ...]
    changes: tuple[ChangeLine, ...]
    low: int
    high: int
    flags: tuple[FlagFact, ...]

    @property
    def base(self) -> int:
        return sum(line.line for line in self.measures)


def unpack(kept: list[Any]) -> Breakdown:
    """A snapshot's array, with names."""
    measures, changes, (low, high), flags = kept
    return Breakdown(
        measures=tuple(MeasureLine(*line) for line in measures),
        changes=tuple(ChangeLine(*line) for line in changes),
        low=low,
        high=high,
        flags=tuple(FlagFact(*flag) for flag in flags),
    )
