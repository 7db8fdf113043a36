"""A plan begins with what a playbook says, what a flag or a drop says, or what people write; and is changed later."""

import json
from dataclasses import replace
from datetime import date

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.models import AuditEntry, MitigationPlan, Playbook
from accounts.operations.plan_words import words_in
from accounts.operations.plans import open_plan
from accounts.operations.playbooks import PlaybookWords, StepWords, archive_playbook, make_playbook
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_health, give_plan

pytestmark = pytest.mark.usefixtures("on_the_day", "organization")
SHEET = {"HX-Request": "true"}
WORDS = PlaybookWords(
    name="Champion left", reason="Champion left", goal="A new one", target_band=1, target_days=10,
    steps=(StepWords("Call", due_days=1), StepWords("Sponsor call", due_days=4, role="manager", is_shared=True)),
)  # fmt: skip


@pytest.fixture
def playbook(ops) -> Playbook:
    return make_playbook(words=WORDS, by=ops, at=NOW)


@pytest.fixture
def account(make_account, csm):
    account = make_account("Halden", owner=csm)
    give_health(account, score=4150)
    return account


@pytest.fixture
def browser(client, csm):
    client.force_login(csm)
    return client


def url_of(account) -> str:
    return reverse("plan-start", args=[account.pk])


def filled(browser, account, **data):
    """The form as the playbook fills it in."""
    answer = browser.post(url_of(account), {"fill": "1"} | data, headers=SHEET)
    assert answer.status_code == 200
    return answer.context["page"]


def as_posted(form) -> dict[str, str]:
    """All that a browser would send of the form."""
    fields = [*form.head, *(field for row in form.rows for field in row)]
    shown = {field.html_name: field.value() for field in fields}
    return {name: value for name, value in shown.items() if value not in (None, False)}


def test_a_playbook_fills_in_the_form_and_writes_nothing(browser, account, playbook, csm, manager):
    page = filled(browser, account, playbook=playbook.pk)
    head = page.form.head.initial
    assert (head["reason"], head["goal"], head["owner"], head["target_band"], head["target_date"]) == (
        "Champion left", "A new one", csm.pk, 1, date(2026, 7, 14),
    )  # fmt: skip
    assert [(row.told, row.due, row["owner"].value()) for row in page.form.rows[:3]] == [
        ("Call", date(2026, 7, 1), csm.pk), ("Sponsor call", date(2026, 7, 6), manager.pk), ("", None, csm.pk),
    ]  # fmt: skip
    assert not MitigationPlan.objects.exists()


def test_what_was_filled_in_is_changed_before_it_is_saved(browser, account, playbook, manager):
    data = as_posted(filled(browser, account, playbook=playbook.pk).form)
    data |= {"s1-text": "Visit them", "s1-due_date": "2026-07-09", "s3-text": "Write", "s3-due_date": "2026-07-20"}
    browser.post(url_of(account), data, headers=SHEET)
    plan = MitigationPlan.objects.get()
    assert (plan.playbook, plan.target_band, plan.target_date) == (playbook, 1, date(2026, 7, 14))
    assert plan.score_at_opening_hundredths == 4150
    steps = plan.steps.order_by("position").values_list("text", "due_date", "owner", "is_shared")
    assert [tuple(step) for step in steps] == [
        ("Visit them", date(2026, 7, 9), plan.owner_id, False),
        ("Sponsor call", date(2026, 7, 6), manager.pk, True),
        ("Write", date(2026, 7, 20), plan.owner_id, False),
    ]


def test_what_a_flag_said_stays_and_what_another_playbook_said_does_not(browser, account, playbook, ops):
    make_playbook(words=replace(WORDS, name="Price", reason="Price is questioned"), by=ops, at=NOW)
    told = {"reason": "Champion flag: since June", "origin": "flag"}
    form = browser.get(url_of(account), told, headers=SHEET).context["page"].form
    assert (form.head["reason"].value(), form.head["origin"].value()) == ("Champion flag: since June", "flag")
    kept = filled(browser, account, playbook=playbook.pk, **told).form
    assert kept.head["reason"].value() == "Champion flag: since June"
    browser.post(url_of(account), as_posted(kept), headers=SHEET)
    assert MitigationPlan.objects.get().origin == "flag"
    MitigationPlan.objects.all().delete()
    other = filled(browser, account, playbook=playbook.pk, reason="Price is questioned").form
    assert other.head["reason"].value() == "Champion left"


def test_the_second_of_two_who_start_one_reads_why_not(browser, account, csm, monkeypatch):
    data = {"reason": "Price", "owner": csm.pk}
    open_plan(account=account, reason="First", by=csm, at=NOW)
    # The page looked before the first one was there.
    monkeypatch.setattr(
        "dashboards.pages.plan_start.MitigationPlan.objects.filter", lambda **_: MitigationPlan.objects.none()
    )
    answer = browser.post(url_of(account), data, headers=SHEET)
    assert answer.status_code == 422
    assert "Halden has an open plan. Close it first." in answer.content.decode()


def test_an_archived_playbook_is_refused_in_words(browser, account, playbook, csm, ops):
    archive_playbook(playbook=playbook, by=ops, at=NOW)
    answer = browser.post(url_of(account), {"reason": "Price", "owner": csm.pk, "playbook": playbook.pk})
    assert (answer.status_code, "That playbook is offered no more" in answer.content.decode()) == (422, True)


