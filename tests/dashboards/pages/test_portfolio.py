"""The portfolio on hand-made health: every figure, the sums that must agree, who sees what, and what is missing."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.urls import reverse

from accounts.models import ChurnEvent, Phase, Status
from dashboards.filters import read_selection
from dashboards.pages.accounts import View, build_accounts_page
from dashboards.pages.attention import read_place
from dashboards.pages.portfolio import build_portfolio_page
from dashboards.pages.portfolio_welcome import Welcome
from scoring.core.bands import MODERATE, STRONG, UNDEFINED, WEAK
from scoring.models import ScoringRun
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import done_run, give_health, give_plan, give_step, give_summary

THEN = date(2026, 5, 30)
MORNING = datetime(2026, 6, 30, 9, 0, tzinfo=NOW.tzinfo)


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


@pytest.fixture
def portfolio(organization, make_account, source, csm, other_csm, smb):
    """Maya today: 80, 60, 40 and one Undefined that joined in June. A month ago: 75, 75 and 45. One left in June."""
    alpha = make_account("Alpha", owner=csm, arr=Decimal(100_000), phase=Phase.VALUE, renewal_date=in_days(10))
    beta = make_account("Beta", owner=csm, arr=Decimal(200_000), phase=Phase.ADOPTION, renewal_date=in_days(90))
    gamma = make_account("Gamma", owner=csm, arr=Decimal(50_000), phase=Phase.VALUE, renewal_date=in_days(0))
    delta = make_account(
        "Delta", owner=csm, arr=Decimal(30_000), started_on=date(2026, 6, 15), renewal_date=in_days(91)
    )
    zulu = make_account("Zulu", owner=other_csm, arr=Decimal(10_000), phase=Phase.VALUE, renewal_date=in_days(-1))
    gone = make_account("Gone", owner=csm, status=Status.CHURNED)
    ChurnEvent.objects.create(
        source=source,
        external_id="gone",
        account=gone,
        churned_on=date(2026, 6, 1),
        reason_code="price",
        recorded_at=NOW,
    )
    give_health(alpha, score=8000, month_ago=7500)
    give_health(beta, score=6000, month_ago=7500)
    give_health(gamma, score=4000, month_ago=4500)
    give_health(delta, score=None)
    give_health(zulu, score=5000)
    give_summary(day=THEN, owner=csm, segment=smb, band=STRONG, accounts=2, score=75, arr=220_000)
    give_summary(day=THEN, owner=csm, segment=smb, band=WEAK, accounts=1, score=45, arr=40_000, phase="adoption")
    return {"alpha": alpha, "beta": beta, "gamma": gamma, "delta": delta, "zulu": zulu}


def page_for(user, query: str = ""):
    return build_portfolio_page(user, place=read_place(QueryDict(query), is_page=False), now=MORNING)


def by_code(page):
    return {row.code: row for row in page.bands}


def test_the_sentence_says_the_mean_its_band_the_change_and_what_renews(portfolio, csm, client):
    page = page_for(csm)
    assert page.greeting == "Good morning, Maya"
    assert (page.tiles.health.mean_score, page.tiles.band_name) == (Decimal(60), "Moderate")
    assert (page.change.score, page.direction) == (Decimal(-5), "down 5")
    assert page.tiles.renewing_arr == 350_000


def test_the_score_by_arr_counts_each_account_by_its_arr(portfolio, csm):
    # (80 × 100 + 60 × 200 + 40 × 50) ÷ 350
    assert round(page_for(csm).tiles.weighted_score, 4) == Decimal("62.8571")


def test_what_renews_in_90_days_counts_today_and_the_last_day_and_names_its_weak_part(portfolio, csm):
    tiles = page_for(csm).tiles
    assert (tiles.renewing_accounts, tiles.renewing_arr) == (3, 350_000)
    assert (tiles.at_risk_renewing_accounts, tiles.at_risk_renewing_arr) == (1, 50_000)


def test_joined_left_and_moved_explain_the_change_of_the_count(portfolio, csm):
    change = page_for(csm).change
    assert change.since == THEN
    assert (change.accounts, change.joined, change.left, change.moved) == (1, 1, 1, 1)
    assert (change.arr, change.arr_then) == (120_000, 260_000)


def test_each_band_has_its_count_and_arr_and_how_both_changed(portfolio, csm):
    bands = by_code(page_for(csm))
    found = {code: (row.accounts, row.arr, row.accounts_change, row.arr_change) for code, row in bands.items()}
    assert found == {
        STRONG: (1, 100_000, -1, -120_000),
        MODERATE: (1, 200_000, 1, 200_000),
        WEAK: (1, 50_000, 0, 10_000),
        UNDEFINED: (1, 30_000, 1, 30_000),
    }
    assert [bands[code].good for code in (STRONG, MODERATE, WEAK, UNDEFINED)] == ["up", "none", "down", "none"]


@pytest.mark.parametrize("query", ["", "segment=smb", "phase=value,adoption", "phase=renewal"])
def test_all_blocks_and_the_accounts_page_add_up_to_the_same(portfolio, csm, query):
    page = page_for(csm, query)
    accounts, arr = page.tiles.health.accounts, page.tiles.health.arr
    assert sum(row.accounts for row in page.bands) == accounts
    assert sum(row.arr for row in page.bands) == arr
    assert sum(row.accounts for row in page.phases) == accounts
    assert sum(row.arr for row in page.phases) == arr
    assert sum(part.count for phase in page.phases for part in phase.parts) == accounts
    selection = read_selection(QueryDict(query))
    listed = build_accounts_page(csm, selection=selection, view=View(), today=TODAY)
    assert (listed.totals.health.accounts, listed.totals.health.arr) == (accounts, arr)
    assert [band.accounts for band in listed.bands] == [row.accounts for row in page.bands]


def test_the_last_column_of_the_trend_is_today(portfolio, csm):
    trend = page_for(csm).trend
    assert trend.table_rows == [
        ["May 2026", "65.0", "2", "0", "1", "0"],
        ["Jun 2026", "60.0", "1", "1", "1", "1"],
    ]


def test_the_trend_has_thirteen_months_and_takes_the_last_scored_day_of_each(portfolio, csm, smb):
    for month in range(1, 13):
        give_summary(day=date(2025, month, 27), owner=csm, segment=smb, band=STRONG, accounts=1, score=70, arr=1)
        give_summary(day=date(2025, month, 28), owner=csm, segment=smb, band=STRONG, accounts=1, score=90, arr=1)
    rows = page_for(csm).trend.table_rows
    assert len(rows) == 13
    assert rows[0][:2] == ["Feb 2025", "90.0"]
    assert rows[-1][0] == "Jun 2026"


def test_few_accounts_make_one_list_from_the_best(portfolio, csm):
    (rank,) = page_for(csm).ranks
    assert [(row.place, row.account.name, row.account.score) for row in rank.rows] == [
        (1, "Alpha", 80),
        (2, "Beta", 60),
        (3, "Gamma", 40),
    ]
    assert [row.account.change for row in rank.rows] == [5, -15, -5]


def test_many_accounts_make_high_and_low_with_their_places(portfolio, csm, make_account):
    for n in range(8):
        give_health(make_account(f"More {n}", owner=csm), score=6500 + n)
    high, low = page_for(csm).ranks
    assert [(row.place, row.account.name) for row in high.rows][:2] == [(1, "Alpha"), (2, "More 7")]
    assert [(row.place, row.account.name) for row in low.rows][:3] == [(11, "Gamma"), (10, "Beta"), (9, "More 0")]
    assert (high.url, high.link) == ("/accounts?band=strong&sort=-score", "View all 1")
    assert low.url == "/accounts?band=weak&sort=score"


def test_plans_are_on_track_while_no_step_is_overdue(portfolio, csm):
    good = give_plan(portfolio["gamma"], owner=csm, opened_on=date(2026, 6, 1))
    give_step(good, position=1, due=TODAY)
    give_step(good, position=2, due=date(2026, 6, 2), done_on=date(2026, 6, 3))
    late = give_plan(portfolio["beta"], owner=csm, opened_on=date(2026, 6, 1))
    give_step(late, position=1, due=date(2026, 6, 29))
    plans = page_for(csm).tiles.plans
    assert (plans.open, plans.on_track, plans.late) == (2, 1, 1)


def test_filters_hold_for_every_block_and_stay_in_the_links(portfolio, csm):
    page = page_for(csm, "phase=value")
    assert page.tiles.health.accounts == 2
    assert page.change.accounts == 0
    assert by_code(page)[WEAK].url == "/accounts?band=weak&phase=value"
    assert page.tiles.renewing_url == "/accounts?phase=value&renewal=90d&sort=renewal"
    assert page.trend.table_rows[0][1] == "75.0"


def test_an_owner_filter_is_offered_to_those_who_see_several(portfolio, csm, leader):
    assert [filter.name for filter in page_for(csm).filters] == ["segment", "phase"]
    owners = page_for(leader).filters[2]
    assert [(option.label, option.count) for option in owners.options] == [("Ben Example", 1), ("Maya Example", 4)]


def test_each_sees_their_own_the_teams_or_all(portfolio, csm, other_csm, manager, leader, viewer, ops):
    counts = [page_for(user).tiles.health.accounts for user in (csm, other_csm, manager, leader, viewer, ops)]
    assert counts == [4, 1, 4, 5, 5, 5]
    assert [page_for(user).title for user in (csm, manager)] == ["My portfolio", "Portfolio"]


def test_without_an_earlier_day_nothing_is_compared(organization, csm, acme):
    give_health(acme, score=7000)
    page = page_for(csm)
    assert page.change is None
    assert by_code(page)[STRONG].accounts_change is None
    assert page.direction == ""


def test_an_account_without_a_score_is_undefined_before_the_first_run(organization, csm, acme, client):
    page = page_for(csm)
    assert (page.as_of, page.tiles.health.mean_score) == (None, None)
    assert by_code(page)[UNDEFINED].accounts == 1
    client.force_login(csm)
    assert "No account has a score yet" in client.get(reverse("portfolio")).content.decode()


def test_old_scores_are_said_to_be_old(organization, csm, acme):
    ScoringRun.objects.create(as_of=in_days(-3), state=ScoringRun.State.DONE, started_at=NOW, finished_at=NOW)
    assert page_for(csm).is_stale
    done_run(in_days(-2))
    assert not page_for(csm).is_stale


def test_nobody_has_accounts_yet(organization, csm, ops):
    empty = page_for(csm)
    assert isinstance(empty, Welcome)
    assert (empty.title, empty.steps) == ("No accounts yet", ())
    assert "Ask CS operations" in empty.text
    steps = page_for(ops).steps
    assert [(step.command, step.is_done) for step in steps] == [
        ("manage.py publish_scorecards", False),
        ("manage.py ingest accounts FILE", False),
        ("manage.py recompute", False),
    ]


def test_others_have_accounts_and_you_have_none(portfolio, client, csm, north):
    portfolio["alpha"].owner.accounts.update(owner=None)
    client.force_login(csm)
    text = client.get(reverse("portfolio")).content.decode()
    assert "No accounts are assigned to you" in text
    assert "Ask your manager." in text


def test_filters_that_leave_nothing_say_so(portfolio, client, csm):
    client.force_login(csm)
    text = client.get(reverse("portfolio"), {"phase": "expansion"}).content.decode()
    assert "No accounts match" in text
    assert "Clear filters" in text


def test_the_page_takes_twenty_four_queries(portfolio, client, csm, leader, django_assert_max_num_queries):
    for user in (csm, leader):
        client.force_login(user)
        with django_assert_max_num_queries(24):
            assert client.get(reverse("portfolio")).status_code == 200


def test_names_are_escaped(portfolio, client, csm, make_account):
    give_health(make_account("<b>Bold</b>", owner=csm), score=9900)
    client.force_login(csm)
    text = client.get(reverse("portfolio")).content.decode()
    assert "&lt;b&gt;Bold&lt;/b&gt;" in text
    assert "<b>Bold" not in text


def test_where_the_data_ended_renewals_are_counted_from_there(organization, make_account, csm):
    ended = date(2025, 12, 31)
    account = make_account("Alpha", owner=csm, arr=Decimal(100), renewal_date=date(2026, 1, 30))
    give_health(account, score=8000)
    ScoringRun.objects.update(as_of=ended)
    account.health.__class__.objects.update(as_of=ended)
    page = page_for(csm)
    assert (page.is_stale, page.tiles.renewing_accounts) == (True, 1)
    assert page.ranks[0].rows[0].account.renewal_days == 30
    listed = build_accounts_page(csm, selection=read_selection(QueryDict("renewal=30d")), view=View(), today=TODAY)
    assert [row.renewal_days for row in listed.rows] == [30]


def test_users_that_nobody_knows_are_not_none(organization, make_account, csm):
    give_health(make_account("Alpha", owner=csm), score=8000)
    listed = build_accounts_page(csm, selection=read_selection(QueryDict("")), view=View(), today=TODAY)
    assert listed.totals.users is None


def test_the_page_compares_with_the_day_that_was_chosen(portfolio, csm, smb, client):
    give_summary(day=date(2026, 6, 20), owner=csm, segment=smb, band=MODERATE, accounts=2, score=52, arr=90_000)
    page = page_for(csm, "compare=2026-06-23")
    # 60 today and 52 on the newest scored day until then; four accounts instead of two.
    assert (page.change.since, page.change.score, page.change.accounts) == (date(2026, 6, 20), Decimal(8), 2)
    assert (page.compared.label, page.direction, page.change.span) == ("Since 20 Jun", "up 8", "since 20 Jun")
    assert all("compare=2026-06-23" in tab.url for tab in page.attention.tabs)
    assert [choice.url for choice in page.comparisons][1] == "/portfolio?compare=1w"
    client.force_login(csm)
    assert "up 8 since 20 Jun" in client.get(reverse("portfolio"), {"compare": "2026-06-23"}).content.decode()


def test_where_no_scores_are_kept_of_the_chosen_day_nothing_is_compared(portfolio, csm, client):
    assert page_for(csm, "compare=2019-01-01").change is None
    client.force_login(csm)
    text = client.get(reverse("portfolio"), {"compare": "2019-01-01"}).content.decode()
    assert "No scores are kept of 1 Jan 2019 or before it" in text
