"""How long it takes from a dip to the first step done, and from there to recovery, per team."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import inf
from typing import Any

from django.db.models import Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import MitigationPlan
from scoring.core.bands import AT_RISK, UNDEFINED
from scoring.models import Snapshot
from scoring.queries.reviews import Sight

LOOK_BACK_DAYS = 180
LEAST_CASES = 10


@dataclass(frozen=True)
class Span:
    """Days of so many cases, of which some have not got there yet. `median` counts those as longer than all others.

    It is None where there are too few cases, or where fewer than half have got there.
    """

    cases: int
    finished: int
    median: int | None

    @property
    def is_enough(self) -> bool:
        return self.cases >= LEAST_CASES


@dataclass(frozen=True)
class TeamTimes:
    team: str
    to_step: Span
    to_recovery: Span


@dataclass(frozen=True)
class Case:
    """A dip with a plan: the first day in a band at risk, the first step done, the first day out again."""

    team: str
    dip: date
    step: date | None
    back: date | None


def times_by_team(sight: Sight, *, today: date) -> list[TeamTimes]:
    """Of plans opened in the last 180 days after a dip, one row per team by name."""
    found = cases(sight, today=today)
    teams = sorted({case.team for case in found})
    return [times_of(team, [case for case in found if case.team == team]) for team in teams]


def times_of(team: str, cases: Sequence[Case]) -> TeamTimes:
    steps = [(case.step - case.dip).days if case.step else None for case in cases]
    # Who was well again before any step was done did not recover after one.
    after = [case for case in cases if case.step and not (case.back and case.back < case.step)]
    backs = [(case.back - case.step).days if case.back and case.step else None for case in after]
    return TeamTimes(team, to_step=span(steps), to_recovery=span(backs))


def span(days: Sequence[int | None]) -> Span:
    finished = sum(one is not None for one in days)
    if len(days) < LEAST_CASES:
        return Span(len(days), finished, None)
    ordered = sorted(inf if one is None else one for one in days)
    middle = ordered[(len(ordered) - 1) // 2]
    return Span(len(days), finished, None if middle == inf else int(middle))


def cases(sight: Sight, *, today: date) -> list[Case]:
    """One for each dip: of two plans in one dip the first step of either counts. One query."""
    rows = dips(sight, today=today).values_list("account_id", "account__owner__team__name", "dip", "first_step", "back")
    found: dict[tuple[int, date], Case] = {}
    for account, team, dip, step, back in rows:
        done = timezone.localtime(step).date() if step else None
        before = found.get((account, dip))
        steps = [day for day in (done, before.step if before else None) if day and day >= dip]
        found[account, dip] = Case(team or "Without team", dip, min(steps, default=None), back)
    return list(found.values())


def dips(sight: Sight, *, today: date) -> QuerySet[Any]:
    """Plans with the day on which the stretch at risk began in which they were opened, and the day it ended."""
    days = Snapshot.objects.filter(account=OuterRef("account"))
    calm = days.filter(~Q(band__in=AT_RISK), as_of__lte=OuterRef("opened_on")).order_by("-as_of")
    dip = days.filter(as_of__gt=OuterRef("calm"), as_of__lte=OuterRef("opened_on")).order_by("as_of")
    back = days.filter(~Q(band__in=[*AT_RISK, UNDEFINED]), as_of__gt=OuterRef("dip")).order_by("as_of")
    plans = sight.of(MitigationPlan.objects.filter(opened_at__date__gte=today - timedelta(days=LOOK_BACK_DAYS)))
    told = plans.annotate(opened_on=TruncDate("opened_at")).annotate(calm=Subquery(calm.values("as_of")[:1]))
    told = told.annotate(dip=Subquery(dip.values("as_of")[:1])).filter(dip__isnull=False)
    return told.annotate(back=Subquery(back.values("as_of")[:1]), first_step=Min("steps__done_at")).order_by("pk")
