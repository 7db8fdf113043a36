"""The post-mortem of an account that left: what is said of it, and how it stood 90, 60 and 30 days before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate

from accounts.access import Action, can
from accounts.models import User
from accounts.operations.churn import words_of_reasons
from dashboards.charts.history import Event, score_history
from dashboards.charts.theme import Chart
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_trend import score_point
from dashboards.pages.account_values import value_text
from dashboards.pages.churn import ChurnRow, in_full, row_of
from dashboards.pages.company import Company, company
from scoring.queries.churn import visible_churn
from scoring.queries.history import scored_days
from scoring.queries.postmortem import Then, post_mortem
from scoring.queries.words import Words, words_of_scorecards

CHART_DAYS = 365


@dataclass(frozen=True)
class Cell:
    """A measure on one of the days: its value and its points; `is_part` where the card of that day had it."""

    value: str
    points: float | None
    is_part: bool


@dataclass(frozen=True)
class MeasureRow:
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Column:
    """One of the three days."""

    then: Then
    score: Decimal | None
    band_name: str
    flags: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        return self.then.stood is not None

    @property
    def since_touch(self) -> int | None:
        last = self.then.last_touch
        return None if last is None else (self.then.day - last).days


@dataclass(frozen=True)
class StoryPage:
    company: Company
    row: ChurnRow
    account: Any
    columns: tuple[Column, ...]
    measures: list[MeasureRow]
    chart: Chart
    may_edit: bool
    today: date


def build_story_page(event: Any, *, user: User, today: date) -> StoryPage:
    """Of an event that was read `in_full`."""
    words, names, account = words_of_scorecards(), words_of_reasons(), event.account
    told, about = post_mortem(event, account=account), company()
    days = scored_days(account.pk, first=event.churned_on - timedelta(days=CHART_DAYS), last=event.churned_on)
    return StoryPage(
        company=about,
        row=row_of(event, names=names, words=words),
        account=account,
        columns=tuple(column_of(then, words=words) for then in told),
        measures=measure_rows(told),
        chart=score_history(
            [score_point(day, silent=()) for day in days],
            title="The last year",
            caption="score at the end of the day",
            events=[Event(event.churned_on, "Left", "bad")] if days and days[-1].day == event.churned_on else [],
            scale=about.scale,
        ),
        may_edit=can(user, Action.EDIT_ACCOUNT),
        today=today,
    )


def column_of(then: Then, *, words: Words) -> Column:
    stood = then.stood
    score = None if stood is None or stood.score is None else Decimal(stood.score) / 100
    flags = tuple(words.flag(flag.key) for flag in then.explained.flags) if then.explained else ()
    return Column(then, score, words.band(stood.band) if stood else "", flags)


def measure_rows(told: Sequence[Then]) -> list[MeasureRow]:
    """Each measure that any of the days' cards weighed, in the order of the newest card that has it."""
    lines = [
        {line.item.measure.key: line for line in then.explained.measures} if then.explained else {} for then in told
    ]
    labels = {key: line.item.measure.label for found in reversed(lines) for key, line in found.items()}
    return [MeasureRow(label, tuple(cell_of(found.get(key)) for found in lines)) for key, label in labels.items()]


def lines_of(then: Then) -> dict[str, Any]:
    """The day's lines by the key of their measure."""
    return {line.item.measure.key: line for line in then.explained.measures} if then.explained else {}


def cell_of(line: Any) -> Cell:
    if line is None:
        return Cell("", None, is_part=False)
    value = "" if line.value is None else value_text(line.value, line.item.measure.unit)
    return Cell(value, line.points, is_part=True)


@requires(Action.VIEW_CHURN)
def story(request: UserRequest, pk: int) -> HttpResponse:
    event = get_object_or_404(in_full(visible_churn(request.user)), pk=pk)
    page = build_story_page(event, user=request.user, today=localdate())
    return render(request, "churn_story.html", {"page": page})
