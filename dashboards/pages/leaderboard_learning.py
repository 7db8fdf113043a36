"""Worth learning from: playbooks whose accounts rose more than matched ones, and which of them the leaders used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count

from accounts.access import Action, can
from accounts.models import MitigationPlan, User
from dashboards.pages.plan_effect import DEFAULT_DAYS
from scoring.models import Study, StudyKind

NOT_ENOUGH = "Not enough cases"


@dataclass(frozen=True)
class Lesson:
    """A playbook; the numbers only for those who see whether plans helped. `used` counts the leaders' plans."""

    name: str
    verdict: str
    pairs: int
    helped: bool
    mean: float | None
    low: float | None
    high: float | None
    used: int


@dataclass(frozen=True)
class Learning:
    lessons: list[Lesson]
    days: int
    leaders: list[str]
    other_plans: int  # of the leaders, without a playbook
    has_study: bool
    is_alone: bool
    may_open: bool


def learning_of(rows: Sequence[Any], *, user: User, since: date | None, as_of: date | None) -> Learning:
    """Leaders are the rows shown whose whole interval is ahead. Whoever sees only themselves learns of no leader."""
    is_alone = len(rows) <= 1
    leaders = [] if is_alone else [row for row in rows if row.is_ranked and row.found.low > 0]
    used = plans_of([row.pk for row in leaders], since=since, as_of=as_of) if leaders and since and as_of else {}
    study = Study.objects.filter(kind=StudyKind.PLANS, days=DEFAULT_DAYS).first()
    groups = [row for row in study.found.get("groups", []) if row["kind"] == "playbook"] if study else []
    told = {row["key"]: row for row in groups}
    may_open = can(user, Action.VIEW_PLAN_EFFECT)
    lessons = [
        lesson_of(name, told.get(name), used=used.get(name, 0), may_open=may_open)
        for name in sorted({*told, *used} - {""})
    ]
    return Learning(
        lessons=sorted(lessons, key=lambda one: (not one.helped, -one.used, -one.pairs, one.name)),
        days=DEFAULT_DAYS,
        leaders=[row.csm for row in leaders],
        other_plans=used.get("", 0),
        has_study=study is not None,
        is_alone=is_alone,
        may_open=may_open,
    )


def plans_of(owners: Sequence[int], *, since: date, as_of: date) -> dict[str, int]:
    """How many plans these people opened in the period, by playbook; "" is without one."""
    plans = MitigationPlan.objects.filter(owner__in=owners, opened_at__date__gt=since, opened_at__date__lte=as_of)
    rows = plans.order_by().values_list("playbook__name").annotate(count=Count("pk"))
    return {name or "": count for name, count in rows}


def lesson_of(name: str, row: Mapping[str, Any] | None, *, used: int, may_open: bool) -> Lesson:
    pairs, mean, low, high = (row[key] for key in ("pairs", "mean", "low", "high")) if row else (0, None, None, None)
    verdict, helped = verdict_of(low, high), low is not None and low > 0
    if not may_open or low is None:
        mean = low = high = None
    return Lesson(name, verdict, pairs, helped, mean, low, high, used)


def verdict_of(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return NOT_ENOUGH
    if low > 0:
        return "Rose more than without a plan"
    return "Rose less than without a plan" if high < 0 else "No clear difference"
