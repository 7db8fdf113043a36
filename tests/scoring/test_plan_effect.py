"""The nightly study of plans, from plans, dated history and snapshots."""

from datetime import date, timedelta

import pytest

from accounts.models import AccountHistory, Phase
from scoring.models import Snapshot, Study
from scoring.plan_effect import work_out_plan_effects
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import band_of, done_run, give_plan
from tests.dashboards.snapshots import version_for

START = TODAY - timedelta(days=28)
DAYS = (START - timedelta(days=28), START, TODAY)


@pytest.fixture
def give_path(organization, make_account, csm):
    """An account with its scores four weeks before, at the start and four weeks after."""
    for day in DAYS:
        done_run(day)

    def give(name: str, *scores: int | None, plan_on: date | None = None, **fields):
        account = make_account(name, owner=csm, **fields)
        Snapshot.objects.bulk_create(
            Snapshot(
                account=account, as_of=day, version=version_for(account.segment), run=done_run(day), score=score,
                customer_score=score, band=band_of(score), coverage=1.0, breakdown=b"",
            )
            for day, score in zip(DAYS, scores, strict=True)
        )  # fmt: skip
        if plan_on:
            give_plan(account, owner=csm, opened_on=plan_on)
        return account

    return give


def found() -> dict:
    work_out_plan_effects(at=NOW)
    return Study.objects.get(kind="plans", days=28).found


def test_a_plan_is_paired_with_the_likest_account_of_its_segment_and_phase(give_path):
    case = give_path("Case", 5000, 4500, 5500, plan_on=START + timedelta(days=2))
    near = give_path("Near", 5100, 4600, 4800)
    give_path("Farther", 5100, 4700, 4900)
    give_path("High", 9000, 8500, 8500)
    give_path("Rising", 3000, 4500, 4500)
    elsewhere = give_path("Elsewhere", 5000, 4500, 4500)
    AccountHistory.objects.filter(account=elsewhere).update(phase=Phase.RENEWAL)
    told = found()
    assert told["pairs"] == [[START.isoformat(), case.pk, 45, -5, 10, near.pk, 46, -5, 2, 8]]
    assert (told["cases"], told["without_score"]) == (1, 0)
    assert told["groups"][0] == {"kind": "all", "key": "", "pairs": 1, "mean": 8, "low": None, "high": None}
    assert told["groups"][1]["key"] == "open"


def test_who_has_a_plan_at_any_time_meanwhile_is_no_control(give_path):
    give_path("Case", 5000, 4500, 5500, plan_on=START + timedelta(days=2))
    give_path("Later", 5000, 4500, 5500, plan_on=START + timedelta(days=20))
    give_path("High", 9000, 8500, 8500)
    assert found()["pairs"] == []


def test_a_plan_without_a_score_at_the_end_is_counted_as_not_compared(give_path):
    give_path("Case", 5000, 4500, None, plan_on=START + timedelta(days=2))
    told = found()
    assert (told["cases"], told["without_score"], told["groups"][0]["pairs"]) == (0, 1, 0)


def test_twenty_pairs_give_an_interval(give_path):
    for n in range(20):
        give_path(f"Case {n}", 5000, 4500 + n, 5500 + 10 * n, plan_on=START + timedelta(days=1))
        give_path(f"Other {n}", 5000, 4500 + n, 5000 - 10 * n)
    row = found()["groups"][0]
    assert row["pairs"] == 20
    assert row["low"] < row["mean"] < row["high"]


def test_without_any_score_there_is_no_study(organization):
    assert work_out_plan_effects(at=NOW) == []
