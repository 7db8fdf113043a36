"""The account under review: why it is here, its plan with effect and steps, and what was decided before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from accounts.models import Account, PlanReview
from accounts.operations.reviews import outcome_words
from accounts.queries.plans import reviews_of
from dashboards import formats
from dashboards.charts.history import Event, ScorePoint, score_history
from dashboards.charts.theme import BandScale, Chart
from dashboards.pages.plan_rows import PlanRow, StepRow, day_of, in_points
from dashboards.pages.reviews_queue import QueueRow
from scoring.queries.plans import ScoreDay, scores_since

DAYS_BEFORE = 30
DAYS_WITHOUT_PLAN = 90
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
    pk: int
    day: date
    by: str
    outcome: str
    note: str


@dataclass(frozen=True)
class ReviewPanel:
    """One account. `seen` is its newest review: who signs it off says that they saw it."""

    row: QueueRow
    account: Account
    renews_in_days: int | None
    chart: Chart
    steps: list[ReviewedStep]
    reviews: list[EarlierReview]

    @property
    def plan(self) -> PlanRow | None:
        return self.row.plan

    @property
    def last(self) -> EarlierReview | None:
        return self.reviews[0] if self.reviews else None

    @property
    def seen(self) -> int | None:
        return self.reviews[0].pk if self.reviews else None


def build_panel(account: Account, row: QueueRow, *, today: date, scale: BandScale) -> ReviewPanel:
    """Everything about one account; a month of history before its plan shows where it came from."""
    plan = row.plan
    since = plan.opened_on - timedelta(days=DAYS_BEFORE) if plan else today - timedelta(days=DAYS_WITHOUT_PLAN)
    days = scores_since(account.pk, since=since)
    return ReviewPanel(
        row=row,
        account=account,
        renews_in_days=(account.renewal_date - today).days if account.renewal_date else None,
        chart=effect_chart(plan, days, scale=scale),
        steps=[ReviewedStep(step, change_after(step.done_on, days)) for step in plan.steps] if plan else [],
        reviews=[earlier_review(review) for review in reviews_of(account)],
    )


def effect_chart(plan: PlanRow | None, days: Sequence[ScoreDay], *, scale: BandScale) -> Chart:
    """The score since before the plan, with its opening and the steps that are done; without one the last months."""
    return score_history(
        [ScorePoint(day=day.day, score=points(day.score), band=day.band) for day in days],
        id="plan-effect",
        title="Score since before the plan" if plan else "Score in the last 90 days",
        events=events_of(plan) if plan else [],
        scale=scale,
    )


def events_of(plan: PlanRow) -> list[Event]:
    opened = "Plan opened"
    if plan.score_at_opening is not None:
        opened = f"Plan opened at {formats.score(plan.score_at_opening)}"
    done = [Event(step.done_on, f"Step {step.number} done", kind="plan") for step in plan.steps if step.done_on]
    return [Event(plan.opened_on, opened, kind="plan"), *done]


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
        pk=review.pk,
        day=day_of(review.at),
        by=review.by.name,
        outcome=outcome_words(review.outcome, has_plan=review.plan_id is not None),
        note=review.note,
    )
