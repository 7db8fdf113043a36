"""Wherever a score is shown that depends on a silent source, its mark stands beside it; elsewhere nothing does."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from accounts import deliveries
from accounts.models import Source, SourceSilence, StreamAccount
from accounts.operations import silences
from accounts.operations.sharing import create_share_link
from scoring.models import AccountHealth, Snapshot
from tests.conftest import NOW
from tests.dashboards.pages.boards import give_health, give_plan, give_summary
from tests.dashboards.snapshots import give_snapshot, give_story

WORDS = "nothing comes from Web app"
MARK = f'<span class="visually-hidden">Stale: {WORDS}</span>'


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def told(organization, acme, csm):
    give_story(acme, author=csm)
    give_health(acme, score=5535)
    return acme


@pytest.fixture
def web(told) -> Source:
    """It told of Acme's use, and is silent for three days."""
    source = Source.objects.create(name="Web app", rhythm_days=1)
    StreamAccount.objects.create(source=source, account=told)
    deliveries.note(source_id=source.pk, kind="events", brought=5, at=NOW - timedelta(days=3))
    silences.watch(at=NOW)
    return source


def file_rows(client, name: str, **query: str) -> list[dict[str, str]]:
    text = client.get(reverse(name), query).getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def file_rows_of(client, account) -> list[dict[str, str]]:
    text = client.get(reverse("account-history-csv", args=[account.pk])).getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def said(client, user, name: str, **arguments: object) -> str:
    client.force_login(user)
    return client.get(reverse(name, kwargs=arguments)).getvalue().decode()


def test_the_account_page_marks_the_score_and_the_lines_of_use_alone(client, web, told, csm):
    client.force_login(csm)
    answer = client.get(reverse("account", args=[told.pk]))
    page = answer.context["page"]
    assert page.stale.sources == ("Web app",)
    marked = {row.key for row in page.score.measures if row.silent_sources}
    assert marked == {row.key for row in page.score.measures if row.source.startswith("Usage")} != set()
    assert {flag.label: flag.silent_sources for flag in page.score.flags} == {"No login in 14 days": ("Web app",)}
    assert "This score is stale." in answer.content.decode()
    assert answer.content.decode().count(f"stale: {WORDS}") == len(marked)
    # Beside the score above, at the sum below, at the flag, and at what would reach the next band.
    lines = sum(bool(row.silent_sources) for row in page.reach.enough)
    assert answer.content.decode().count(MARK) == 4 + lines


def test_the_list_marks_it_on_both_screens_and_in_the_file(client, web, told, make_account, csm):
    give_health(make_account("Other", owner=csm), score=5000)
    listed = said(client, csm, "accounts")
    assert listed.count(f'<span class="visually-hidden">Stale: {WORDS}</span>') == 2
    file = said(client, csm, "accounts-csv").splitlines()
    assert [line.split(",")[2] for line in file] == ["Silent sources", "Web app", ""]


def test_the_customer_is_told_in_friendly_words_and_not_which_source(client, web, told, csm):
    _, token = create_share_link(account=told, recipient="Ann", days=90, by=csm, at=NOW)
    shared = client.get(reverse("share", args=[token])).content.decode()
    assert "has not reached us lately" in shared
    assert "Web app" not in shared


def test_the_api_says_it_of_accounts_scores_and_measures(web, told, make_account, csm):
    give_health(make_account("Other", owner=csm), score=5000)
    api = APIClient()
    api.force_login(csm)
    listed = {each["name"]: each["health"] for each in api.get("/api/v1/accounts").json()["results"]}
    assert (listed["Acme"]["is_stale"], listed["Acme"]["stale_sources"]) == (True, ["Web app"])
    assert (listed["Other"]["is_stale"], listed["Other"]["stale_sources"]) == (False, [])
    assert api.get(f"/api/v1/accounts/{told.pk}").json()["health"]["stale_sources"] == ["Web app"]
    score = api.get(f"/api/v1/accounts/{told.pk}/score").json()
    assert (score["is_stale"], score["stale_sources"]) == (True, ["Web app"])
    assert {each["source"] for each in score["measures"] if each["stale_sources"]} == {"usage"}
    assert [each["stale_sources"] for each in score["flags"]] == [["Web app"]]
    assert {each["kind"] for each in score["changes"] if each["stale_sources"]} == set()
    for path in (f"accounts/{told.pk}/movement", "movement"):
        assert api.get(f"/api/v1/{path}").json()["stale_accounts"] == 1


