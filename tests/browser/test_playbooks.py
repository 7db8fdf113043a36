"""A playbook in the browser: written, chosen for an account, changed, handed over; axe finds nothing."""

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Holiday, MitigationPlan, PlanStep, User
from accounts.operations.playbooks import PlaybookWords, StepWords, make_playbook
from tests.browser.test_accessibility import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = PlaybookWords(
    name="Champion left", reason="Our champion has left", goal="A new one", target_band=1, target_days=40,
    steps=(StepWords("Call the decision maker", due_days=2), StepWords("Sponsor call", due_days=8, role="manager")),
)  # fmt: skip


@pytest.fixture
def playbook(company, manager):
    return make_playbook(words=WORDS, by=manager, at=timezone.now())


def test_a_manager_writes_a_playbook_and_takes_it_back(page, live_server, log_in, company, manager):
    log_in(page, manager)
    page.goto(live_server.url + reverse("playbooks"), wait_until="networkidle")
    page.get_by_role("link", name="New playbook").first.click()
    page.get_by_label("Name", exact=True).fill("Use fell")
    page.get_by_label("For which risk").fill("Use fell by a third")
    page.get_by_label("What is done").first.fill("Find out why")
    page.get_by_role("button", name="Make playbook").click()
    expect(page.get_by_role("heading", name="Use fell", exact=True)).to_be_visible()
    expect(page.get_by_role("cell", name="Within 2 working days")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("No playbooks yet")).to_be_visible()


def test_a_csm_chooses_one_and_changes_it_before_it_is_saved(page, live_server, log_in, watch, playbook, company, csm):
    log_in(page, csm)
    page.goto(live_server.url + reverse("account-plan", args=[company.pk]), wait_until="networkidle")
    page.get_by_role("link", name="Start plan").click()
    sheet = page.get_by_role("dialog")
    sheet.get_by_label("Playbook").select_option(label="Champion left")
    expect(sheet.get_by_label("Why")).to_have_value("Our champion has left")
    expect(sheet.get_by_text("Sponsor call")).to_be_visible()
    assert violations(page) == []
    sheet.get_by_text("Call the decision maker").click()
    step = sheet.get_by_label("What is done").first
    expect(step).to_be_visible()
    step.fill("Visit the decision maker")
    sheet.get_by_role("button", name="Start plan").click()
    expect(page.get_by_text("Visit the decision maker")).to_be_visible()
    expect(page.get_by_text("from the playbook Champion left")).to_be_visible()
    assert watch.complaints == []


def test_the_work_of_who_left_is_handed_over_and_taken_back(page, live_server, log_in, company, manager, csm):
    plan = MitigationPlan.objects.get()
    zoe = User.objects.create_user(email="zoe@kestrel.example", name="Zoe Example", role="csm", is_active=False)
    PlanStep.objects.filter(plan=plan).update(owner=zoe)
    log_in(page, manager)
    page.goto(live_server.url + reverse("handover"), wait_until="networkidle")
    assert violations(page) == []
    page.get_by_role("link", name="Hand over the work of Zoe Example").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_text("to Maya Example")).to_be_visible()
    assert violations(page) == []
    sheet.get_by_role("button", name="Hand over").click()
    expect(page.get_by_text("Everybody's work has an owner")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="Hand over the work of Zoe Example")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_follow_the_rules(page, live_server, log_in, playbook, ops, theme):
    Holiday.objects.create(day=timezone.localdate(), name="A day off")
    ops.theme = theme
    ops.save()
    log_in(page, ops)
    for url in ("playbooks", "working-days", "playbook-new"):
        page.goto(live_server.url + reverse(url), wait_until="networkidle")
        assert violations(page) == []
