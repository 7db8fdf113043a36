"""Lanes below a line over time: one row for each kind of thing that went on, as rings, squares or bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import plotly.graph_objects as go

from dashboards.charts import theme

LANE_HEIGHT = 20  # pixels
AXIS_ROOM = 30  # pixels between the line's plot and the first lane, for the labels of the axis
SAVED = 16  # pixels of the bottom margin that the labels of the axis leave free, as they stand above the lanes
COLORS = {"ring": "var(--series)", "square": "var(--series-2)", "bar": "var(--series)", "bad-bar": "var(--weak)"}


@dataclass(frozen=True)
class LaneMark:
    """Something that was on a day, or from one to another; without an end it goes on."""

    first: date
    last: date | None
    text: str


@dataclass(frozen=True)
class Lane:
    """One row below the axis. Shapes: ring and square for moments, bar and bad-bar for what lasts."""

    label: str
    shape: str
    marks: Sequence[LaneMark]


@dataclass(frozen=True)
class Drawn:
    """The lanes of a chart: so many pixels deep, with what is added to its layout."""

    depth: int
    traces: tuple[Any, ...]
    labels: tuple[str, ...]

    @property
    def height(self) -> int:
        """By how much the whole chart is higher with the lanes."""
        return self.depth - SAVED if self.labels else 0

    def added_to(self, layout: dict[str, Any], *, whole: float) -> dict[str, Any]:
        """A second vertical axis with a hairline for each lane, and their names at the right end."""
        if not self.labels:
            return {}
        lanes = len(self.labels)
        axis = theme.y_axis(
            domain=[0, lanes * LANE_HEIGHT / whole], range=[lanes - 0.5, -0.5], showticklabels=False,
            tickvals=list(range(lanes)), showgrid=True,
        )  # fmt: skip
        names = [theme.end_label(text, y=n, yref="y2") for n, text in enumerate(self.labels)]
        return {
            "yaxis2": axis,
            "xaxis": layout["xaxis"] | {"anchor": "y"},
            "annotations": [*layout["annotations"], *names],
            "margin": layout["margin"] | {"b": layout["margin"]["b"] - SAVED},
        }


def lanes_of(lanes: Sequence[Lane], *, first: date, last: date) -> Drawn:
    """The lanes that have anything within these days."""
    shown = [(lane, within(lane.marks, first=first, last=last)) for lane in lanes]
    shown = [(lane, marks) for lane, marks in shown if marks]
    if not shown:
        return Drawn(0, (), ())
    return Drawn(
        depth=AXIS_ROOM + LANE_HEIGHT * len(shown),
        traces=tuple(trace(lane, marks, n) for n, (lane, marks) in enumerate(shown)),
        labels=tuple(f"{lane.label} {len(marks)}" for lane, marks in shown),
    )


def within(marks: Sequence[LaneMark], *, first: date, last: date) -> list[LaneMark]:
    """The marks that touch these days, cut to them."""
    cut = [LaneMark(max(mark.first, first), min(mark.last or last, last), mark.text) for mark in marks]
    return [mark for mark in cut if mark.first <= mark.last]  # type: ignore[operator]


def trace(lane: Lane, marks: Sequence[LaneMark], place: int) -> go.Scatter:
    """One lane: markers at days, or lines between two days with gaps between them."""
    color, shared = COLORS[lane.shape], {"yaxis": "y2", "hoverinfo": "none", "cliponaxis": False}
    if lane.shape in ("bar", "bad-bar"):
        days = [day for mark in marks for day in (mark.first.isoformat(), (mark.last or mark.first).isoformat(), None)]
        heights = [value for _ in marks for value in (place, place, None)]
        line = {"color": color, "width": 7}
        return go.Scatter(x=days, y=heights, mode="lines", line=line, connectgaps=False, **shared)
    ring = {"size": 7, "color": theme.SURFACE, "line": {"color": color, "width": 1.5}}
    square = {"size": 7, "color": color, "symbol": "square"}
    days = [mark.first.isoformat() for mark in marks]
    marker = ring if lane.shape == "ring" else square
    return go.Scatter(x=days, y=[place] * len(marks), mode="markers", marker=marker, **shared)
