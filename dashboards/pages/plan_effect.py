"""Did plans help? What the nightly study says of accounts with a plan beside matched ones without, and its pairs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from accounts.access import Action, visible_accounts
from accounts.models import PlanOutcome, User
from dashboards import filters
from dashboards.filters import Filter
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import csv_file
from scoring.core.matching import FEWEST_PAIRS
from scoring.models import Study, StudyKind
from scoring.plan_effect import SPANS

DEFAULT_DAYS = 56
REACH = 15.0
ELSEWHERE = "(another team's)"
HEAD = ["Day", "Account with a plan", "Score", "Trend", "Change", "Account without", "Its score", "Its trend",
        "Its change", "Difference"]  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One group of pairs; left, width and dot are percents of the drawing."""

    name: str
    pairs: int
    mean: float | None
    low: float | None
    high: float | None

    @property
    def is_enough(self) -> bool:
        return self.low is not None and self.high is not None

    @property
    def verdict(self) -> str:
        if self.low is None or self.high is None:
            return "Not enough cases"
        if self.low > 0:
            return "Rose more than without a plan"
        return "Rose less than without a plan" if self.high < 0 else "No clear difference"

    @property
    def left(self) -> float:
        return place(self.low or 0.0)

    @property
    def width(self) -> float:
        return round(place(self.high or 0.0) - self.left, 1)

    @property
    def dot(self) -> float:
        return place(self.mean or 0.0)


def place(points: float) -> float:
    return round(min(max(50 + 50 * points / REACH, 0.0), 100.0), 1)


@dataclass(frozen=True)
class PlanEffectPage:
    days: int
    as_of: date | None
    since: date | None
    computed_at: datetime | None
    lines: list[Line]
    cases: int
    without_score: int
    period_filter: Filter
    csv_url: str
    fewest: int = FEWEST_PAIRS

    @property
    def all(self) -> Line | None:
        return self.lines[0] if self.lines else None


def build_plan_effect_page(*, query: QueryDict) -> PlanEffectPage:
    days, study = chosen(query)
    found = study.found if study else {}
    options = filters.options({str(n): f"{n} days after" for n in SPANS}, {str(days)}, None)
    return PlanEffectPage(
        days=days,
        as_of=study.as_of if study else None,
        since=study.since if study else None,
        computed_at=study.computed_at if study else None,
        lines=[line_of(row) for row in found.get("groups", [])],
        cases=found.get("cases", 0),
        without_score=found.get("without_score", 0),
        period_filter=Filter("days", "Change", options, clear_url=reverse("plan-effect"), is_single=True),
        csv_url=f"{reverse('plan-effect-csv')}?days={days}",
    )


def chosen(query: QueryDict) -> tuple[int, Study | None]:
    text = query.get("days", "")
    days = int(text) if text.isdecimal() and int(text) in SPANS else DEFAULT_DAYS
    return days, Study.objects.filter(kind=StudyKind.PLANS, days=days).first()


def line_of(row: dict[str, Any]) -> Line:
    names = {"all": "All plans", "outcome": f"Closed: {dict(PlanOutcome.choices).get(row['key'], '')}"}
    name = names.get(row["kind"], f"Playbook: {row['key']}")
    if row["kind"] == "outcome" and row["key"] == "open":
        name = "Still open"
    return Line(name, row["pairs"], row["mean"], row["low"], row["high"])


def lines(user: User, *, query: QueryDict) -> Iterable[list[Any]]:
    """The pairs; an account that the user does not see has no name."""
    _, study = chosen(query)
    pairs = study.found["pairs"] if study else []
    wanted = {int(pair[n]) for pair in pairs for n in (1, 5)}
    names = dict(visible_accounts(user).filter(pk__in=wanted).values_list("pk", "name"))
    rows = [
        [*pair[:1], names.get(int(pair[1]), ELSEWHERE), *pair[2:5], names.get(int(pair[5]), ELSEWHERE), *pair[6:]]
        for pair in pairs
    ]
    return [HEAD, *rows]


@requires(Action.VIEW_PLAN_EFFECT)
def plan_effect(request: UserRequest) -> HttpResponse:
    return render(request, "plan_effect.html", {"page": build_plan_effect_page(query=request.GET)})


@requires(Action.VIEW_PLAN_EFFECT)
def plan_effect_csv(request: UserRequest) -> HttpResponse:
    return csv_file("plan-effect-pairs", lines(request.user, query=request.GET))
