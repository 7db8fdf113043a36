"""The outcomes that an account bought for and the milestones of its journey: what is due, late, and reached."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account, Milestone, Outcome
from accounts.operations.goals import GoalChanged, miss_goal, reach_goal, take_back
from dashboards.gate import UserRequest, requires
from dashboards.pages.home import back_to

MODELS: dict[str, type[Outcome] | type[Milestone]] = {"outcome": Outcome, "milestone": Milestone}
CHANGED = "Somebody else changed it meanwhile. Look at it again."


@dataclass(frozen=True)
class GoalRow:
    """`days_over` is above 0 where it is late."""

    kind: str
    pk: int
    label: str
    due_on: date | None
    reached_on: date | None
    days_over: int
    edition: str


@dataclass(frozen=True)
class Goals:
    outcomes: tuple[GoalRow, ...]
    milestones: tuple[GoalRow, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.outcomes or self.milestones)

    @property
    def outcomes_met(self) -> int:
        return sum(row.reached_on is not None for row in self.outcomes)


def build_goals(account: Account, *, today: date) -> Goals:
    """Those that are open by their due day, then those that are reached, the newest first. Two queries."""
    outcomes = [goal_row("outcome", row.name, row.met_on, row, today=today) for row in account.outcomes.all()]
    milestones = [
        goal_row("milestone", str(row.get_kind_display()), row.reached_on, row, today=today)
        for row in account.milestones.all()
    ]
    return Goals(in_order(outcomes), in_order(milestones))


def goal_row(kind: str, label: str, reached_on: date | None, row: Outcome | Milestone, *, today: date) -> GoalRow:
    late = (today - row.due_on).days if row.due_on and reached_on is None else 0
    return GoalRow(kind, row.pk, label, row.due_on, reached_on, max(late, 0), row.recorded_at.isoformat())


def in_order(rows: list[GoalRow]) -> tuple[GoalRow, ...]:
    still = sorted((row for row in rows if row.reached_on is None), key=lambda row: (row.due_on or date.max, row.pk))
    done = [(row.reached_on, row.pk, row) for row in rows if row.reached_on is not None]
    return (*still, *(row for _, _, row in sorted(done, key=lambda one: one[:2], reverse=True)))


@require_POST
@requires(Action.EDIT_ACCOUNT)
def goal(request: UserRequest, pk: int, kind: str, goal: int) -> HttpResponse:
    """Says that it is met, or reached, today; with `missed` that it will not be; `undo` takes back what was said."""
    if kind not in MODELS:
        raise Http404(f"There is no {kind}.")
    account = get_object_or_404(visible_accounts(request.user), pk=pk)
    found: Any = get_object_or_404(MODELS[kind], pk=goal, account=account)
    try:
        seen = parse_datetime(request.GET.get("seen", "")) or found.recorded_at
        if "undo" in request.GET:
            take_back(goal=found, seen=seen, by=request.user, at=timezone.now())
            messages.success(request, "Taken back: it is as it was before.")
        else:
            is_missed = "missed" in request.GET
            say = miss_goal if is_missed else reach_goal
            said = say(goal=found, seen=seen, by=request.user, at=timezone.now())
            sentence = f"{'Missed' if is_missed else 'Reached today'}, {account.name}."
            messages.success(request, sentence, extra_tags=undo_url(said, account=account, kind=kind))
    except GoalChanged:
        messages.error(request, CHANGED)
    except (ValidationError, ValueError) as refused:
        messages.error(request, refused.messages[0] if isinstance(refused, ValidationError) else CHANGED)
    return redirect(back_to(request))


def undo_url(goal: Outcome | Milestone, *, account: Account, kind: str) -> str:
    """Takes back what was said last."""
    undo = urlencode({"undo": 1, "seen": goal.recorded_at.isoformat()})
    return f"{reverse('account-goal', args=[account.pk, kind, goal.pk])}?{undo}"
