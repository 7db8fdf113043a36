"""Days of the year: retention by the usual definitions worked out by hand, what is kept and when it is made anew."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Account, AccountHistory, ExchangeRate
from scoring.core.bands import UNDEFINED
from scoring.extract.stints import history_until
from scoring.models import YearDay
from scoring.queries.summaries import Health, scored_days
from scoring.queries.year import (
    ABSENT,
    days_of,
    everybody,
    flagged_at_risk,
    flows_of,
    health_on,
    median_stays,
    only,
    pairs_of,
    retention_on,
    year_pairs,
)
from scoring.year import day_of, days_wanted, work_out_year
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import done_run
from tests.dashboards.pages.years import give_history, give_score, leave

YEAR_AGO = date(2025, 6, 30)
QUARTER_AGO = date(2026, 3, 30)
pytestmark = pytest.mark.django_db


@pytest.fixture
def make(organization, make_account, csm):
    """An account with so much ARR from its start, and after changes on days."""

    def made(name: str, arr: int, *, started_on: date = date(2024, 1, 1), **changes: int) -> Account:
        account = make_account(name, owner=csm, arr=Decimal(arr), started_on=started_on)
        for day, amount in changes.items():
            give_history(account, date.fromisoformat(day.removeprefix("on_").replace("_", "-")), arr=Decimal(amount))
        return account

    return made


def retention(day: date = TODAY):
    return retention_on(day_of(history_until(day), day), everybody)


def test_net_and_gross_retention_of_a_hand_worked_year(make):
    """A 100 stays 100; B 200 grows to 300; C 150 shrinks to 90; D 50 leaves; E 80 is new and counts in neither.

    Begun 100 + 200 + 150 + 50 = 500; now 100 + 300 + 90 + 0 = 490, net 98 %; kept 100 + 200 + 90 + 0 = 390, gross 78 %.
    """
    make("A", 100)
    make("B", 200, on_2025_09_01=250, on_2026_02_01=300)
    make("C", 150, on_2025_12_01=90)
    leave(make("D", 50), date(2026, 1, 15))
    make("E", 80, started_on=date(2025, 7, 1))
    found = retention()
    assert (found.accounts, found.begun, found.ended, found.kept) == (4, 50_000, 49_000, 39_000)
    assert (found.net, found.gross) == (pytest.approx(0.98), pytest.approx(0.78))


def test_growth_that_was_lost_again_within_the_year_is_no_loss(make):
    make("A", 100, on_2025_10_01=180, on_2026_04_01=100)
    assert (retention().net, retention().gross) == (1.0, 1.0)


def test_who_left_and_came_back_is_kept_with_what_it_has_now(make):
    account = make("A", 100)
    give_history(account, date(2025, 8, 1), status="churned", arr=Decimal(0))
    give_history(account, date(2026, 5, 1), status="active", arr=Decimal(60))
    assert (retention().net, retention().gross) == (0.6, 0.6)


def test_the_first_day_of_the_year_is_the_same_day_a_year_before(make):
    make("A", 100, on_2025_06_30=120, on_2025_07_01=60)
    assert retention().net == 0.5


def test_who_had_no_arr_a_year_ago_is_not_of_the_cohort(make):
    make("Trial", 0, on_2025_09_01=500)
    assert (retention().accounts, retention().net, retention().gross) == (0, None, None)


def test_a_currency_that_falls_is_no_contraction(make, make_account, csm):
    for day, rate in ((date(2024, 1, 1), "1.25"), (date(2026, 1, 1), "1.00")):
        ExchangeRate.objects.create(currency="GBP", valid_from=day, rate=Decimal(rate))
    make_account("Leeds", owner=csm, arr=Decimal(100), currency="GBP")
    found = retention()
    assert (found.begun, found.ended, found.net) == (12_500, 12_500, 1.0)


def test_retention_lists_its_accounts_with_both_ends(make):
    grown, _ = make("B", 200, on_2025_09_01=300), make("A", 100)
    pairs = year_pairs(day_of(history_until(TODAY), TODAY), everybody)
    [first, _] = pairs.rows(start=0, size=2)
    assert (first.account, first.arr, first.bands) == (grown.pk, (200, 300), (None, None))
    assert pairs.sums() == (300, 400)


@pytest.fixture
def moves(make):
    """Ann Strong to Weak, Bob Weak to Weak, Cid Weak to left, Dot new and Strong, Eve Undefined to Moderate."""
    found = {name: make(name, arr) for name, arr in (("Ann", 10), ("Bob", 20), ("Cid", 30), ("Eve", 50))}
    found["Dot"] = make("Dot", 40, started_on=date(2026, 5, 1))
    for name, then, now in (("Ann", 80, 40), ("Bob", 30, 30), ("Cid", 20, None), ("Eve", None, 60)):
        give_score(found[name], QUARTER_AGO, then, flags=["no_login"] if name == "Bob" else [])
        if name != "Cid":
            give_score(found[name], TODAY, now, flags=["no_login", "ebr_overdue"] if name == "Ann" else [])
    give_score(found["Dot"], TODAY, 90)
    leave(found["Cid"], date(2026, 6, 1))
    return found


def test_flows_between_two_days_add_up_to_both(moves):
    days = days_of([QUARTER_AGO, TODAY])
    pairs = pairs_of(days[QUARTER_AGO], days[TODAY], everybody)
    flows = {(flow.then, flow.now): (flow.accounts, flow.arr) for flow in flows_of(pairs)}
    assert flows == {
        (0, 2): (1, 10), (2, 2): (1, 20), (2, ABSENT): (1, 30), (ABSENT, 0): (1, 40), (UNDEFINED, 1): (1, 50),
    }  # fmt: skip
    assert [row.account for row in pairs.of(then=[2], now=[ABSENT]).rows(start=0, size=9)] == [moves["Cid"].pk]


def test_flags_count_at_risk_accounts_alone(moves):
    day = days_of([TODAY])[TODAY]
    found = {key: (amount.accounts, amount.arr) for key, amount in flagged_at_risk(day, everybody).items()}
    assert found == {"no_login": (1, 10), "ebr_overdue": (1, 10), "": (1, 20)}


def test_a_choice_of_accounts_narrows_every_sum(moves):
    day = days_of([TODAY])[TODAY]
    keep = only(Account.objects.filter(name__in=["Ann", "Eve"]))
    assert health_on(day, keep).arr == 60
    assert health_on(day, only(Account.objects.none())) == Health({})


def test_the_median_stay_is_of_the_accounts_now_in_the_phase(make):
    for name, since in (("A", date(2026, 6, 20)), ("B", date(2026, 5, 31)), ("C", date(2024, 1, 1))):
        account = make(name, 10)
        if since.year == 2026:
            give_history(account, date(2025, 1, 1), phase="adoption")
            give_history(account, since, phase="value")
            give_history(account, date(2026, 6, 25), phase="value", arr=Decimal(11))
        else:
            give_history(account, date(2026, 6, 1), phase="value")
        give_score(account, TODAY, 70)
    # Since 20 June 10 days, since 31 May 30 days, since 1 June 29 days.
    assert median_stays(days_of([TODAY])[TODAY], everybody) == {"value": 29}


def test_days_are_kept_and_made_anew_when_they_are_scored_again(make):
    account = make("A", 10)
    give_score(account, QUARTER_AGO, 80)
    give_score(account, TODAY, 80)
    assert [kept.as_of for kept in work_out_year(at=NOW)] == [QUARTER_AGO, TODAY]
    # The newest day is worked out again each time; of another, only what was scored again.
    assert [kept.as_of for kept in work_out_year(at=NOW)] == [TODAY]
    YearDay.objects.update(run_number=0)
    assert len(work_out_year(at=NOW)) == 2
    assert days_of([TODAY])[TODAY].standing["score"].tolist() == [8000]


def test_a_day_that_nobody_worked_out_is_worked_out_when_it_is_asked_for(make):
    account = make("A", 10)
    give_score(account, TODAY, 80)
    assert not YearDay.objects.exists()
    assert health_on(days_of([TODAY])[TODAY], everybody).of(0).accounts == 1


def test_thirteen_month_ends_and_the_usual_spans_are_wanted(organization):
    for month in range(16):
        done_run(date(2025 + (month + 2) // 12, (month + 2) % 12 + 1, 28))
    done_run(date(2026, 5, 15))
    days = days_wanted(scored_days())
    assert (len(days), days[0], days[-1]) == (13, date(2025, 6, 28), date(2026, 6, 28))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    world=st.lists(
        st.tuples(st.integers(0, 10**9), st.integers(0, 10**9), st.sampled_from([None, 10, 60, 90]),
                  st.sampled_from([None, 10, 60, 90]), st.booleans(), st.booleans()),
        min_size=1, max_size=12,
    )
)  # fmt: skip
def test_in_any_world_flows_add_up_to_the_bands_of_both_days_to_the_cent(organization, make_account, csm, world):
    Account.objects.all().delete()
    for n, (before, after, then, now, was_there, is_there) in enumerate(world):
        account = make_account(f"A{n}", owner=csm, arr=Decimal(before) / 100)
        give_history(account, date(2026, 5, 1), arr=Decimal(after) / 100)
        if was_there:
            give_score(account, QUARTER_AGO, then)
        if is_there:
            give_score(account, TODAY, now)
    done_run(QUARTER_AGO)
    done_run(TODAY)
    history = history_until(TODAY)
    first, last = day_of(history, QUARTER_AGO), day_of(history, TODAY)
    flows = flows_of(pairs_of(first, last, everybody))
    for band in (-1, 0, 1, 2):
        assert sum(f.arr for f in flows if f.now == band) == health_on(last, everybody).of(band).arr
        assert sum(f.accounts for f in flows if f.then == band) == health_on(first, everybody).of(band).accounts
    left = sum((Decimal(before) / 100 for before, _, _, _, was, is_ in world if was and not is_), Decimal(0))
    assert sum((f.arr for f in flows if f.now == ABSENT), Decimal(0)) == left
    year = retention_on(last, everybody)
    assert (year.begun, year.ended) == (
        sum(before for before, *_ in world if before), sum(after for before, after, *_ in world if before),
    )  # fmt: skip
    assert year.kept == sum(min(before, after) for before, after, *_ in world if before)
    assert AccountHistory.objects.count() == 2 * len(world)
    assert np.all(last.standing["account"][1:] > last.standing["account"][:-1])