def test_ranks_attention_plans_and_reviews_mark_it(client, web, told, make_account, csm, manager):
    give_health(make_account("Other", owner=csm), score=5000)
    give_plan(told, owner=csm, opened_on=NOW.date() - timedelta(days=10))
    AccountHealth.objects.filter(pk=told.pk).update(score_month_ago=8150, band_month_ago=0)
    # In the rank and in what needs attention.
    assert said(client, csm, "portfolio").count(MARK) == 2
    assert said(client, csm, "attention").count(MARK) == said(client, csm, "plans").count(MARK) == 1
    # In the queue and beside the plan.
    assert said(client, manager, "reviews").count(MARK) == 2
    assert [row["Silent sources"] for row in file_rows(client, "plans-csv")] == ["Web app"]


def test_a_hit_of_the_search_is_marked(client, web, told, csm):
    client.force_login(csm)
    assert MARK in client.get(reverse("search"), {"q": "Acme"}).content.decode()


def test_an_account_at_risk_without_a_plan_is_marked_in_the_review(client, web, told, manager):
    AccountHealth.objects.filter(pk=told.pk).update(score=1000, band=2)
    # In the queue, beside what is decided, and in the list of those without a plan.
    assert said(client, manager, "reviews").count(MARK) == 3


def test_means_say_how_many_of_their_scores_are_stale(client, web, told, smb, make_account, csm, leader):
    give_health(make_account("Other", owner=csm), score=5000)
    give_summary(owner=csm, segment=smb, band=1, accounts=2, score=53, arr=1000, phase=told.phase)
    words = '<span class="visually-hidden">Stale: 1 of 2 scores depends on a silent source</span>'
    assert said(client, csm, "portfolio").count(words) == 1
    assert said(client, csm, "portfolio-movement").count("depends on a silent source</span>") == 1
    for name in ("overview", "leaderboard"):
        page = said(client, leader, name)
        # On the overview in the tile, and in the heat map at the band, its segment, both their sums and the sum of all.
        marks = 5 if name == "overview" else 1
        assert (page.count(words), "Nothing has come from Web app since 27 Jun 2026" in page) == (marks, True), name
    assert [row["Stale scores"] for row in file_rows(client, "leaderboard-csv")] == ["1"]
    assert sum(int(row["Stale scores"]) for row in file_rows(client, "overview-csv", block="segments")) == 1
    # Of months before nobody counted it.
    give_summary(day=NOW.date() - timedelta(days=40), owner=csm, segment=smb, band=1, accounts=2, score=53, arr=1000)
    months = file_rows(client, "overview-csv", block="months")
    assert [row["Stale scores"] for row in months][-2:] == ["", "1"]


def test_days_of_a_silence_are_marked_in_the_history_its_chart_and_its_file(client, web, told, csm):
    """The source spoke last three days ago: the day of today is stale, the one a month before is not."""
    client.force_login(csm)
    page = client.get(reverse("account-history", args=[told.pk]))
    assert [row.silent_sources for row in page.context["page"].rows] == [("Web app",), ()]
    chart = page.context["page"].trend.chart
    words = "Stale: nothing came from Web app"
    assert [words in row[3] for row in chart.table_rows] == [False, True]
    hovers = [[row["name"] for row in point["rows"]] for point in chart.figure["hover"]]
    assert [words in names for names in hovers] == [False, True]
    rows = file_rows_of(client, told)
    assert [row["Silent sources"] for row in rows] == ["Web app", ""]


