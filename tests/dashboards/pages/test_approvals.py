"""Approvals on the pages: what waits says so, does not count, is decided by somebody else, and then counts."""

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.urls import reverse

from accounts import deliveries
from accounts.models import ManualReading, Organization, Override, Proposal, Pulse, Source
from accounts.operations import silences
from accounts.operations.approvals import approve
from scoring.cards import cards_on
from scoring.models import Snapshot
from scoring.pipeline import score_days
from scoring.replay import replay
from scoring.rescore import rescore_waiting
from tests.accounts.test_approvals import propose_pulse
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.test_adjust import RATING, SHEET, save
from tests.scoring.conftest import publish_card  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day")]


@pytest.fixture
def scored(acme, source, publish_card):  # noqa: F811
    """Acme at 75 since last night; pulses beyond 10 % wait, and every override."""
    publish_card(RATING)
    ManualReading.objects.create(
        account=acme, measure="rating", value=4, read_on=TODAY - timedelta(days=9), source=source, external_id="r",
        expires_on=TODAY + timedelta(days=60), recorded_at=NOW - timedelta(days=9),
    )  # fmt: skip
    score_days([TODAY], clock=lambda: NOW)
    Organization.objects.update(pulse_limit_percent=10, do_overrides_wait=True)
    return acme


@pytest.fixture
def maya(client, csm):
    client.force_login(csm)
    return client


@pytest.fixture
def elena(client, manager):
    client.force_login(manager)
    return client


def decide(client, proposal: Proposal, decision: str = "approve", words: str = ""):
    sent = {"decision": decision, "words": words}
    return client.post(reverse("approval", args=[proposal.pk]), sent, headers=SHEET)


def score_of(account) -> int | None:
    rescore_waiting(as_of=TODAY, at=NOW)
    return Snapshot.objects.get(account=account, as_of=TODAY).score


def test_the_preview_says_that_it_would_wait_and_for_whom(maya, scored, manager):
    for percent, waits in (("-10", ""), ("-20", "Waiting for Elena Example.")):
        answer = maya.post(reverse("adjust-preview", args=[scored.pk, "pulse"]), {"percent": percent}, headers=SHEET)
        assert waits in answer.context["page"].waits
        assert bool(answer.context["page"].waits) is bool(waits)
    answer = maya.post(reverse("adjust-preview", args=[scored.pk, "override"]), {"score": "30"}, headers=SHEET)
    assert answer.context["page"].then.score == Decimal(30)
    assert "Waiting for Elena Example." in answer.content.decode()


def test_beyond_the_limit_nothing_counts_until_the_manager_approves(maya, scored, manager):
    save(maya, scored, percent="-20")
    assert not Pulse.objects.exists()
    assert score_of(scored) == 7500
    shown = maya.get(reverse("account", args=[scored.pk])).content.decode()
    assert "Waiting for Elena Example." in shown
    assert "Withdraw" in shown
    maya.force_login(manager)
    asked = maya.get(reverse("approval", args=[Proposal.objects.get().pk]), headers=SHEET).context["page"]
    assert (asked.now.score, asked.then.score) == (Decimal(75), Decimal(60))
    assert not Pulse.objects.exists()
    decide(maya, Proposal.objects.get())
    assert score_of(scored) == 6000


def test_up_to_the_limit_a_pulse_counts_at_once(maya, scored):
    save(maya, scored, percent="-10")
    assert not Proposal.objects.exists()
    assert score_of(scored) == 6750


def test_no_day_before_the_approval_counts_it_whenever_it_is_scored(maya, scored, manager):
    early = TODAY - timedelta(days=5)
    save(maya, scored, percent="-20", starts_on=early.isoformat())
    approve(proposal=Proposal.objects.get(), words="", by=manager, at=NOW + timedelta(hours=1))
    score_days([TODAY - timedelta(days=1)], clock=lambda: NOW)
    assert Snapshot.objects.get(account=scored, as_of=TODAY - timedelta(days=1)).score == 7500
    for hours, score in ((0, 7500), (2, 6000)):
        known = replay(day=TODAY, cards=cards_on(TODAY), known_at=NOW + timedelta(hours=hours))
        assert known.scores.tolist() == [score]


