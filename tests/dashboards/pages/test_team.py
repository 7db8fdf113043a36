"""The manager's view: the load of each CSM, the lists behind its numbers, and the times from dip to recovery."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from dashboards.pages.team import build_team_page
from scoring.models import Snapshot
from scoring.queries.recovery import span, times_by_team
from scoring.queries.reviews import Sight
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import band_of, done_run, give_health, give_plan, give_step

pytestmark = pytest.mark.usefixtures("organization")
SUNDAY = date(2026, 6, 28)


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def acme(csm, make_account):
    """At risk with 100 of ARR, untouched, with two open steps of which one is late."""
    account = make_account("Acme", owner=csm)
    give_health(account, score=4000, arr=Decimal(100))
    plan = give_plan(account, owner=csm, opened_on=date(2026, 5, 1))
    give_step(plan, position=1, due=date(2026, 6, 1), text="Retrain them")
    give_step(plan, position=2, due=date(2026, 7, 20))
    give_step(plan, position=3, due=date(2026, 5, 20), done_on=date(2026, 5, 19))
    return account


@pytest.fixture
def birch(csm, make_account):
    """Strong with 900 of ARR, met last week."""
    account = make_account("Birch", owner=csm)
    health = give_health(account, score=9000, arr=Decimal(900))
    health.last_touchpoint_on = TODAY - timedelta(days=7)
    health.save()
    return account


def snapshot(account, day, score):
    health = account.health
    Snapshot.objects.create(
        account=account, as_of=day, version=health.version, run=health.run, score=score, band=band_of(score),
        coverage=1.0, breakdown=b"",
    )  # fmt: skip


def page_for(user, query=""):
    return build_team_page(user, query=QueryDict(query), today=TODAY)


def test_each_csm_with_what_they_carry(acme, birch, manager):
    done_run(SUNDAY)
    snapshot(acme, SUNDAY, 6000)
    snapshot(birch, SUNDAY, 8000)
    page = page_for(manager)
    load = page.rows[0].load
    assert (load.csm, load.team, load.accounts, load.arr) == ("Maya Example", "North", 2, 1000)
    assert (load.at_risk, load.at_risk_arr, load.open_steps, load.overdue) == (1, 100, 2, 1)
    assert (load.untouched, load.changed) == (1, 1)
    assert (page.total.load.accounts, page.since, page.coverage.ratio) == (2, SUNDAY, 1.0)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("untouched", ["Acme", "Never", "1 account."]),
        ("steps", ["Retrain them", "20 Jul 2026", "2 steps."]),
        ("overdue", ["Retrain them", "29 days overdue", "1 step."]),
        ("changes", ["Acme", "Moderate 60", "1 account."]),
    ],
)
def test_each_number_opens_the_list_that_it_counts(client, acme, birch, manager, csm, kind, words):
    done_run(SUNDAY)
    snapshot(acme, SUNDAY, 6000)
    client.force_login(manager)
    row = page_for(manager).rows[0]
    html = client.get(row.lists[kind]).content.decode()
    assert f"owner={csm.pk}" in row.lists[kind]
    for word in words:
        assert word in html
    lines = client.get(reverse("team-list-csv", args=[kind]) + f"?owner={csm.pk}")
    text = b"".join(lines.streaming_content).decode("utf-8-sig").splitlines()
    assert len(text) == 1 + int(words[-1].split()[0])
    assert text[1].startswith("Acme,Maya Example,40,Weak,100,")


def test_empty_lists_and_an_empty_team_say_so(client, manager):
    client.force_login(manager)
    assert "No accounts in this choice" in client.get(reverse("team")).content.decode()
    for kind, words in (
        ("untouched", "within its segment"),
        ("overdue", "No step is overdue"),
        ("changes", "another band"),
    ):
        assert words in client.get(reverse("team-list", args=[kind])).content.decode()
    assert client.get(reverse("team-list", args=["party"])).status_code == 404
    assert client.get(reverse("team-list-csv", args=["party"])).status_code == 404
    assert "Not enough cases" in client.get(reverse("team-times")).content.decode()


def test_a_manager_sees_the_team_alone_and_leadership_all(acme, other_csm, make_account, manager, leader):
    give_health(make_account("Delta", owner=other_csm), score=3000, arr=Decimal(5))
    give_health(make_account("Nobodys", owner=None), score=9000, arr=Decimal(5))
    assert [row.load.csm for row in page_for(manager).rows] == ["Maya Example"]
    assert [row.load.accounts for row in page_for(leader).rows] == [1, 1, 1]
    assert page_for(leader).total.load.accounts == 3


def test_accounts_without_a_csm_have_their_own_list(client, make_account, ops):
    give_health(make_account("Nobodys", owner=None), score=9000)
    client.force_login(ops)
    html = client.get(reverse("team-list", args=["untouched"]), {"owner": "none"}).content.decode()
    assert "Nobodys" in html
    assert "Without CSM" in html


def test_the_table_as_a_file(client, acme, birch, manager):
    client.force_login(manager)
    lines = client.get(reverse("team-csv")).content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("CSM,Team,Accounts,ARR (USD),At risk")
    assert lines[1].startswith("Maya Example,North,2,1000,1,100,2,1,1,")


@pytest.mark.parametrize("name", ["team", "team-times"])
def test_as_many_queries_for_one_account_as_for_twenty(
    client, acme, manager, csm, make_account, django_assert_max_num_queries, name
):
    for number in range(20):
        give_health(make_account(f"A{number}", owner=csm), score=4000)
    client.force_login(manager)
    with django_assert_max_num_queries(22):
        assert client.get(reverse(name)).status_code == 200


def test_a_list_takes_as_many_queries_for_twenty_rows(
    client, manager, csm, make_account, django_assert_max_num_queries
):
    for number in range(20):
        give_health(make_account(f"A{number}", owner=csm), score=4000)
    client.force_login(manager)
    with django_assert_max_num_queries(16):
        client.get(reverse("team-list", args=["untouched"]))


def test_a_dip_is_counted_from_its_first_day_at_risk_to_the_first_day_out_of_it(acme, manager):
    """Calm on 1 April, at risk from the 5th, plan on 1 May, first step on 19 May, well on 30 May."""
    for day, score in [((4, 1), 8000), ((4, 5), 4000), ((4, 30), 3000), ((5, 30), 7500), ((6, 2), 4000)]:
        snapshot(acme, date(2026, *day), score)
    [times] = times_by_team(Sight(manager), today=TODAY)
    assert (times.team, times.to_step.cases, times.to_step.finished) == ("North", 1, 1)
    assert (times.to_recovery.cases, times.to_recovery.finished, times.to_recovery.is_enough) == (1, 1, False)


def test_a_plan_that_follows_no_dip_is_no_case(acme, manager):
    snapshot(acme, date(2026, 5, 1), 8000)
    assert times_by_team(Sight(manager), today=TODAY) == []


def test_the_median_counts_what_is_not_there_yet_as_longest():
    assert span([3] * 9).median is None
    assert (span([1, 2, 3, 4, 5, 6, 7, 8, 9, None]).median, span([5] * 10).median) == (5, 5)
    assert span([1, 2, 3, 4] + [None] * 6).median is None
    assert span([1, 2, 3, 4] + [None] * 6).is_enough
