"""Signing accounts off: what is kept, who is told, who meets whom, and taking it back."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.access import people_above
from accounts.models import AuditEntry, MailState, OutboxMail, PlanOutcome, PlanReview, ReviewOutcome
from accounts.operations.plans import open_plan
from accounts.operations.reviews import ReviewedMeanwhile, SignOff, sign_off, take_back_review
from tests.conftest import NOW

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def account(organization, csm, make_account):
    return make_account("Acme", owner=csm)


@pytest.fixture
def plan(account, csm):
    return open_plan(account=account, reason="Use fell", by=csm, at=NOW - timedelta(days=9))


@pytest.fixture
def sign(account, manager):
    def signed(outcome=ReviewOutcome.ON_TRACK, *, note=" Keep going. ", seen=None, by=manager, at=NOW, **more):
        return sign_off(account=account, said=SignOff(outcome, note, **more), seen=seen, by=by, at=at)

    return signed


def told() -> dict[str, str]:
    return dict(OutboxMail.objects.values_list("recipient", "subject"))


def test_a_review_is_kept_with_who_when_what_and_why(plan, sign, manager, account):
    review = sign(rules=("overdue",), score_hundredths=4000)
    assert (review.account, review.plan, review.by, review.at) == (account, plan, manager, NOW)
    assert (review.outcome, review.note, review.score_hundredths) == ("on_track", "Keep going.", 4000)
    assert AuditEntry.objects.get(verb="plan reviewed").detail == {
        "account": account.pk, "plan": plan.pk, "outcome": "on_track", "rules": ["overdue"], "note": "Keep going.",
    }  # fmt: skip
    assert told() == {}


def test_a_review_needs_a_note_and_a_known_outcome(plan, sign):
    with pytest.raises(ValidationError, match="Say what you found."):
        sign(note="  ")
    with pytest.raises(ValidationError, match="not 'fine'"):
        sign("fine")
    with pytest.raises(ValidationError, match="Say how the plan ended."):
        sign(ReviewOutcome.CLOSE)
    assert not PlanReview.objects.exists()


def test_a_request_for_changes_is_told_to_the_plans_owner(plan, sign, csm):
    sign(ReviewOutcome.CHANGE_STEPS, note="Split step 3.")
    assert told() == {csm.email: "Elena Example asks you to change steps of the plan for Acme"}
    assert "Split step 3." in OutboxMail.objects.get().text


def test_without_a_plan_one_is_asked_for(sign, csm, account):
    review = sign(ReviewOutcome.CHANGE_STEPS)
    assert (review.plan, told()) == (None, {csm.email: "Elena Example asks you for a plan for Acme"})


def test_an_escalation_goes_to_leadership_and_to_the_csm(plan, sign, csm, leader):
    sign(ReviewOutcome.ESCALATE)
    assert told() == dict.fromkeys([leader.email, csm.email], "Elena Example escalated Acme")


def test_who_stands_above(csm, manager, ops, leader):
    assert people_above(csm) == [manager]
    assert people_above(manager) == [leader]
    leader.is_active = False
    leader.save()
    assert people_above(manager) == [ops]


def test_closing_ends_the_plan_and_taking_it_back_opens_it(plan, sign, manager, csm):
    review = sign(ReviewOutcome.CLOSE, ending=PlanOutcome.RESOLVED)
    plan.refresh_from_db()
    assert (plan.closed_at, plan.outcome) == (NOW, "resolved")
    take_back_review(review=review, by=manager, at=LATER)
    plan.refresh_from_db()
    assert (plan.closed_at, plan.outcome, PlanReview.objects.count()) == (None, "", 0)
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))[-2:]
    assert verbs == ["plan reopened", "review taken back"]
    assert told() == {}


def test_a_mail_that_went_out_stays(plan, sign, manager, csm):
    review = sign(ReviewOutcome.CHANGE_STEPS)
    OutboxMail.objects.update(state=MailState.SENT)
    take_back_review(review=review, by=manager, at=LATER)
    assert list(told()) == [csm.email]


def test_the_second_of_two_reviewers_is_told(plan, sign, ops):
    first = sign(note="Mine")
    with pytest.raises(ReviewedMeanwhile) as met:
        sign(note="Also mine", by=ops, at=LATER)
    assert met.value.review == first
    assert sign(note="Also mine", by=ops, at=LATER, seen=first.pk).pk != first.pk


def test_only_ones_own_newest_review_is_taken_back(plan, sign, manager, ops):
    first = sign()
    with pytest.raises(ValidationError, match="Only whoever signed it off"):
        take_back_review(review=first, by=ops, at=LATER)
    sign(by=ops, at=LATER, seen=first.pk)
    with pytest.raises(ValidationError, match="Somebody has reviewed it since."):
        take_back_review(review=first, by=manager, at=LATER)


def test_a_plan_with_a_successor_is_not_opened_again(plan, sign, manager, account, csm):
    review = sign(ReviewOutcome.CLOSE, ending=PlanOutcome.DROPPED)
    open_plan(account=account, reason="Anew", by=csm, at=LATER)
    with pytest.raises(ValidationError, match="has had another plan since"):
        take_back_review(review=review, by=manager, at=LATER)
    assert PlanReview.objects.count() == 1
