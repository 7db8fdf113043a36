"""How an account that left stood some days before: score, measures, touchpoints and plan, from what was kept then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from accounts.models import Account, ChurnEvent, MitigationPlan, StepState, Touchpoint, TouchpointState
from scoring.queries.churn import Stood, stood_before
from scoring.queries.explanation import Explanation, explanation_on

DAYS = (90, 60, 30)
TOUCH_DAYS = 90


@dataclass(frozen=True)
class Plan:
    """A mitigation plan as it was on a day."""

    reason: str
    opened_on: date
    steps: int
    done: int
    overdue: int


@dataclass(frozen=True)
class Then:
    """The account so many days before it left. Without a score of that time `stood` and `explained` are None.

    `touches` are those held within 90 days up to that day, `last_touch` the last one ever.
    """

    days: int
    day: date
    stood: Stood | None
    explained: Explanation | None
    touches: int
    last_touch: date | None
    plan: Plan | None


def post_mortem(event: ChurnEvent, *, account: Account) -> list[Then]:
    """90, 60 and 30 days before, in this order. Up to eleven queries."""
    stood = stood_before(account.pk, day=event.churned_on, days=DAYS)
    held = list(held_days(account, until=event.churned_on))
    plans = list(account.plans.prefetch_related("steps").order_by("opened_at"))
    return [
        then(account, event.churned_on - timedelta(days=n), days=n, stood=stood.get(n), held=held, plans=plans)
        for n in DAYS
    ]


def held_days(account: Account, *, until: date) -> Sequence[date]:
    rows = Touchpoint.objects.filter(account=account, state=TouchpointState.HELD, day__lte=until)
    return list(rows.order_by("day").values_list("day", flat=True))


def then(
    account: Account, day: date, *, days: int, stood: Stood | None, held: Sequence[date], plans: list[MitigationPlan]
) -> Then:
    before = [one for one in held if one <= day]
    return Then(
        days=days,
        day=day,
        stood=stood,
        explained=explanation_on(account, day=stood.as_of) if stood else None,
        touches=sum(one > day - timedelta(days=TOUCH_DAYS) for one in before),
        last_touch=before[-1] if before else None,
        plan=next((plan_on(plan, day=day) for plan in reversed(plans) if was_open(plan, day=day)), None),
    )


def was_open(plan: MitigationPlan, *, day: date) -> bool:
    """At the end of that day."""
    return local_day(plan.opened_at) <= day and (plan.closed_at is None or local_day(plan.closed_at) > day)


def plan_on(plan: MitigationPlan, *, day: date) -> Plan:
    steps = list(plan.steps.all())
    done = [step for step in steps if step.state == StepState.DONE and step.done_at and local_day(step.done_at) <= day]
    late = [step for step in steps if step not in done and step.due_date < day]
    return Plan(plan.reason, local_day(plan.opened_at), len(steps), len(done), len(late))


def local_day(at: datetime) -> date:
    return timezone.localtime(at).date()
