"""One step is changed as a whole, nobody writes over another, and each deed about a plan can be taken back."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry, MitigationPlan, PlanOutcome, PlanStep
from accounts.operations import plan_undo, plans
from accounts.operations.steps import StepChanged, edit_step, words_in
from tests.conftest import NOW, TODAY

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def plan(acme, csm) -> MitigationPlan:
    return plans.open_plan(account=acme, reason="Champion left", by=csm, at=NOW)


@pytest.fixture
def step(plan, csm) -> PlanStep:
    return plans.add_step(plan=plan, text="Call them", owner=csm, due_date=TODAY + timedelta(days=7), by=csm, at=NOW)


def edit(step, csm, *, reason="", before=None, **changes):
    read = before or words_in(PlanStep.objects.get(pk=step.pk))
    return edit_step(step=step, words=replace(read, **changes), before=read, by=csm, at=LATER, reason=reason)


def last(verb: str) -> AuditEntry:
    return AuditEntry.objects.filter(verb=verb).latest("pk")


def take_back(verb: str, by) -> str:
    return plan_undo.take_back(entry=last(verb), by=by, at=LATER)


def test_all_that_a_form_says_is_written_in_one_deed(step, csm, other_csm):
    edit(step, csm, text="Visit them", owner_id=other_csm.pk, state="done", is_shared=True, is_customers_turn=True)
    step.refresh_from_db()
    assert (step.text, step.owner, step.state, step.done_at) == ("Visit them", other_csm, "done", LATER)
    assert (step.is_shared, step.is_customers_turn) == (True, True)
    entry = last("step edited")
    assert (entry.detail["before"]["text"], entry.detail["now"]["text"]) == ("Call them", "Visit them")


def test_a_later_day_needs_a_reason_and_an_earlier_one_none(step, csm):
    with pytest.raises(ValidationError, match="Say why it is due later"):
        edit(step, csm, due_date=TODAY + timedelta(days=9))
    edit(step, csm, due_date=TODAY + timedelta(days=9), reason="They are on holiday")
    edit(step, csm, due_date=TODAY)
    step.refresh_from_db()
    assert (step.due_date, step.first_due_date) == (TODAY, TODAY + timedelta(days=7))


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"text": "  "}, "Say what is to be done"), ({"state": "lost"}, "A step is open, started, done"),
    ({"due_date": date(2026, 6, 29)}, "cannot be due before today"),
])  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_is_changed(step, csm, changes, sentence):
    with pytest.raises(ValidationError, match=sentence):
        edit(step, csm, **changes)
    assert words_in(PlanStep.objects.get()) == words_in(step)


def test_only_a_step_that_the_customer_sees_can_be_the_customers_turn(step, csm):
    edit(step, csm, is_customers_turn=True)
    assert not PlanStep.objects.get().is_customers_turn


def test_who_read_before_somebody_else_wrote_is_told_and_writes_nothing(step, csm, other_csm):
    read = words_in(step)
    edit(step, other_csm, text="Write to them")
    with pytest.raises(StepChanged) as told:
        edit(step, csm, text="Visit them", before=read)
    assert told.value.step.text == PlanStep.objects.get().text == "Write to them"


def test_a_plan_that_was_just_opened_can_be_taken_back(step, csm):
    assert take_back("plan opened", csm) == "The plan of Acme is gone."
    assert not MitigationPlan.objects.exists()


def test_a_plan_on_which_somebody_worked_stays(step, csm):
    edit(step, csm, state="started")
    with pytest.raises(ValidationError, match="changed it since"):
        take_back("plan opened", csm)


def test_a_step_that_was_added_goes_and_one_that_was_changed_is_as_before(step, csm):
    edit(step, csm, state="done", text="Visit them")
    assert take_back("step edited", csm) == "The step “Call them” is as it was."
    step.refresh_from_db()
    assert (step.state, step.done_at, step.text) == ("open", None, "Call them")
    with pytest.raises(ValidationError, match="changed it since"):
        take_back("step added", csm)


def test_an_added_step_is_taken_back_and_the_others_close_the_gap(plan, step, csm):
    later = plans.add_step(plan=plan, text="Visit", owner=csm, due_date=TODAY, by=csm, at=NOW)
    plan_undo.take_back(entry=AuditEntry.objects.get(verb="step added", subject_id=str(step.pk)), by=csm, at=LATER)
    later.refresh_from_db()
    assert (plan.steps.count(), later.position) == (1, 1)


def test_a_removed_step_comes_back_as_it_was(plan, step, csm):
    edit(step, csm, note="Ask for Ann", is_shared=True, due_date=TODAY)
    before = words_in(PlanStep.objects.get())
    plans.remove_step(step=PlanStep.objects.get(), by=csm, at=LATER)
    assert take_back("step removed", csm) == "The step “Call them” is back."
    found = PlanStep.objects.get()
    assert (words_in(found), found.first_due_date) == (before, TODAY + timedelta(days=7))


def test_a_closed_plan_is_opened_again_unless_there_is_another(plan, acme, csm):
    plans.close_plan(plan=plan, outcome=PlanOutcome.RESOLVED, by=csm, at=LATER)
    assert take_back("plan closed", csm) == "The plan of Acme is open again."
    plans.close_plan(plan=MitigationPlan.objects.get(), outcome=PlanOutcome.RESOLVED, by=csm, at=LATER)
    plans.open_plan(account=acme, reason="Again", by=csm, at=LATER)
    with pytest.raises(ValidationError, match="has another open plan"):
        take_back("plan closed", csm)


def test_what_somebody_else_did_is_not_mine_to_take_back(step, other_csm):
    with pytest.raises(ValidationError, match="Only what you did yourself"):
        take_back("step added", other_csm)
