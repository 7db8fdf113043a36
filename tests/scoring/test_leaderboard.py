"""The nightly board from dated history and snapshots: who owned what, what was lost, hidden or handed over."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import AccountHistory, Status, Touchpoint, TouchpointState
from scoring.leaderboard import work_out_boards
from scoring.models import Study
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_plan, give_step, give_summary
from tests.dashboards.snapshots import NOTHING_KNOWN, give_snapshot

THEN = TODAY - timedelta(days=90)
MIDDLE = TODAY - timedelta(days=45)


@pytest.fixture
def days(organization, csm, smb):
    for day in (THEN, MIDDLE, TODAY):
        give_summary(day=day, owner=csm, segment=smb, band=1, accounts=1, score=60, arr=1)


def give_scores(account, **scores: int | None) -> None:
    for name, score in scores.items():
        day = {"then": THEN, "middle": MIDDLE, "now": TODAY}[name]
        give_snapshot(account, day=day, score=score, measures=NOTHING_KNOWN, low=1200)


def change(account, *, on: date, **fields) -> None:
    row = AccountHistory.objects.filter(account=account).order_by("-valid_from").first()
    row.pk, row.valid_from = None, on
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def rows() -> dict:
    work_out_boards(at=NOW)
    return Study.objects.get(days=90).found["rows"]


def test_an_account_counts_for_whoever_owned_it(days, make_account, csm, other_csm):
    account = make_account("Handed", owner=csm)
    change(account, on=MIDDLE + timedelta(days=1), owner=other_csm)
    give_scores(account, then=5000, middle=5600, now=5300)
    found = rows()
    assert found[str(csm.pk)]["change"] == 6
    # Scored days are few: what the second owner began with is read on the first one after the handover, the last.
    assert "change" not in found[str(other_csm.pk)]


def test_both_owners_are_compared_where_both_held_it_long_enough(days, make_account, csm, other_csm, smb):
    account = make_account("Handed", owner=csm)
    change(account, on=MIDDLE, owner=other_csm)
    eve = MIDDLE - timedelta(days=1)
    give_summary(day=eve, owner=csm, segment=smb, band=1, accounts=1, score=60, arr=1)
    give_scores(account, then=5000, middle=5600, now=5300)
    give_snapshot(account, day=eve, score=5500, measures=NOTHING_KNOWN)
    found = rows()
    assert (found[str(csm.pk)]["change"], found[str(other_csm.pk)]["change"]) == (5, -3)


def test_pulses_and_overrides_are_left_out(days, make_account, csm):
    account = make_account("Acme", owner=csm)
    give_scores(account, then=5000)
    give_snapshot(account, day=TODAY, score=3000, customer_score=5200, measures=NOTHING_KNOWN)
    assert rows()[str(csm.pk)]["change"] == 2


def test_who_hides_data_counts_with_the_lowest_possible_score(days, make_account, csm):
    account = make_account("Hidden", owner=csm)
    give_scores(account, then=5000, now=None)
    assert rows()[str(csm.pk)]["change"] == -38
    assert Study.objects.get(days=90).found["hidden"] == 1


def test_an_account_that_left_is_arr_that_was_not_retained_and_growth_makes_up_for_nothing(days, make_account, csm):
    lost, grown = make_account("Lost", owner=csm), make_account("Grown", owner=csm)
    change(lost, on=MIDDLE, status=Status.CHURNED)
    change(grown, on=MIDDLE, arr=Decimal(50_000))
    found = rows()[str(csm.pk)]
    assert (found["arr_cents"], found["kept_cents"]) == (24_000_00, 12_000_00)


def test_steps_on_time_go_by_the_first_due_date(days, make_account, csm):
    plan = give_plan(make_account("Acme", owner=csm), owner=csm, opened_on=THEN)
    give_step(plan, position=1, due=MIDDLE, done_on=MIDDLE)
    give_step(plan, position=2, due=MIDDLE, done_on=TODAY)
    give_step(plan, position=3, due=MIDDLE)
    give_step(plan, position=4, due=TODAY + timedelta(days=9))
    plan.steps.filter(position=2).update(due_date=TODAY)
    assert rows()[str(csm.pk)]["steps"] == [1, 3]


def test_the_cadence_is_the_segments_and_a_new_account_has_its_time(days, make_account, csm, source):
    """SMB is touched every 60 days."""
    for name, ago in (("Near", 10), ("Far", 61)):
        Touchpoint.objects.create(
            account=make_account(name, owner=csm), kind="call", state=TouchpointState.HELD,
            day=TODAY - timedelta(days=ago), source=source, external_id=name, recorded_at=NOW,
        )  # fmt: skip
    make_account("Never", owner=csm)
    make_account("New", owner=csm, started_on=TODAY - timedelta(days=20))
    assert rows()[str(csm.pk)]["cadence"] == [2, 4]


def test_working_it_out_twice_gives_one_study_and_the_same_rows(days, make_account, csm):
    give_scores(make_account("Acme", owner=csm), then=5000, now=5100)
    assert rows() == rows()
    assert Study.objects.filter(days=90).count() == 1


def test_without_scores_or_with_too_short_a_history_there_is_no_board(organization, csm, smb):
    assert work_out_boards(at=NOW) == []
    give_summary(owner=csm, segment=smb, band=1, accounts=1, score=60, arr=1)
    assert work_out_boards(at=NOW) == []


def test_it_takes_as_many_queries_for_many_accounts_as_for_one(days, make_account, csm, django_assert_max_num_queries):
    for n in range(12):
        give_scores(make_account(f"Acme {n}", owner=csm), then=5000 + n, now=5100 - n)
    with django_assert_max_num_queries(30):
        work_out_boards(at=NOW)


def test_what_each_account_adds_is_kept_as_worked_by_hand(days, make_account, csm, other_csm):
    """docs/leaderboard.md: changes 3 and 5 against −1 and 1; expected 2; residuals × (1 − 1/8) ÷ 2 accounts."""
    owners = (csm, csm, other_csm, other_csm)
    accounts = [make_account(f"Acme {n}", owner=owner) for n, owner in enumerate(owners)]
    for account, change_of in zip(accounts, (3, 5, -1, 1), strict=True):
        give_scores(account, then=5000, now=5000 + 100 * change_of)
    found = rows()
    assert found[str(csm.pk)]["parts"] == [[accounts[0].pk, 3, 2, 0.4375], [accounts[1].pk, 5, 2, 1.3125]]
    assert found[str(other_csm.pk)]["parts"] == [[accounts[2].pk, -1, 2, -1.3125], [accounts[3].pk, 1, 2, -0.4375]]
    assert found[str(csm.pk)]["effect"] == 1.75


def test_of_many_accounts_the_three_at_each_end_are_kept(days, make_account, csm, other_csm):
    for owner, sign in ((csm, 1), (other_csm, -1)):
        for n in range(1, 9):
            give_scores(make_account(f"{owner} {n}", owner=owner), then=5000, now=5000 + sign * 100 * (n + 20))
    assert [part[1] for part in rows()[str(csm.pk)]["parts"]] == [21, 22, 23, 26, 27, 28]


def test_the_period_before_is_kept_beside_it_where_scores_reach_back(days, make_account, csm, smb):
    account, before = make_account("Acme", owner=csm), THEN - timedelta(days=90)
    give_scores(account, then=5000, now=5400)
    assert rows()[str(csm.pk)]["change"] == 4
    assert Study.objects.get(days=90).found["before"] is None
    give_summary(day=before, owner=csm, segment=smb, band=1, accounts=1, score=60, arr=1)
    give_snapshot(account, day=before, score=5600, measures=NOTHING_KNOWN)
    rows()
    kept = Study.objects.get(days=90).found["before"]
    assert kept["since"] == before.isoformat()
    assert set(kept["rows"][str(csm.pk)]) == {"stints", "effect", "low", "high"}