def test_a_declined_one_never_counts_and_its_author_reads_why(elena, scored, csm):
    proposal = propose_pulse(scored, by=csm)
    assert decide(elena, proposal, "decline").status_code == 422
    decide(elena, proposal, "decline", "Wait for Thursday's call.")
    assert score_of(scored) == 7500
    elena.force_login(csm)
    shown = elena.get(reverse("account", args=[scored.pk])).content.decode()
    assert "Declined by Elena Example" in shown
    assert "Wait for Thursday&#x27;s call." in shown


def test_the_toast_undoes_an_approval(elena, scored, csm):
    decide(elena, propose_pulse(scored, by=csm))
    assert score_of(scored) == 6000
    undo = re.search(r'action="([^"]+/undo)"', elena.get(reverse("approvals")).content.decode())[1]
    elena.post(undo)
    assert Proposal.objects.get().state == "waiting"
    assert score_of(scored) == 7500


def test_who_proposes_is_not_who_decides(elena, scored, manager):
    own = propose_pulse(scored, by=manager)
    assert "somebody else decides" in elena.get(reverse("approval", args=[own.pk])).content.decode()
    assert decide(elena, own).status_code == 422
    assert own.pk not in [row.pk for row in elena.get(reverse("approvals")).context["page"].rows]


def test_who_decides_second_is_told_and_keeps_the_words(elena, scored, csm, ops):
    proposal = propose_pulse(scored, by=csm)
    shown = elena.get(reverse("approval", args=[proposal.pk]), headers=SHEET)
    assert b"Approve" in shown.content
    elena.force_login(ops)
    decide(elena, proposal, "decline", "Not yet.")
    elena.force_login(scored.owner.team.members.get(role="manager"))
    answer = decide(elena, proposal, words="I agree.")
    assert answer.status_code == 409
    assert "Declined by Olu Example" in answer.content.decode()
    assert "I agree." in answer.content.decode()


def test_the_author_withdraws_what_waits(maya, scored, csm):
    proposal = propose_pulse(scored, by=csm)
    maya.post(reverse("approval-withdraw", args=[proposal.pk]))
    proposal.refresh_from_db()
    assert proposal.state == "withdrawn"
    assert "Withdraw" not in maya.get(reverse("account", args=[scored.pk])).content.decode()


def test_the_weekly_review_and_the_navigation_say_what_waits(elena, scored, csm):
    propose_pulse(scored, by=csm)
    page = elena.get(reverse("reviews"))
    assert [row.title for row in page.context["page"].approvals] == ["Pulse −20%"]
    assert '<span class="nav__count">1</span>' in page.content.decode()


def test_operations_sets_the_limits_and_reads_what_held_before(client, scored, ops):
    client.force_login(ops)
    assert client.post(reverse("approval-limits"), {"pulse_percent": "200"}).status_code == 422
    shown = client.post(reverse("approval-limits"), {"pulse_percent": ""}, follow=True).content.decode()
    assert "No pulse waits; overrides count at once. Before: Pulses beyond 10% wait; overrides wait." in shown
    save(client, scored, "override", score="30")
    assert Override.objects.exists()
    client.post(unescape(re.search(r'action="([^"]+undo=1[^"]*)"', shown)[1]))
    ours = Organization.objects.get()
    assert (ours.pulse_limit_percent, ours.do_overrides_wait) == (10, True)


def test_the_list_leaves_as_a_csv_file(elena, scored, csm):
    propose_pulse(scored, by=csm)
    lines = elena.get(reverse("approvals-csv")).content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Account,What,Reason,In words,Author")
    assert "New owners review all vendors." in lines[1]


def test_the_pages_ask_few_queries_however_much_waits(elena, scored, csm, make_account, django_assert_max_num_queries):
    for number in range(8):
        propose_pulse(make_account(f"More {number}", owner=csm), by=csm)
    with django_assert_max_num_queries(9):
        assert len(elena.get(reverse("approvals")).context["page"].rows) == 8
    with django_assert_max_num_queries(9):
        elena.get(reverse("approvals"), {"state": "decided"})


def test_who_decides_sees_that_the_score_depends_on_a_silent_source(maya, scored, source, manager):
    save(maya, scored, percent="-20")
    Source.objects.filter(pk=source.pk).update(rhythm_days=1)
    deliveries.note(source_id=source.pk, kind="readings", brought=1, at=NOW - timedelta(days=3))
    silences.watch(at=NOW)
    maya.force_login(manager)
    text = maya.get(reverse("approval", args=[Proposal.objects.get().pk]), headers=SHEET).content.decode()
    assert text.count(f'<span class="visually-hidden">Stale: nothing comes from {source.name}</span>') == 1
