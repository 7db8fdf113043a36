"""Customers tick off their own steps and comment: only theirs, on record, told to the CSM, and taken back."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry, CustomerWord, OutboxMail, StepState
from accounts.operations.customer_steps import MOST_WORDS, comment, take_back, tick
from accounts.operations.erasure import erase_account
from accounts.operations.plans import close_plan
from accounts.operations.sharing import create_share_link
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_plan, give_step

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(organization, acme, csm):
    return create_share_link(account=acme, recipient="Ann Lee", days=90, by=csm, at=NOW)[0]


@pytest.fixture
def step(acme, csm):
    step = give_step(
        give_plan(acme, owner=csm, opened_on=date(2026, 6, 1)), position=1, due=TODAY, text="Name a sponsor"
    )
    step.is_shared = step.is_customers_turn = True
    step.state = StepState.STARTED
    step.save()
    return step


def test_a_tick_is_done_on_record_and_told(link, step, csm):
    word = tick(link=link, step=step, at=NOW)
    step.refresh_from_db()
    assert (step.state, step.done_at) == (StepState.DONE, NOW)
    entry = AuditEntry.objects.get(verb="step ticked off by the customer")
    assert (entry.by, entry.detail["link"], entry.detail["word"]) == (None, link.pk, word.pk)
    mail = OutboxMail.objects.get()
    assert (mail.recipient, mail.subject) == (csm.email, "Acme: Ann Lee ticked off a step")
    assert "Ann Lee ticked off “Name a sponsor”." in mail.text
    assert f"/accounts/{link.account_id}/plan" in mail.text


def test_a_second_tick_changes_nothing(link, step):
    tick(link=link, step=step, at=NOW)
    assert tick(link=link, step=step, at=NOW + timedelta(hours=1)) is None
    assert CustomerWord.objects.count() == OutboxMail.objects.count() == 1


def test_a_tick_is_taken_back_to_what_was_before_and_told_again(link, step):
    word = tick(link=link, step=step, at=NOW)
    take_back(link=link, word=word, at=NOW)
    take_back(link=link, word=word, at=NOW)
    step.refresh_from_db()
    assert (step.state, step.done_at) == (StepState.STARTED, None)
    assert AuditEntry.objects.filter(verb="customer took back").count() == 1
    assert OutboxMail.objects.count() == 2
    assert tick(link=link, step=step, at=NOW) is not None


@pytest.mark.parametrize("change", [{"is_shared": False}, {"is_customers_turn": False}])
def test_what_is_not_theirs_is_not_ticked_off(link, step, change):
    type(step).objects.filter(pk=step.pk).update(**change)
    with pytest.raises(ValidationError):
        tick(link=link, step=step, at=NOW)
    assert not CustomerWord.objects.exists()


def test_a_step_of_another_account_or_of_a_closed_plan_is_out_of_reach(link, step, make_account, csm):
    other = create_share_link(account=make_account("Other", owner=csm), recipient="Eve", days=9, by=csm, at=NOW)[0]
    with pytest.raises(ValidationError):
        tick(link=other, step=step, at=NOW)
    close_plan(plan=step.plan, outcome="resolved", by=csm, at=NOW)
    with pytest.raises(ValidationError):
        comment(link=link, step=step, text="Late", at=NOW)


def test_a_comment_is_kept_in_one_line_and_told(link, step):
    type(step).objects.filter(pk=step.pk).update(is_customers_turn=False)
    word = comment(link=link, step=step, text="  We are\n on it ", at=NOW)
    assert word.text == "We are on it"
    assert "“We are on it”" in OutboxMail.objects.get().text


@pytest.mark.parametrize(("text", "code"), [(" \n ", "empty"), ("x" * 501, "long")])
def test_a_comment_says_something_and_not_too_much(link, step, text, code):
    with pytest.raises(ValidationError) as refused:
        comment(link=link, step=step, text=text, at=NOW)
    assert refused.value.code == code


def test_a_link_says_only_so_much(link, step):
    CustomerWord.objects.bulk_create(
        CustomerWord(link=link, step=step, kind="comment", text="x", at=NOW) for _ in range(MOST_WORDS)
    )
    with pytest.raises(ValidationError):
        comment(link=link, step=step, text="One more", at=NOW)


def test_an_erased_account_leaves_no_word_behind(link, step, ops):
    comment(link=link, step=step, text="CANARYWORD", at=NOW)
    erase_account(account=link.account, before=lambda *_: None, by=ops, at=NOW)
    assert not CustomerWord.objects.exists()
    assert "CANARYWORD" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))
