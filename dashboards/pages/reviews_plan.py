"""The plan under review: its effect, its steps with what came after them, and the earlier reviews."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import MitigationPlan, PlanReview
from accounts.queries.plans import reviews_of
from dashboards import formats
from dashboards.charts.history import Event, ScorePoint, score_history
from dashboards.charts.theme import BandScale, Chart
from dashboards.pages.plan_rows import PlanRow, StepRow, day_of, in_points
from scoring.queries.plans import ScoreDay, scores_since

DAYS_BEFORE = 30
AFTER_DAYS = 14
# How much older a scored day may be that stands for another: history before the last months has month ends only.
SLACK_DAYS = 4


@dataclass(frozen=True)
class ReviewedStep:
    """A step and how the score changed in the two weeks after it was done (known once they are over)."""

    step: StepRow
    change_after: Decimal | None


@dataclass(frozen=True)
class EarlierReview:
    day: date
    by: str
    outcome: str
    note: str


@dataclass(frozen=True)
class PlanPanel:
    row: PlanRow
    renews_in_days: int | None
    chart: Chart
    steps: list[ReviewedStep]
    reviews: list[EarlierReview]


def build_panel(plan: MitigationPlan, row: PlanRow, *, today: date, scale: BandScale) -> PlanPanel:
    """Everything about one plan; a month of history before it shows where it came from."""
    days = scores_since(row.account_id, since=row.opened_on - timedelta(days=DAYS_BEFORE))
    return PlanPanel(
        row=row,
        renews_in_days=(row.renewal_date - today).days if row.renewal_date else None,
        chart=effect_chart(row, days, scale=scale),
        steps=[ReviewedStep(step, change_after(step.done_on, days)) for step in row.steps],
        reviews=[earlier_review(review) for review in reviews_of(plan)],
    )


def effect_chart(row: PlanRow, days: Sequence[ScoreDay], *, scale: BandScale) -> Chart:
    """The score since before the plan, with its opening and the steps that are done."""
    opened = "Plan opened"
    if row.score_at_opening is not None:
        opened = f"Plan opened at {formats.score(row.score_at_opening)}"
    done = [Event(step.done_on, f"Step {step.number} done", kind="plan") for step in row.steps if step.done_on]
    return score_history(
        [ScorePoint(day=day.day, score=points(day.score), band=day.band) for day in days],
        id="plan-effect",
        title="Score since before the plan",
        events=[Event(row.opened_on, opened, kind="plan"), *done],
        scale=scale,
    )


def points(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100


def change_after(done_on: date | None, days: Sequence[ScoreDay]) -> Decimal | None:
    """The score two weeks after a day less that of the day; none while they are not over or not scored."""
    if done_on is None:
        return None
    before, after = score_near(done_on, days), score_near(done_on + timedelta(days=AFTER_DAYS), days)
    return formats.shown_change(after, before)


def score_near(target: date, days: Sequence[ScoreDay]) -> Decimal | None:
    """The score of the day, or of the last scored day shortly before it; none for a day that is still to come."""
    if not days or target > days[-1].day:
        return None
    near = [day for day in days if timedelta(0) <= target - day.day <= timedelta(days=SLACK_DAYS)]
    return in_points(near[-1].score) if near else None


def earlier_review(review: PlanReview) -> EarlierReview:
    return EarlierReview(
        day=day_of(review.at), by=review.by.name, outcome=review.get_outcome_display(), note=review.note
    )
