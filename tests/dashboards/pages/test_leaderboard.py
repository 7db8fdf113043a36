"""The leaderboard page: what a study says, who is ranked, who sees whom, who chooses that."""

import csv
import io
from datetime import timedelta

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from accounts.models import AuditEntry, Organization, Role
from dashboards.pages.leaderboard import build_leaderboard_page
from scoring.models import Study, StudyKind
from tests.conftest import NOW, TODAY, make_user
from tests.dashboards.pages.boards import done_run, give_summary

THEN = TODAY - timedelta(days=90)


def figures(effect: float, *, stints: int = 20, half: float = 1.0, **more) -> dict:
    return {
        "stints": stints, "change": effect - 2, "expected": -2.0, "effect": effect, "low": effect - half,
        "high": effect + half, "shrinkage": 0.5, "arr_cents": 100_000_00, "kept_cents": 97_500_00, "steps": [3, 4],
        "cadence": [18, 20], **more,
    }  # fmt: skip


def give_study(rows: dict, *, days: int = 90, hidden: int = 0) -> Study:
    return Study.objects.create(
        kind=StudyKind.LEADERBOARD, days=days, since=TODAY - timedelta(days=days), as_of=TODAY, computed_at=NOW,
        found={"stints": 1, "hidden": hidden, "rows": {str(user.pk): found for user, found in rows.items()}},
    )  # fmt: skip


@pytest.fixture
def maya_and_tom(organization, csm, north, smb):
    """Maya is clearly ahead with 20 accounts, 16 of them scored; Tom is behind."""
    tom = make_user(Role.CSM, "Tom", north)
    give_summary(owner=csm, segment=smb, band=0, accounts=16, score=80, arr=750_000)
    give_summary(owner=csm, segment=smb, band=-1, accounts=4, arr=250_000)
    give_summary(owner=tom, segment=smb, band=2, accounts=20, score=45, arr=250_000)
    give_study({csm: figures(3.0), tom: figures(-3.0)})
    return csm, tom


def page_for(user, query: str = ""):
    return build_leaderboard_page(user, query=QueryDict(query))


def test_the_difference_from_what_was_expected_decides_the_place(maya_and_tom, manager):
    maya, tom = page_for(manager).ranked
    assert [(maya.csm, maya.rank), (tom.csm, tom.rank)] == [("Maya Example", 1), ("Tom Example", 2)]
    assert (maya.found.verdict, maya.found.interval) == ("ahead of what was expected", "+2.0 to +4.0")
    assert (tom.found.verdict, tom.found.interval) == ("behind what was expected", "−4.0 to −2.0")
    assert maya.found.kept_ratio == 0.975
    assert (maya.found.steps_ratio, maya.found.cadence_ratio, maya.now.coverage_ratio) == (0.75, 0.9, 0.8)


def test_overlapping_intervals_share_a_place(maya_and_tom, manager, north, smb):
    ann = make_user(Role.CSM, "Ann", north)
    give_summary(owner=ann, segment=smb, band=1, accounts=20, score=60, arr=1)
    study = Study.objects.get()
    study.found["rows"][str(ann.pk)] = figures(2.0, half=1.5)
    study.save()
    page = page_for(manager)
    assert [(row.csm, row.rank, row.is_shared) for row in page.ranked] == [
        ("Maya Example", 1, True), ("Ann Example", 1, True), ("Tom Example", 3, False),
    ]  # fmt: skip
    assert page.ranked[0].drawn.dot > page.ranked[1].drawn.dot > 50 > page.ranked[2].drawn.dot


def test_fewer_than_fifteen_compared_accounts_are_listed_and_not_ranked(maya_and_tom, manager, north, smb):
    ann = make_user(Role.CSM, "Ann", north)
    give_summary(owner=ann, segment=smb, band=0, accounts=14, score=99, arr=1)
    page = page_for(manager)
    assert [row.csm for row in page.unranked] == ["Ann Example"]
    assert page.unranked[0].rank is None


def test_a_column_sorts_both_ways(maya_and_tom, manager):
    assert [row.csm for row in page_for(manager, "sort=effect").ranked] == ["Tom Example", "Maya Example"]
    assert [row.csm for row in page_for(manager, "sort=name").ranked] == ["Maya Example", "Tom Example"]
    directions = {head.label: head.direction for head in page_for(manager, "sort=effect").heads}
    assert (directions["Against expected"], directions["Cadence"]) == ("ascending", "")


def test_a_csm_sees_the_team_with_a_link_to_the_own_accounts_only(maya_and_tom, csm, other_csm, smb, acme):
    give_summary(owner=other_csm, segment=smb, band=0, accounts=30, score=90, arr=1)
    maya, tom = page_for(csm).ranked
    assert (maya.is_you, maya.url) == (True, f"/accounts?owner={csm.pk}")
    assert (tom.is_you, tom.url) == (False, "")


def test_where_the_organization_chose_so_a_csm_sees_nobody_else(client, maya_and_tom, csm, manager):
    Organization.objects.update(is_leaderboard_own_only=True)
    assert [row.csm for row in page_for(csm).rows] == ["Maya Example"]
    assert len(page_for(manager).rows) == 2
    client.force_login(csm)
    for name in ("leaderboard", "leaderboard-csv"):
        assert "Tom Example" not in client.get(reverse(name)).content.decode()


