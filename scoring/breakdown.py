"""The bytes in which a snapshot keeps its explanation; the order of the measures is the scorecard version's.

How many measures, low and high; then value, points and line per measure; then, as JSON and only where there are any,
[[[key, line] per change], [[flag key, fact] per flag]]. Lines, low and high are hundredths of a point, points are
millionths. The lines of measures and changes sum exactly to the score.

Shapes: A accounts by M measures.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from scoring.core.arrays import Floats, Ints, filled

CLAMP = "clamp"
PULSE_PREFIX = "pulse:"
OVERRIDE_PREFIX = "override:"
CHILD_PREFIX = "child:"
MICRO_PER_POINT = 1_000_000
NO_POINTS = -1
HEAD = np.dtype([("measures", "u1"), ("low", "<u2"), ("high", "<u2")])
LINE = np.dtype([("value", "<f8"), ("points", "<i4"), ("line", "<i2")])

# The changes and the flags of one account, as JSON writes them.
Tail = tuple[list[list[str | int]], list[list[str | float | None]]]


@dataclass(frozen=True)
class MeasureLine:
    value: float | None
    points: float | None
    line: int


@dataclass(frozen=True)
class ChangeLine:
    """`key` is a rule's key, `child:ID`, `pulse:ID`, `override:ID` or `clamp`."""

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
        """What the measures gave, or the children of an account that rolls up."""
        children = sum(change.line for change in self.changes if change.key.startswith(CHILD_PREFIX))
        return sum(line.line for line in self.measures) + children

    @property
    def score(self) -> int:
        """What all lines sum to; of an account without a score nothing."""
        return sum(line.line for line in self.measures) + sum(change.line for change in self.changes)


def pack(*, values: Floats, points: Floats, lines: Ints, low: Ints, high: Ints, tails: Sequence[Tail]) -> list[bytes]:
    """The bytes of each account: values, points and lines (A, M), low and high (A,)."""
    accounts, measures = values.shape
    record = np.dtype([("head", HEAD), ("lines", LINE, (measures,))])
    table = np.zeros(accounts, dtype=record)
    table["head"]["measures"], table["head"]["low"], table["head"]["high"] = measures, low, high
    table["lines"]["value"], table["lines"]["line"] = values, lines
    table["lines"]["points"] = filled(np.rint(points * MICRO_PER_POINT), NO_POINTS)
    data, size = table.tobytes(), record.itemsize
    return [data[n * size : (n + 1) * size] + packed_tail(tail) for n, tail in enumerate(tails)]


def packed_tail(tail: Tail) -> bytes:
    """As json.dumps writes it, from texts that come again and again."""
    if not tail[0] and not tail[1]:
        return b""
    changes = ",".join([f"[{text(key)},{line}]" for key, line in tail[0]])
    flags = ",".join([f"[{text(key)},{text(fact)}]" for key, fact in tail[1]])
    return f"[[{changes}],[{flags}]]".encode()


@lru_cache(maxsize=100_000, typed=True)
def text(value: str | float | None) -> str:
    return json.dumps(value)


def packed(kept: Breakdown) -> bytes:
    """The bytes of one breakdown, as `unpack` reads them."""
    lines = [kept.measures]
    return pack(
        values=np.array([[np.nan if m.value is None else m.value for m in row] for row in lines], dtype=np.float64),
        points=np.array([[np.nan if m.points is None else m.points for m in row] for row in lines], dtype=np.float64),
        lines=np.array([[m.line for m in row] for row in lines], dtype=np.int64),
        low=np.array([kept.low]),
        high=np.array([kept.high]),
        tails=[([[c.key, c.line] for c in kept.changes], [[f.key, f.fact] for f in kept.flags])],
    )[0]


def unpack(kept: bytes | memoryview) -> Breakdown:
    """A snapshot's bytes, with names."""
    data = bytes(kept)
    head = np.frombuffer(data, dtype=HEAD, count=1)[0]
    end = HEAD.itemsize + int(head["measures"]) * LINE.itemsize
    lines = np.frombuffer(data[HEAD.itemsize : end], dtype=LINE)
    changes, flags = json.loads(data[end:]) if len(data) > end else ([], [])
    return Breakdown(
        measures=tuple(measure_line(*line) for line in lines.tolist()),
        changes=tuple(ChangeLine(*line) for line in changes),
        low=int(head["low"]),
        high=int(head["high"]),
        flags=tuple(FlagFact(*flag) for flag in flags),
    )


def acting_in(kept: bytes | memoryview) -> tuple[list[str], list[str]]:
    """The keys of the changes and of the flags in a snapshot's bytes, without reading its measures."""
    data = bytes(kept)
    end = HEAD.itemsize + data[0] * LINE.itemsize
    changes, flags = json.loads(data[end:]) if len(data) > end else ([], [])
    return [key for key, _ in changes], [key for key, _ in flags]


def measure_line(value: float, points: int, line: int) -> MeasureLine:
    return MeasureLine(
        value=None if value != value else value,
        points=None if points == NO_POINTS else points / MICRO_PER_POINT,
        line=line,
    )


def unpacked_json(kept: list[Any]) -> Breakdown:
    """What snapshots held before they were packed: [[[value, points, line]…], [[key, line]…], [low, high], flags]."""
    measures, changes, (low, high), flags = kept
    return Breakdown(
        measures=tuple(MeasureLine(*line) for line in measures),
        changes=tuple(ChangeLine(*line) for line in changes),
        low=low,
        high=high,
        flags=tuple(FlagFact(*flag) for flag in flags),
    )
