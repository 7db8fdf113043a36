"""A plan as a row: its account's health, what changed since it opened, and how its steps stand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from accounts.models import MitigationPlan, PlanStep, StepState
from dashboards import formats
from dashboards.charts.theme import BandScale
from scoring.core.bands import UNDEFINED
from scoring.models import AccountHealth
from scoring.queries.staleness import Staleness, stale_among

PIP = {StepState.DONE: "done", StepState.STARTED: "doing", StepState.OPEN: "open"}
WORDS = {"done": "Done", "doing": "In progress", "open": "Not started", "overdue": "Overdue"}


@dataclass(frozen=True)
class StepRow:
    """One step. `state` is done, doing, open or overdue."""

    pk: int
    number: int
    text: str
    note: str
    owner: str
    due_date: date
    state: str
    done_on: date | None
    days_overdue: int
    # The owner does not work here any more: somebody has to take the step over.
    has_no_owner: bool = False
    is_shared: bool = False
    is_customers_turn: bool = False

    @property
    def words(self) -> str:
        """How the step stands, in words."""
        if self.state == "overdue":
            return f"Overdue {formats.span(self.days_overdue)}"
        done = f" {formats.short_day(self.done_on)}" if self.done_on else ""
        return f"{WORDS[self.state]}{done}"


@dataclass(frozen=True)
class PlanRow:
    """One plan. Scores are points; the effect is the difference of the scores as people see them."""

    pk: int
    account_id: int
    account: str
    account_url: str
    csm: str
    csm_id: int | None
    segment: str
    reason: str
    goal: str
    opened_on: date
    closed_on: date | None
    outcome: str
    closing_note: str
    band: int
    band_name: str
    score: Decimal | None
    score_at_opening: Decimal | None
    arr: Decimal | None
    renewal_date: date | None
    phase: str
    owner: str
    steps: tuple[StepRow, ...]
    last_review_on: date | None
    silent_sources: tuple[str, ...]
    target: str = ""
    target_date: date | None = None
    is_target_reached: bool = False
    playbook: str = ""
    has_no_owner: bool = False

    @property
    def steps_without_owner(self) -> int:
        return sum(step.has_no_owner for step in self.steps)

    @property
    def effect(self) -> Decimal | None:
        return formats.shown_change(self.score, self.score_at_opening)

    @property
    def pips(self) -> list[str]:
        return [step.state for step in self.steps]

    @property
    def done(self) -> int:
        return self.pips.count("done")

    @property
    def overdue(self) -> int:
        return self.pips.count("overdue")

    @property
    def open_steps(self) -> int:
        return len(self.steps) - self.done

    @property
    def most_days_overdue(self) -> int:
        return max((step.days_overdue for step in self.steps), default=0)


def plan_rows(plans: Iterable[MitigationPlan], *, today: date, scale: BandScale) -> list[PlanRow]:
    """The plans with what they rest on: some silent source, perhaps. For as many as one reads."""
    listed = list(plans)
    stale = stale_among(plan.account for plan in listed)
    return [plan_row(plan, today=today, scale=scale, stale=stale.get(plan.account_id)) for plan in listed]


def plan_row(plan: MitigationPlan, *, today: date, scale: BandScale, stale: Staleness | None) -> PlanRow:
    """The plan with its account, people, steps and health, all of them loaded before."""
    account = plan.account
    health: AccountHealth | None = getattr(account, "health", None)
    band = health.band if health else UNDEFINED
    return PlanRow(
        pk=plan.pk,
        account_id=account.pk,
        account=account.name,
        account_url=reverse("account", args=[account.pk]),
        csm=account.owner.name if account.owner else "",
        csm_id=account.owner_id,
        segment=account.segment.name if account.segment else "",
        reason=plan.reason,
        goal=plan.goal,
        opened_on=day_of(plan.opened_at),
        closed_on=day_of(plan.closed_at) if plan.closed_at else None,
        outcome=plan.get_outcome_display(),
        closing_note=plan.closing_note,
        band=band,
        band_name=scale.name(band),
        score=in_points(health.score) if health else None,
        score_at_opening=in_points(plan.score_at_opening_hundredths),
        arr=health.arr_reporting if health else None,
        renewal_date=account.renewal_date,
        phase=account.get_phase_display(),
        owner=plan.owner.name,
        steps=tuple(step_row(step, is_open=plan.closed_at is None, today=today) for step in plan.steps.all()),
        last_review_on=day_of(plan.last_review_at) if plan.last_review_at else None,  # type: ignore[attr-defined]
        silent_sources=stale.sources if stale else (),
        target=target_of(plan, scale=scale),
        target_date=plan.target_date,
        is_target_reached=is_reached(plan, band=band),
        playbook=plan.playbook.name if plan.playbook else "",
        has_no_owner=plan.closed_at is None and not plan.owner.is_active,
    )


def target_of(plan: MitigationPlan, *, scale: BandScale) -> str:
    """The band to reach; empty where none is aimed at."""
    return "" if plan.target_band is None else scale.name(plan.target_band)


def is_reached(plan: MitigationPlan, *, band: int) -> bool:
    """Whether the account stands in the band that the plan aims at, or above: of two codes the larger is worse."""
    return plan.target_band is not None and band != UNDEFINED and band <= plan.target_band


def step_row(step: PlanStep, *, is_open: bool, today: date) -> StepRow:
    """A step that is not done is overdue after its day, while its plan is open."""
    is_late = is_open and step.state != StepState.DONE and step.due_date < today
    return StepRow(
        pk=step.pk,
        number=step.position,
        text=step.text,
        note=step.note,
        owner=step.owner.name,
        due_date=step.due_date,
        state="overdue" if is_late else PIP[StepState(step.state)],
        done_on=day_of(step.done_at) if step.done_at else None,
        days_overdue=(today - step.due_date).days if is_late else 0,
        has_no_owner=is_open and step.state != StepState.DONE and not step.owner.is_active,
        is_shared=step.is_shared,
        is_customers_turn=step.is_customers_turn,
    )


def in_points(hundredths: int | None) -> Decimal | None:
    return None if hundredths is None else Decimal(hundredths) / 100


def day_of(moment: datetime) -> date:
    return timezone.localtime(moment).date()
