"""Playbooks as people choose them, and what each comes to for an account on a day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q, QuerySet

from accounts.models import (
    Account,
    MitigationPlan,
    PlanOrigin,
    PlanOutcome,
    Playbook,
    PlaybookStep,
    Role,
    StepRole,
    User,
)
from accounts.operations.plan_opening import PlanDraft, StepDraft
from accounts.queries.workdays import WorkingDays, working_days


@dataclass(frozen=True)
class Use:
    """How often a playbook was started, of the plans in sight, and how those ended that are closed."""

    plans: int
    open: int
    resolved: int
    last_on: date | None


def playbooks_in_use() -> QuerySet[Playbook]:
    """Those that are offered, by name."""
    return Playbook.objects.filter(archived_at=None).order_by("name", "pk")


def uses_of(plans: QuerySet[MitigationPlan]) -> dict[int, Use]:
    """By playbook. `plans` are those in sight."""
    found = (
        plans.filter(playbook__isnull=False)
        .order_by()
        .values_list("playbook")
        .annotate(
            count=Count("pk"),
            open=Count("pk", filter=Q(closed_at=None)),
            resolved=Count("pk", filter=Q(outcome=PlanOutcome.RESOLVED)),
            last=Max("opened_at__date"),
        )
    )
    return {pk: Use(count, still, resolved, last) for pk, count, still, resolved, last in found}


@dataclass(frozen=True)
class Cast:
    """Who takes which role. `starter` stands in where an account has nobody at work."""

    starter: User
    managers: Mapping[int, User]

    def csm(self, account: Account) -> User:
        return account.owner if account.owner and account.owner.is_active else self.starter

    def manager(self, account: Account) -> User:
        team = account.owner.team_id if account.owner else None
        return self.managers.get(team or 0) or self.csm(account)

    def owner(self, step: PlaybookStep, account: Account) -> User:
        """The step's owner; the CSM stands in for a manager whom the team does not have and a person who left."""
        if step.role == StepRole.MANAGER:
            return self.manager(account)
        if step.role == StepRole.PERSON and step.person and step.person.is_active:
            return step.person
        return self.csm(account)

    def stands_in(self, step: PlaybookStep, account: Account) -> str:
        """Why the step goes to somebody else than the playbook says; empty where it does not."""
        if step.role == StepRole.PERSON and step.person and not step.person.is_active:
            return f"{step.person.name} has left"
        if step.role == StepRole.MANAGER and self.manager(account).role != Role.MANAGER:
            return "The team has no manager"
        if step.role == StepRole.CSM and self.csm(account) != account.owner:
            return "The account has no CSM at work"
        return ""


def cast_of(accounts: Iterable[Account], *, starter: User) -> Cast:
    """One query; the accounts come with their owners."""
    teams = {account.owner.team_id for account in accounts if account.owner and account.owner.team_id}
    managers = User.objects.filter(role=Role.MANAGER, is_active=True, team__in=teams).order_by("-name", "-pk")
    return Cast(starter, {manager.team_id or 0: manager for manager in managers})


def steps_of(playbook: Playbook) -> list[PlaybookStep]:
    """In order, with the people whom they name."""
    return list(playbook.steps.select_related("person").order_by("position"))


def drafts_of(
    playbook: Playbook,
    accounts: Sequence[Account],
    *,
    starter: User,
    today: date,
    scores: Mapping[int, int | None],
    reason: str = "",
    origin: str = PlanOrigin.HAND.value,
) -> list[PlanDraft]:
    """The plan that the playbook is for each account today; another reason may be given. Four queries for all."""
    cast, steps, days = cast_of(accounts, starter=starter), steps_of(playbook), working_days()
    return [
        PlanDraft(
            account=account,
            owner_id=cast.csm(account).pk,
            reason=reason or playbook.reason,
            goal=playbook.goal,
            target_band=playbook.target_band,
            target_date=days.after(today, days=playbook.target_days) if playbook.target_days else None,
            origin=origin,
            playbook_id=playbook.pk,
            score_at_opening_hundredths=scores.get(account.pk),
            steps=tuple(step_draft(step, cast.owner(step, account), today=today, days=days) for step in steps),
        )
        for account in accounts
    ]


def step_draft(step: PlaybookStep, owner: User, *, today: date, days: WorkingDays) -> StepDraft:
    return StepDraft(
        text=step.text,
        note=step.note,
        owner_id=owner.pk,
        due_date=days.after(today, days=step.due_days),
        is_shared=step.is_shared,
        is_customers_turn=step.is_customers_turn,
    )
