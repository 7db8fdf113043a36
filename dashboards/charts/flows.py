"""A Sankey drawing: what went from the places on the left to those on the right.

It is drawn as the inside of an SVG element that may be stretched sideways, with the names beside it as text of the
page: the chart script that pages load has no such drawing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

HEIGHT = 420.0
GAP = 16.0  # as high as a line of text, so that names never touch
LEAST = 3.0
BEND = 45.0  # of 100 across


@dataclass(frozen=True)
class Flow:
    """How many went from one place to another; `url` opens them."""

    before: int
    now: int
    count: int
    url: str = ""


@dataclass(frozen=True)
class Node:
    """One place on one side: its bar in percent of the height, its name and sum."""

    code: int
    name: str
    count: int
    top: float
    height: float

    @property
    def middle(self) -> float:
        return round(self.top + self.height / 2, 2)


@dataclass(frozen=True)
class Ribbon:
    """One flow as an SVG path in a box of 100 by HEIGHT."""

    flow: Flow
    before: str
    now: str
    path: str
    is_same: bool


@dataclass(frozen=True)
class Sankey:
    left: tuple[Node, ...]
    right: tuple[Node, ...]
    ribbons: tuple[Ribbon, ...]
    total: int
    height: float = HEIGHT

    @property
    def summary(self) -> str:
        """The largest flow that changed place, in words."""
        moved = [ribbon for ribbon in self.ribbons if not ribbon.is_same]
        if not moved:
            return "Nothing changed place."
        most = max(moved, key=lambda ribbon: ribbon.flow.count)
        return f"Of {self.total:,}, most that moved went from {most.before} to {most.now}: {most.flow.count:,}."


def sankey(flows: Sequence[Flow], *, name: Callable[[int], str], order: Callable[[int], tuple[int, ...]]) -> Sankey:
    """Bars on both sides as high as their sums, and a ribbon for each flow; `order` says which place stands above."""
    told = sorted((flow for flow in flows if flow.count), key=lambda flow: (order(flow.before), order(flow.now)))
    left, right = sums(told, "before", order), sums(told, "now", order)
    scale = scale_of(left, right)
    tops = {"before": tops_of(left, scale), "now": tops_of(right, scale)}
    ribbons = {id(flow): [0.0, 0.0] for flow in told}
    for side, key in enumerate(("before", "now")):
        at = dict(tops[key])
        # On the right, ribbons lie in the order of where they come from, and so cross as little as they can.
        for flow in sorted(told, key=lambda flow: (order(flow.now), order(flow.before))) if side else told:
            ribbons[id(flow)][side] = at[getattr(flow, key)]
            at[getattr(flow, key)] += flow.count * scale
    drawn = tuple(ribbon(flow, *ribbons[id(flow)], scale=scale, name=name) for flow in told)
    return Sankey(
        left=nodes_of(left, tops["before"], scale, name),
        right=nodes_of(right, tops["now"], scale, name),
        ribbons=drawn,
        total=sum(left.values()),
    )


def sums(flows: Sequence[Flow], side: str, order: Callable[[int], tuple[int, ...]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for flow in flows:
        found[getattr(flow, side)] = found.get(getattr(flow, side), 0) + flow.count
    return dict(sorted(found.items(), key=lambda item: order(item[0])))


def scale_of(*sides: dict[int, int]) -> float:
    """Height per unit: the side with the most gaps just fits."""
    total = max((sum(side.values()) for side in sides), default=0)
    gaps = max((len(side) - 1 for side in sides), default=0)
    return max(HEIGHT - gaps * GAP, HEIGHT / 4) / total if total else 0.0


def tops_of(side: dict[int, int], scale: float) -> dict[int, float]:
    found, top = {}, 0.0
    for code, count in side.items():
        found[code] = top
        top += count * scale + GAP
    return found


def nodes_of(
    side: dict[int, int], tops: dict[int, float], scale: float, name: Callable[[int], str]
) -> tuple[Node, ...]:
    share = 100 / HEIGHT
    return tuple(
        Node(code, name(code), count, round(tops[code] * share, 2), round(max(count * scale, LEAST) * share, 2))
        for code, count in side.items()
    )


def ribbon(flow: Flow, left: float, right: float, *, scale: float, name: Callable[[int], str]) -> Ribbon:
    thick = flow.count * scale
    path = (
        f"M0 {left:.1f}C{BEND:g} {left:.1f} {100 - BEND:g} {right:.1f} 100 {right:.1f}"
        f"V{right + thick:.1f}C{100 - BEND:g} {right + thick:.1f} {BEND:g} {left + thick:.1f} 0 {left + thick:.1f}Z"
    )
    return Ribbon(flow, name(flow.before), name(flow.now), path, flow.before == flow.now)
