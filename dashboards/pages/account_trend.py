"""The score of an account over 3, 6 or 12 months, or over all of its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboards import formats
from dashboards.charts.history import Event, ScorePoint, score_history
from dashboards.charts.theme import BandScale, Chart
from scoring.queries.history import ScoredDay
from scoring.store import months_before

PERIODS = {"3m": ("3M", 3), "6m": ("6M", 6), "12m": ("12M", 12), "all": ("All", None)}
DEFAULT_PERIOD = "6m"


@dataclass(frozen=True)
class Period:
    key: str
    label: str
    is_on: bool


@dataclass(frozen=True)
class Trend:
    periods: tuple[Period, ...]
    chart: Chart


def build_trend(
    days: Sequence[ScoredDay], *, chosen: str, events: Sequence[Event], scale: BandScale, today: date
) -> Trend:
    """The line of the chosen period; days without a score stay gaps."""
    chosen = chosen if chosen in PERIODS else DEFAULT_PERIOD
    months = PERIODS[chosen][1]
    first = months_before(today, months=months) if months else date.min
    return Trend(
        periods=tuple(Period(key, label, key == chosen) for key, (label, _) in PERIODS.items()),
        chart=score_history(
            [score_point(day) for day in days if day.day >= first],
            id="score-trend",
            title="Score trend",
            caption=f"score {formats.score_range()} at the end of the day",
            events=events,
            scale=scale,
        ),
    )


def score_point(day: ScoredDay) -> ScorePoint:
    return ScorePoint(day=day.day, score=None if day.score is None else day.score / 100, band=day.band)
