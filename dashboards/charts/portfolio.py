"""Charts of a portfolio: accounts by band now, and by month with the mean score."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import plotly.graph_objects as go

from dashboards import formats
from dashboards.charts import theme
from dashboards.charts.shapes import ORDER, UNDEFINED
from dashboards.charts.theme import DEFAULT_SCALE, FILL, INK, SERIES, SURFACE, BandScale, Chart

RING_SIZE = 188
RING_WIDTH = 24
RING_MARGIN = 30
TREND_HEIGHT = 320
COLUMN_PANEL = 0.36  # share of the height that the columns take
LINE_PANEL_FROM = 0.5


@dataclass(frozen=True)
class BandAmount:
    """How much is in a band; the address opens those accounts."""

    code: int
    accounts: int
    arr: float
    url: str = ""


@dataclass(frozen=True)
class PortfolioPoint:
    """A month or week of a portfolio. Counts are in the order of the scale's bands, Undefined last."""

    day: date
    mean_score: float | None
    counts: tuple[int, ...]


def donut(
    bands: Sequence[BandAmount],
    *,
    id: str = "health",
    by: str = "accounts",
    noun: str = "customer accounts",
    note: str = "",
    currency: str = "USD",
    scale: BandScale = DEFAULT_SCALE,
) -> Chart:
    """Accounts or ARR by band as a ring, clockwise from 12 o'clock in band order. `by` is accounts or arr."""
    ordered = sorted(bands, key=lambda band: ORDER.index(band.code))
    amounts = [float(band.arr if by == "arr" else band.accounts) for band in ordered]
    shown = [(band, amount) for band, amount in zip(ordered, amounts, strict=True) if amount > 0]
    total = sum(amounts)
    words = formats.money(total, currency=currency) if by == "arr" else formats.plain(total)
    title = "Customer health by ARR" if by == "arr" else "Customer health"
    if not shown:
        return theme.empty(id=id, title=title, caption="by band", sentence="No accounts to show.")
    rows = [_donut_row(band, amount, total, currency=currency, scale=scale) for band, amount in shown]
    return Chart(
        id=id,
        title=title,
        caption=f"{noun} by band",
        figure=theme.figure(
            [_ring(shown, total, scale=scale)],
            layout=_ring_layout(words, noun=noun, note=note),
            hover=[_donut_hover(band, row, scale=scale) for (band, _), row in zip(shown, rows, strict=True)],
        ),
        table_head=["Band", "Accounts", "ARR", "Share"],
        table_rows=rows,
        summary=f"{words} {noun}: " + ", ".join(f"{row[3]} {row[0]}" for row in rows),
        height=RING_SIZE + 2 * RING_MARGIN,
        kind="donut",
    )


def _ring(shown: Sequence[tuple[BandAmount, float]], total: float, *, scale: BandScale) -> go.Pie:
    hatched = [band.code == UNDEFINED for band, _ in shown]
    return go.Pie(
        values=[amount for _, amount in shown],
        labels=[theme.label(scale.name(band.code)) for band, _ in shown],
        text=[theme.share(amount, total) for _, amount in shown],
        textinfo="text",
        textposition="outside",
        textfont={"size": 12, "color": "var(--ink-2)"},
        customdata=[band.url for band, _ in shown],
        hoverinfo="none",
        sort=False,
        direction="clockwise",
        hole=1 - 2 * RING_WIDTH / RING_SIZE,
        marker={
            "colors": [FILL[band.code] for band, _ in shown],
            "line": {"color": SURFACE, "width": 2.2},
            "pattern": {key: [value if is_on else "" for is_on in hatched] for key, value in [("shape", "/")]}
            | {"fgcolor": "var(--undef)", "bgcolor": SURFACE, "size": 5, "solidity": 0.4},
        },
    )