def test_a_silence_that_is_over_marks_its_days_alone(client, web, told, csm):
    """It was silent around the day of a month ago, and has spoken since."""
    then = Snapshot.objects.filter(account=told).earliest("as_of").as_of
    since, ended = (NOW.replace(month=then.month, day=then.day) + timedelta(days=n) for n in (-4, 3))
    SourceSilence.objects.filter(source=web).update(since=since, noticed_at=since, ended_at=ended)
    client.force_login(csm)
    assert [row["Silent sources"] for row in file_rows_of(client, told)] == ["", "Web app"]
    assert "This score is stale." not in said(client, csm, "account", pk=told.pk)


def test_what_would_reach_the_next_band_is_marked_at_its_head_and_its_lines(client, web, told, csm):
    client.force_login(csm)
    reach = client.get(reverse("account", args=[told.pk])).context["page"].reach
    assert reach.silent_sources == ("Web app",)
    marked = {row.key for row in (*reach.enough, *reach.not_enough) if row.silent_sources}
    assert marked == {"days_since_login", "usage_trend", "utilisation_vs_target"}


def test_the_account_below_that_is_stale_is_marked_in_its_parent(client, web, told, make_account, csm):
    group = make_account("Group", owner=csm, roll_up="mean")
    told.parent = group
    told.save()
    other = make_account("Other", owner=csm, parent=group)
    give_health(other, score=5000)
    none = [[None, None, 0]] * 7
    give_snapshot(
        group, day=NOW.date(), score=5268, measures=none,
        changes=[[f"child:{told.pk}", 2768], [f"child:{other.pk}", 2500]],
    )  # fmt: skip
    client.force_login(csm)
    rows = client.get(reverse("account", args=[group.pk])).context["page"].score.children
    assert {row.label: row.silent_sources for row in rows} == {"Acme": ("Web app",), "Other": ()}


def test_why_an_account_moved_is_marked_too(client, web, told, csm):
    assert "Stale: 1 of 1 score depends on a silent source" in said(client, csm, "account-movement", pk=told.pk)


def test_a_mover_is_marked_on_the_page_and_in_the_file(client, web, told, smb, csm):
    first, last = Snapshot.objects.filter(account=told).order_by("as_of").values_list("as_of", flat=True)
    for day in (first, last):
        give_summary(day=day, owner=csm, segment=smb, band=0, accounts=1, score=50, arr=1)
    query = {"since": first.isoformat(), "points": "1"}
    client.force_login(csm)
    assert MARK in client.get(reverse("movers"), query).content.decode()
    assert [row["Silent sources"] for row in file_rows(client, "movers-csv", **query)] == ["Web app"]


def test_nothing_is_marked_and_one_query_asked_while_all_sources_speak(client, told, csm):
    client.force_login(csm)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("portfolio")).content.decode()
    assert "clock-alert" not in page
    assert len([query for query in asked if "sourcesilence" in query["sql"]]) == 1


def test_operations_have_a_banner_on_every_page_and_nobody_else(client, web, ops, csm):
    for name in ("portfolio", "accounts", "sources", "runs", "overview"):
        assert "it has brought nothing since 27 Jun 2026" in said(client, ops, name), name
    assert "it has brought nothing" not in said(client, csm, "accounts")


def test_a_portfolio_says_it_of_its_data(client, web, csm):
    assert "Nothing has come from Web app since 27 Jun 2026" in said(client, csm, "portfolio")


def test_all_marks_go_as_soon_as_the_source_speaks(client, web, told, csm, ops):
    deliveries.note(source_id=web.pk, kind="events", brought=1, at=NOW)
    assert "is stale" not in said(client, csm, "account", pk=told.pk)
    assert WORDS not in said(client, csm, "accounts")
    assert "it has brought nothing" not in said(client, ops, "sources")


def test_the_list_takes_as_many_queries_for_many_stale_accounts_as_for_one(
    client, web, told, make_account, csm, django_assert_max_num_queries
):
    for n in range(20):
        account = make_account(f"Account {n}", owner=csm)
        give_health(account, score=5000)
        StreamAccount.objects.create(source=web, account=account)
    client.force_login(csm)
    with django_assert_max_num_queries(17):
        client.get(reverse("accounts"))
