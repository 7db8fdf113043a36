"""The overview on hand-made sums: every block adds up to the same totals."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.urls import reverse

from accounts.models import Segment
from dashboards.filters import read_selection
from dashboards.pages.overview import build_overview_page
from dashboards.pages.overview_blocks import quarters_from, tints_of
from scoring.queries.selection import quarter_days, selected_accounts
from tests.conftest import TODAY
from tests.dashboards.pages.boards import done_run, give_health, give_summary

THEN = date(2026, 3, 31)


@pytest.fixture
def key(db) -> Segment:
    return Segment.objects.create(slug="key", name="Key", position=1)


@pytest.fixture
def company(organization, csm, other_csm, smb, key):
    """Now: Key 600K Strong, 200K Weak; SMB 100K Moderate, 100K Weak. A quarter ago 850K, of it 50K Weak."""
    give_summary(owner=csm, segment=key, band=0, accounts=4, score=80, arr=600_000)
    give_summary(owner=csm, segment=key, band=2, accounts=2, score=40, arr=200_000, phase="renewal")
    give_summary(owner=other_csm, segment=smb, band=1, accounts=2, score=60, arr=100_000)
    give_summary(owner=other_csm, segment=smb, band=2, accounts=1, score=30, arr=100_000)
    give_summary(owner=other_csm, segment=smb, band=-1, accounts=1, arr=0)
    give_summary(day=THEN, owner=csm, segment=key, band=0, accounts=7, score=75, arr=800_000)
    give_summary(day=THEN, owner=csm, segment=smb, band=2, accounts=1, score=45, arr=50_000)


def page_for(user, query: str = ""):
    return build_overview_page(user, query=QueryDict(query))


def test_tiles_compare_today_with_a_quarter_ago(company, leader):
    figures = page_for(leader).figures
    tiles = figures.tiles
    assert (figures.as_of, figures.quarter_ago) == (TODAY, THEN)
    assert (tiles.now.arr, tiles.arr_change) == (1_000_000, 150_000)
    assert (tiles.now.accounts, tiles.accounts_change) == (10, 2)
    # (4 × 80 + 2 × 40 + 2 × 60 + 30) / 9 = 61.11, before (7 × 75 + 45) / 8 = 71.25
    assert (round(tiles.now.mean_score, 2), tiles.score_change) == (Decimal("61.11"), -10)
    assert (tiles.at_risk_arr, tiles.at_risk_ratio, tiles.at_risk_change, tiles.at_risk_accounts) == (
        300_000,
        Decimal("0.3"),
        250_000,
        3,
    )


def test_without_a_quarter_ago_nothing_is_compared(organization, leader, csm, smb):
    give_summary(owner=csm, segment=smb, band=0, accounts=1, score=80, arr=5)
    tiles = page_for(leader).figures.tiles
    assert (tiles.then, tiles.arr_change, tiles.score_change) == (None, None, None)


def test_the_arr_weighted_score_counts_each_account_by_its_arr(company, leader, make_account, csm):
    give_health(make_account("Big", owner=csm), score=8000, arr=Decimal(300))
    give_health(make_account("Small", owner=csm), score=4000, arr=Decimal(100))
    give_health(make_account("Unknown", owner=csm), score=None, arr=Decimal(999))
    assert page_for(leader).figures.tiles.weighted_score == 70


def test_the_heat_map_adds_up_along_rows_and_columns(company, leader):
    heat = page_for(leader).heat_map
    assert [column.name for column in heat.columns] == ["Key", "SMB"]
    cells = [[(cell.arr, cell.accounts) for cell in line.cells] for line in heat.lines]
    assert cells == [
        [(600_000, 4), (0, 0)],
        [(0, 0), (100_000, 2)],
        [(200_000, 2), (100_000, 1)],
        [(0, 0), (0, 1)],
    ]
    assert [(line.total.arr, line.total.accounts) for line in heat.lines] == [
        (600_000, 4), (100_000, 2), (300_000, 3), (0, 1),
    ]  # fmt: skip
    assert [(column.total.arr, column.total.accounts) for column in heat.columns] == [(800_000, 6), (200_000, 4)]
    assert (heat.total.arr, heat.total.accounts) == (1_000_000, 10)


def test_a_cell_has_its_share_of_the_segment_a_tint_and_its_accounts(company, leader):
    weak = page_for(leader).heat_map.lines[2]
    assert [(cell.share, cell.tint) for cell in weak.cells] == [(Decimal("0.25"), 10), (Decimal("0.5"), 44)]
    assert [cell.url for cell in weak.cells] == ["/accounts?band=weak&segment=key", "/accounts?band=weak&segment=smb"]


def test_tints_run_from_the_smallest_share_of_the_row_to_the_largest():
    assert tints_of([Decimal("0.1"), Decimal("0.2"), Decimal("0.3"), Decimal(0), None]) == [10, 27, 44, 0, 0]
    assert tints_of([Decimal("0.2"), Decimal("0.2")]) == [44, 44]
    assert tints_of([]) == []


def test_phases_stand_in_the_order_of_the_journey_and_add_up(company, leader):
    page = page_for(leader)
    rows = [(line.name, [part.count for part in line.parts], line.health.arr) for line in page.phases]
    assert rows == [("Value", [4, 2, 1, 1], 800_000), ("Renewal", [0, 0, 2, 0], 200_000)]
    assert page.phases[1].parts[2].url == "/accounts?band=weak&phase=renewal"


def test_months_end_with_the_last_scored_day_of_each(company, leader, csm, smb):
    give_summary(day=date(2026, 5, 20), owner=csm, segment=smb, band=0, accounts=1, score=80, arr=1)
    give_summary(day=date(2026, 5, 31), owner=csm, segment=smb, band=0, accounts=1, score=80, arr=3)
    months = page_for(leader).figures.months
    assert [(day, health.arr) for day, health in months.items()] == [
        (THEN, 850_000), (date(2026, 5, 31), 3), (TODAY, 1_000_000),
    ]  # fmt: skip


def test_only_thirteen_months_are_drawn(organization, leader, csm, smb):
    for month in range(15):
        day = date(2025 + month // 12, month % 12 + 1, 28)
        give_summary(day=day, owner=csm, segment=smb, band=0, accounts=1, score=80, arr=5)
    page = page_for(leader)
    assert len(page.figures.months) == 13
    assert page.views[0].chart.table_rows[-1] == ["Mar 2026", "$5", "$0", "$0", "$0", "$5"]
    assert [view.label for view in page.views] == ["ARR", "Share", "Accounts"]


def test_renewals_stand_in_this_and_the_next_three_quarters_by_todays_band(company, leader, make_account, csm):
    for name, day, score, arr in [
        ("A", date(2026, 4, 1), 8000, 10), ("B", date(2026, 7, 1), 4000, 20), ("C", date(2026, 9, 30), 8000, 30),
        ("D", date(2027, 3, 31), None, 40), ("E", date(2027, 4, 1), 4000, 50), ("F", None, 4000, 60),
    ]:  # fmt: skip
        give_health(make_account(name, owner=csm, renewal_date=day), score=score, arr=Decimal(arr))
    page = page_for(leader)
    found = {day: (health.arr, health.accounts) for day, health in page.figures.renewals.items()}
    assert found == {
        date(2026, 4, 1): (10, 1), date(2026, 7, 1): (50, 2), date(2026, 10, 1): (0, 0), date(2027, 1, 1): (40, 1),
    }  # fmt: skip
    assert (page.figures.next_quarter.arr, page.next_quarter_at_risk) == (50, 20)
    assert page.renewals.table_rows[1] == ["Q3 2026", "$30", "$0", "$20", "$0", "$50"]
    assert page.urls["renewing"] == "/accounts?renewal=2026-Q3"


def test_the_links_of_a_quarter_open_exactly_its_accounts(company, leader, make_account, csm):
    for name, day, score in [
        ("A", date(2026, 6, 30), 4000), ("B", date(2026, 7, 1), 4000), ("C", date(2026, 9, 30), 8000),
        ("D", date(2026, 10, 1), 4000),
    ]:  # fmt: skip
        give_health(make_account(name, owner=csm, renewal_date=day), score=score)
    page = page_for(leader)
    quarter = page.renewals.figure["data"]
    weak_of_next = quarter[0]["customdata"][1]
    assert weak_of_next == "/accounts?band=weak&renewal=2026-Q3"
    assert opened(leader, weak_of_next) == ["B"]
    assert opened(leader, page.urls["renewing"]) == ["B", "C"]


def opened(user, url: str) -> list[str]:
    selection = read_selection(QueryDict(url.partition("?")[2]))
    return sorted(account.name for account in selected_accounts(user, selection=selection, today=TODAY))


def test_quarters_cross_the_year():
    assert quarters_from(date(2026, 11, 22)) == [
        date(2026, 10, 1), date(2027, 1, 1), date(2027, 4, 1), date(2027, 7, 1),
    ]  # fmt: skip


def test_an_address_names_quarters_by_year_and_number():
    assert quarter_days("2026-Q4") == (date(2026, 10, 1), date(2026, 12, 31))
    assert quarter_days("2027-Q1") == (date(2027, 1, 1), date(2027, 3, 31))
    assert [quarter_days(word) for word in ("2026-Q5", "90d", "", "1926-Q1")] == [None] * 4


def test_filters_narrow_every_block_and_its_links(company, leader, csm, north, key):
    page = page_for(leader, f"team={north.pk}&segment=key")
    assert (page.figures.tiles.now.arr, page.heat_map.total.arr) == (800_000, 800_000)
    assert sum(line.health.arr for line in page.phases) == 800_000
    assert page.figures.months[TODAY].arr == 800_000
    assert page.urls["weak"] == f"/accounts?band=weak&segment=key&owner={csm.pk}"


def test_a_team_and_a_csm_of_another_leave_nobody(company, leader, other_csm, north):
    page = page_for(leader, f"team={north.pk}&owner={other_csm.pk}")
    assert page.figures.tiles.now.accounts == 0
    assert page.urls["accounts"] == "/accounts?owner=0"


def test_an_export_has_the_numbers_of_its_block(client, company, leader):
    client.force_login(leader)
    text = client.get(reverse("overview-csv"), {"block": "months"}).content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["Month end", "Strong accounts", "Moderate accounts", "Weak accounts", "Undefined accounts", "Accounts",
         "Strong ARR USD", "Moderate ARR USD", "Weak ARR USD", "Undefined ARR USD", "ARR USD", "Mean score",
         "Stale scores"],
        ["2026-03-31", "7", "0", "1", "0", "8", "800000", "0", "50000", "0", "850000", "71.25", ""],
        ["2026-06-30", "4", "2", "3", "1", "10", "600000", "100000", "300000", "0", "1000000", "61.11", "0"],
    ]  # fmt: skip
    for block in ("renewals", "segments"):
        assert client.get(reverse("overview-csv"), {"block": block}).status_code == 200
    assert client.get(reverse("overview-csv"), {"block": "salaries"}).status_code == 404


def test_before_the_first_score_the_page_says_so(client, organization, leader):
    client.force_login(leader)
    assert "No account is scored yet" in client.get(reverse("overview")).content.decode()


def test_the_sentence_names_what_is_weak(client, company, leader):
    client.force_login(leader)
    html = client.get(reverse("overview")).content.decode()
    assert "10 customer accounts, +2 in a quarter." in html
    assert "<b>$300K of $1.0M ARR (30%) is in Weak accounts</b>, up $250K since 31 Mar 2026." in html


def test_names_are_escaped(client, company, leader, key):
    key.name = "<b>Key</b>"
    key.save()
    client.force_login(leader)
    html = client.get(reverse("overview")).content.decode()
    assert "&lt;b&gt;Key&lt;/b&gt;" in html
    assert "<b>Key</b>" not in html


@pytest.mark.parametrize(
    ("who", "status"), [("leader", 200), ("viewer", 200), ("ops", 200), ("csm", 403), ("manager", 403)]
)
def test_who_may_open_it_in_at_most_thirteen_queries(
    client, company, who, status, request, django_assert_max_num_queries
):
    client.force_login(request.getfixturevalue(who))
    with django_assert_max_num_queries(13):
        assert client.get(reverse("overview")).status_code == status
    assert client.get(reverse("overview-csv"), {"block": "months"}).status_code == status


def test_a_guest_is_asked_to_log_in(client, db):
    assert client.get(reverse("overview")).status_code == 302


def test_a_day_on_which_no_account_was_active_is_an_empty_month(company, leader):
    done_run(date(2026, 5, 31))
    assert page_for(leader).figures.months[date(2026, 5, 31)].accounts == 0
