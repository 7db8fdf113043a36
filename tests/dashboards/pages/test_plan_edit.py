"""Starting, changing and closing a plan from the pages: as a dialog and without one, with undo."""

import json
from datetime import date, timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.models import MitigationPlan, PlanStep
from accounts.operations.steps import words_in
from tests.conftest import TODAY
from tests.dashboards.pages.boards import give_health, give_plan, give_step

pytestmark = pytest.mark.usefixtures("on_the_day", "organization")
SHEET = {"HX-Request": "true"}
NEXT_WEEK = (TODAY + timedelta(days=7)).isoformat()


@pytest.fixture
def account(make_account, csm):
    account = make_account("Halden", owner=csm)
    give_health(account, score=4150)
    return account


@pytest.fixture
def step(account, csm) -> PlanStep:
    return give_step(give_plan(account, owner=csm, opened_on=date(2026, 6, 1)), position=1, due=TODAY, text="Call")


@pytest.fixture
def browser(client, csm):
    client.force_login(csm)
    return client


def said(step: PlanStep, **changes) -> dict[str, str]:
    """The form of the step as the page gives it, with changes."""
    words = words_in(step).as_json()
    shown = {**words, "owner": words["owner_id"], "before": json.dumps(words)} | changes
    return {name: value for name, value in shown.items() if value is not False}


def undo_of(answer) -> str:
    (message,) = get_messages(answer.wsgi_request)
    return message.extra_tags


def test_a_plan_is_started_with_its_first_step_from_a_dialog(browser, account, csm):
    url = reverse("plan-start", args=[account.pk])
    form = browser.get(url, headers=SHEET).content.decode()
    assert "Start a plan for Halden" in form
    assert "<html" not in form
    data = {"reason": "Champion left", "owner": csm.pk, "s1-text": "Call them", "s1-due_date": NEXT_WEEK}
    answer = browser.post(url, data, headers=SHEET)
    assert answer.headers["HX-Refresh"] == "true"
    plan = MitigationPlan.objects.get()
    assert (plan.reason, plan.score_at_opening_hundredths, plan.steps.get().text) == (
        "Champion left",
        4150,
        "Call them",
    )
    browser.post(undo_of(answer))
    assert not MitigationPlan.objects.exists()


@pytest.mark.parametrize(("data", "sentence"), [
    ({"reason": ""}, "Say why the plan is opened."),
    ({"reason": "R", "s1-text": "Call"}, "Say when the step is due."),
    ({"reason": "R", "s1-text": "Call", "s1-due_date": "2026-06-29"}, "A step cannot be due before today."),
])  # fmt: skip
def test_what_is_missing_is_said_and_nothing_is_half_done(browser, account, csm, data, sentence):
    answer = browser.post(reverse("plan-start", args=[account.pk]), {"owner": csm.pk, **data}, headers=SHEET)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not MitigationPlan.objects.exists()


def test_beside_an_open_plan_none_is_started(browser, step, account):
    assert browser.get(reverse("plan-start", args=[account.pk])).url == reverse("account-plan", args=[account.pk])


def test_a_sixth_step_is_refused_in_words(browser, step, csm):
    for position in range(2, 6):
        give_step(step.plan, position=position, due=TODAY, text=f"Step {position}")
    data = {"text": "Sixth", "owner": csm.pk, "due_date": NEXT_WEEK}
    answer = browser.post(reverse("plan-step-new", args=[step.plan_id]), data)
    assert answer.status_code == 422
    assert "A plan has five steps at most. Finish or remove one first." in answer.content.decode()


def test_a_step_is_done_and_undone(browser, step):
    answer = browser.post(reverse("plan-step", args=[step.pk]), said(step, state="done"))
    assert answer.url == reverse("account-plan", args=[step.plan.account_id])
    assert PlanStep.objects.get().state == "done"
    browser.post(undo_of(answer))
    assert PlanStep.objects.get().state == "open"


def test_a_later_day_asks_why(browser, step):
    url = reverse("plan-step", args=[step.pk])
    answer = browser.post(url, said(step, due_date=NEXT_WEEK), headers=SHEET)
    assert (answer.status_code, "Say why it is due later." in answer.content.decode()) == (422, True)
    browser.post(url, said(step, due_date=NEXT_WEEK, reason="They are on holiday"))
    assert PlanStep.objects.get().due_date.isoformat() == NEXT_WEEK


def test_the_second_of_two_is_told_and_keeps_what_they_wrote(browser, step):
    mine = said(step, text="Visit them")
    PlanStep.objects.update(text="Write to them")
    answer = browser.post(reverse("plan-step", args=[step.pk]), mine, headers=SHEET)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else changed this step: not started" in text
    assert "Visit them" in text
    again = mine | {"before": json.dumps(words_in(PlanStep.objects.get()).as_json())}
    browser.post(reverse("plan-step", args=[step.pk]), again)
    assert PlanStep.objects.get().text == "Visit them"


@pytest.mark.parametrize("before", ["{}", "[1]", "x", '{"due_date": 5}'])
def test_a_form_that_no_page_of_ours_wrote_is_refused(browser, step, before):
    answer = browser.post(reverse("plan-step", args=[step.pk]), said(step, before=before))
    assert answer.status_code == 422
    assert PlanStep.objects.get().text == "Call"


def test_a_removed_step_comes_back(browser, step):
    answer = browser.post(reverse("plan-step-remove", args=[step.pk]))
    assert not PlanStep.objects.exists()
    browser.post(undo_of(answer))
    assert PlanStep.objects.get().text == "Call"


def test_a_plan_is_closed_with_an_outcome_and_opened_again(browser, step):
    url = reverse("plan-close", args=[step.plan_id])
    assert "Say how the plan ended." in browser.post(url, {}).content.decode()
    answer = browser.post(url, {"outcome": "resolved"})
    assert MitigationPlan.objects.get().outcome == "resolved"
    browser.post(undo_of(answer))
    assert MitigationPlan.objects.get().closed_at is None


def test_the_dialog_of_a_step_asks_few_queries(browser, step, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        browser.get(reverse("plan-step", args=[step.pk]), headers=SHEET)


def test_who_only_reads_is_offered_nothing_to_change(client, step, viewer):
    client.force_login(viewer)
    text = client.get(reverse("account-plan", args=[step.plan.account_id])).content.decode()
    assert "Call" in text
    assert "Change step" not in text
    assert "Close plan" not in text


@pytest.mark.parametrize("before", ["{}", "[]", ""])
def test_a_step_whose_reading_is_lost_is_refused_with_words(browser, step, before):
    answer = browser.post(reverse("plan-step", args=[step.pk]), said(step, before=before))
    assert answer.status_code == 422
    assert "Open the step again" in answer.content.decode()
