"""What all charts share: tokens for colors, the base layout, labels that are safe to draw, and the answer's shape.

Colors are written as var(--token) and resolved in the browser, so one figure serves both themes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from math import ceil, floor, log10
from typing import Any

import plotly.graph_objects as go

from dashboards import formats
from dashboards.charts.shapes import ABOVE, BELOW, MODERATE, ORDER, STRONG, UNDEFINED, WEAK

FILL = {code: f"var(--band-{code})" for code in ORDER} | {UNDEFINED: "var(--undef)"}
GLYPH = {ABOVE: "■", STRONG: "●", MODERATE: "◆", WEAK: "▼", BELOW: "✕", UNDEFINED: "◌"}
SERIES, SURFACE, INK, AXIS = "var(--series)", "var(--surface)", "var(--ink)", "var(--axis)"
THRESHOLD = {"color": "var(--line-3)", "width": 1, "dash": "3px,4px"}
HATCH = {"shape": "/", "fgcolor": "var(--undef)", "bgcolor": SURFACE, "size": 5, "solidity": 0.4}
LONGEST_LABEL = 60
LABEL_HEIGHT = 16.0
USUAL_NAMES = {
    ABOVE: "Excellent", STRONG: "Strong", MODERATE: "Moderate", WEAK: "Weak", BELOW: "Critical", UNDEFINED: "Undefined",
}  # fmt: skip


@dataclass(frozen=True)
class BandScale:
    """The bands that a page shows, best first and Undefined last: what the workspace calls them, where they begin.

    A band of the past has a name and begins nowhere any more, and neither does Undefined.
    """

    codes: tuple[int, ...] = (STRONG, MODERATE, WEAK, UNDEFINED)
    names: tuple[str, ...] = ("Strong", "Moderate", "Weak", "Undefined")
    lows: tuple[int | None, ...] = (70, 50, 0, None)
    at_risk: tuple[int, ...] = (WEAK,)
    note: str = ""

    def name(self, code: int) -> str:
        return self.names[self.codes.index(code)] if code in self.codes else USUAL_NAMES[code]

    def place(self, code: int) -> int:
        """Where amounts in the order of the bands have the one of this code."""
        return self.codes.index(code)

    @property
    def stack_order(self) -> tuple[int, ...]:
        """The worst on the baseline, where lengths are easiest to compare; Undefined on top."""
        return (*(code for code in reversed(self.codes) if code != UNDEFINED), UNDEFINED)

    @property
    def at_risk_name(self) -> str:
        """What the bands at risk are called together: Weak; Weak or Critical."""
        return " or ".join(self.name(code) for code in self.at_risk)

    def at_risk_of(self, amounts: Sequence[float]) -> float:
        """What of amounts in the order of the bands stands in those at risk."""
        return sum(amounts[self.place(code)] for code in self.at_risk)

    @property
    def limits(self) -> list[int]:
        """Where one band ends and the next begins, from below."""
        return sorted(low for low in self.lows if low)

    @property
    def steps(self) -> list[int]:
        """Ticks for an axis of scores from 0 to 100: the limits, and steps as wide as theirs where those are even."""
        gaps = {high - low for low, high in zip(self.limits, self.limits[1:], strict=False)} or {20}
        if len(gaps) > 1:
            return self.limits
        [step] = gaps
        return list(range(self.limits[0] % step, 101, step))


DEFAULT_SCALE = BandScale()


@dataclass(frozen=True)
class LegendItem:
    code: int
    name: str


@dataclass(frozen=True)
class Chart:
    """A chart as a template takes it: the figure for the browser and the same numbers as a table."""

    id: str
    title: str
    caption: str
    figure: dict[str, Any]
    table_head: list[str]
    table_rows: list[list[str]]
    summary: str
    height: int = 280
    kind: str = "plain"
    legend: list[LegendItem] = field(default_factory=list)
    is_empty: bool = False

    @property
    def script_id(self) -> str:
        return f"{self.id}-figure"


@dataclass(frozen=True)
class View:
    """One of several charts that share a place; `word` is what an address calls it, where one does."""

    label: str
    chart: Chart
    word: str = ""


def empty(*, id: str, title: str, caption: str, sentence: str) -> Chart:
    """A chart without data: its summary is the sentence that the card shows."""
    return Chart(
        id=id, title=title, caption=caption, figure={}, table_head=[], table_rows=[], summary=sentence, is_empty=True
    )


def label(text: str) -> str:
    """A name from outside, safe as a label: Plotly renders <b> and <a>, so marks become plain characters."""
    words = " ".join(text.split())
    short = words if len(words) <= LONGEST_LABEL else words[: LONGEST_LABEL - 1].rstrip() + "…"
    return escape(short, quote=False)


def figure(traces: Sequence[Any], *, layout: dict[str, Any], hover: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Traces on the base layout as a plain dictionary, with the rows of the hover box beside it."""
    # Traces and layout by themselves: go.Figure would copy both once more and add a template with colors of its own.
    return {
        "data": [trace.to_plotly_json() for trace in traces],
        "layout": go.Layout(base_layout() | layout).to_plotly_json(),
        "hover": list(hover),
    }


def base_layout() -> dict[str, Any]:
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "var(--font)", "size": 11, "color": AXIS},
        "margin": {"l": 44, "r": 120, "t": 12, "b": 26},
        "hovermode": "closest",
        "dragmode": False,
        "showlegend": False,
        "barcornerradius": 2,
        "bargap": 0.4,
    }


