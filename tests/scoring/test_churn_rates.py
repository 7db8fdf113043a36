"""Churn by band 90 days before: who left, against all accounts of such days, worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import ChurnEvent, ExchangeRate
from scoring.churn_rates import base_days, work_out_churn
from scoring.models import Study
from scoring.queries.churn import lost_by_reason, stood_before, total_lost, with_day_before, with_loss
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import done_run, give_summary
from tests.dashboards.snapshots import MEASURES, give_snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("organization")]


@pytest.fixture
def leave(source):
    def left(account, *, days_ago=10, lost=None, reason="budget", **more) -> ChurnEvent:
        return ChurnEvent.objects.create(
            source=source, external_id=f"x{ChurnEvent.objects.count()}", account=account, recorded_at=NOW,
            churned_on=TODAY - timedelta(days=days_ago), reason_code=reason, lost_arr=lost, **more,
        )  # fmt: skip

    return left


def scored(account, *, days_ago, score):
    give_snapshot(account, day=TODAY - timedelta(days=days_ago), score=score, measures=MEASURES)


def found() -> dict:
    work_out_churn(at=NOW)
    return Study.objects.get(kind="churn").found


def test_three_of_ten_weak_accounts_left_and_none_of_twenty_strong_ones(make_account, leave, smb, csm):
    for n in range(1, 64):
        done_run(TODAY - timedelta(days=7 * n))
    done_run(TODAY)
    for n in range(52):
        # The newest scored day up to 90 days before the end of each week: 91 + 7n days ago.
        day = TODAY - timedelta(days=91 + 7 * n)
        give_summary(day=day, owner=csm, segment=smb, band=2, accounts=10, arr=100_000)
        give_summary(day=day, owner=csm, segment=smb, band=0, accounts=20, arr=400_000)
    for n, days_ago in enumerate((0, 8, 363)):
        account = make_account(f"Weak{n}", owner=csm)
        scored(account, days_ago=days_ago + 91, score=4000)
        leave(account, days_ago=days_ago, lost=Decimal(1000))
    leave(make_account("Too long ago"), days_ago=364)
    leave(make_account("Never scored"), days_ago=5)
    told = found()
    assert told["weeks"] == 52
    assert told["unknown"] == {"smb": 1}
    rows = [(row["band"], row["accounts"], Decimal(row["arr"]), row["left"], row["lost"]) for row in told["rows"]]
    assert rows == [(0, 1040, 20_800_000, 0, "0.00"), (2, 520, 5_200_000, 3, "3000.00")]


def test_a_week_without_scores_90_days_before_counts_neither_way(make_account, leave, smb, csm):
    done_run(TODAY)
    done_run(TODAY - timedelta(days=95))
    give_summary(day=TODAY - timedelta(days=95), owner=csm, segment=smb, band=2, accounts=10, arr=100_000)
    leave(make_account("Acme"), days_ago=50)
    told = found()
    # 95 days ago stands for 90 days before the newest day alone: 97 and more lie before it.
    assert told["weeks"] == 1
    assert told["unknown"] == {"smb": 1}
    assert [(row["band"], row["accounts"], row["left"]) for row in told["rows"]] == [(2, 10, 0)]


def test_a_base_day_is_at_most_31_days_older():
    as_of = date(2026, 6, 30)
    days = (as_of - timedelta(days=130), as_of)
    # Weeks end 90 + 7n days before: 130 days ago is at or before 90 … 129, and within 31 days from 99 on.
    weeks = [n for n, base in enumerate(base_days(days, as_of=as_of)) if base is not None]
    assert weeks == [2, 3, 4, 5]


def test_the_band_is_the_newest_one_90_days_before_or_up_to_31_more(acme, leave):
    event = leave(acme, days_ago=0)
    for days_ago, score in ((89, 9000), (92, 4000), (100, 8000)):
        scored(acme, days_ago=days_ago, score=score)
    row = with_day_before(ChurnEvent.objects.all()).get()
    assert (row.band_before, row.score_before, row.day_before) == (2, 4000, TODAY - timedelta(days=92))
    stood = stood_before(acme.pk, day=event.churned_on, days=(30, 60, 90))
    assert {n: (TODAY - one.as_of).days for n, one in stood.items()} == {60: 89, 90: 92}


@pytest.mark.parametrize(("days_ago", "is_known"), [(90, True), (121, True), (122, False)])
def test_older_than_31_days_more_is_not_known(acme, leave, days_ago, is_known):
    leave(acme, days_ago=0)
    scored(acme, days_ago=days_ago, score=4000)
    assert (with_day_before(ChurnEvent.objects.all()).get().band_before is not None) == is_known
    assert (90 in stood_before(acme.pk, day=TODAY, days=(90,))) == is_known


def test_lost_is_what_was_stated_else_what_was_paid_the_day_before_in_the_reporting_currency(make_account, leave):
    ExchangeRate.objects.create(currency="EUR", valid_from=TODAY - timedelta(days=20), rate=Decimal("1.25"))
    ExchangeRate.objects.create(currency="EUR", valid_from=TODAY - timedelta(days=5), rate=Decimal(2))
    stated = leave(make_account("Stated"), lost=Decimal(500))
    paid = leave(make_account("Paid", arr=Decimal(7000)))
    euros = leave(make_account("Euros", arr=Decimal(800), currency="EUR"), reason="support")
    early = leave(make_account("Early", arr=Decimal(80), currency="EUR"), days_ago=30, reason="support")
    strange = leave(make_account("Strange", arr=Decimal(80), currency="CHF"), reason="support")
    lost = dict(with_loss(ChurnEvent.objects.all()).values_list("pk", "lost"))
    expected = {stated.pk: 500, paid.pk: 7000, euros.pk: 1000, early.pk: 100, strange.pk: None}
    assert lost == expected
    total = total_lost(ChurnEvent.objects.all())
    assert (total.accounts, total.arr, total.without_arr) == (5, Decimal(8600), 1)
    assert [(code, each.accounts, each.arr) for code, each in lost_by_reason(ChurnEvent.objects.all())] == [
        ("budget", 2, Decimal(7500)), ("support", 3, Decimal(1100)),
    ]  # fmt: skip
