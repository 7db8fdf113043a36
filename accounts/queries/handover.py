"""Open plans and steps whose owner is gone: who left the company, and who gave the account to somebody else."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.access import owner_scope
from accounts.models import AccountHistory, MitigationPlan, PlanStep, StepState, User

# What tells a plan from a step among the keys of a page.
PLAN, STEP = "p", "s"


@dataclass(frozen=True)
class Work:
    """One open plan or step of somebody who is gone. `csm` is the account's own, where one is at work."""

    key: str
    pk: int
    person: User
    account_id: int
    account: str
    csm: User | None
    what: str
    due_date: date | None
    has_left: bool

    @property
    def is_plan(self) -> bool:
        return self.key.startswith(PLAN)


def gone_owner(account: str, *, today: date) -> Q:
    """Whether the row's `owner` does not work here any more, or was the CSM of its account and is not now."""
    former = AccountHistory.objects.filter(
        account=OuterRef(f"{account}_id"), owner=OuterRef("owner_id"), valid_from__lte=today
    )
    gave_away = Exists(former) & (Q(**{f"{account}__owner": None}) | ~Q(**{f"{account}__owner": F("owner")}))
    return Q(owner__is_active=False) | gave_away


def plans_left_behind(*, within: Q, today: date) -> QuerySet[MitigationPlan]:
    """`within` narrows by `account__…`."""
    plans = MitigationPlan.objects.filter(within, gone_owner("account", today=today), closed_at=None)
    return plans.select_related("owner", "account__owner")


def steps_left_behind(*, within: Q, today: date) -> QuerySet[PlanStep]:
    """The same of steps that are not done; `within` narrows by `plan__account__…`."""
    steps = PlanStep.objects.filter(within, gone_owner("plan__account", today=today), plan__closed_at=None)
    return steps.exclude(state=StepState.DONE).select_related("owner", "plan__account__owner")


def work_left_behind(user: User, *, today: date, person: int | None = None) -> list[Work]:
    """In sight of the user, by person, account and day; of one person where one is named. Two queries."""
    of_person = Q() if person is None else Q(owner=person)
    plans = plans_left_behind(within=of_person & owner_scope(user, prefix="account__"), today=today)
    steps = steps_left_behind(within=of_person & owner_scope(user, prefix="plan__account__"), today=today)
    return in_order([*map(work_of_plan, plans), *map(work_of_step, steps)])


def in_order(found: Iterable[Work]) -> list[Work]:
    return sorted(
        found, key=lambda one: (one.person.name, one.person.pk, one.account, one.due_date or date.min, one.key)
    )


def count_left_behind(account_ids: Collection[int], *, today: date) -> tuple[int, int]:
    """How many open plans and steps of these accounts are left behind."""
    plans = plans_left_behind(within=Q(account__among=account_ids), today=today)
    steps = steps_left_behind(within=Q(plan__account__among=account_ids), today=today)
    return plans.count(), steps.count()


def plans_without_owner(plans: QuerySet[MitigationPlan]) -> int:
    """How many of the plans are open and have an owner, or the owner of an open step, who has left. One query."""
    steps = PlanStep.objects.filter(plan=OuterRef("pk"), owner__is_active=False).exclude(state=StepState.DONE)
    return plans.filter(Q(owner__is_active=False) | Exists(steps), closed_at=None).count()


def work_of_plan(plan: MitigationPlan) -> Work:
    csm = plan.account.owner
    return Work(
        key=f"{PLAN}{plan.pk}", pk=plan.pk, person=plan.owner, account_id=plan.account_id, account=plan.account.name,
        csm=csm if csm and csm.is_active and csm != plan.owner else None, what=plan.reason, due_date=None,
        has_left=not plan.owner.is_active,
    )  # fmt: skip


def work_of_step(step: PlanStep) -> Work:
    account, csm = step.plan.account, step.plan.account.owner
    return Work(
        key=f"{STEP}{step.pk}", pk=step.pk, person=step.owner, account_id=account.pk, account=account.name,
        csm=csm if csm and csm.is_active and csm != step.owner else None, what=step.text, due_date=step.due_date,
        has_left=not step.owner.is_active,
    )  # fmt: skip
