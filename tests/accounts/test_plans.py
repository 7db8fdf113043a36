"""Mitigation plans through their operations."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry, MitigationPlan, PlanOutcome, PlanStep, ReviewOutcome, StepState
from accounts.operations import plan_undo, plans
from accounts.operations.reviews import SignOff, write_review
from tests.conftest import NOW, TODAY


@pytest.fixture
def plan(acme, csm) -> MitigationPlan:
    return plans.open_plan(account=acme, reason="Champion left", by=csm, at=NOW, score_at_opening_hundredths=4_150)


@pytest.fixture
def add(plan, csm):
    def add(text: str = "Call them", **fields: object) -> PlanStep:
        values = {"owner": csm, "due_date": TODAY + timedelta(days=7), "by": csm, "at": NOW, **fields}
        return plans.add_step(plan=plan, text=text, **values)

    return add


def positions(plan: MitigationPlan) -> list[tuple[int, str]]:
    return list(plan.steps.order_by("position").values_list("position", "text"))


def test_an_opened_plan_belongs_to_who_opened_it_and_is_audited(plan, acme, csm):
    assert (plan.owner, plan.opened_by, plan.opened_at, plan.closed_at) == (csm, csm, NOW, None)
    assert plan.score_at_opening_hundredths == 4_150
    entry = AuditEntry.objects.get(verb="plan opened")
    assert (entry.by, entry.at, entry.subject_id) == (csm, NOW, str(plan.pk))
    assert entry.detail == {"account": acme.pk, "reason": "Champion left"}


def test_a_plan_may_be_opened_for_another_owner(acme, csm, manager):
    assert plans.open_plan(account=acme, reason="Price", owner=csm, by=manager, at=NOW).owner == csm


def test_a_second_open_plan_is_refused(plan, acme, csm):
    with pytest.raises(ValidationError, match="Acme has an open plan. Close it first."):
        plans.open_plan(account=acme, reason="Again", by=csm, at=NOW)
    assert MitigationPlan.objects.count() == 1


def test_after_a_plan_is_closed_another_may_be_opened(plan, acme, csm):
    plans.close_plan(plan=plan, outcome=PlanOutcome.RESOLVED, by=csm, at=NOW)
    plans.open_plan(account=acme, reason="Again", by=csm, at=NOW)
    assert MitigationPlan.objects.filter(account=acme, closed_at=None).count() == 1


def test_a_plan_without_a_reason_is_refused(acme, csm):
    with pytest.raises(ValidationError, match="Say why the plan is opened."):
        plans.open_plan(account=acme, reason="   ", by=csm, at=NOW)


def test_steps_are_numbered_in_the_order_of_adding(plan, add):
    add("One")
    step = add("Two", note=" soon ", is_shared=True, is_customers_turn=True)
    assert positions(plan) == [(1, "One"), (2, "Two")]
    assert (step.note, step.is_shared, step.is_customers_turn) == ("soon", True, True)
    assert step.first_due_date == step.due_date == date(2026, 7, 7)


def test_a_step_that_is_not_shared_is_never_the_customers_turn(add):
    assert add("Ours", is_customers_turn=True).is_customers_turn is False


def test_a_sixth_step_is_refused(plan, add):
    for text in "ABCDE":
        add(text)
    with pytest.raises(ValidationError, match="Finish or remove one first"):
        add("F")
    assert positions(plan) == [(1, "A"), (2, "B"), (3, "C"), (4, "D"), (5, "E")]


def test_a_finished_step_makes_room_and_stays_in_the_audit_record(plan, add, csm):
    steps = [add(text) for text in "ABCDE"]
    plans.set_step_state(step=steps[1], state=StepState.DONE, by=csm, at=NOW)
    add("F")
    assert positions(plan) == [(1, "A"), (2, "C"), (3, "D"), (4, "E"), (5, "F")]
    filed = AuditEntry.objects.get(verb="step filed").detail
    assert (filed["text"], filed["state"], filed["first_due"]) == ("B", "done", "2026-07-07")


def test_a_removed_step_makes_room_and_stays_in_the_audit_record(plan, add, csm):
    steps = [add(text) for text in "ABCDE"]
    plans.remove_step(step=steps[0], by=csm, at=NOW)
    add("F")
    assert positions(plan) == [(1, "B"), (2, "C"), (3, "D"), (4, "E"), (5, "F")]
    assert AuditEntry.objects.get(verb="step removed").detail["text"] == "A"


def test_a_step_without_words_or_due_in_the_past_is_refused(add):
    with pytest.raises(ValidationError, match="Say what is to be done."):
        add(" ")
    with pytest.raises(ValidationError, match="A step cannot be due before today."):
        add("Late", due_date=TODAY - timedelta(days=1))
    assert add("Today", due_date=TODAY).due_date == TODAY


def test_a_done_step_has_the_time_and_loses_it_when_taken_up_again(add, csm):
    step = add()
    plans.set_step_state(step=step, state=StepState.STARTED, by=csm, at=NOW)
    assert (step.state, step.done_at) == ("started", None)
    plans.set_step_state(step=step, state=StepState.DONE, by=csm, at=NOW)
    assert PlanStep.objects.get().done_at == NOW
    plans.set_step_state(step=step, state=StepState.OPEN, by=csm, at=NOW)
    assert PlanStep.objects.get().done_at is None
    told = AuditEntry.objects.filter(verb="step changed").order_by("pk").values_list("detail__before", "detail__now")
    assert list(told) == [("open", "started"), ("started", "done"), ("done", "open")]


def test_an_unknown_state_is_refused(add, csm):
    with pytest.raises(ValidationError, match="A step is open, started, done; not 'late'."):
        plans.set_step_state(step=add(), state="late", by=csm, at=NOW)


def test_a_closed_plan_stays_as_it_was(plan, add, csm, manager):
    step = add()
    plans.close_plan(plan=plan, outcome=PlanOutcome.PARTLY, by=csm, at=NOW)
    tries = (
        lambda: add("More"),
        lambda: plans.set_step_state(step=step, state=StepState.DONE, by=csm, at=NOW),
        lambda: plans.remove_step(step=step, by=csm, at=NOW),
        lambda: write_review(
            account=plan.account, plan=plan, said=SignOff(ReviewOutcome.CLOSE, "Done"), by=manager, at=NOW
        ),
        lambda: plans.close_plan(plan=plan, outcome=PlanOutcome.LOST, by=csm, at=NOW),
    )
    for attempt in tries:
        with pytest.raises(ValidationError, match="The plan is closed. Open a new one."):
            attempt()
    plan.refresh_from_db()
    assert (plan.outcome, plan.closed_at, plan.steps.get().state) == ("partly", NOW, "open")


def test_a_plan_closes_with_a_known_outcome_only(plan, csm):
    with pytest.raises(ValidationError, match="not 'won'"):
        plans.close_plan(plan=plan, outcome="won", by=csm, at=NOW)
    assert MitigationPlan.objects.get().closed_at is None


def test_the_table_itself_refuses_a_second_open_plan_and_the_words_are_the_same(plan, acme, csm, monkeypatch):
    # As if it had been opened by somebody who does not lock the account.
    monkeypatch.setattr("accounts.operations.plan_opening.lock_without_plan", lambda accounts: None)
    with pytest.raises(ValidationError, match="Acme has an open plan. Close it first."):
        plans.open_plan(account=acme, reason="Again", by=csm, at=NOW)


def test_a_plan_is_closed_with_words_that_go_when_it_is_open_again(acme, csm):
    plan = plans.open_plan(account=acme, reason="Use fell", by=csm, at=NOW)
    plans.close_plan(plan=plan, outcome="resolved", by=csm, at=NOW, note=" The new sponsor took over. ")
    plan.refresh_from_db()
    assert plan.closing_note == "The new sponsor took over."
    entry = AuditEntry.objects.get(verb="plan closed")
    assert entry.detail == {"outcome": "resolved", "note": "The new sponsor took over."}
    plan_undo.take_back(entry=entry, by=csm, at=NOW)
    plan.refresh_from_db()
    assert (plan.closed_at, plan.closing_note) == (None, "")