def _ring_layout(total: str, *, noun: str, note: str) -> dict[str, Any]:
    center = {"x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False}
    lines = [
        center | {"text": f"<b>{total}</b>", "font": {"size": 28, "color": INK}, "yshift": 10 if not note else 16},
        center | {"text": theme.label(noun), "font": {"size": 12, "color": "var(--ink-2)"}, "yshift": -14},
        center | {"text": theme.label(note), "font": {"size": 11, "color": "var(--ink-3)"}, "yshift": -30},
    ]
    margin = {"l": 40, "r": 40, "t": RING_MARGIN, "b": RING_MARGIN}
    return {"margin": margin, "annotations": lines if note else lines[:2]}


def _donut_row(band: BandAmount, amount: float, total: float, *, currency: str, scale: BandScale) -> list[str]:
    money = formats.money(band.arr, currency=currency)
    return [scale.name(band.code), formats.plain(band.accounts), money, theme.share(amount, total)]


def _donut_hover(band: BandAmount, row: list[str], *, scale: BandScale) -> dict[str, Any]:
    lines = [("Accounts", row[1]), ("ARR", row[2]), ("Share", row[3])]
    rows = [{"name": name, "value": value} for name, value in lines]
    return {"title": scale.name(band.code), "rows": rows, "url": band.url}


def portfolio_trend(
    points: Sequence[PortfolioPoint],
    *,
    id: str = "portfolio-trend",
    title: str = "Portfolio health by month",
    scale: BandScale = DEFAULT_SCALE,
) -> Chart:
    """The mean score as a line above, accounts by band as columns below, on one time axis."""
    caption = "mean score above, accounts by band below" + (f"; {scale.note}" if scale.note else "")
    if not points:
        return theme.empty(id=id, title=title, caption=caption, sentence="No scores yet.")
    return Chart(
        id=id,
        title=title,
        caption=caption,
        figure=theme.figure(
            [*_columns(points, scale=scale), *_mean_line(points)],
            layout=_trend_layout(points, scale=scale),
            hover=[_trend_hover(point, scale=scale) for point in points],
        ),
        table_head=["Month", "Mean score", *scale.names],
        table_rows=[_trend_row(point) for point in points],
        summary=_trend_summary(points, scale=scale),
        height=TREND_HEIGHT,
        legend=theme.band_legend(scale),
    )


def _days(points: Sequence[PortfolioPoint]) -> list[str]:
    return [point.day.isoformat() for point in points]


def _columns(points: Sequence[PortfolioPoint], *, scale: BandScale) -> list[go.Bar]:
    return [
        go.Bar(
            x=_days(points),
            y=[point.counts[scale.place(code)] for point in points],
            name=theme.label(scale.name(code)),
            yaxis="y2",
            hoverinfo="none",
            marker={
                "color": FILL[code],
                "line": {"color": SURFACE, "width": 1.5},
                "pattern": theme.HATCH if code == UNDEFINED else {},
            },
        )
        for code in scale.stack_order
    ]


def _mean_line(points: Sequence[PortfolioPoint]) -> list[go.Scatter]:
    means = [point.mean_score for point in points]
    few = len(points) <= 13
    sizes = [0 if not few else 6 for _ in points]
    colors = [SURFACE for _ in points]
    sizes[-1], colors[-1] = 8, SERIES
    return [
        go.Scatter(
            x=_days(points),
            y=means,
            mode="lines+markers",
            connectgaps=False,
            cliponaxis=False,
            hoverinfo="none",
            line={"color": SERIES, "width": 2},
            marker={"size": sizes, "color": colors, "line": {"color": SERIES, "width": 1.5 if few else 0}},
        )
    ]


def _trend_layout(points: Sequence[PortfolioPoint], *, scale: BandScale) -> dict[str, Any]:
    lowest, highest = _mean_range(points)
    limits = [(line, text) for line, text in theme.limits(scale) if lowest <= text["y"] <= highest]
    top, step = theme.ceiling(max(sum(point.counts) for point in points), steps=3)
    return {
        "barmode": "stack",
        "xaxis": theme.x_axis(
            type="category",
            tickvals=_days(points),
            ticktext=formats.axis_months([point.day for point in points]),
            anchor="y2",
        ),
        "yaxis": theme.y_axis(
            domain=[LINE_PANEL_FROM, 1],
            range=[lowest, highest],
            **theme.score_ticks([tick for tick in _mean_ticks(scale) if lowest <= tick <= highest]),
            showgrid=False,
        ),
        "yaxis2": theme.y_axis(domain=[0, COLUMN_PANEL], **theme.from_zero(top), dtick=step),
        "shapes": [shape for shape, _ in limits],
        "annotations": _limit_labels([text for _, text in limits], points)
        + _mean_label(points)
        + _count_labels(points, top, scale=scale),
    }


def _mean_ticks(scale: BandScale) -> list[int]:
    """The limits of the bands, and the middle of two."""
    middles = [(low + high) // 2 for low, high in zip(scale.limits, scale.limits[1:], strict=False)]
    return sorted({*scale.limits, *middles}) if len(scale.limits) < 3 else scale.limits


def _mean_range(points: Sequence[PortfolioPoint]) -> list[float]:
    known = [point.mean_score for point in points if point.mean_score is not None]
    return [min([45.0, *(score - 3 for score in known)]), max([75.0, *(score + 3 for score in known)])]


def _limit_labels(labels: Sequence[dict[str, Any]], points: Sequence[PortfolioPoint]) -> list[dict[str, Any]]:
    lowest, highest = _mean_range(points)
    last = points[-1].mean_score
    per_point = (TREND_HEIGHT - 38) * (1 - LINE_PANEL_FROM) / (highest - lowest)
    return theme.clear_of(labels, [] if last is None else [last], per_point=per_point)


def _mean_label(points: Sequence[PortfolioPoint]) -> list[dict[str, Any]]:
    last = points[-1].mean_score
    mean = " mean score" if formats.score_scale().is_number else ""
    return (
        []
        if last is None
        else [theme.end_label(f"<b>{theme.label(formats.score(last))}{mean}</b>", y=last, strong=True)]
    )


def _count_labels(points: Sequence[PortfolioPoint], top: float, *, scale: BandScale) -> list[dict[str, Any]]:
    """Names and counts right of the last column, each at the middle of its part unless they would touch."""
    pixels = (TREND_HEIGHT - 38) * COLUMN_PANEL / top
    middles, below = [], 0.0
    shown = [(code, points[-1].counts[scale.place(code)]) for code in scale.stack_order]
    for _, count in shown:
        middles.append((below + count / 2) * pixels)
        below += count
    return [
        theme.end_label(
            theme.band_label(code, name=scale.name(code), value=formats.plain(count)), y=height / pixels, yref="y2"
        )
        for (code, count), height in zip(shown, theme.spread(middles), strict=True)
        if count
    ]


def _trend_row(point: PortfolioPoint) -> list[str]:
    mean = formats.NONE if point.mean_score is None else formats.score(point.mean_score, places=1)
    return [formats.month(point.day), mean, *(formats.plain(count) for count in point.counts)]


def _trend_hover(point: PortfolioPoint, *, scale: BandScale) -> dict[str, Any]:
    total = sum(point.counts)
    rows = theme.hover_rows(
        [formats.plain(count) for count in point.counts],
        [theme.share(count, total) for count in point.counts],
        scale=scale,
    )
    mean = "no score" if point.mean_score is None else formats.score(point.mean_score, places=1)
    return {
        "x": point.day.isoformat(),
        "title": formats.month(point.day),
        "rows": [{"name": "Mean score", "value": mean}, *rows],
        "total": {"name": "Accounts", "value": formats.plain(total)},
    }


def _trend_summary(points: Sequence[PortfolioPoint], *, scale: BandScale) -> str:
    first, last = points[0], points[-1]
    weak = scale.at_risk_of(last.counts)
    means = [formats.NONE if p.mean_score is None else formats.score(p.mean_score) for p in (first, last)]
    return (
        f"Mean score {means[0]} in {formats.month(first.day)} and {means[1]} in {formats.month(last.day)}, "
        f"when {weak} of {sum(last.counts)} accounts are {scale.at_risk_name}"
    )
