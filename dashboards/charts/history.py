"""The score of one account over time, with the limits of the bands and what happened on the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go

from dashboards import formats
from dashboards.charts import theme
from dashboards.charts.lanes import Lane, lanes_of
from dashboards.charts.theme import DEFAULT_SCALE, FILL, INK, SERIES, BandScale, Chart

HEIGHT = 280
BELOW = 38  # pixels of the margins above and below the plot
EVENT_COLOR = {"bad": "var(--weak)", "plan": "var(--accent)", "change": "var(--line-3)"}
EVENT_ROOM = 15  # pixels for the text of one event above the line
MOST_EVENTS = 6
LEAST_PLOT, LETTER = 400, 6.2  # pixels
MONTH_NAMES_FROM_DAYS = 200


@dataclass(frozen=True)
class TrendWords:
    """What the chart says, in the reader's language."""

    none_yet: str = "No score yet."
    heads: tuple[str, ...] = ("Day", "Score", "Band", "Event")
    no_score: str = "no score"
    summary: str = "{} on {}, {} on {}, {}"
    limits: tuple[str, str] = ("{} from {}", "{} below {}")


ENGLISH = TrendWords()


@dataclass(frozen=True)
class ScorePoint:
    """The score at the end of a day; None where there was none, which stays a gap. `silent`: the sources that were
    silent then and on which it depends."""

    day: date
    score: float | None
    band: int
    silent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """Something that explains the line. Kind is bad (a flag, a deduction), plan, or change (a scorecard's version)."""

    day: date
    text: str
    kind: str = "change"


def score_history(
    points: Sequence[ScorePoint],
    *,
    id: str = "score-history",
    title: str = "Score trend",
    caption: str = "",
    events: Sequence[Event] = (),
    lanes: Sequence[Lane] = (),
    scale: BandScale = DEFAULT_SCALE,
    line: str = SERIES,
    words: TrendWords = ENGLISH,
) -> Chart:
    """The score as a line. `line` is the color's token, for the workspace's own on the customer page."""
    caption = caption or f"score {formats.score_range()}"
    known = [point for point in points if point.score is not None]
    if not known:
        return theme.empty(id=id, title=title, caption=caption, sentence=words.none_yet)
    shown = sorted((e for e in events if points[0].day <= e.day <= points[-1].day), key=lambda e: e.day)[-MOST_EVENTS:]
    room = EVENT_ROOM * len(shown)
    below = lanes_of(lanes, first=points[0].day, last=points[-1].day)
    depth = below.depth
    layout = _layout(points, known=known, events=shown, room=room, depth=depth, scale=scale, words=words)
    told = _told(points, events=events, lanes=lanes)
    return Chart(
        id=id,
        title=title,
        caption=caption,
        figure=theme.figure(
            [_line(points, color=line), _last_dot(known[-1]), *below.traces],
            layout=layout | below.added_to(layout, whole=HEIGHT - BELOW + room + depth),
            hover=[_hover(point, told[point.day], scale=scale, words=words) for point in points],
        ),
        table_head=list(words.heads),
        table_rows=[_row(point, told[point.day], scale=scale) for point in points],
        summary=_summary(known, scale=scale, words=words),
        height=HEIGHT + room + below.height,
        kind="line",
    )


def _line(points: Sequence[ScorePoint], *, color: str) -> go.Scatter:
    few = len(points) <= 13
    return go.Scatter(
        x=[point.day.isoformat() for point in points],
        y=[None if point.score is None else float(point.score) for point in points],
        mode="lines+markers" if few else "lines",
        connectgaps=False,
        cliponaxis=False,  # the first marker stands on the axis
        hoverinfo="none",
        line={"color": color, "width": 2},
        marker={"size": 6, "color": theme.SURFACE, "line": {"color": color, "width": 1.5}},
    )


def _last_dot(point: ScorePoint) -> go.Scatter:
    marker = {"size": 8, "color": FILL[point.band]}
    spot = {"x": [point.day.isoformat()], "y": [float(point.score or 0)]}
    return go.Scatter(**spot, mode="markers", hoverinfo="none", cliponaxis=False, marker=marker)


def _layout(
    points: Sequence[ScorePoint], *, known: Sequence[ScorePoint], events: Sequence[Event], room: int,
    depth: int, scale: BandScale, words: TrendWords,
) -> dict[str, Any]:  # fmt: skip
    scores = [float(point.score) for point in known if point.score is not None]
    low, high = max(0.0, min(40.0, min(scores) - 5)), min(100.0, max(80.0, max(scores) + 5))
    limits = theme.limits(scale, words=words.limits)
    plot = HEIGHT - BELOW
    whole = plot + room + depth
    marks = [_event(event, n, whole=whole, depth=depth, points=points) for n, event in enumerate(reversed(events))]
    return {
        "margin": {"l": 40, "r": 112, "t": 12, "b": 26},
        "xaxis": _time_axis([point.day for point in points]),
        "yaxis": theme.y_axis(
            range=[low, high],
            domain=[depth / whole, (plot + depth) / whole],
            **theme.score_ticks(_ticks(low, high, scale=scale)),
            showgrid=False,
        ),
        "shapes": [shape for shape, _ in limits] + [shape for shape, _ in marks],
        "annotations": _without_collision(limits, scores[-1], low=low, high=high, plot=plot)
        + [text for _, text in marks],
    }


