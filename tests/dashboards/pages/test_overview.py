"""The overview on hand-made sums: every block adds up to the same totals."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from accounts.models import Account, Contract, Segment
from dashboards.filters import read_selection
from dashboards.pages.overview import build_overview_page
from dashboards.pages.overview_blocks import quarters_from, tints_of
from scoring.models import AccountHealth, Snapshot
from scoring.queries.selection import quarter_days, selected_accounts
from scoring.queries.year import ABSENT
from scoring.year import work_out_year
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import done_run, give_health
from tests.dashboards.pages.years import give_history, give_score

MOST_QUERIES = 19
THEN = date(2026, 3, 31)


@pytest.fixture
def key(db) -> Segment:
    return Segment.objects.create(slug="key", name="Key", position=1)


@pytest.fixture
def company(organization, csm, other_csm, smb, key, make_account):
    """Now: Key 4 × 150K Strong, 2 × 100K Weak; SMB 2 × 50K Moderate, 100K Weak, one Undefined without ARR.

    A quarter ago 850K: Key 4 × 150K and 2 × 50K, SMB 100K, all with a score of 75, and 50K Weak. A year ago the same.
    """

    def make(name, segment, now, score, *, then=None, before=75, phase="value"):
        owner = csm if segment == key else other_csm
        started = date(2024, 1, 1) if then is not None else date(2026, 4, 15)
        account = make_account(
            name, owner=owner, segment=segment, phase=phase, started_on=started,
            arr=Decimal(now if then is None else then),
        )  # fmt: skip
        if then is not None:
            give_score(account, THEN, before)
            give_history(account, date(2026, 5, 1), arr=Decimal(now))
        give_score(account, TODAY, score)
        account.arr = Decimal(now)
        account.save()
        give_health(account, score=None if score is None else score * 100)
        return account

    for n in range(4):
        make(f"Strong {n}", key, 150_000, 80, then=150_000)
    for n in range(2):
        make(f"Weak {n}", key, 100_000, 40, then=50_000, phase="renewal")
    make("Fell", smb, 50_000, 60, then=100_000)
    make("Came", smb, 50_000, 60)
    make("Low", smb, 100_000, 30, then=50_000, before=45)
    make("Unknown", smb, 0, None)


def page_for(user, query: str = ""):
    return build_overview_page(user, query=QueryDict(query), today=TODAY)


def test_tiles_compare_today_with_a_quarter_ago(company, leader):
    figures = page_for(leader).figures
    tiles = figures.tiles
    assert (figures.as_of, figures.compared.on) == (TODAY, THEN)
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


def test_retention_of_twelve_months_counts_neither_who_came_nor_what_others_brought(company, leader):
    """Begun 600 + 100 + 100 + 50 = 850K, now 600 + 200 + 50 + 100 = 950K, kept 600 + 100 + 50 + 50 = 800K."""
    tiles = page_for(leader).figures.tiles
    assert (tiles.year.begun, tiles.year.ended, tiles.year.kept) == (85_000_000, 95_000_000, 80_000_000)
    # A quarter ago nothing had changed yet: 100 %. 950 / 850 is 111.8 %, 800 / 850 is 94.1 %.
    assert (tiles.net_change, tiles.gross_change) == (Decimal("11.8"), Decimal("-5.9"))


def test_without_a_quarter_ago_nothing_is_compared(organization, leader, csm, make_account):
    account = make_account("New", owner=csm, arr=Decimal(5), started_on=date(2026, 6, 1))
    give_score(account, TODAY, 80)
    give_health(account, score=8000)
    tiles = page_for(leader).figures.tiles
    assert (tiles.then, tiles.arr_change, tiles.score_change) == (None, None, None)
    assert (tiles.year.net, tiles.net_change) == (None, None)


def test_the_arr_weighted_score_counts_each_account_by_its_arr(organization, leader, make_account, csm):
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


def test_months_end_with_the_last_scored_day_of_each(company, leader):
    done_run(date(2026, 5, 20))
    give_score(Account.objects.get(name="Low"), date(2026, 5, 31), 50)
    months = page_for(leader).figures.months
    assert [(day, health.arr) for day, health in months.items()] == [
        (THEN, 850_000), (date(2026, 5, 31), 100_000), (TODAY, 1_000_000),
    ]  # fmt: skip


def test_only_thirteen_months_are_drawn(organization, leader, csm, make_account):
    account = make_account("Acme", owner=csm, arr=Decimal(5))
    for month in range(15):
        give_score(account, date(2025 + month // 12, month % 12 + 1, 28), 80)
    give_health(account, score=8000)
    page = page_for(leader)
    assert len(page.figures.months) == 13
    assert page.views[0].chart.table_rows[0] == ["Apr 2025", "$5", "$0", "$0", "$0", "$5"]
    assert [view.label for view in page.views] == ["ARR", "Share", "Accounts"]


def test_renewals_stand_in_this_and_the_next_three_quarters_by_todays_band(organization, leader, make_account, csm):
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


def test_the_links_of_a_quarter_open_exactly_its_accounts(organization, leader, make_account, csm):
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


def file_of(client, block: str) -> list[list[str]]:
    text = client.get(reverse("overview-csv"), {"block": block}).content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_an_export_has_the_numbers_of_its_block(client, company, leader):
    client.force_login(leader)
    with time_machine.travel(NOW, tick=False):
        assert file_of(client, "months") == [
            ["Month end", "Strong accounts", "Moderate accounts", "Weak accounts", "Undefined accounts", "Accounts",
             "Strong ARR USD", "Moderate ARR USD", "Weak ARR USD", "Undefined ARR USD", "ARR USD", "Mean score",
             "Stale scores"],
            ["2026-03-31", "7", "0", "1", "0", "8", "800000", "0", "50000", "0", "850000", "71.25", ""],
            ["2026-06-30", "4", "2", "3", "1", "10", "600000", "100000", "300000", "0", "1000000",
             "61.11", "0"],
        ]  # fmt: skip
        assert file_of(client, "migration")[1:] == [
            ["Strong", "Strong", "4", "600000"], ["Strong", "Moderate", "1", "50000"],
            ["Strong", "Weak", "2", "200000"], ["Weak", "Weak", "1", "100000"],
            ["New", "Moderate", "1", "50000"], ["New", "Undefined", "1", "0"],
        ]  # fmt: skip
        for block in ("tiles", "renewals", "segments", "phases", "reasons"):
            assert len(file_of(client, block)) > 1
        assert client.get(reverse("overview-csv"), {"block": "salaries"}).status_code == 404


def test_all_blocks_come_in_one_archive(client, company, leader):
    client.force_login(leader)
    answer = client.get(reverse("overview-csv"), {"block": "all"})
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert len(archive.namelist()) == 7
        assert archive.read("overview-renewals.csv").decode("utf-8-sig").startswith("Quarter,")


def test_before_the_first_score_the_page_says_so(client, organization, leader):
    client.force_login(leader)
    assert "No account is scored yet" in client.get(reverse("overview")).content.decode()


def test_the_sentence_names_what_is_weak(client, company, leader):
    client.force_login(leader)
    html = client.get(reverse("overview")).content.decode()
    assert "10 customer accounts, +2 since 31 Mar 2026." in html
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
def test_who_may_open_it_in_at_most_nineteen_queries(
    client, company, who, status, request, django_assert_max_num_queries
):
    work_out_year(at=NOW)
    client.force_login(request.getfixturevalue(who))
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get(reverse("overview")).status_code == status
    assert client.get(reverse("overview-csv"), {"block": "months"}).status_code == status


def test_a_guest_is_asked_to_log_in(client, db):
    assert client.get(reverse("overview")).status_code == 302


def test_a_day_on_which_no_account_was_active_is_an_empty_month(company, leader):
    done_run(date(2026, 5, 31))
    assert page_for(leader).figures.months[date(2026, 5, 31)].accounts == 0


def test_the_page_compares_with_the_day_that_was_chosen(company, leader):
    give_score(Account.objects.get(name="Low"), date(2026, 6, 10), 60)
    page = page_for(leader, "compare=2026-06-12")
    assert (page.figures.compared.on, page.figures.tiles.then.accounts) == (date(2026, 6, 10), 1)
    assert page.figures.moved.since == date(2026, 6, 10)
    none = page_for(leader, "compare=2020-01-01")
    assert (none.figures.compared.is_missing, none.figures.tiles.then) == (True, None)


def test_the_migration_is_followed_between_any_two_days(company, leader):
    page = page_for(leader, "from=2026-04-10&to=2026-06-30")
    assert (page.figures.moved.since, page.figures.moved.until) == (THEN, TODAY)
    assert page.migration.sentence == "0 improved, 3 worsened, 0 left, 2 new"
    ends = {end.name: end.note for end in page.migration.views[0].right}
    assert ends == {
        "Strong": "4 accounts (\u22123)", "Moderate": "2 accounts (+2)", "Weak": "3 accounts (+2)",
        "Undefined": "1 account (+1)",
    }  # fmt: skip
    assert page_for(leader, "from=2026-06-30&to=2026-03-31").migration.moved.problem == (
        "The first day must lie before the second one."
    )


def test_flows_reach_the_totals_of_the_tiles(company, leader):
    figures = page_for(leader).figures
    staying = [flow for flow in figures.flows if flow.now != ABSENT]
    assert sum(flow.arr for flow in staying) == figures.tiles.now.arr == 1_000_000
    assert sum(flow.accounts for flow in figures.flows if flow.then != ABSENT) == figures.tiles.then.accounts


def test_reasons_have_their_arr_their_change_and_their_accounts(company, leader):
    AccountHealth.objects.filter(account__name__in=["Weak 0", "Low"]).update(flags=["ebr_overdue"])
    AccountHealth.objects.filter(account__name="Strong 0").update(flags=["ebr_overdue"])
    Snapshot.objects.filter(as_of=THEN, account__name="Low").delete()
    give_score(Account.objects.get(name="Low"), THEN, 45, flags=["ebr_overdue"])
    page = page_for(leader)
    found = [(one.name, one.arr, one.accounts, one.arr_change) for one in page.reasons]
    assert found == [
        ("EBR overdue", 200_000, 2, 150_000), ("No flag: its measures alone", 100_000, 1, 100_000),
    ]  # fmt: skip
    assert opened(leader, page.reasons[0].url) == ["Low", "Weak 0"]
    assert opened(leader, page.reasons[1].url) == ["Weak 1"]


def test_region_and_product_narrow_today_and_the_past_alike(company, leader, source):
    Account.objects.filter(segment__slug="key").update(country="Germany")
    Account.objects.filter(segment__slug="smb").update(country="Korea, Republic of")
    for name in ("Low", "Strong 0"):
        Contract.objects.create(
            account=Account.objects.get(name=name), source=source, external_id=name, recorded_at=NOW, plan_name="Fleet",
            starts_on=date(2025, 1, 1), arr=1, currency="USD",
        )  # fmt: skip
    page = page_for(leader, urlencode({"region": "Korea, Republic of"}))
    assert (page.figures.tiles.now.arr, page.figures.tiles.then.arr) == (200_000, 150_000)
    assert opened(leader, page.urls["weak"]) == ["Low"]
    page = page_for(leader, "product=Fleet")
    assert (page.figures.tiles.now.accounts, page.figures.tiles.then.arr) == (2, 200_000)
    assert page_for(leader, "product=Unheard").figures.tiles.now.accounts == 10


def test_what_is_behind_a_past_number_is_listed(client, company, leader):
    client.force_login(leader)
    with time_machine.travel(NOW, tick=False):
        page = page_for(leader)
        fell = next(one for one in page.migration.views[0].drawing.ribbons if one.title.startswith("Strong to Weak"))
        html = client.get(fell.url).content.decode()
        assert "Strong on 31 Mar 2026, Weak on 30 Jun 2026" in html
        assert "Weak 0" in html
        assert "Weak 1" in html
        assert "Strong 0" not in html
        assert "<b>$100K</b> ARR then, <b>$200K</b> on 30 Jun 2026" in html
        assert "Revenue retention" in client.get(page.urls["year"]).content.decode()
        weak_then = page.views[0].chart.figure["data"][0]["customdata"][0]
        assert "Weak accounts on 31 Mar 2026" in client.get(weak_then).content.decode()
        rows = client.get(fell.url.replace("/accounts?", "/accounts.csv?")).content.decode("utf-8-sig").splitlines()
        assert len(rows) == 3
        assert client.get("/overview/accounts?kind=moved&from=2026-06-30&to=2026-03-31").status_code == 404
