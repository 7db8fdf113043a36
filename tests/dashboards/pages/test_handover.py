"""Who is gone leaves plans and steps behind: found, looked at, handed over, taken back."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.models import AccountHistory, AuditEntry, MitigationPlan, PlanStep, StepState
from accounts.operations.plans import close_plan
from tests.accounts.test_admin import page as admin_page
from tests.conftest import NOW, TODAY, make_user
from tests.dashboards.pages.boards import give_plan, give_step

pytestmark = pytest.mark.usefixtures("on_the_day", "organization")
SHEET = {"HX-Request": "true"}


@pytest.fixture
def zoe(north):
    return make_user("csm", "Zoe", north)


@pytest.fixture
def left(make_account, csm, zoe):
    """Zoe has left: a plan of Maya's account with two steps, of which one is done; and a step in Maya's own plan."""
    first, second = make_account("Acorn", owner=csm), make_account("Birch", owner=csm)
    plan = give_plan(first, owner=zoe, opened_on=date(2026, 6, 1))
    give_step(plan, position=1, due=TODAY - timedelta(days=3), text="=Call")
    give_step(plan, position=2, due=TODAY, done_on=TODAY, text="Done")
    other = give_plan(second, owner=csm, opened_on=date(2026, 6, 1))
    PlanStep.objects.create(plan=other, position=1, text="Visit", owner=zoe, due_date=TODAY, first_due_date=TODAY)
    zoe.is_active = False
    zoe.save()
    return plan


@pytest.fixture
def browser(client, manager):
    client.force_login(manager)
    return client


def url_of(person) -> str:
    return reverse("handover-person", args=[person.pk])


def owners() -> list[tuple[str, str]]:
    steps = PlanStep.objects.order_by("text").values_list("text", "owner__name")
    return [(text, name.split()[0]) for text, name in steps]


def test_the_list_tells_who_is_gone_and_what_they_left(browser, left, zoe):
    (row,) = browser.get(reverse("handover")).context["page"].rows
    assert (row.person, row.why, row.accounts, row.plans, row.steps, row.overdue) == (zoe, "Has left", 2, 1, 2, 1)


def test_a_look_says_what_goes_to_whom_and_writes_nothing(browser, left, zoe, csm, manager):
    page = browser.get(url_of(zoe), headers=SHEET).context["page"]
    assert [(row.work.account, row.work.what, row.to) for row in page.moves] == [
        ("Acorn", "Use fell", csm), ("Acorn", "=Call", csm), ("Birch", "Visit", csm),
    ]  # fmt: skip
    again = browser.post(url_of(zoe), {"look": "1", "to": manager.pk, "seen": ""}, headers=SHEET)
    assert {row.to for row in again.context["page"].moves} == {manager}
    assert MitigationPlan.objects.filter(owner=zoe).count() == 1


def test_the_work_goes_to_the_csm_of_each_account_and_comes_back(browser, left, zoe, csm):
    seen = browser.get(url_of(zoe)).context["page"].form["seen"].value()
    answer = browser.post(url_of(zoe), {"to": "csm", "seen": seen})
    assert answer.url == reverse("handover")
    left.refresh_from_db()
    assert (left.owner, owners()) == (csm, [("=Call", "Maya"), ("Done", "Zoe"), ("Visit", "Maya")])
    assert AuditEntry.objects.filter(verb__in=["plan handed over", "step handed over"]).count() == 3
    (message,) = get_messages(answer.wsgi_request)
    assert str(message) == "Handed over 1 plan and 2 steps of Zoe Example."
    assert browser.get(reverse("handover")).context["page"].rows == []
    PlanStep.objects.filter(text="Visit").update(state=StepState.DONE, done_at=NOW)
    answer = browser.post(message.extra_tags)
    assert [str(told) for told in get_messages(answer.wsgi_request)][-2:] == [
        "Taken back: 1 plan and 1 step.", "1 stay as they are, since somebody changed them meanwhile.",
    ]  # fmt: skip
    assert owners() == [("=Call", "Zoe"), ("Done", "Zoe"), ("Visit", "Maya")]
    again = browser.post(message.extra_tags)
    assert "It was taken back already" in str(list(get_messages(again.wsgi_request))[-1])


def test_what_came_after_the_look_waits_for_another_one(browser, left, zoe):
    seen = f"p{left.pk}"
    browser.post(url_of(zoe), {"to": "csm", "seen": seen})
    assert owners()[0] == ("=Call", "Zoe")
    assert MitigationPlan.objects.get(pk=left.pk).owner != zoe


def test_an_account_without_a_csm_at_work_is_left_out_until_somebody_is_named(browser, left, zoe, csm, manager):
    left.account.owner = zoe
    left.account.save()
    client_page = browser.get(url_of(zoe)).context["page"]
    assert [row.work.account for row in client_page.left_out] == ["Acorn", "Acorn"]
    browser.post(url_of(zoe), {"to": manager.pk, "seen": client_page.form["seen"].value()})
    assert owners()[0] == ("=Call", "Elena")


def test_who_gave_the_account_away_is_found_and_a_colleague_who_helps_is_not(
    browser, client, make_account, csm, zoe, manager
):
    account = make_account("Cedar", owner=csm)
    plan = give_plan(account, owner=csm, opened_on=date(2026, 6, 1))
    PlanStep.objects.create(plan=plan, position=1, text="Help", owner=manager, due_date=TODAY, first_due_date=TODAY)
    assert browser.get(reverse("handover")).context["page"].rows == []
    apply = reverse("accounts-bulk-apply", args=["owner"])
    answer = browser.post(apply, {"id": str(account.pk), "value": zoe.pk})
    told = [str(message) for message in get_messages(answer.wsgi_request)]
    assert "1 open plan and 0 steps stay with who had the accounts." in told[-1]
    (row,) = browser.get(reverse("handover")).context["page"].rows
    assert (row.person, row.why, row.plans, row.steps) == (csm, "No CSM of the account any more", 1, 0)
    assert AccountHistory.objects.filter(account=account).count() == 2


def test_each_sees_the_work_of_the_own_accounts_alone(client, left, zoe, other_csm):
    client.force_login(other_csm)
    assert client.get(reverse("handover")).context["page"].rows == []
    assert client.get(url_of(zoe)).url == reverse("handover")
    client.post(url_of(zoe), {"to": other_csm.pk, "seen": f"p{left.pk}"})
    assert MitigationPlan.objects.get(pk=left.pk).owner == zoe


@pytest.mark.parametrize("data", [{"to": "999999"}, {"to": "x"}, {"to": ""}, {}])
def test_nonsense_is_refused(browser, left, zoe, data):
    answer = browser.post(url_of(zoe), data | {"seen": f"p{left.pk}"})
    assert answer.status_code == 422
    assert MitigationPlan.objects.get(pk=left.pk).owner == zoe


def test_a_closed_plan_is_nobodys_work(browser, left, zoe):
    close_plan(plan=left, outcome="resolved", by=zoe, at=NOW)
    (row,) = browser.get(reverse("handover")).context["page"].rows
    assert (row.plans, row.steps) == (0, 1)


def test_the_plans_page_says_how_many_wait_and_the_file_runs_no_formula(browser, left):
    assert browser.get(reverse("plans")).context["page"].without_owner == 2
    rows = list(csv.DictReader(io.StringIO(browser.get(reverse("handover-csv")).content.decode("utf-8-sig"))))
    assert [(row["Account"], row["What"], row["Text"]) for row in rows] == [
        ("Acorn", "plan", "Use fell"), ("Acorn", "step", "'=Call"), ("Birch", "step", "Visit"),
    ]  # fmt: skip


def test_the_back_office_says_what_is_left_where_somebody_leaves(client, ops, left, zoe):
    zoe.is_active = True
    zoe.save()
    client.force_login(ops)
    data = {"email": zoe.email, "name": zoe.name, "role": "csm", "team": zoe.team_id, "theme": "system"}
    answer = client.post(admin_page(type(zoe), "change", zoe.pk), data)
    (warning, *_) = [str(message) for message in get_messages(answer.wsgi_request)]
    assert "Open plans of Zoe Example: 1; open steps: 2." in warning
    assert url_of(zoe) in warning


def test_the_pages_ask_few_queries(browser, left, zoe, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        browser.get(reverse("handover"))
    with django_assert_max_num_queries(10):
        browser.get(url_of(zoe), headers=SHEET)
