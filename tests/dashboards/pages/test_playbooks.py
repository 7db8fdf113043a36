"""Playbooks on their pages: written, read, copied, archived, each with undo; who may, and who wrote meanwhile."""

import csv
import io
from datetime import date

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.models import Holiday, Playbook
from accounts.operations.playbook_start import start_playbook
from accounts.operations.playbooks import PlaybookWords, StepWords, make_playbook, words_in
from tests.conftest import NOW

pytestmark = pytest.mark.usefixtures("on_the_day", "organization")
WORDS = PlaybookWords(
    name="Champion left", reason="=Our champion has left", target_band=1, target_days=60,
    steps=(StepWords("Call <them>", due_days=3), StepWords("Sponsor call", due_days=8, role="manager", is_shared=True)),
)  # fmt: skip
FORM = {
    "name": "Use fell", "reason": "Use fell by a third", "goal": "Back", "target_band": "1", "target_days": "40",
    "s1-text": "Find out why", "s1-due_days": "2", "s1-role": "csm",
    "s2-text": "", "s2-due_days": "5", "s2-role": "csm",
    "s3-text": "Workshop", "s3-due_days": "10", "s3-role": "manager", "s3-is_shared": "on",
}  # fmt: skip


@pytest.fixture
def playbook(ops) -> Playbook:
    return make_playbook(words=WORDS, by=ops, at=NOW)


@pytest.fixture
def browser(client, manager):
    client.force_login(manager)
    return client


def undo_of(answer) -> str:
    (message,) = get_messages(answer.wsgi_request)
    return message.extra_tags


def test_a_manager_writes_a_playbook_and_takes_it_back(browser):
    assert browser.get(reverse("playbook-new")).status_code == 200
    answer = browser.post(reverse("playbook-new"), FORM)
    made = Playbook.objects.get()
    assert answer.url == reverse("playbook", args=[made.pk])
    words = words_in(made)
    assert (words.name, words.target_band, words.target_days) == ("Use fell", 1, 40)
    assert [(step.text, step.due_days, step.role, step.is_shared) for step in words.steps] == [
        ("Find out why", 2, "csm", False), ("Workshop", 10, "manager", True),
    ]  # fmt: skip
    assert browser.post(undo_of(answer)).url == reverse("playbooks")
    assert not Playbook.objects.exists()


@pytest.mark.parametrize(("changes", "sentence"), [
    ({"name": ""}, "Give the playbook a name."), ({"reason": " "}, "Say for which risk it is."),
    ({"s1-text": "", "s3-text": ""}, "A playbook has one to five steps."),
    ({"s1-due_days": ""}, "Say after how many working days it is due."), ({"s1-due_days": "-1"}, "0 is the first day."),
    ({"s1-role": "person"}, "Name the person."), ({"name": "CHAMPION LEFT"}, "There is a playbook called"),
    ({"target_band": "-1"}, "Select a valid choice"), ({"target_days": "500"}, "less than or equal to 260"),
])  # fmt: skip
def test_what_is_missing_is_said_at_its_field(browser, playbook, changes, sentence):
    answer = browser.post(reverse("playbook-new"), FORM | changes)
    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert Playbook.objects.count() == 1


def test_the_second_of_two_is_told_and_keeps_what_they_wrote(browser, playbook, manager):
    url = reverse("playbook-edit", args=[playbook.pk])
    Playbook.objects.update(edition=2)
    answer = browser.post(url, FORM | {"seen": "1"})
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Olu Example changed this playbook at" in text
    assert "Find out why" in text
    browser.post(url, FORM | {"seen": "2"})
    assert Playbook.objects.get().name == "Use fell"


def test_a_change_and_its_undo(browser, playbook):
    answer = browser.post(reverse("playbook-edit", args=[playbook.pk]), FORM | {"seen": "1"})
    assert answer.url == reverse("playbook", args=[playbook.pk])
    browser.post(undo_of(answer))
    assert words_in(Playbook.objects.get()) == WORDS


def test_a_copy_is_opened_to_be_changed_and_an_archived_one_is_brought_back(browser, playbook):
    answer = browser.post(reverse("playbook-copy", args=[playbook.pk]))
    copy = Playbook.objects.get(name="Champion left (copy)")
    assert answer.url == reverse("playbook-edit", args=[copy.pk])
    answer = browser.post(reverse("playbook-archive", args=[copy.pk]))
    assert "Champion left (copy)" in browser.get(reverse("playbooks") + "?state=archived").content.decode()
    assert browser.get(reverse("playbook-edit", args=[copy.pk])).url == reverse("playbook", args=[copy.pk])
    browser.post(reverse("playbook-back", args=[copy.pk]))
    assert Playbook.objects.get(pk=copy.pk).archived_at is None
    assert answer.url == reverse("playbooks")


def test_the_page_tells_owners_and_the_days_of_a_start_today(browser, playbook):
    Holiday.objects.create(day=date(2026, 7, 3), name="Off")
    page = browser.get(reverse("playbook", args=[playbook.pk])).context["page"]
    assert [(step.owner, step.due, step.due_on) for step in page.steps] == [
        ("The account's CSM", "Within 3 working days", date(2026, 7, 6)),
        ("The CSM's manager", "Within 8 working days", date(2026, 7, 13)),
    ]
    assert page.target == "Moderate within 60 working days"


def test_the_list_counts_plans_in_sight_alone(client, playbook, acme, csm, other_csm, ops):
    start_playbook(playbook=playbook, account=acme, by=ops, at=NOW)
    for who, count in ((csm, 1), (other_csm, 0)):
        client.force_login(who)
        (row,) = client.get(reverse("playbooks")).context["page"].rows
        assert (row.use.plans, row.use.open, row.steps, row.length) == (count, count, 2, "Within 8 working days")


def test_the_file_runs_no_formula(browser, playbook):
    (row,) = csv.DictReader(io.StringIO(browser.get(reverse("playbooks-csv")).content.decode("utf-8-sig")))
    assert (row["Playbook"], row["Reason"], row["Steps"]) == ("Champion left", "'=Our champion has left", "2")


def test_who_only_reads_finds_the_playbooks_and_nothing_to_press(client, playbook, viewer):
    client.force_login(viewer)
    text = client.get(reverse("playbook", args=[playbook.pk])).content.decode()
    assert "Call &lt;them&gt;" in text
    assert "Archive" not in text
    assert "New playbook" not in client.get(reverse("playbooks")).content.decode()


def test_without_playbooks_the_list_says_what_to_do(browser, client, viewer):
    assert "Write down what your team does" in browser.get(reverse("playbooks")).content.decode()
    client.force_login(viewer)
    assert "A manager or CS operations writes them" in client.get(reverse("playbooks")).content.decode()


@pytest.mark.parametrize(("name", "most"), [("playbooks", 8), ("playbook", 10), ("playbook-edit", 10)])
def test_the_queries_of_each_page_are_counted(browser, playbook, name, most, django_assert_max_num_queries):
    with django_assert_max_num_queries(most):
        browser.get(reverse(name, args=[] if name == "playbooks" else [playbook.pk]))
