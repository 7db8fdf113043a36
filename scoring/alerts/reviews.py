"""A weekly review that asks something of a CSM is told at the bell, once; taken back, the notice is gone."""

from datetime import date

from django.db import transaction

from accounts.models import PlanReview, ReviewOutcome
from scoring.alerts.tell import count_unread
from scoring.models import Alert, AlertNotice

WORDS = {
    (ReviewOutcome.CHANGE_STEPS, True): "The weekly review asks you to change steps of the plan.",
    (ReviewOutcome.CHANGE_STEPS, False): "The weekly review asks you for a plan.",
    (ReviewOutcome.ESCALATE, True): "The weekly review escalated it.",
    (ReviewOutcome.ESCALATE, False): "The weekly review escalated it.",
}


@transaction.atomic
def tell_of_review(review: PlanReview, *, today: date) -> None:
    """The CSM of the plan, or of the account, unless they signed it off themselves. The mail is the review's own."""
    words = WORDS.get((ReviewOutcome(review.outcome), review.plan_id is not None))
    csm = review.plan.owner if review.plan else review.account.owner
    if words is None or csm is None or not csm.is_active or csm.pk == review.by_id:
        return
    alert, is_new = Alert.objects.get_or_create(
        review=review,
        defaults={
            "account": review.account, "cause": f"review:{review.pk}", "text": words, "as_of": today,
            "at": review.at,
        },
    )  # fmt: skip
    if is_new:
        AlertNotice.objects.create(alert=alert, user=csm)
        count_unread([csm.pk])


def told_of_review(review: PlanReview) -> list[int]:
    """Whose bell shows it."""
    return list(AlertNotice.objects.filter(alert__review=review).values_list("user", flat=True))
