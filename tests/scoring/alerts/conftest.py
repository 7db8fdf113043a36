"""Scored days in a few words: `scored(acme, {0: 40, 1: 72})` is 72 points yesterday and 40 today."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import Account
from scoring.alerts.operations import Said, make_rule, switch_rule
from scoring.breakdown import packed, unpacked_json
from scoring.models import AccountHealth, DailySummary, ScorecardVersion, Snapshot
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import band_of, done_run

PLACES = 7


def day(back: int) -> date:
    return TODAY - timedelta(days=back)


def give_scores(
    account: Account, scores: Mapping[int, int | None], *, nps: Mapping[int, float | None] | None = None, flags=None
) -> None:
    """Points of days before today; values of the card's last measure (NPS); keys of flags by day."""
    for back, points in sorted(scores.items(), reverse=True):
        run = done_run(day(back))
        score = None if points is None else points * 100
        version = ScorecardVersion.objects.get(scorecard__segment=account.segment)
        lines = [[None, None, 0]] * (PLACES - 1) + [[(nps or {}).get(back), None, 0]]
        raised = [[key, None] for key in (flags or {}).get(back, [])]
        Snapshot.objects.create(
            account=account, as_of=day(back), version=version, run=run, score=score, customer_score=score,
            band=band_of(score), coverage=1.0, breakdown=packed(unpacked_json([lines, [], [0, 10_000], raised])),
        )  # fmt: skip
        summed(account, back)
    give_newest(account)


def summed(account: Account, back: int) -> None:
    if not DailySummary.objects.filter(as_of=day(back)).exists():
        DailySummary.objects.create(
            as_of=day(back), owner=account.owner, segment=account.segment, phase="value", band=0, accounts=1,
            score_sum=0, arr_reporting=Decimal(0),
        )  # fmt: skip


def give_newest(account: Account) -> None:
    newest = Snapshot.objects.filter(account=account).order_by("-as_of")[0]
    AccountHealth.objects.update_or_create(
        account=account,
        defaults={
            "as_of": newest.as_of, "run": newest.run, "version": newest.version, "score": newest.score,
            "customer_score": newest.score, "band": newest.band, "coverage": 1.0, "low": 0, "high": 10_000,
            "arr_reporting": account.arr,
        },
    )  # fmt: skip


@pytest.fixture
def scored(organization):
    return give_scores


@pytest.fixture
def rule_of():
    """Makes a rule and switches it on."""

    def make(author, kind="band", params=None, *, is_on=True, since=TODAY, name="Falls", **said):
        asked = {"move": "worse"} if params is None else params
        rule = make_rule(said=Said(name=name, kind=kind, params=asked, **said), by=author, at=NOW)
        if is_on:
            switch_rule(rule=rule, is_on=True, by=author, today=since, at=NOW)
            rule.refresh_from_db()
        return rule

    return make


@pytest.fixture
def globex(make_account, csm) -> Account:
    return make_account("Globex", owner=csm)