def test_who_stands_in_is_said(browser, account, ops, other_csm):
    other_csm.is_active = False
    other_csm.save()
    steps = (StepWords("Visit", due_days=1, role="person", person_id=other_csm.pk), StepWords("Call", 1, "manager"))
    playbook = make_playbook(words=replace(WORDS, steps=steps), by=ops, at=NOW)
    assert filled(browser, account, playbook=playbook.pk).stand_ins == (
        "Step 1: Ben Example has left; Maya Example stands in.",
        "Step 2: The team has no manager; Maya Example stands in.",
    )


def test_somebody_of_another_team_whom_the_playbook_names_keeps_the_step(browser, account, ops, other_csm):
    steps = (StepWords("Visit", due_days=1, role="person", person_id=other_csm.pk),)
    playbook = make_playbook(words=replace(WORDS, steps=steps), by=ops, at=NOW)
    browser.post(url_of(account), as_posted(filled(browser, account, playbook=playbook.pk).form), headers=SHEET)
    assert MitigationPlan.objects.get().steps.get().owner == other_csm


@pytest.mark.parametrize("data", [{"playbook": "x"}, {"playbook": "999999"}, {"origin": "odd"}, {"reason": "\x00"}])
def test_nonsense_in_the_address_fills_in_nothing(browser, account, data):
    assert browser.get(url_of(account), data).status_code == 200


def test_many_are_started_from_a_playbook_and_who_has_a_plan_is_named(client, account, make_account, csm, playbook):
    second = make_account("Acorn", owner=csm)
    give_plan(second, owner=csm, opened_on=TODAY)
    client.force_login(csm)
    ids = f"{account.pk},{second.pk}"
    page = client.post(reverse("accounts-bulk", args=["plan"]), {"id": ids}).context["page"]
    assert [(found.name, why) for found, why in page.skipped] == [("Acorn", "has an open plan")]
    apply = reverse("accounts-bulk-apply", args=["plan"])
    assert "Say why the plans are opened" in client.post(apply, {"id": ids, "reason": ""}).content.decode()
    text = client.post(apply, {"id": ids, "playbook": playbook.pk}, follow=True).content.decode()
    assert "Start plan: 1 account. 1 account left out." in text
    plan = MitigationPlan.objects.get(account=account)
    assert (plan.reason, plan.steps.count(), plan.playbook) == ("Champion left", 2, playbook)


# What a plan says beside its steps.


@pytest.fixture
def plan(account, csm) -> MitigationPlan:
    return give_plan(account, owner=csm, opened_on=date(2026, 6, 1))


def said(plan, **changes) -> dict[str, str]:
    words = words_in(plan).as_json()
    shown = {**words, "owner": words["owner_id"], "before": json.dumps(words)} | changes
    return {name: value for name, value in shown.items() if value is not None}


def test_a_plan_gets_a_target_and_loses_it_again(browser, plan):
    url = reverse("plan-edit", args=[plan.pk])
    assert "Change the plan of Halden" in browser.get(url, headers=SHEET).content.decode()
    answer = browser.post(url, said(plan, target_band="1", target_date="2026-09-30", goal="Back to Moderate"))
    plan.refresh_from_db()
    assert (plan.target_band, plan.target_date, plan.goal) == (1, date(2026, 9, 30), "Back to Moderate")
    page = browser.get(reverse("account-plan", args=[plan.account_id])).content.decode()
    assert "Target: Moderate by 30 Sep" in page
    (message,) = get_messages(answer.wsgi_request)
    browser.post(message.extra_tags)
    plan.refresh_from_db()
    assert (plan.target_band, plan.target_date, plan.goal) == (None, None, "")


def test_the_second_of_two_who_change_a_plan_is_told(browser, plan):
    mine = said(plan, reason="Mine")
    MitigationPlan.objects.update(reason="Theirs", target_band=0)
    answer = browser.post(reverse("plan-edit", args=[plan.pk]), mine, headers=SHEET)
    assert answer.status_code == 409
    assert "Somebody else changed this plan: “Theirs”, owner Maya Example, target Strong." in answer.content.decode()
    again = mine | {"before": json.dumps(words_in(MitigationPlan.objects.get()).as_json())}
    browser.post(reverse("plan-edit", args=[plan.pk]), again)
    assert MitigationPlan.objects.get().reason == "Mine"
    assert AuditEntry.objects.get(verb="plan edited").detail["before"]["reason"] == "Theirs"


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"reason": " "}, "Say why the plan is opened."), ({"target_date": "2026-05-01"}, "before the plan is opened"),
    ({"target_band": "7"}, "Select a valid choice"), ({"before": "{}"}, "this page is not one of ours"),
])  # fmt: skip
def test_what_cannot_be_is_refused(browser, plan, changes, sentence):
    answer = browser.post(reverse("plan-edit", args=[plan.pk]), said(plan, **changes))
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)


def test_a_step_of_somebody_who_left_is_shown_plainly(browser, plan, other_csm):
    other_csm.is_active = False
    other_csm.save()
    plan.steps.create(position=1, text="Call", owner=other_csm, due_date=TODAY, first_due_date=TODAY)
    text = browser.get(reverse("account-plan", args=[plan.account_id])).content.decode()
    assert "Ben Example has left: nobody does this step" in text
    assert "1 without owner" in browser.get(reverse("plans")).content.decode()


def test_the_form_asks_few_queries(browser, account, playbook, django_assert_max_num_queries):
    with django_assert_max_num_queries(14):
        browser.get(url_of(account), headers=SHEET)
    with django_assert_max_num_queries(24):
        filled(browser, account, playbook=playbook.pk)
