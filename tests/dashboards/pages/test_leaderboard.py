"""The leaderboard on hand-made sums: places, changes, coverage, who is too small, who may look."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from accounts.models import Role
from dashboards.pages.leaderboard import build_leaderboard_page
from tests.conftest import NOW, TODAY, make_user
from tests.dashboards.pages.boards import done_run, give_summary

THEN = date(2026, 3, 30)


@pytest.fixture
def maya_and_tom(organization, csm, north, smb):
    """Maya: 10 × 80, 10 × 45 and 5 Undefined, before 20 × 70. Tom: 20 × 60, before nothing."""
    tom = make_user(Role.CSM, "Tom", north)
    give_summary(owner=csm, segment=smb, band=0, accounts=10, score=80, arr=600_000)
    give_summary(owner=csm, segment=smb, band=2, accounts=10, score=45, arr=300_000)
    give_summary(owner=csm, segment=smb, band=-1, accounts=5, arr=100_000)
    give_summary(owner=tom, segment=smb, band=1, accounts=20, score=60, arr=250_000)
    give_summary(day=THEN, owner=csm, segment=smb, band=0, accounts=20, score=70, arr=900_000)
    return csm, tom


def page_for(user, query: str = ""):
    return build_leaderboard_page(user, query=QueryDict(query))


def test_portfolio_health_is_the_mean_of_scored_accounts_and_decides_the_place(maya_and_tom, manager):
    maya, tom = page_for(manager).ranked
    assert (maya.csm, maya.rank, maya.health) == ("Maya Example", 1, Decimal("62.5"))
    assert (tom.csm, tom.rank, tom.health) == ("Tom Example", 2, Decimal(60))


def test_the_change_is_against_the_scored_day_nearest_to_three_months_ago(maya_and_tom, manager):
    page = page_for(manager)
    assert (page.as_of, page.since) == (TODAY, THEN)
    assert [row.change for row in page.ranked] == [Decimal("-7.5"), None]


def test_coverage_and_the_bands_of_the_arr_are_shares_of_everything(maya_and_tom, manager):
    maya = page_for(manager).ranked[0]
    assert (maya.now.scored, maya.now.accounts, maya.now.coverage_ratio) == (20, 25, 0.8)
    assert [part.count for part in maya.parts] == [600_000, 0, 300_000, 100_000]
    assert maya.now.arr == sum(part.count for part in maya.parts) == 1_000_000
    assert maya.weak_ratio == Decimal("0.3")


def test_fewer_than_fifteen_scored_accounts_are_listed_and_not_ranked(maya_and_tom, manager, north, smb):
    ann = make_user(Role.CSM, "Ann", north)
    give_summary(owner=ann, segment=smb, band=0, accounts=14, score=99, arr=1)
    page = page_for(manager)
    assert [row.csm for row in page.unranked] == ["Ann Example"]
    assert page.unranked[0].rank is None
    assert [row.rank for row in page.ranked] == [1, 2]


def test_means_that_read_the_same_share_a_place(maya_and_tom, manager, north, smb):
    ann = make_user(Role.CSM, "Ann", north)
    give_summary(owner=ann, segment=smb, band=1, accounts=49, score=60, arr=1)
    give_summary(owner=ann, segment=smb, band=0, accounts=1, score=62, arr=1)
    assert [(row.csm, row.rank) for row in page_for(manager).ranked if row.is_shared] == [
        ("Ann Example", 2), ("Tom Example", 2),
    ]  # fmt: skip


def test_equal_means_share_a_place(maya_and_tom, manager, north, smb):
    ann = make_user(Role.CSM, "Ann", north)
    give_summary(owner=ann, segment=smb, band=1, accounts=15, score=60, arr=1)
    assert [(row.csm, row.rank, row.is_shared) for row in page_for(manager).ranked] == [
        ("Maya Example", 1, False),
        ("Ann Example", 2, True),
        ("Tom Example", 2, True),
    ]


def test_a_column_sorts_both_ways_and_what_is_not_known_stays_last(maya_and_tom, manager):
    assert [row.csm for row in page_for(manager, "sort=change").ranked] == ["Maya Example", "Tom Example"]
    assert [row.csm for row in page_for(manager, "sort=-change").ranked] == ["Maya Example", "Tom Example"]
    assert [row.csm for row in page_for(manager, "sort=arr").ranked] == ["Tom Example", "Maya Example"]
    directions = {head.label: head.direction for head in page_for(manager, "sort=arr").heads}
    assert directions["ARR"] == "ascending"
    assert directions["Portfolio health"] == ""


def test_a_csm_sees_the_team_with_a_link_to_the_own_accounts_only(maya_and_tom, csm, other_csm, smb, acme):
    give_summary(owner=other_csm, segment=smb, band=0, accounts=30, score=90, arr=1)
    maya, tom = page_for(csm).ranked
    assert (maya.is_you, maya.url) == (True, f"/accounts?owner={csm.pk}")
    assert (tom.is_you, tom.url) == (False, "")


def test_leadership_sees_all_csms_and_can_choose_a_team(maya_and_tom, leader, other_csm, south, smb):
    give_summary(owner=other_csm, segment=smb, band=0, accounts=30, score=90, arr=1)
    assert [row.csm for row in page_for(leader).ranked] == ["Ben Example", "Maya Example", "Tom Example"]
    assert [row.csm for row in page_for(leader, f"team={south.pk}").ranked] == ["Ben Example"]


def test_the_file_has_plain_numbers_for_every_row(client, maya_and_tom, manager):
    client.force_login(manager)
    text = client.get(reverse("leaderboard-csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0] == {
        "Rank": "1", "CSM": "Maya Example", "Team": "North", "Portfolio health": "62.5", "Change in 3 months": "-7.5",
        "Accounts": "25", "Scored accounts": "20", "Coverage": "0.8", "Strong ARR": "600000", "Moderate ARR": "0",
        "Weak ARR": "300000", "Undefined ARR": "100000", "ARR": "1000000", "Currency": "USD",
    }  # fmt: skip
    assert [row["CSM"] for row in rows] == ["Maya Example", "Tom Example"]


def test_before_the_first_score_the_page_says_so(client, organization, manager, csm):
    client.force_login(manager)
    assert "No scores yet." in client.get(reverse("leaderboard")).content.decode()


def test_the_page_says_that_it_is_not_adjusted_and_escapes_names(client, maya_and_tom, manager):
    maya_and_tom[1].name = "<b>Tom</b>"
    maya_and_tom[1].save()
    client.force_login(manager)
    html = client.get(reverse("leaderboard")).content.decode()
    assert "not adjusted for the mix of a portfolio" in html
    assert "&lt;b&gt;Tom&lt;/b&gt;" in html
    assert "<b>Tom</b>" not in html


@pytest.mark.parametrize("who", ["csm", "manager", "leader", "viewer", "ops"])
def test_everybody_with_a_login_may_open_it_in_at_most_twelve_queries(
    client, maya_and_tom, who, request, django_assert_max_num_queries
):
    client.force_login(request.getfixturevalue(who))
    with django_assert_max_num_queries(12):
        assert client.get(reverse("leaderboard")).status_code == 200


def test_a_guest_is_asked_to_log_in(client, db):
    assert client.get(reverse("leaderboard")).status_code == 302


def test_a_run_of_one_segment_is_no_day_to_compare_with(maya_and_tom, manager, smb):
    run = done_run(date(2026, 3, 31))
    run.segment = smb
    run.save()
    assert page_for(manager).since == THEN


def test_the_page_says_when_its_scores_are_old(organization, csm, client):
    done_run(TODAY - timedelta(days=3))
    client.force_login(csm)
    with time_machine.travel(NOW, tick=False):
        assert "nothing was computed since" in client.get("/leaderboard").content.decode()
        done_run(TODAY)
        assert "nothing was computed since" not in client.get("/leaderboard").content.decode()