def _ticks(low: float, high: float, *, scale: BandScale) -> list[int]:
    """The limits of the bands, and as many such steps up and down as fit."""
    return [step for step in scale.steps if low <= step <= high]


def _without_collision(
    limits: Sequence[tuple[dict[str, Any], dict[str, Any]]], last: float, *, low: float, high: float, plot: float
) -> list[dict[str, Any]]:
    """The label of the last value, and of the limits that would lie neither on it nor on one another."""
    per_point = plot / (high - low)
    inside = [text for _, text in limits if low <= text["y"] <= high]
    return [
        *theme.clear_of(inside, [last], per_point=per_point),
        theme.end_label(f"<b>{theme.label(formats.score(last))}</b>", y=last, strong=True) | {"name": "last"},
    ]


def _event(
    event: Event, place: int, *, whole: float, depth: float, points: Sequence[ScorePoint]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A flag that hangs from the top, its text to the left; the latest is the highest, so no line crosses a text."""
    top = 1 - (place + 0.5) * EVENT_ROOM / whole
    at = event.day.isoformat()
    color = EVENT_COLOR[event.kind]
    line = {"color": color, "width": 1, "dash": "dash" if event.kind == "change" else "solid"}
    shape = {"type": "line", "xref": "x", "x0": at, "x1": at, "yref": "paper", "y0": depth / whole, "y1": top}
    shape["line"] = line
    words = f"{theme.label(event.text)}, {formats.short_day(event.day)}"
    is_early = _is_early(event, words, points=points)
    text = {
        "xref": "x",
        "x": at,
        "xanchor": "left" if is_early else "right",
        "xshift": 6 if is_early else -6,
        "yref": "paper",
        "y": top,
        "yanchor": "middle",
        "text": words,
        "bgcolor": theme.SURFACE,  # a later event's line passes behind the words, not through them
        "borderpad": 0,
        "showarrow": False,
        "font": {"size": 11, "color": INK},
        "name": "event",
    }
    return shape | {"layer": "below"}, text


def _is_early(event: Event, words: str, *, points: Sequence[ScorePoint]) -> bool:
    """Whether the words would not fit between the axis and their flag, on the narrowest plot that shows them."""
    days = (points[-1].day - points[0].day).days or 1
    return (event.day - points[0].day).days / days * LEAST_PLOT < len(words) * LETTER


def _time_axis(days: Sequence[date]) -> dict[str, Any]:
    """Ticks on the first of each month: with the day while they are few, else the month alone."""
    starts = [first for first in _month_starts(days[0], days[-1]) if days[0] <= first <= days[-1]] or [days[0]]
    is_long = (days[-1] - days[0]).days > MONTH_NAMES_FROM_DAYS
    texts = formats.axis_months(starts) if is_long else [formats.short_day(start) for start in starts]
    ends = [days[0].isoformat(), (days[-1] + timedelta(days=1)).isoformat()]
    return theme.x_axis(type="date", range=ends, tickvals=[start.isoformat() for start in starts], ticktext=texts)


def _month_starts(first: date, last: date) -> list[date]:
    months = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(month // 12, month % 12 + 1, 1) for month in months]


def _told(points: Sequence[ScorePoint], *, events: Sequence[Event], lanes: Sequence[Lane]) -> dict[date, list[str]]:
    """What is told of each day: what is stale, its events, and what lanes show of the days since the one before."""
    moments = sorted({(mark.first, mark.text) for lane in lanes for mark in lane.marks})
    told: dict[date, list[str]] = {}
    before = points[0].day - timedelta(days=1)
    for point in points:
        mine = [text for day, text in moments if before < day <= point.day]
        stale = [f"Stale: nothing came from {', '.join(point.silent)}"] if point.silent else []
        told[point.day] = [*stale, *(event.text for event in events if event.day == point.day), *mine]
        before = point.day
    return told


def _row(point: ScorePoint, told: Sequence[str], *, scale: BandScale) -> list[str]:
    score = formats.NONE if point.score is None else formats.score(point.score, places=1)
    return [formats.day(point.day), score, scale.name(point.band), "; ".join(told)]


def _hover(point: ScorePoint, told: Sequence[str], *, scale: BandScale, words: TrendWords) -> dict[str, Any]:
    score = words.no_score if point.score is None else formats.score(point.score, places=1)
    rows = [{"band": point.band, "name": scale.name(point.band), "value": score}]
    happened = [{"name": text, "value": ""} for text in told]
    return {"x": point.day.isoformat(), "title": formats.day(point.day), "rows": rows + happened}


def _summary(known: Sequence[ScorePoint], *, scale: BandScale, words: TrendWords) -> str:
    first, last = known[0], known[-1]
    return words.summary.format(
        formats.score(first.score or 0),
        formats.day(first.day),
        formats.score(last.score or 0),
        formats.day(last.day),
        scale.name(last.band),
    )