def x_axis(**more: Any) -> dict[str, Any]:
    """The horizontal axis: no grid, no line, labels below."""
    plain = {"showgrid": False, "zeroline": False, "showline": False, "ticks": "", "fixedrange": True}
    return plain | {"ticklabelstandoff": 3, "tickangle": 0} | more


def y_axis(**more: Any) -> dict[str, Any]:
    """The vertical axis: horizontal grid lines only, its numbers clear of the plot."""
    grid = {"gridcolor": "var(--grid)", "gridwidth": 1, "zeroline": False, "nticks": 5, "fixedrange": True}
    return grid | {"ticks": "", "ticklabelstandoff": 8} | more


def from_zero(top: float) -> dict[str, Any]:
    """A range from zero with lines at both ends; the library leaves out a grid line that lies on the very end."""
    return {"range": [0, top * 1.004], "zeroline": True, "zerolinecolor": "var(--grid)"}


def threshold(value: float, text: str, *, yref: str = "y") -> tuple[dict[str, Any], dict[str, Any]]:
    """A dashed line across the plot and its label at the right end: a shape and an annotation."""
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": yref, "y0": value, "y1": value}
    return line | {"line": THRESHOLD, "layer": "below"}, end_label(text, y=value, yref=yref)


def limits(
    scale: BandScale, *, words: tuple[str, str] = ("{} from {}", "{} below {}")
) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Where each band begins, and for the lowest limit where the worst ends, as thresholds with the scores shown."""
    begins, ends = words
    named = [(low, name) for low, name in zip(scale.lows, scale.names, strict=True) if low is not None]
    told = [(low, name, begins) for low, name in named[:-2]]
    # Of two bands only the better one has a limit to be named at.
    told.append((named[-2][0], *((named[-1][1], ends) if len(named) > 2 else (named[0][1], begins))))
    return [
        threshold(at, say.format(label(name), number) if (number := formats.score_number(at)) else label(name))
        for at, name, say in told
    ]


def clear_of(labels: Sequence[dict[str, Any]], heights: Sequence[float], *, per_point: float) -> list[dict[str, Any]]:
    """The labels that lie neither on what stands at these heights nor on one another; `per_point` in pixels."""
    clear: list[dict[str, Any]] = []
    for text in labels:
        near = [*heights, *(other["y"] for other in clear)]
        if all(abs(text["y"] - other) * per_point >= LABEL_HEIGHT for other in near):
            clear.append(text)
    return clear


def score_ticks(values: Sequence[int]) -> dict[str, Any]:
    """Ticks of an axis of scores at these points, labeled on the scale that people see."""
    return {"tickvals": list(values), "ticktext": [formats.score_number(value) for value in values]}


def end_label(text: str, *, y: float, yref: str = "y", shift: float = 0, strong: bool = False) -> dict[str, Any]:
    """A label right of the plot; the browser leaves it out where there is no room, and shows the legend."""
    font = {"size": 12 if strong else 11, "color": INK if strong else AXIS}
    place = {"xref": "paper", "x": 1, "xanchor": "left", "xshift": 10, "yref": yref, "y": y, "yanchor": "middle"}
    return place | {"yshift": shift, "text": text, "showarrow": False, "align": "left", "font": font, "name": "end"}


def band_label(code: int, *, name: str, value: str) -> str:
    """A band at the end of its area or column: shape, name and value."""
    return f'<span style="color:{FILL[code]}">{GLYPH[code]}</span> {label(name)} {value}'


def spread(heights: Sequence[float], *, gap: float = LABEL_HEIGHT) -> list[float]:
    """Label heights, in rising order, pushed apart until each has the gap to the one below."""
    placed: list[float] = []
    for height in heights:
        placed.append(max(height, placed[-1] + gap) if placed else height)
    return placed


def ceiling(value: float, *, steps: int = 4) -> tuple[float, float]:
    """A round top for an axis from zero and the step between its ticks: 151.8 gives 160 and 40."""
    if value <= 0:
        return 1.0, 1.0
    rough = value / steps
    size = 10.0 ** floor(log10(rough))
    step = next(factor * size for factor in (1, 1.5, 2, 2.5, 4, 5, 10) if factor * size >= rough)
    return step * ceil(value / step), step


def money_ticks(highest: float, *, currency: str) -> dict[str, Any]:
    """Round ticks from zero for an axis of money: $0, $40M, $80M."""
    top, step = ceiling(highest)
    values = [n * step for n in range(round(top / step) + 1)]
    texts = [formats.money(value, currency=currency).replace(".0M", "M") for value in values]
    return {"tickvals": values, "ticktext": ["0", *texts[1:]]} | from_zero(top)


def band_legend(scale: BandScale) -> list[LegendItem]:
    return [LegendItem(code=code, name=scale.name(code)) for code in scale.codes]


def share(part: float, whole: float) -> str:
    return formats.percent(part / whole) if whole else formats.percent(0)


def hover_rows(values: Sequence[str], notes: Sequence[str], *, scale: BandScale) -> list[dict[str, Any]]:
    """The lines of a hover box, one per band in their order."""
    return [
        {"band": code, "name": scale.name(code), "value": value, "note": note}
        for code, value, note in zip(scale.codes, values, notes, strict=True)
    ]
