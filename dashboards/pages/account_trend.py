"""The score of an account over 3, 6 or 12 months, or over all of its history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Account
from accounts.queries.account import Happening
from dashboards import formats
from dashboards.charts.history import ScorePoint, score_history
from dashboards.charts.theme import DEFAULT_SCALE, BandScale, Chart
from dashboards.pages.account_head import Standing
from dashboards.pages.account_marks import Marks, build_marks
from dashboards.pages.company import scale_of
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


def first_day_of(chosen: str, *, today: date) -> date:
    """The day on which the chosen period begins."""
    months = PERIODS[chosen if chosen in PERIODS else DEFAULT_PERIOD][1]
    return months_before(today, months=months) if months else date.min


def build_trend(
    days: Sequence[ScoredDay], *, chosen: str, marks: Marks, scale: BandScale, stale: Mapping[date, tuple[str, ...]]
) -> Trend:
    """The line of the days of the chosen period; days without a score stay gaps. `stale`: silent sources by day."""
    chosen = chosen if chosen in PERIODS else DEFAULT_PERIOD
    return Trend(
        periods=tuple(Period(key, label, key == chosen) for key, (label, _) in PERIODS.items()),
        chart=score_history(
            [score_point(day, silent=stale.get(day.day, ())) for day in days],
            id="score-trend",
            title="Score trend",
            caption=f"score {formats.score_range()} at the end of the day",
            events=marks.events,
            lanes=marks.lanes,
            scale=scale,
        ),
    )


def trend_of(standing: Standing, found: Sequence[Happening], *, account: Account, chosen: str, today: date) -> Trend:
    """The account's trend with all that it is marked with."""
    first = first_day_of(chosen, today=today)
    shown = [day for day in standing.days if day.day >= first]
    card = standing.explained.card if standing.explained else None
    return build_trend(
        shown,
        chosen=chosen,
        marks=build_marks(account.pk, found, shown, card=card),
        scale=scale_of(card.bands) if card else DEFAULT_SCALE,
        stale=standing.stale_days,
    )


def score_point(day: ScoredDay, *, silent: tuple[str, ...]) -> ScorePoint:
    score = None if day.score is None else day.score / 100
    return ScorePoint(day=day.day, score=score, band=day.band, silent=silent)
