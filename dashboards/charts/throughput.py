"""What a source brought, by hour or by day: columns from zero; a time without anything is a true zero."""

from collections.abc import Sequence

import plotly.graph_objects as go

from dashboards import formats
from dashboards.charts import theme
from dashboards.charts.theme import SERIES, Chart, View

HEIGHT = 190
MOST_TICKS = 6


def throughput(id: str, title: str, caption: str, *, head: str, labels: Sequence[str], counts: Sequence[int]) -> Chart:
    """One column for each label."""
    total, top = sum(counts), theme.ceiling(max(counts, default=0))
    if not total:
        return theme.empty(id=id, title=title, caption=caption, sentence=f"Nothing came in {caption}.")
    values = list(range(0, round(top[0]) + 1, max(round(top[1]), 1)))
    every = max(1, len(labels) // MOST_TICKS)
    places = list(range(0, len(labels), every))
    column = go.Bar(x=list(range(len(labels))), y=list(counts), marker={"color": SERIES}, hoverinfo="none")
    layout = {
        "margin": {"l": 52, "r": 8, "t": 8, "b": 24},
        "bargap": 0.25,
        "xaxis": theme.x_axis(tickvals=places, ticktext=[labels[place] for place in places]),
        "yaxis": theme.y_axis(tickvals=values, ticktext=[formats.plain(value) for value in values])
        | theme.from_zero(top[0]),
    }
    highest = max(range(len(counts)), key=lambda place: counts[place])
    return Chart(
        id=id,
        title=title,
        caption=caption,
        figure=theme.figure([column], layout=layout),
        table_head=[head, "Brought"],
        table_rows=[[label, formats.plain(count)] for label, count in zip(labels, counts, strict=True)],
        summary=f"{formats.plain(total)} in {caption}, the most at {labels[highest]}: {formats.plain(max(counts))}.",
        height=HEIGHT,
    )


def views(days: Chart, hours: Chart) -> tuple[View, View]:
    return View("Days", days), View("Hours", hours)
