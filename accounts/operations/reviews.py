"""Weekly reviews: an account is signed off with a note and an outcome, told to whom it concerns, and taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts import audit
from accounts.access import people_above
from accounts.models import (
    Account,
    MailState,
    MitigationPlan,
    OutboxMail,
    PlanOutcome,
    PlanReview,
    ReviewOutcome,
    User,
)
from accounts.operations.mail import queue_mail
from accounts.operations.plans import close_plan, lock_open, said

# What the outcomes of a review are called where the account has no plan.
WITHOUT_PLAN = {
    ReviewOutcome.ON_TRACK: "On track",
    ReviewOutcome.CHANGE_STEPS: "Ask for a plan",
    ReviewOutcome.ESCALATE: "Escalate",
    ReviewOutcome.CLOSE: "No plan needed",
}
NEWS = {
    (ReviewOutcome.CHANGE_STEPS, True): "{by} asks you to change steps of the plan for {account}",
    (ReviewOutcome.CHANGE_STEPS, False): "{by} asks you for a plan for {account}",
    (ReviewOutcome.ESCALATE, True): "{by} escalated {account}",
    (ReviewOutcome.ESCALATE, False): "{by} escalated {account}",
    (ReviewOutcome.CLOSE, True): "{by} closed the plan for {account}",
    (ReviewOutcome.CLOSE, False): "{by} decided that {account} needs no plan",
}


@dataclass(frozen=True)
class SignOff:
    """What a manager says of an account. `ending` is how its plan ended, where the review closes it."""

    outcome: ReviewOutcome
    note: str
    rules: tuple[str, ...] = ()
    score_hundredths: int | None = None
    ending: PlanOutcome | None = None


class ReviewedMeanwhile(Exception):
    """Somebody signed the account off after it was looked at."""

    def __init__(self, review: PlanReview) -> None:
        super().__init__(review)
        self.review = review


def outcome_words(outcome: str, *, has_plan: bool) -> str:
    """How an outcome is called; without a plan there are no steps to change."""
    found = ReviewOutcome(outcome)
    return str(found.label if has_plan else WITHOUT_PLAN[found])


@transaction.atomic
def sign_off(*, account: Account, said: SignOff, seen: int | None, by: User, at: datetime) -> PlanReview:
    """The review with all that follows from it: the plan closed, the CSM and the people above told.

    `seen` is the newest review that the manager had before them. Raises ReviewedMeanwhile, ValidationError.
    """
    # Two who sign off the same account meet here, and the second is told.
    Account.objects.select_for_update().get(pk=account.pk)
    newest = PlanReview.objects.filter(account=account).select_related("by").order_by("-at", "-pk").first()
    if newest is not None and newest.pk != seen:
        raise ReviewedMeanwhile(newest)
    plan = MitigationPlan.objects.filter(account=account, closed_at=None).first()
    review = write_review(account=account, plan=plan, said=said, by=by, at=at)
    if plan is not None and said.outcome == ReviewOutcome.CLOSE:
        if said.ending is None:
            raise ValidationError({"ending": "Say how the plan ended."})
        close_plan(plan=plan, outcome=said.ending, by=by, at=at, note=review.note)
    tell(review, plan=plan, account=account)
    return review


@transaction.atomic
def write_review(*, account: Account, plan: MitigationPlan | None, said: SignOff, by: User, at: datetime) -> PlanReview:
    """The bare record of a review; of a plan only while it is open."""
    note = said_note(said.note)
    if said.outcome not in ReviewOutcome.values:
        raise ValidationError(
            {"outcome": f"A review ends with {', '.join(ReviewOutcome.values)}; not {said.outcome!r}."}
        )
    if plan is not None:
        lock_open(plan)
    review = PlanReview.objects.create(
        account=account, plan=plan, by=by, at=at, outcome=said.outcome, note=note, rules=list(said.rules),
        score_hundredths=said.score_hundredths,
    )  # fmt: skip
    audit.record(
        verb="plan reviewed", subject=review, by=by, at=at, account=account.pk, plan=plan.pk if plan else None,
        outcome=str(said.outcome), rules=list(said.rules), note=note,
    )  # fmt: skip
    return review


def said_note(note: str) -> str:
    return said(note, field="note", sentence="Say what you found.")


def tell(review: PlanReview, *, plan: MitigationPlan | None, account: Account) -> None:
    """A mail to whom it concerns: the CSM unless all is on track, and of what is escalated those above."""
    if review.outcome == ReviewOutcome.ON_TRACK:
        return
    news = NEWS[ReviewOutcome(review.outcome), plan is not None].format(by=review.by.name, account=account.name)
    csm = plan.owner if plan else account.owner
    above = people_above(review.by) if review.outcome == ReviewOutcome.ESCALATE else []
    for person in among(review.by, [*above, *([csm] if csm else [])]):
        queue_mail(
            to=person.email, cause=f"review:{review.pk}", subject=news, at=review.at,
            text=mail_text(review, news, person=person),
        )  # fmt: skip


def among(by: User, people: Iterable[User]) -> list[User]:
    """Each once, without the one who wrote it and those who left."""
    return [person for person in {one.pk: one for one in people}.values() if person.pk != by.pk and person.is_active]


def mail_text(review: PlanReview, news: str, *, person: User) -> str:
    link = f"{settings.PUBLIC_URL}/accounts/{review.account_id}/plan"
    return f"Hello {person.get_short_name()},\n\n{news} in the weekly review:\n\n{review.note}\n\n{link}\n"


@transaction.atomic
def take_back_review(*, review: PlanReview, by: User, at: datetime) -> None:
    """The review is gone, its plan open again, and mails of it that wait stay unsent. One's own, while newest."""
    if review.by_id != by.pk:
        raise ValidationError("Only whoever signed it off can take it back.")
    if PlanReview.objects.filter(account=review.account_id, pk__gt=review.pk).exists():
        raise ValidationError("Somebody has reviewed it since.")
    plan = review.plan
    if plan is not None and review.outcome == ReviewOutcome.CLOSE:
        reopen(plan, closed_at=review.at, by=by, at=at)
    OutboxMail.objects.filter(cause=f"review:{review.pk}", state=MailState.WAITING).delete()
    audit.record(
        verb="review taken back", subject=review, by=by, at=at, account=review.account_id, plan=review.plan_id,
        outcome=review.outcome, note=review.note, rules=review.rules,
    )  # fmt: skip
    review.delete()


def reopen(plan: MitigationPlan, *, closed_at: datetime, by: User, at: datetime) -> None:
    """The plan as it was before the review, unless somebody did more since."""
    if plan.closed_at != closed_at or MitigationPlan.objects.filter(account=plan.account_id, closed_at=None).exists():
        raise ValidationError("The account has had another plan since.")
    plan.closed_at, plan.outcome, plan.closing_note = None, "", ""
    plan.save(update_fields=["closed_at", "outcome", "closing_note"])
    audit.record(verb="plan reopened", subject=plan, by=by, at=at)
