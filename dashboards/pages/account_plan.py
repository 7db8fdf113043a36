"""The open plan of an account, as the overview and the tab of plans show it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from accounts.models import MitigationPlan
from dashboards.formats import shown_change
from dashboards.pages.account_head import Strip
from dashboards.pages.plan_rows import StepRow, day_of, in_points, is_reached, step_row
from scoring.queries.words import words_of_scorecards


@dataclass(frozen=True)
class PlanBlock:
    pk: int
    owner: str
    reason: str
    goal: str
    opened_on: date
    change: Decimal | None
    steps: tuple[StepRow, ...]
    target: str
    target_date: date | None
    is_reached: bool
    playbook: str
    has_no_owner: bool

    @property
    def pips(self) -> list[str]:
        return [step.state for step in self.steps]


def plan_block(plan: MitigationPlan, *, strip: Strip, today: date) -> PlanBlock:
    """The open plan, and how the score changed since it was opened."""
    return PlanBlock(
        pk=plan.pk,
        owner=plan.owner.name,
        reason=plan.reason,
        goal=plan.goal,
        opened_on=day_of(plan.opened_at),
        change=shown_change(strip.score, in_points(plan.score_at_opening_hundredths)),
        steps=tuple(step_row(step, is_open=True, today=today) for step in plan.steps.all()),
        target="" if plan.target_band is None else words_of_scorecards().band(plan.target_band),
        target_date=plan.target_date,
        is_reached=is_reached(plan, band=strip.band),
        playbook=plan.playbook.name if plan.playbook else "",
        has_no_owner=not plan.owner.is_active,
    )
