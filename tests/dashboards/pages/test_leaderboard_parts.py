"""The rest of the leaderboard: the index, the place before, what a difference is made of, whose playbooks helped."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import Organization, Playbook, Role
from dashboards.pages.leaderboard_before import Place, movement
from dashboards.pages.leaderboard_standing import Figures, index_of
from scoring.models import Study, StudyKind
from tests.conftest import NOW, TODAY, make_user
from tests.dashboards.pages.boards import give_plan, give_summary
from tests.dashboards.pages.test_leaderboard import figures, give_study, page_for


@pytest.fixture
def board(organization, csm, north, smb):
    """Maya is ahead, Tom behind; in the period before it was the other way round."""
    tom = make_user(Role.CSM, "Tom", north)
    for person in (csm, tom):
        give_summary(owner=person, segment=smb, band=0, accounts=20, score=80, arr=100_000)
    study = give_study({csm: figures(3.0), tom: figures(-3.0)})
    before = {str(csm.pk): figures(-3.0), str(tom.pk): figures(3.0)}
    study.found["before"] = {"since": (TODAY - timedelta(days=180)).isoformat(), "rows": before}
    study.save()
    return csm, tom, study


def give_playbook_study(*groups: dict) -> None:
    Study.objects.create(
        kind=StudyKind.PLANS, days=56, since=TODAY, as_of=TODAY, computed_at=NOW,
        found={"groups": [{"kind": "playbook", **group} for group in groups]},
    )  # fmt: skip


@pytest.mark.parametrize(("effect", "index"), [(0, 50), (2, 60), (5, 73), (-5, 27), (50, 100), (-50, 0)])
def test_the_index_is_a_fixed_scale_of_the_difference(effect, index):
    # 100 / (1 + e^(−2/5)) = 59.87; 100 / (1 + e^(−1)) = 73.1.
    assert index_of(effect) == index


@pytest.mark.parametrize(
    ("low", "high", "rank", "told"),
    [
        (2.1, 4, 1, "up"),  # the intervals lie apart, and the rank is better
        (2.0, 4, 1, ""),  # they touch
        (2.1, 4, 3, ""),  # apart, and the rank is what it was
        (-4, -0.1, 5, "down"),
        (-4, 0.0, 5, ""),
    ],
)
def test_a_move_is_said_only_where_rank_and_intervals_say_so(low, high, rank, told):
    assert movement(Figures(low=low, high=high), rank, Place(3, False, low=0.0, high=2.0)) == told


def test_the_place_before_is_shown_beside_the_place_now(client, board, manager):
    maya, tom = page_for(manager).ranked
    assert (maya.rank, maya.before.words, maya.moved) == (1, "2", "up")
    assert (tom.rank, tom.before.words, tom.moved) == (2, "1", "down")
    client.force_login(manager)
    assert "was 2" in client.get(reverse("leaderboard")).content.decode()


def test_who_had_too_few_accounts_before_has_no_place_then(board, manager):
    maya, _, study = board
    study.found["before"]["rows"][str(maya.pk)]["stints"] = 14
    study.save()
    assert page_for(manager).ranked[0].before is None


def test_the_accounts_and_the_others_together_sum_to_the_difference(board, csm, make_account):
    maya, _, study = board
    good, bad = make_account("Good", owner=csm), make_account("Bad", owner=csm)
    study.found["rows"][str(maya.pk)]["parts"] = [[bad.pk, -9.6, -2, -0.5], [good.pk, 12.4, -2, 1.25]]
    study.save()
    why = page_for(csm).why
    assert why.title == "Why you are 1st"
    assert [(line.name, line.change, line.part) for line in why.lines] == [
        ("Good", 12, 1.25), ("Bad", -10, -0.5), ("18 others together", None, 2.25),
    ]  # fmt: skip
    # 2.25 is the longest: half of the drawing. 0.5 of it lies left of the middle.
    assert [(line.left, line.width) for line in why.lines] == [(50.0, 27.8), (38.9, 11.1), (50.0, 50.0)]
    assert "20 accounts compared, which changed by +1.0 in the mean where −2.0 was expected" in why.words
    assert "50% of it is taken as chance, +3.0 is left, +2.0 to +4.0." in why.words
    assert [(one.own, one.all) for one in why.beside][:2] == [("97.5%", "97.5%"), ("75.0%", "75.0%")]


def test_an_account_that_is_out_of_sight_is_counted_with_the_others(board, csm, other_csm, make_account):
    maya, _, study = board
    elsewhere = make_account("Handed over", owner=other_csm)
    study.found["rows"][str(maya.pk)]["parts"] = [[elsewhere.pk, 9, -2, 1.0]]
    study.save()
    lines = page_for(csm).why.lines
    assert [(line.name, line.part) for line in lines] == [("20 others together", 3.0)]


def test_a_csm_cannot_ask_what_a_colleague_is_made_of(board, csm, manager, acme, make_account):
    tom = board[1]
    make_account("Of Tom", owner=tom)
    assert page_for(csm, f"of={tom.pk}").why.name == csm.name
    assert page_for(csm).why_filter is None
    assert page_for(manager, f"of={tom.pk}").why.title == "Why Tom Example is 2nd"


def test_who_sees_only_themselves_learns_nothing_of_others(client, board, csm, make_account):
    Organization.objects.update(is_leaderboard_own_only=True)
    playbook = Playbook.objects.create(name="Win back", reason="Use fell", changed_at=NOW, changed_by=board[0])
    plan = give_plan(make_account("Of Tom", owner=board[1]), owner=board[1], opened_on=TODAY)
    plan.playbook = playbook
    plan.save()
    page = page_for(csm)
    assert page.why.title == "Why your index is 65"
    assert [one.all for one in page.why.beside] == [""] * 4
    assert (page.learning.leaders, page.learning.lessons) == ([], [])
    client.force_login(csm)
    html = client.get(reverse("leaderboard")).content.decode()
    assert "Tom Example" not in html
    assert "of all shown" not in html


def test_playbooks_that_helped_come_first_with_how_often_the_leaders_used_them(board, manager, csm, make_account):
    playbook = Playbook.objects.create(name="Win back", reason="Use fell", changed_at=NOW, changed_by=board[0])
    plan = give_plan(make_account("Acme 2", owner=csm), owner=csm, opened_on=TODAY - timedelta(days=5))
    plan.playbook = playbook
    plan.save()
    give_playbook_study(
        {"key": "Few", "pairs": 3, "mean": 9.0, "low": None, "high": None},
        {"key": "Unclear", "pairs": 30, "mean": 1.0, "low": -1.0, "high": 3.0},
        {"key": "Win back", "pairs": 25, "mean": 4.0, "low": 1.0, "high": 7.0},
    )
    learning = page_for(manager).learning
    assert learning.leaders == ["Maya Example"]
    assert [(one.name, one.verdict, one.used, one.mean) for one in learning.lessons] == [
        ("Win back", "Rose more than without a plan", 1, 4.0),
        ("Unclear", "No clear difference", 0, 1.0),
        ("Few", "Not enough cases", 0, None),
    ]
    # A CSM does not see the study's numbers; what to learn from is said in words.
    assert [(one.verdict, one.mean) for one in page_for(csm).learning.lessons][0] == (
        "Rose more than without a plan", None,
    )  # fmt: skip


def test_before_the_first_study_of_plans_the_page_says_so(client, board, manager):
    client.force_login(manager)
    assert "Whether plans helped is worked out every night" in client.get(reverse("leaderboard")).content.decode()
