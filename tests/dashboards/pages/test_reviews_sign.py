"""Signing off in the weekly review, taking it back, and the review on paper and as files."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import PlanReview
from tests.conftest import NOW
from tests.dashboards.pages.boards import give_health, give_plan, give_review, give_step

pytestmark = pytest.mark.usefixtures("organization")


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def acme(csm, make_account):
    """At 40 with a plan of a late step."""
    account = make_account("Acme", owner=csm)
    give_health(account, score=4000)
    plan = give_plan(account, owner=csm, opened_on=date(2026, 5, 1), score=5000)
    give_step(plan, position=1, due=date(2026, 6, 1), text="Retrain the administrators")
    return account


@pytest.fixture
def bare(csm, make_account):
    """At risk, without a plan."""
    account = make_account("Bare", owner=csm)
    give_health(account, score=3000)
    return account


@pytest.fixture
def send(client, manager):
    client.force_login(manager)

    def sent(account, query="", **data):
        return client.post(reverse("review-sign", args=[account.pk]) + query, {"outcome": "on_track", **data})

    return sent


def test_a_sign_off_goes_on_to_the_next_keeps_the_choices_and_offers_undo(client, send, acme, bare, manager):
    answer = send(acme, "?sort=arr", note=" Good ", next_account=bare.pk)
    assert (answer.status_code, answer["Location"]) == (302, f"/reviews?sort=arr&account={bare.pk}")
    review = PlanReview.objects.get()
    assert (review.account, review.by, review.note, review.outcome) == (acme, manager, "Good", "on_track")
    assert (review.rules, review.score_hundredths) == (["overdue", "unreviewed"], 4000)
    html = client.get(answer["Location"]).content.decode()
    assert "Acme is signed off: On track." in html
    assert reverse("review-undo", args=[review.pk]) in html


def test_undo_puts_the_account_back(client, send, acme):
    send(acme, note="Good")
    answer = client.post(reverse("review-undo", args=[PlanReview.objects.get().pk]), follow=True)
    assert "Acme is back in the queue." in answer.content.decode()
    assert not PlanReview.objects.exists()


def test_undo_is_refused_to_others_and_unknown_where_unseen(client, send, acme, ops, manager, south):
    send(acme, note="Good")
    undo = reverse("review-undo", args=[PlanReview.objects.get().pk])
    client.force_login(ops)
    assert "Not undone: Only whoever signed it off" in client.post(undo, follow=True).content.decode()
    manager.team = south
    manager.save()
    client.force_login(manager)
    assert client.post(undo).status_code == 404


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"note": "  "}, "Say what you found."),
        ({"note": "Done", "outcome": "close"}, "Say how the plan ended."),
        ({"note": "Done", "outcome": "party"}, "not one of the available choices"),
    ],
)
def test_a_review_that_says_too_little_comes_back_with_the_reason(send, acme, data, sentence):
    answer = send(acme, **data)
    html = answer.content.decode()
    assert (answer.status_code, PlanReview.objects.count()) == (422, 0)
    assert sentence in html
    assert data["note"].strip() in html


def test_a_review_can_close_the_plan_and_says_how_it_ended(send, acme):
    assert send(acme, note="All green", outcome="close", ending="resolved").status_code == 302
    plan = acme.plans.get()
    assert (plan.closed_at, plan.outcome) == (NOW, "resolved")


def test_an_account_without_a_plan_is_signed_off_too(client, send, bare):
    html = client.get(reverse("reviews"), {"account": bare.pk}).content.decode()
    assert "Ask for a plan" in html
    assert "No plan needed" in html
    answer = send(bare, note="A merger ends it.", outcome="close")
    assert "Bare is signed off: No plan needed." in answer.client.get("/reviews").content.decode()
    assert PlanReview.objects.get().rules == ["no_plan"]


def test_the_second_reviewer_is_told_keeps_the_note_and_may_add_it(client, send, acme, ops):
    first = give_review(acme.plans.get(), by=ops, note="Mine came first")
    answer = send(acme, note="Mine too")
    html = answer.content.decode()
    assert (answer.status_code, PlanReview.objects.count()) == (409, 1)
    assert "signed it off meanwhile, on 30 Jun 2026: On track, “Mine came first”." in html
    assert "Mine too" in html
    assert f'name="seen" value="{first.pk}"' in html
    assert send(acme, note="Mine too", seen=first.pk).status_code == 302


@pytest.mark.parametrize(("who", "status"), [("csm", 403), ("leader", 403), ("viewer", 403), ("ops", 302)])
def test_who_may_sign_off(client, acme, who, status, request):
    client.force_login(request.getfixturevalue(who))
    address = reverse("review-sign", args=[acme.pk])
    assert client.post(address, {"note": "Seen", "outcome": "on_track"}).status_code == status


def test_another_teams_account_is_not_found(send, make_account, other_csm):
    assert send(make_account("Delta", owner=other_csm), note="Seen").status_code == 404
    assert not PlanReview.objects.exists()


def test_the_agenda_has_what_is_left_with_steps_and_what_was_decided_last_time(client, send, acme, bare, manager):
    last = give_review(acme.plans.get(), by=manager, at=NOW - timedelta(days=20), note="Split step 1")
    html = client.get(reverse("review-agenda")).content.decode()
    assert html.index("Acme") < html.index("Bare")
    for words in ("Retrain the administrators", "Overdue 29 days", "“Split step 1”", "At risk, no plan"):
        assert words in html
    send(acme, note="Done", seen=last.pk)
    assert "Retrain" not in client.get(reverse("review-agenda")).content.decode()


def test_the_minutes_have_what_was_decided_and_what_was_replaced(client, send, acme, bare, manager):
    send(acme, note="First")
    send(acme, note="Second thoughts", outcome="change_steps", seen=PlanReview.objects.get().pk)
    html = client.get(reverse("review-minutes")).content.decode()
    for words in ("First", "Second thoughts", "Change steps", "replaced later in the week", "score 40 then"):
        assert words in html
    assert "<b>1</b> account of the week was not reviewed." in html
    assert "Second thoughts" not in client.get(reverse("review-minutes"), {"week": "2026-W26"}).content.decode()


def test_empty_papers_say_so(client, send):
    assert "Nothing is left to review" in client.get(reverse("review-agenda")).content.decode()
    assert "Nothing was decided" in client.get(reverse("review-minutes")).content.decode()
    assert client.get(reverse("review-minutes"), {"week": "2026-W99"}).status_code == 404
    assert client.get(reverse("review-minutes-csv"), {"week": "2026-W99"}).status_code == 404


def test_both_papers_as_files_without_live_formulas(client, send, acme, bare):
    lines = client.get(reverse("review-agenda-csv")).content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Account,CSM,Score,ARR (USD)")
    assert [line.split(",")[0] for line in lines[1:]] == ["Acme", "Bare"]
    assert lines[1].endswith(",1,yes,,,yes")
    send(acme, note="=HYPERLINK(1)")
    minutes = client.get(reverse("review-minutes-csv")).content.decode("utf-8-sig").splitlines()
    assert minutes[1].startswith("Acme,Maya Example,On track,'=HYPERLINK(1),Elena Example,")


def test_a_paper_takes_few_queries_however_many_accounts(
    client, manager, csm, make_account, django_assert_max_num_queries
):
    for number in range(20):
        account = make_account(f"Weak {number}", owner=csm)
        give_health(account, score=1000)
        plan = give_plan(account, owner=csm, opened_on=date(2026, 5, 1))
        give_step(plan, position=1, due=date(2026, 6, 1))
        if number % 2:
            give_review(plan, by=manager, at=NOW if number % 3 else datetime(2026, 6, 1, 9, tzinfo=NOW.tzinfo))
    client.force_login(manager)
    with django_assert_max_num_queries(20):
        client.get(reverse("review-agenda"))
    with django_assert_max_num_queries(14):
        client.get(reverse("review-minutes"))