def test_operations_choose_who_sees_it_on_record_and_take_it_back(client, maya_and_tom, ops):
    client.force_login(ops)
    page = client.post(reverse("leaderboard-sight"), {"sight": "own"}, follow=True)
    assert "A CSM sees only themselves on the leaderboard." in page.content.decode()
    assert Organization.objects.get().is_leaderboard_own_only
    entry = AuditEntry.objects.get(verb="leaderboard sight set")
    assert (entry.by, entry.detail) == (ops, {"before": {"is_own_only": False}, "now": {"is_own_only": True}})
    client.post(f"{reverse('leaderboard-sight')}?undo=1&sight=team")
    assert not Organization.objects.get().is_leaderboard_own_only


def test_a_choice_that_is_none_is_refused_in_words(client, maya_and_tom, ops):
    client.force_login(ops)
    page = client.post(reverse("leaderboard-sight"), {"sight": "nobody"}, follow=True)
    assert "Choose who a CSM sees" in page.content.decode()
    assert not AuditEntry.objects.filter(verb="leaderboard sight set").exists()


def test_leadership_sees_all_csms_and_can_choose_a_team_and_a_period(maya_and_tom, leader, other_csm, south, smb):
    give_summary(owner=other_csm, segment=smb, band=0, accounts=30, score=90, arr=1)
    give_study({other_csm: figures(1.0)}, days=30)
    assert [row.csm for row in page_for(leader, "period=30").ranked] == ["Ben Example"]
    assert [row.csm for row in page_for(leader, f"team={south.pk}").rows] == ["Ben Example"]
    assert page_for(leader, "period=31").period == 90


def test_the_file_has_plain_numbers_for_every_row(client, maya_and_tom, manager):
    client.force_login(manager)
    text = client.get(reverse("leaderboard-csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["CSM"] for row in rows] == ["Maya Example", "Tom Example"]
    wanted = {
        "Rank": "1", "Since": THEN.isoformat(), "As of": TODAY.isoformat(), "Accounts compared": "20",
        "Health change": "1.0", "Expected change": "-2.0", "Difference": "3.0", "Low of 90%": "2.0",
        "High of 90%": "4.0", "ARR at start": "100000", "ARR retained": "97500", "Steps due": "4", "Steps on time": "3",
        "Accounts owned": "20", "Cadence kept": "18", "Scored accounts": "16", "Coverage": "0.8", "Currency": "USD",
        "Strong ARR": "750000", "Undefined ARR": "250000",
    }  # fmt: skip
    assert {name: rows[0][name] for name in wanted} == wanted


def test_before_the_first_score_and_the_first_board_the_page_says_so(client, organization, manager, csm, smb):
    client.force_login(manager)
    assert "No scores yet." in client.get(reverse("leaderboard")).content.decode()
    give_summary(owner=csm, segment=smb, band=0, accounts=20, score=80, arr=1)
    html = client.get(reverse("leaderboard")).content.decode()
    assert "The board is worked out every night at 5:00" in html
    assert "Nobody to rank yet" in html


def test_the_page_tells_the_method_and_escapes_names(client, maya_and_tom, manager):
    maya_and_tom[1].name = "<b>Tom</b>"
    maya_and_tom[1].save()
    Study.objects.update(found=Study.objects.get().found | {"hidden": 2})
    client.force_login(manager)
    html = client.get(reverse("leaderboard")).content.decode()
    assert "How is this computed?" in html
    assert "2 accounts lost their score in the period and count with the lowest" in html
    assert "&lt;b&gt;Tom&lt;/b&gt;" in html
    assert "<b>Tom</b>" not in html


def test_a_csm_reads_the_own_place_and_what_the_interval_says(client, maya_and_tom, csm):
    client.force_login(csm)
    html = client.get(reverse("leaderboard")).content.decode()
    assert "You are <b>1st of 2</b>: your portfolio moved by +1.0 points" in html
    assert "expected to move by −2.0; ahead of what was expected." in html


@pytest.mark.parametrize("who", ["csm", "manager", "leader", "viewer", "ops"])
def test_everybody_with_a_login_may_open_it_in_at_most_twelve_queries(
    client, maya_and_tom, who, request, django_assert_max_num_queries
):
    client.force_login(request.getfixturevalue(who))
    with django_assert_max_num_queries(12):
        assert client.get(reverse("leaderboard")).status_code == 200


def test_a_guest_is_asked_to_log_in(client, db):
    assert client.get(reverse("leaderboard")).status_code == 302


def test_the_page_says_when_its_scores_are_old(organization, csm, client):
    done_run(TODAY - timedelta(days=3))
    client.force_login(csm)
    with time_machine.travel(NOW, tick=False):
        assert "nothing was computed since" in client.get("/leaderboard").content.decode()
        done_run(TODAY)
        assert "nothing was computed since" not in client.get("/leaderboard").content.decode()
