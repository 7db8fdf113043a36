"""Hand-made results of scoring, for pages that only read them."""

from datetime import UTC, date, datetime
from decimal import Decimal

from accounts.models import Account, MitigationPlan, PlanReview, PlanStep, ReviewOutcome, Segment, StepState, User
from scoring.models import AccountHealth, DailySummary, ScorecardVersion, ScoringRun
from scoring.operations import publish_shipped
from tests.conftest import NOW, TODAY


def done_run(day: date = TODAY) -> ScoringRun:
    """A finished run over all accounts; the first one publishes the default card."""
    if not ScorecardVersion.objects.exists():
        publish_shipped(by=None, at=NOW)
    run, _ = ScoringRun.objects.get_or_create(
        as_of=day, state=ScoringRun.State.DONE, defaults={"started_at": NOW, "finished_at": NOW}
    )
    return run


def band_of(score: int | None) -> int:
    if score is None:
        return -1
    return 0 if score >= 6950 else 1 if score >= 4950 else 2


def give_health(
    account: Account, *, score: int | None, month_ago: int | None = None, arr: Decimal | None = None
) -> AccountHealth:
    """The account's latest health, with a score in hundredths."""
    run = done_run()
    return AccountHealth.objects.create(
        account=account,
        as_of=run.as_of,
        run=run,
        version=ScorecardVersion.objects.get(scorecard__segment=None),
        score=score,
        customer_score=score,
        band=band_of(score),
        coverage=0.0 if score is None else 1.0,
        low=score or 0,
        high=score or 10_000,
        score_month_ago=month_ago,
        band_month_ago=band_of(month_ago),
        arr_reporting=account.arr if arr is None else arr,
    )


def give_summary(
    *,
    day: date = TODAY,
    owner: User | None,
    segment: Segment,
    band: int,
    accounts: int,
    score: int = 0,
    arr: int,
    phase: str = "value",
) -> DailySummary:
    """So many accounts of one band on a day, all with the same score in whole points."""
    done_run(day)
    return DailySummary.objects.create(
        as_of=day,
        owner=owner,
        segment=segment,
        phase=phase,
        band=band,
        accounts=accounts,
        score_sum=0 if band == -1 else accounts * score * 100,
        arr_reporting=Decimal(arr),
    )


def give_plan(
    account: Account, *, owner: User, opened_on: date, score: int | None = None, reason: str = "Use fell"
) -> MitigationPlan:
    """An open plan; the score at its opening in hundredths."""
    at = datetime(opened_on.year, opened_on.month, opened_on.day, 9, tzinfo=UTC)
    return MitigationPlan.objects.create(
        account=account,
        owner=owner,
        opened_by=owner,
        reason=reason,
        opened_at=at,
        score_at_opening_hundredths=score,
    )


def give_step(
    plan: MitigationPlan, *, position: int, due: date, done_on: date | None = None, text: str = "Call them"
) -> PlanStep:
    done_at = datetime(done_on.year, done_on.month, done_on.day, 9, tzinfo=UTC) if done_on else None
    return PlanStep.objects.create(
        plan=plan,
        position=position,
        text=text,
        owner=plan.owner,
        due_date=due,
        first_due_date=due,
        state=StepState.DONE if done_on else StepState.OPEN,
        done_at=done_at,
    )


def give_review(
    plan: MitigationPlan, *, by: User, at: datetime = NOW, note: str = "Fine", score: int | None = None
) -> PlanReview:
    """The plan was on track; the score then in hundredths."""
    return PlanReview.objects.create(
        account=plan.account, plan=plan, by=by, at=at, outcome=ReviewOutcome.ON_TRACK, note=note, score_hundredths=score
    )
