"""The weekly review: the queue, the plan under review, marking it, and the risks without a plan."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from accounts.models import MitigationPlan
from dashboards.pages.reviews import build_reviews_page
from dashboards.pages.reviews_plan import change_after
from dashboards.pages.weeks import BadWeek, week_from, week_of
from scoring.models import Snapshot
from scoring.queries.plans import ScoreDay
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import done_run, give_health, give_plan, give_review, give_step

MONDAY = date(2026, 6, 29)  # of the week of TODAY, a Tuesday


@pytest.fixture
def three_plans(organization, csm, make_account):
    """Acme: 2 late steps, fell from 50 to 40. Birch: 1 late, rose from 40 to 60. Cedar: none late, no score."""
    acme, birch, cedar = (make_account(name, owner=csm) for name in ("Acme", "Birch", "Cedar"))
    give_health(acme, score=4000, arr=Decimal(100))
    give_health(birch, score=6000, arr=Decimal(900))
    plans = [
        give_plan(acme, owner=csm, opened_on=date(2026, 5, 1), score=5000),
        give_plan(birch, owner=csm, opened_on=date(2026, 5, 1), score=4000),
        give_plan(cedar, owner=csm, opened_on=date(2026, 5, 1)),
    ]
    give_step(plans[0], position=1, due=date(2026, 6, 1))
    give_step(plans[0], position=2, due=date(2026, 6, 23))
    give_step(plans[1], position=1, due=date(2026, 6, 24))
    give_step(plans[2], position=1, due=date(2026, 7, 24))
    return plans


def reviewed(plan, by, at=NOW, note="Fine"):
    return give_review(plan, by=by, at=at, note=note)


def page_for(user, query: str = "", chosen: int | None = None):
    return build_reviews_page(user, query=QueryDict(query), today=TODAY, chosen=chosen)


def names(rows) -> list[str]:
    return [row.name for row in rows]


def left(page) -> list[str]:
    return names(page.queue.to_review)


def test_the_queue_has_the_most_overdue_first_and_reviewed_accounts_last(three_plans, manager):
    reviewed(three_plans[0], manager)
    page = page_for(manager)
    assert left(page) == ["Birch", "Cedar"]
    assert names(page.queue.reviewed) == ["Acme"]
    assert (page.to_review, page.reviewed, page.items, page.overdue_steps) == (2, 1, 3, 3)
    assert page.panel.row.name == "Birch"
    assert page.queue.to_review[0].reasons == ("1 step overdue, 6 days", "Not reviewed for 7 days")
    assert page.queue.reviewed[0].outcome == "On track"


def test_a_review_counts_for_the_week_in_which_it_was_held(three_plans, manager):
    sunday_night = datetime(2026, 6, 28, 23, 59, tzinfo=UTC)
    reviewed(three_plans[0], manager, at=sunday_night)
    reviewed(three_plans[2], manager, at=sunday_night)
    page = page_for(manager)
    # Cedar has nothing overdue and was looked at two days ago; Acme has.
    assert (page.reviewed, left(page)) == (0, ["Acme", "Birch"])
    last_week = page_for(manager, "week=2026-W26")
    assert (last_week.reviewed, last_week.items, last_week.is_this_week) == (2, 3, False)
    assert (names(last_week.queue.reviewed), left(last_week)) == (["Acme", "Cedar"], ["Birch"])


def test_a_past_week_has_the_plans_that_were_open_at_its_end(three_plans, manager):
    MitigationPlan.objects.filter(pk=three_plans[0].pk).update(closed_at=NOW, outcome="resolved")
    assert "Acme" not in [due.name for due in page_for(manager).order.left if due.plan]
    assert page_for(manager, "week=2026-W26").items == 3
    assert page_for(manager, "week=2026-W17").items == 0


def test_other_orders_and_parts_of_the_queue(three_plans, manager):
    assert left(page_for(manager, "sort=arr")) == ["Birch", "Acme", "Cedar"]
    assert left(page_for(manager, "sort=effect")) == ["Acme", "Birch", "Cedar"]
    overdue = page_for(manager, "show=overdue")
    assert (left(overdue), overdue.items) == (["Acme", "Birch"], 3)
    assert left(page_for(manager, "show=no_plan")) == []


def test_the_next_account_is_the_following_one_that_is_left(three_plans, manager):
    acme, birch, cedar = (plan.account_id for plan in three_plans)
    assert page_for(manager, chosen=acme).queue.next_account == birch
    assert page_for(manager, chosen=cedar).queue.next_account == acme
    reviewed(three_plans[0], manager)
    reviewed(three_plans[1], manager)
    assert page_for(manager, chosen=cedar).queue.next_account is None


def test_only_the_first_lines_are_read_and_the_chosen_one_is_among_them(organization, manager, csm, make_account):
    accounts = [make_account(f"Risk {n:02}", owner=csm) for n in range(20)]
    for account in accounts:
        give_health(account, score=2000, arr=Decimal(100))
    page = page_for(manager)
    assert (len(page.queue.to_review), page.queue.more_to_review, page.items) == (12, 8, 20)
    assert page_for(manager, "shown=62").queue.more_to_review == 0
    far = page_for(manager, chosen=accounts[17].pk)
    assert [row.name for row in far.queue.to_review if row.is_current] == ["Risk 17"]


def test_an_account_outside_the_queue_can_be_looked_at_and_an_unseen_one_not(
    three_plans, manager, make_account, csm, other_csm
):
    give_health(make_account("Fine", owner=csm), score=9000)
    fine, theirs = make_account("Good", owner=csm), make_account("Delta", owner=other_csm)
    assert page_for(manager, chosen=fine.pk).panel.row.name == "Good"
    assert page_for(manager, chosen=theirs.pk).panel is None


def test_the_share_of_arr_at_risk_with_a_live_plan(three_plans, manager, csm, make_account):
    """Acme is at risk with a step to do; Done has a plan without one; Bare has none."""
    done, bare = make_account("Done", owner=csm), make_account("Bare", owner=csm)
    give_health(done, score=1000, arr=Decimal(150))
    give_health(bare, score=1000, arr=Decimal(150))
    plan = give_plan(done, owner=csm, opened_on=date(2026, 5, 1))
    give_step(plan, position=1, due=date(2026, 5, 2), done_on=date(2026, 5, 2))
    coverage = page_for(manager).coverage
    assert (coverage.arr, coverage.live_arr, coverage.ratio) == (400, 100, 0.25)
    assert (coverage.accounts, coverage.live_accounts) == (3, 1)


def test_the_plan_shows_its_effect_its_steps_and_earlier_reviews(three_plans, manager):
    reviewed(three_plans[1], manager, at=NOW - timedelta(days=7), note="Go on")
    panel = page_for(manager, chosen=three_plans[1].account_id).panel
    assert (panel.plan.effect, panel.plan.score_at_opening, panel.plan.score) == (20, 40, 60)
    assert [entry.step.words for entry in panel.steps] == ["Overdue 6 days"]
    assert [(review.day, review.by, review.note) for review in panel.reviews] == [
        (date(2026, 6, 23), "Elena Example", "Go on")
    ]


def test_the_chart_starts_before_the_plan_and_marks_opening_and_done_steps(three_plans, manager):
    plan = three_plans[0]
    run = done_run()
    version = plan.account.health.version
    for day, score in [(date(2026, 3, 1), 9000), (date(2026, 4, 10), 6000), (date(2026, 6, 1), 4500)]:
        Snapshot.objects.create(
            account=plan.account, as_of=day, version=version, run=run, score=score, band=1, coverage=1.0, breakdown=b""
        )
    give_step(plan, position=3, due=date(2026, 5, 20), done_on=date(2026, 5, 20))
    chart = page_for(manager, chosen=plan.account_id).panel.chart
    assert [row[:2] for row in chart.table_rows] == [["10 Apr 2026", "60.0"], ["1 Jun 2026", "45.0"]]
    texts = [note["text"] for note in chart.figure["layout"]["annotations"] if note.get("name") == "event"]
    assert texts == ["Step 3 done, 20 May", "Plan opened at 50, 1 May"]


def test_the_change_after_a_step_waits_for_its_two_weeks():
    days = [ScoreDay(date(2026, 6, 1) + timedelta(days=n), 5000 + 100 * n, 1) for n in range(20)]
    assert change_after(date(2026, 6, 3), days) == 14
    assert change_after(date(2026, 6, 10), days) is None
    assert change_after(date(2026, 5, 1), days) is None
    assert change_after(None, days) is None


def test_accounts_at_risk_are_weak_or_fell_by_eight_and_have_no_plan(three_plans, manager, csm, make_account):
    give_health(make_account("Weak", owner=csm), score=4900, month_ago=4900, arr=Decimal(50))
    give_health(make_account("Fell", owner=csm), score=7200, month_ago=8000, arr=Decimal(70))
    give_health(make_account("Held", owner=csm), score=7201, month_ago=8000, arr=Decimal(999))
    give_health(make_account("New", owner=csm), score=7000, arr=Decimal(999))
    page = page_for(manager)
    assert [(row.name, row.change) for row in page.risk_rows] == [("Fell", -8), ("Weak", 0)]
    assert (page.risks.accounts, page.risks.arr) == (2, 120)


def test_weak_since_is_the_first_day_of_the_present_stretch(organization, manager, csm, make_account):
    weak = make_account("Weak", owner=csm)
    health = give_health(weak, score=4000)
    for day, band in [(1, 2), (2, 1), (3, 2), (4, 2)]:
        Snapshot.objects.create(
            account=weak, as_of=date(2026, 6, day), version=health.version, run=health.run, score=4500, band=band,
            coverage=1.0, breakdown=b"",
        )  # fmt: skip
    row = page_for(manager).risk_rows[0]
    assert (row.weak_since, row.weak_days) == (date(2026, 6, 3), 27)


def test_overdue_steps_by_csm_are_split_at_seven_days(three_plans, manager, north, make_account):
    row = page_for(manager).overdue[0]
    assert (row.csm, row.open_steps, row.long_overdue, row.short_overdue) == ("Maya Example", 4, 1, 2)


def test_weeks_are_named_as_in_the_calendar():
    assert (week_of(TODAY).monday, week_of(TODAY).code) == (MONDAY, "2026-W27")
    assert week_from("2026-W53").monday == date(2026, 12, 28)
    assert week_from("2026-W27").end - week_from("2026-W27").start == timedelta(days=7)
    for bad in ("2025-W53", "2026-27", "2026-W00", "next"):
        with pytest.raises(BadWeek):
            week_from(bad)


@pytest.mark.parametrize(
    ("who", "status"), [("manager", 200), ("ops", 200), ("csm", 403), ("leader", 403), ("viewer", 403)]
)
def test_who_may_open_the_review(client, three_plans, who, status, request):
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("reviews")).status_code == status


def test_a_guest_is_asked_to_log_in(client, db):
    assert client.get(reverse("reviews")).status_code == 302


def test_a_manager_sees_the_team_and_operations_chooses_among_all(
    three_plans, manager, ops, other_csm, make_account, south
):
    give_plan(make_account("Delta", owner=other_csm), owner=other_csm, opened_on=date(2026, 6, 1))
    assert page_for(manager).items == 3
    assert page_for(ops).items == 4
    assert names(page_for(ops, f"team={south.pk}").queue.rows) == ["Delta"]
    assert [found.label for found in page_for(manager).filters] == ["Show", "Sort"]
    assert [found.label for found in page_for(ops).filters] == ["Team", "CSM", "Show", "Sort"]


@time_machine.travel(NOW, tick=False)
def test_a_page_takes_at_most_twenty_five_queries_however_many_accounts(
    client, three_plans, manager, django_assert_max_num_queries, csm, make_account
):
    for number in range(30):
        account = make_account(f"Weak {number}", owner=csm)
        give_health(account, score=1000)
        if number % 2:
            give_step(give_plan(account, owner=csm, opened_on=date(2026, 5, 1)), position=1, due=date(2026, 6, 1))
    client.force_login(manager)
    with django_assert_max_num_queries(25):
        client.get(reverse("reviews"), {"shown": "62"})


def test_a_week_that_is_none_is_not_found(client, three_plans, manager):
    client.force_login(manager)
    assert client.get(reverse("reviews"), {"week": "2026-W99"}).status_code == 404
    assert client.get(reverse("reviews"), {"week": "2099-W10"}).status_code == 404


@time_machine.travel(NOW, tick=False)
def test_the_page_says_what_is_left_and_what_is_done(client, three_plans, manager):
    client.force_login(manager)
    html = client.get(reverse("reviews")).content.decode()
    assert "<b>3 of 3 accounts</b> still to review, 3 steps overdue, 0 at-risk accounts have no plan." in html
    assert "Every account at risk has a plan" in html
    for plan in three_plans:
        reviewed(plan, manager)
    html = client.get(reverse("reviews")).content.decode()
    assert "All 3 accounts are reviewed. Next week starts 6 Jul." in html


def test_an_empty_queue_says_how_accounts_come_into_it(client, organization, manager, csm):
    client.force_login(manager)
    html = client.get(reverse("reviews")).content.decode()
    assert "Nothing to review" in html
    assert "Nothing is to review" in html


def test_names_and_words_are_escaped(client, three_plans, manager):
    three_plans[0].account.name = "<b>Acme</b>"
    three_plans[0].account.save()
    reviewed(three_plans[0], manager, at=NOW - timedelta(days=30), note="<script>alert(1)</script>")
    client.force_login(manager)
    html = client.get(reverse("reviews"), {"account": three_plans[0].account_id}).content.decode()
    assert "&lt;b&gt;Acme&lt;/b&gt;" in html
    assert "<b>Acme</b>" not in html
    assert "<script>alert(1)" not in html
