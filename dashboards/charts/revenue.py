"""Charts of ARR for leadership: by band over the months, and what renews in the coming quarters."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import plotly.graph_objects as go

from dashboards import formats
from dashboards.charts import theme
from dashboards.charts.shapes import UNDEFINED
from dashboards.charts.theme import DEFAULT_SCALE, FILL, INK, SURFACE, BandScale, Chart

AREA_HEIGHT = 300
BARS_HEIGHT = 290
Amounts = tuple[float, ...]


@dataclass(frozen=True)
class BandMonth:
    """ARR (or accounts) at a month's end, in the order of the scale's bands, Undefined last; one address per band opens
    those accounts."""

    day: date
    amounts: Amounts
    urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class BandQuarter:
    """ARR that renews in a quarter by today's band, in the scale's order; one address per band opens those accounts."""

    day: date
    amounts: Amounts
    urls: tuple[str, ...] = ()


def arr_by_band(
    months: Sequence[BandMonth],
    *,
    id: str = "arr-by-band",
    title: str = "ARR by health band",
    by: str = "arr",
    currency: str = "USD",
    scale: BandScale = DEFAULT_SCALE,
) -> Chart:
    """Month ends as a stacked area, the worst band on the baseline.

    `by` is arr, share (of each month's total) or accounts.
    """
    caption = f"month end, {len(months)} months" + (f"; {scale.note}" if scale.note else "")
    if not months or not any(sum(month.amounts) for month in months):
        return theme.empty(id=id, title=title, caption="month end", sentence="No month has ended with scores yet.")
    if len(months) == 1:
        caption = f"since {formats.day(months[0].day)}; the area starts with the second month end"
    drawn = [_shares(month) if by == "share" else month for month in months]
    say = _wording(by, currency=currency)
    return Chart(
        id=id,
        title=title,
        caption=caption,
        figure=theme.figure(
            _one_bar(drawn[0], scale=scale) if len(drawn) == 1 else _areas(drawn, scale=scale),
            layout=_area_layout(drawn, by=by, currency=currency, scale=scale),
            hover=[_month_hover(month, say=say, scale=scale) for month in drawn],
        ),
        table_head=["Month", *scale.names, "Total"],
        table_rows=[[formats.month(m.day), *(say(amount) for amount in m.amounts), say(sum(m.amounts))] for m in drawn],
        summary=_area_summary(drawn, say=say, scale=scale),
        height=AREA_HEIGHT,
        legend=theme.band_legend(scale),
    )


def _shares(month: BandMonth) -> BandMonth:
    total = sum(month.amounts) or 1
    return BandMonth(month.day, tuple(amount / total for amount in month.amounts), month.urls)


def _wording(by: str, *, currency: str) -> Any:
    if by == "share":
        return formats.percent
    if by == "accounts":
        return formats.plain
    return lambda amount: formats.money(amount, currency=currency)


def _of(entry: BandMonth | BandQuarter, code: int, *, scale: BandScale) -> float:
    return float(entry.amounts[scale.place(code)])


def _urls(entries: Sequence[BandMonth | BandQuarter], code: int, *, scale: BandScale) -> list[str]:
    return [entry.urls[scale.place(code)] if entry.urls else "" for entry in entries]


def _areas(months: Sequence[BandMonth], *, scale: BandScale) -> list[go.Scatter]:
    return [
        go.Scatter(
            x=[month.day.isoformat() for month in months],
            y=[_of(month, code, scale=scale) for month in months],
            customdata=_urls(months, code, scale=scale),
            mode="lines",
            stackgroup="bands",
            opacity=0.9,
            hoverinfo="none",
            line={"color": SURFACE, "width": 1.5},
            fillcolor=FILL[code],
            fillpattern=theme.HATCH if code == UNDEFINED else None,
        )
        for code in scale.stack_order
    ]


def _one_bar(month: BandMonth, *, scale: BandScale) -> list[go.Bar]:
    return [
        go.Bar(x=[month.day.isoformat()], y=[_of(month, code, scale=scale)], hoverinfo="none", marker=_fill(code))
        for code in scale.stack_order
    ]


def _fill(code: int) -> dict[str, Any]:
    pattern = theme.HATCH if code == UNDEFINED else {}
    return {"color": FILL[code], "line": {"color": SURFACE, "width": 1.5}, "pattern": pattern}


def _area_layout(months: Sequence[BandMonth], *, by: str, currency: str, scale: BandScale) -> dict[str, Any]:
    highest = max(float(sum(month.amounts)) for month in months)
    axis = _amount_axis(highest, by=by, currency=currency)
    return {
        "barmode": "stack",
        "margin": {"l": 52, "r": 136, "t": 12, "b": 26},
        "xaxis": theme.x_axis(
            type="category",
            tickvals=[month.day.isoformat() for month in months],
            ticktext=formats.axis_months([month.day for month in months]),
        )
        | ({"range": [0, len(months) - 1]} if len(months) > 1 else {}),
        "yaxis": theme.y_axis(**axis),
        "annotations": _area_labels(months[-1], top=axis["range"][1], by=by, currency=currency, scale=scale),
    }


def _amount_axis(highest: float, *, by: str, currency: str) -> dict[str, Any]:
    if by == "share":
        return {"tickvals": [0, 0.25, 0.5, 0.75, 1], "ticktext": ["0", "25%", "50%", "75%", "100%"]} | theme.from_zero(
            1
        )
    if by == "accounts":
        top, step = theme.ceiling(highest)
        return theme.from_zero(top) | {"dtick": step}
    return theme.money_ticks(highest, currency=currency)


def _area_labels(month: BandMonth, *, top: float, by: str, currency: str, scale: BandScale) -> list[dict[str, Any]]:
    """The last values at the right, each in the middle of its area unless two would touch."""
    pixels = (AREA_HEIGHT - 38) / top
    say = _wording(by, currency=currency)
    shown = [(code, _of(month, code, scale=scale)) for code in scale.stack_order if _of(month, code, scale=scale)]
    middles, below = [], 0.0
    for _, amount in shown:
        middles.append((below + amount / 2) * pixels)
        below += amount
    return [
        theme.end_label(theme.band_label(code, name=scale.name(code), value=say(amount)), y=height / pixels)
        for (code, amount), height in zip(shown, theme.spread(middles), strict=True)
    ]


def _month_hover(month: BandMonth, *, say: Any, scale: BandScale) -> dict[str, Any]:
    total = sum(month.amounts)
    rows = theme.hover_rows(
        [say(amount) for amount in month.amounts],
        [theme.share(amount, total) for amount in month.amounts],
        scale=scale,
    )
    whole = {"name": "Total", "value": say(total)}
    return {"x": month.day.isoformat(), "title": formats.month(month.day), "rows": rows, "total": whole}


def _area_summary(months: Sequence[BandMonth], *, say: Any, scale: BandScale) -> str:
    last = months[-1]
    parts = ", ".join(f"{say(_of(last, code, scale=scale))} {scale.name(code)}" for code in scale.codes)
    return f"At the end of {formats.month(last.day)}: {parts}"


def renewals_by_band(
    quarters: Sequence[BandQuarter],
    *,
    id: str = "renewals-by-band",
    title: str = "Renewals by band",
    currency: str = "USD",
    scale: BandScale = DEFAULT_SCALE,
) -> Chart:
    """ARR up for renewal per quarter as stacked columns, the total above, the part at risk below the quarter."""
    caption = f"next {len(quarters)} quarters, score today"
    highest = max((float(sum(quarter.amounts)) for quarter in quarters), default=0.0)
    if not highest:
        return theme.empty(id=id, title=title, caption=caption, sentence="Nothing is up for renewal.")

    def say(amount: float) -> str:
        return formats.money(amount, currency=currency)

    return Chart(
        id=id,
        title=title,
        caption=caption,
        figure=theme.figure(
            [_quarter_bars(quarters, code, scale=scale) for code in scale.stack_order],
            layout=_bars_layout(quarters, highest=highest, currency=currency, say=say, scale=scale),
            hover=[_quarter_hover(quarter, say=say, scale=scale) for quarter in quarters],
        ),
        table_head=["Quarter", *scale.names, "Total"],
        table_rows=[
            [formats.quarter(q.day), *(say(amount) for amount in q.amounts), say(sum(q.amounts))] for q in quarters
        ],
        summary=_bars_summary(quarters, say=say, scale=scale),
        height=BARS_HEIGHT,
        kind="bars",
        legend=theme.band_legend(scale),
    )


def _quarter_bars(quarters: Sequence[BandQuarter], code: int, *, scale: BandScale) -> go.Bar:
    return go.Bar(
        x=[quarter.day.isoformat() for quarter in quarters],
        y=[_of(quarter, code, scale=scale) for quarter in quarters],
        customdata=_urls(quarters, code, scale=scale),
        hoverinfo="none",
        marker=_fill(code),
    )


def _bars_layout(
    quarters: Sequence[BandQuarter], *, highest: float, currency: str, say: Any, scale: BandScale
) -> dict[str, Any]:
    weak = theme.label(scale.at_risk_name if len(scale.at_risk) == 1 else "At risk")
    return {
        "barmode": "stack",
        "margin": {"l": 52, "r": 8, "t": 20, "b": 44},
        "xaxis": theme.x_axis(
            type="category",
            tickvals=[quarter.day.isoformat() for quarter in quarters],
            ticktext=[f"{formats.quarter(q.day)}<br>{weak} {say(scale.at_risk_of(q.amounts))}" for q in quarters],
        ),
        "yaxis": theme.y_axis(**theme.money_ticks(highest, currency=currency)),
        "annotations": [_total_above(quarter, say=say) for quarter in quarters],
    }


def _total_above(quarter: BandQuarter, *, say: Any) -> dict[str, Any]:
    total = float(sum(quarter.amounts))
    place = {"x": quarter.day.isoformat(), "y": total, "yanchor": "bottom", "yshift": 2, "showarrow": False}
    return place | {"text": f"<b>{say(total)}</b>", "font": {"size": 11, "color": INK}}


def _quarter_hover(quarter: BandQuarter, *, say: Any, scale: BandScale) -> dict[str, Any]:
    total = sum(quarter.amounts)
    rows = theme.hover_rows(
        [say(amount) for amount in quarter.amounts],
        [theme.share(amount, total) for amount in quarter.amounts],
        scale=scale,
    )
    whole = {"name": "Total", "value": say(total)}
    return {"x": quarter.day.isoformat(), "title": formats.quarter(quarter.day), "rows": rows, "total": whole}


def _bars_summary(quarters: Sequence[BandQuarter], *, say: Any, scale: BandScale) -> str:
    parts = [
        f"{formats.quarter(q.day)} {say(sum(q.amounts))}, of it {say(scale.at_risk_of(q.amounts))} {scale.at_risk_name}"
        for q in quarters
    ]
    return "; ".join(parts)
