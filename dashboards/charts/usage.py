"""Small charts of an account's use by week: the area under a line, with what is expected of it as a dashed line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from math import isnan
from typing import Any

import plotly.graph_objects as go

from dashboards import formats
from dashboards.charts import theme
from dashboards.charts.theme import Chart

HEIGHT = 120
LEAST_ROOM = 0.12  # of the span of the values, above and below them


@dataclass(frozen=True)
class Week:
    """A week by its last day. Values are None where they are not known, which stays a gap."""

    last: date
    value: float | None
    target: float | None = None


def weekly(weeks: Sequence[Week], *, id: str, title: str, caption: str, text: Callable[[float], str]) -> Chart:
    """One series; `text` says how its values read."""
    known = [week for week in weeks if week.value is not None]
    if not known:
        return theme.empty(id=id, title=title, caption=caption, sentence="Nothing is known of these weeks.")
    has_target = any(week.target is not None for week in weeks)
    areas = [area(part) for part in without_gaps(weeks)]
    traces = [*areas, last_dot(known[-1]), *([target_line(weeks)] if has_target else [])]
    return Chart(
        id=id,
        title=title,
        caption=caption,
        figure=theme.figure(traces, layout=layout(weeks), hover=[hover(week, title, text) for week in weeks]),
        table_head=["Week until", title, *(["Target"] if has_target else [])],
        table_rows=[row(week, text, has_target=has_target) for week in weeks],
        summary=f"{text(known[0].value or 0)} in the week until {formats.day(known[0].last)}, "
        f"{text(known[-1].value or 0)} in that until {formats.day(known[-1].last)}",
        height=HEIGHT,
        kind="usage",
    )


def without_gaps(weeks: Sequence[Week]) -> list[list[Week]]:
    """The stretches of weeks that are known: one area over a gap would fill it."""
    parts = groupby(weeks, key=lambda week: week.value is not None)
    return [list(part) for is_known, part in parts if is_known]


def area(weeks: Sequence[Week]) -> go.Scatter:
    return go.Scatter(
        x=[week.last.isoformat() for week in weeks], y=[week.value for week in weeks], mode="lines", fill="tozeroy",
        fillcolor="var(--series-area)", line={"color": theme.SERIES, "width": 1.8}, hoverinfo="none",
    )  # fmt: skip


def last_dot(week: Week) -> go.Scatter:
    marker = {"size": 6, "color": theme.SERIES}
    spot = {"x": [week.last.isoformat()], "y": [week.value]}
    return go.Scatter(**spot, mode="markers", hoverinfo="none", cliponaxis=False, marker=marker)


def target_line(weeks: Sequence[Week]) -> go.Scatter:
    line = {"color": "var(--ink-3)", "width": 1.2, "dash": "4px,3px"}
    return go.Scatter(
        x=[week.last.isoformat() for week in weeks], y=[week.target for week in weeks], mode="lines", line=line,
        connectgaps=False, hoverinfo="none",
    )  # fmt: skip


def layout(weeks: Sequence[Week]) -> dict[str, Any]:
    values = [value for week in weeks for value in (week.value, week.target) if value is not None and not isnan(value)]
    low, high = min(values), max(values)
    room = (high - low or high or 1.0) * LEAST_ROOM
    ends = [weeks[0].last.isoformat(), weeks[-1].last.isoformat()]
    texts = [formats.short_day(weeks[0].last), formats.short_day(weeks[-1].last)]
    return {
        "margin": {"l": 18, "r": 22, "t": 6, "b": 22},
        "xaxis": theme.x_axis(type="date", range=ends, tickvals=ends, ticktext=texts),
        "yaxis": theme.y_axis(range=[max(0.0, low - 3 * room), high + room], showticklabels=False, showgrid=False),
    }


def hover(week: Week, title: str, text: Callable[[float], str]) -> dict[str, Any]:
    rows = [{"name": title, "value": "not known" if week.value is None else text(week.value)}]
    if week.target is not None:
        rows.append({"name": "Target", "value": text(week.target)})
    return {"x": week.last.isoformat(), "title": f"Week until {formats.day(week.last)}", "rows": rows}


def row(week: Week, text: Callable[[float], str], *, has_target: bool) -> list[str]:
    told = [formats.day(week.last), formats.NONE if week.value is None else text(week.value)]
    return [*told, *([formats.NONE if week.target is None else text(week.target)] if has_target else [])]
