"""Outcomes and milestones, as our own people say it: agreed, met or reached, missed; and each of it taken back.

What a row said before stays known (accounts/amendments.py).
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit, touches
from accounts.amendments import keep_former, restored
from accounts.models import Account, Amendment, AuditEntry, Milestone, MilestoneKind, Outcome, Source, User
from accounts.operations.readings import ENTERED_HERE

Goal = Outcome | Milestone
# The column that says on which day it was.
DAY_OF: dict[type[Goal], str] = {Outcome: "met_on", Milestone: "reached_on"}
AGREED, REACHED, MISSED, TAKEN_BACK = "goal agreed", "goal reached", "goal missed", "goal taken back"
LONGEST_NAME = 200


class GoalChanged(Exception):
    """Somebody else changed it after it was looked at."""


@transaction.atomic
def agree_on(*, account: Account, kind: str, what: str, due_on: date, key: str, by: User, at: datetime) -> Goal:
    """A new outcome of that name, or a milestone of that kind. The same key again is the same one."""
    model, said = meant(kind, what)
    source, _ = Source.objects.get_or_create(name=ENTERED_HERE)
    # The lock lets a form that is sent twice meet itself here.
    Account.objects.select_for_update().get(pk=account.pk)
    known: Goal | None = model._default_manager.filter(source=source, external_id=key).first()
    if known is not None:
        return known
    first = recorded(at)
    made: Goal = model._default_manager.create(
        source=source, external_id=key, account=account, due_on=due_on, recorded_at=at, **said
    )
    tell(account.pk, first=first, at=at)
    audit.record(verb=AGREED, subject=made, by=by, at=at, account=account.pk, due_on=due_on.isoformat())
    return made


def meant(kind: str, what: str) -> tuple[Any, dict[str, str]]:
    """The table and what is said. Refuses what makes no sense, by field."""
    if kind == "milestone":
        if what not in MilestoneKind.values:
            raise ValidationError({"what": "Choose which milestone it is."})
        return Milestone, {"kind": what}
    if not what.strip() or len(what.strip()) > LONGEST_NAME:
        raise ValidationError({"what": f"Name the outcome, in {LONGEST_NAME} characters at most."})
    return Outcome, {"name": what.strip()}


@transaction.atomic
def miss_goal(*, goal: Goal, seen: datetime, by: User, at: datetime) -> Goal:
    """It will not be reached: it counts as due yesterday. Raises GoalChanged."""
    now, yesterday = as_seen(goal, seen=seen), timezone.localtime(at).date() - timedelta(days=1)
    if getattr(now, DAY_OF[type(now)]) is not None:
        raise ValidationError("It was reached already.", code="reached")
    if now.due_on is not None and now.due_on <= yesterday:
        raise ValidationError("It is missed already.", code="missed")
    write(now, {"due_on": yesterday}, at=at)
    audit.record(verb=MISSED, subject=now, by=by, at=at, account=now.account_id)
    return now


@transaction.atomic
def reach_goal(*, goal: Goal, seen: datetime, by: User, at: datetime) -> Goal:
    """It is met, or reached, today. Raises GoalChanged."""
    now = as_seen(goal, seen=seen)
    if getattr(now, DAY_OF[type(now)]) is not None:
        raise ValidationError("It was reached already.", code="reached")
    write(now, {DAY_OF[type(now)]: timezone.localtime(at).date()}, at=at)
    audit.record(verb=REACHED, subject=now, by=by, at=at, account=now.account_id)
    return now


@transaction.atomic
def take_back(*, goal: Goal, seen: datetime, by: User, at: datetime) -> None:
    """Undo of what `by` did last: a new one goes, another is as it was. Raises GoalChanged."""
    now = as_seen(goal, seen=seen)
    entries = AuditEntry.objects.filter(
        subject=now._meta.model_name or "",
        subject_id=str(now.pk),
        at=now.recorded_at,
        verb__in=(AGREED, REACHED, MISSED),
    )
    entry = entries.order_by("-pk").first()
    if entry is None or entry.by_id != by.pk:
        raise ValidationError("Only what you did last can be undone.", code="not_yours")
    audit.record(verb=TAKEN_BACK, subject=now, by=by, at=at, account=now.account_id)
    if entry.verb == AGREED:
        first, account_id = recorded(at), now.account_id
        now.delete()
        tell(account_id, first=first, at=at)
        return
    former = Amendment.objects.get(table=now._meta.label_lower, fact_id=now.pk, amended_at=entry.at)
    names = ("due_on", DAY_OF[type(now)])
    write(now, {name: restored(type(now), name, former.content[name]) for name in names}, at=at)


def as_seen(goal: Goal, *, seen: datetime) -> Goal:
    """The row, held until the transaction ends. Raises GoalChanged."""
    model: Any = type(goal)
    now: Goal = model._default_manager.select_for_update().get(pk=goal.pk)
    if now.recorded_at != seen:
        raise GoalChanged
    return now


def write(goal: Goal, columns: dict[str, Any], *, at: datetime) -> None:
    """The row says something else from now on; what it said is kept."""
    model: Any = type(goal)
    first = recorded(at)
    former: list[Any] = list(model._default_manager.filter(pk=goal.pk).values())
    keep_former(model=model, rows=former, at=at)
    for name, value in columns.items():
        setattr(goal, name, value)
    goal.recorded_at = at
    goal.save(update_fields=[*columns, "recorded_at"])
    tell(goal.account_id, first=first, at=at)


def recorded(at: datetime) -> tuple[bool, bool]:
    """Whether anybody records milestones, and first values: only then is none of them a true none."""
    today = timezone.localtime(at).date()
    known = Milestone.objects.filter(Q(reached_on__lte=today) | Q(due_on__lte=today))
    return known.exists(), known.filter(kind=MilestoneKind.FIRST_VALUE).exists()


def tell(account_id: int, *, first: tuple[bool, bool], at: datetime) -> None:
    """The account is scored anew; all of them, where a kind is recorded for the first time, or no longer."""
    if recorded(at) != first:
        touches.touch_all(at=at)
    touches.touch([account_id], at=at)
