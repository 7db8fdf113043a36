"""The accounts table on hand-made health: order, filters, search, totals, pages, the file, and who sees what."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from accounts.models import Phase, Segment, Status
from dashboards.filters import read_selection
from dashboards.pages.accounts import build_accounts_page, read_view
from dashboards.pages.accounts_rows import weekly_scores
from scoring.core.bands import UNDEFINED, WEAK
from scoring.models import DailySummary, Snapshot
from scoring.queries.listing import ORDERS, months_after
from tests.conftest import TODAY
from tests.dashboards.pages.boards import band_of, done_run, give_health, give_plan, give_step


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


@pytest.fixture
def key(db) -> Segment:
    return Segment.objects.create(slug="key", name="Key", position=1, ebr_cadence_months=3)


@pytest.fixture
def world(organization, make_account, csm, key):
    """Four of Maya's accounts; no score, no renewal and no plan come last, whatever the order."""
    ana = make_account("Ana", owner=csm, arr=Decimal(300), renewal_date=in_days(30), phase=Phase.VALUE, segment=key)
    bob = make_account("bob", owner=csm, arr=Decimal(100), renewal_date=in_days(-5), phase=Phase.ADOPTION)
    cid = make_account("Cid", owner=csm, arr=Decimal(200), renewal_date=in_days(100), phase=Phase.RENEWAL)
    dan = make_account("Dan", owner=csm, arr=Decimal(0))
    give(ana, score=4000, month_ago=5000, users=5, nps=10, ebr=date(2026, 3, 1), touch=in_days(-3), line=[[14, 4200]])
    give(bob, score=8000, month_ago=7000, users=7, nps=-20, ebr=date(2026, 6, 1), touch=in_days(-9), line=[[7, 7000]])
    give(cid, score=8000, month_ago=7900, users=0, nps=0, ebr=date(2025, 11, 10), touch=TODAY, line=[[0, 8000]])
    give_health(dan, score=None)
    for account, done in ((ana, 1), (bob, 0)):
        plan = give_plan(account, owner=csm, opened_on=date(2026, 6, 1))
        give_step(plan, position=1, due=in_days(-1), done_on=TODAY if done else None)
        give_step(plan, position=2, due=TODAY)
    return {"ana": ana, "bob": bob, "cid": cid, "dan": dan}


def give(account, *, score, month_ago, users, nps, ebr, touch, line, flags=()):
    health = give_health(account, score=score, month_ago=month_ago)
    health.active_users, health.nps, health.last_ebr_on, health.last_touchpoint_on = users, nps, ebr, touch
    health.score_half_year_ago, health.flags = line[0][1], list(flags)
    health.save()
    for days, points in {**dict(line), 0: score}.items():
        give_scored_day(account, health, day=TODAY - timedelta(days=days), score=points)


def give_scored_day(account, health, *, day, score):
    Snapshot.objects.create(
        account=account, as_of=day, version=health.version, run=health.run, score=score, customer_score=score,
        band=band_of(score), coverage=1.0, breakdown=b"",
    )  # fmt: skip
    DailySummary.objects.get_or_create(
        as_of=day, owner=account.owner, segment=account.segment, phase=account.phase, band=band_of(score),
        defaults={"accounts": 1, "score_sum": score, "arr_reporting": 0},
    )  # fmt: skip


def page_for(user, query: str = ""):
    params = QueryDict(query)
    return build_accounts_page(user, selection=read_selection(params), view=read_view(params), today=TODAY)


def names(page):
    return [row.name for row in page.rows]


def test_without_an_order_accounts_stand_by_name_whatever_the_case(world, csm):
    assert names(page_for(csm)) == ["Ana", "bob", "Cid", "Dan"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("account", ["Ana", "bob", "Cid", "Dan"]),
        ("-account", ["Dan", "Cid", "bob", "Ana"]),
        ("score", ["Ana", "bob", "Cid", "Dan"]),
        ("-score", ["bob", "Cid", "Ana", "Dan"]),
        ("change", ["Ana", "Cid", "bob", "Dan"]),
        ("-change", ["bob", "Cid", "Ana", "Dan"]),
        ("trend", ["Ana", "Cid", "bob", "Dan"]),
        ("-trend", ["bob", "Cid", "Ana", "Dan"]),
        ("arr", ["Dan", "bob", "Cid", "Ana"]),
        ("-arr", ["Ana", "Cid", "bob", "Dan"]),
        ("users", ["Cid", "Ana", "bob", "Dan"]),
        ("-users", ["bob", "Ana", "Cid", "Dan"]),
        ("renewal", ["bob", "Ana", "Cid", "Dan"]),
        ("-renewal", ["Cid", "Ana", "bob", "Dan"]),
        ("phase", ["Dan", "bob", "Ana", "Cid"]),
        ("-phase", ["Cid", "Ana", "bob", "Dan"]),
        ("segment", ["Ana", "bob", "Cid", "Dan"]),
        ("-segment", ["bob", "Cid", "Dan", "Ana"]),
        ("ebr", ["Cid", "Ana", "bob", "Dan"]),
        ("-ebr", ["bob", "Ana", "Cid", "Dan"]),
        ("plan", ["bob", "Ana", "Cid", "Dan"]),
        ("-plan", ["Ana", "bob", "Cid", "Dan"]),
        ("nps", ["bob", "Cid", "Ana", "Dan"]),
        ("-nps", ["Ana", "Cid", "bob", "Dan"]),
        ("touch", ["Cid", "Ana", "bob", "Dan"]),
        ("-touch", ["bob", "Ana", "Cid", "Dan"]),
    ],
)
def test_every_column_sorts_both_ways_with_ties_by_name_and_the_unknown_last(world, csm, sort, expected):
    assert names(page_for(csm, f"sort={sort}")) == expected


def test_the_owner_sorts_where_several_are_seen(world, leader, other_csm, make_account):
    give_health(make_account("Zoe", owner=other_csm), score=5000)
    page = page_for(leader, "sort=owner")
    assert names(page) == ["Zoe", "Ana", "bob", "Cid", "Dan"]
    assert page.headings[-1].label == "Owner"


def test_every_shown_column_can_sort(world, leader, other_csm, make_account):
    make_account("Zoe", owner=other_csm)
    assert {heading.key for heading in page_for(leader).headings} <= set(ORDERS)


def test_a_head_sorts_up_then_down_then_not(world, csm):
    def arr(query):
        return next(heading for heading in page_for(csm, query).headings if heading.key == "arr")

    assert (arr("").direction, arr("").url) == ("", "/accounts?sort=arr")
    assert (arr("sort=arr").direction, arr("sort=arr").url) == ("ascending", "/accounts?sort=-arr")
    assert (arr("sort=-arr").direction, arr("sort=-arr").url) == ("descending", "/accounts")
    assert names(page_for(csm, "sort=nonsense")) == ["Ana", "bob", "Cid", "Dan"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("band=weak", ["Ana"]),
        ("band=weak,undefined", ["Ana", "Dan"]),
        ("segment=key", ["Ana"]),
        ("segment=none", []),
        ("phase=value,renewal", ["Ana", "Cid"]),
        ("renewal=30d", ["Ana"]),
        ("renewal=180d", ["Ana", "Cid"]),
        ("renewal=past", ["bob"]),
        ("plan=yes", ["Ana", "bob"]),
        ("plan=no", ["Cid", "Dan"]),
        ("plan=yes&band=strong", ["bob"]),
        ("owner=none", []),
    ],
)
def test_filters_narrow(world, csm, query, expected):
    assert names(page_for(csm, query)) == expected


def test_a_flag_filter_finds_the_whole_key_only(world, csm):
    health = world["cid"].health
    health.flags = ["no_login_ever", "ebr_overdue"]
    health.save()
    assert names(page_for(csm, "flag=ebr_overdue")) == ["Cid"]
    assert names(page_for(csm, "flag=no_login")) == []
    assert names(page_for(csm, "flag=no_login,ebr_overdue")) == ["Cid"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("acme", True),
        ("ACME", True),
        ("zürich", True),
        ("zurich", True),
        ("Zürich acme", True),
        ("strasse", True),
        ("straße", True),
        ("lodz", True),
        ("acme-zh.example", True),
        ("acme basel", False),
        ("%", False),
        ("_", False),
    ],
)
def test_search_forgives_case_and_accents_and_wants_every_word(organization, csm, make_account, search, found):
    make_account("Acme Zürich Łódź Straße", owner=csm, domain="acme-zh.example")
    assert len(page_for(csm, f"q={search.replace('%', '%25')}").rows) == found


def test_totals_are_over_all_rows_and_not_the_page(world, csm, make_account):
    for n in range(40):
        give_health(make_account(f"More {n:02}", owner=csm, arr=Decimal(10)), score=7000)
    page = page_for(csm, "page=2")
    assert len(page.rows) == 19
    health = page.totals.health
    assert (health.accounts, health.arr, page.totals.users) == (44, 1_000, 12)
    # (40 + 80 + 80 + 40 × 70) ÷ 43
    assert round(page.mean_score, 4) == Decimal("69.7674")
    assert [(band.name, band.accounts) for band in page.bands] == [
        ("Strong", 42),
        ("Moderate", 0),
        ("Weak", 1),
        ("Undefined", 1),
    ]


def test_pages_are_of_25_50_or_100_and_end_at_the_last(world, csm, make_account):
    for n in range(60):
        make_account(f"More {n:02}", owner=csm)
    assert len(page_for(csm).rows) == 25
    assert len(page_for(csm, "per_page=50").rows) == 50
    assert len(page_for(csm, "per_page=100").rows) == 64
    assert len(page_for(csm, "per_page=1000000").rows) == 25
    assert page_for(csm, "page=999").page_obj.number == 3
    assert page_for(csm, "page=x").page_obj.number == 1


def test_a_row_says_all_that_its_columns_promise(world, csm):
    ana = page_for(csm).rows[0]
    assert (ana.score, ana.change, ana.band, ana.band_name) == (40, -10, WEAK, "Weak")
    assert (ana.arr, ana.users, ana.nps, ana.touch_days) == (300, 5, 10, 3)
    assert (ana.renewal_days, ana.is_renewal_urgent) == (30, True)
    assert (ana.ebr.state, ana.ebr.text) == ("overdue", "29\u00a0d overdue")
    assert ana.plan == ("done", "open")
    assert page_for(csm).rows[1].plan == ("overdue", "open")
    assert page_for(csm).rows[2].plan is None


def test_a_change_agrees_with_the_scores_beside_it_and_in_a_file_with_their_decimals(world, csm, client):
    health = world["ana"].health
    health.score, health.score_month_ago = 5068, 6842
    health.save()
    assert page_for(csm).rows[0].change == -17
    client.force_login(csm)
    lines = lines_of(client)
    assert [line[3:6] for line in lines if line[0] == "Ana"] == [["50.68", "Weak", "-17.74"]]


def test_an_ebr_is_overdue_due_held_or_not_known(world, csm):
    states = [(row.ebr.state, row.ebr.text) for row in page_for(csm).rows]
    # Every 8 months: Cid's of 10 November is due on 10 July, bob's of 1 June next February. Dan never had one.
    assert states[1:] == [("held", "1 Jun"), ("due", "Due 10 Jul"), ("none", "")]


def test_without_any_ebr_only_the_scorecards_flag_makes_it_overdue(world, csm):
    health = world["dan"].health
    health.flags = ["ebr_overdue"]
    health.save()
    # Started on 1 January 2024: due on 1 September 2024.
    assert page_for(csm).rows[3].ebr.text == "667\u00a0d overdue"


def test_an_account_that_left_is_not_listed(world, csm):
    world["ana"].status = Status.CHURNED
    world["ana"].save()
    assert names(page_for(csm)) == ["bob", "Cid", "Dan"]


def test_an_account_that_was_never_scored_is_undefined(organization, csm, acme):
    (row,) = page_for(csm, "band=undefined").rows
    assert (row.band, row.score, row.arr, row.scores) == (UNDEFINED, None, None, ())


def test_the_line_has_a_place_for_each_of_26_weeks():
    line = weekly_scores([[21, 6000], [7, 8000], [0, None]])
    assert len(line) == 26
    # A week that was not computed lies between its neighbors; a week without a score is a gap.
    assert line[-4:] == (60, 70, 80, None)
    assert set(line[:-4]) == {None}
    assert weekly_scores([[14, None], [0, 5000]])[-3:] == (None, None, 50)
    assert weekly_scores([]) == ()


def test_months_after_keeps_to_the_months_length():
    assert months_after(date(2026, 1, 31), months=1) == date(2026, 2, 28)
    assert months_after(date(2025, 11, 10), months=8) == date(2026, 7, 10)
    assert months_after(date(2026, 6, 30), months=6) == date(2026, 12, 30)


def lines_of(client, query: str = "") -> list[list[str]]:
    response = client.get(reverse("accounts-csv") + query)
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture
def on_today():
    with time_machine.travel("2026-06-30T12:00:00+00:00", tick=False):
        yield


def test_the_file_has_the_filtered_rows_in_their_order(world, client, csm, on_today):
    client.force_login(csm)
    head, *rows = lines_of(client, "?sort=-score&plan=yes")
    assert head == [
        "Account", "Flags", "Silent sources", "Score", "Band", "1 month", "6 months", "ARR", "Users", "Renewal",
        "Phase", "Segment", "EBR", "EBR due", "Plan", "NPS", "Touch",
    ]  # fmt: skip
    assert rows == [
        ["bob", "", "", "80", "Strong", "10", "70 80", "100", "7", "2026-06-25", "Adoption", "SMB",
         "2026-06-01", "2027-02-01", "0 of 2", "-20", "9"],
        ["Ana", "", "", "40", "Weak", "-10", "42 41 40", "300", "5", "2026-07-30", "Value", "Key",
         "2026-03-01", "2026-06-01", "1 of 2", "10", "3"],
    ]  # fmt: skip


def test_the_file_has_all_rows_and_not_only_a_page(world, client, csm, make_account):
    for n in range(60):
        make_account(f"More {n:02}", owner=csm)
    client.force_login(csm)
    assert len(lines_of(client, "?page=2&per_page=25")) == 65


def test_a_spreadsheet_does_not_run_a_name(organization, client, csm, make_account):
    for start in "=+-@":
        make_account(f"{start}cmd", owner=csm)
    client.force_login(csm)
    assert sorted(row[0] for row in lines_of(client)[1:]) == ["'+cmd", "'-cmd", "'=cmd", "'@cmd"]


def test_each_sees_their_own_the_teams_or_all(world, csm, other_csm, manager, leader, viewer, ops, make_account):
    make_account("Zoe", owner=other_csm)
    counts = [page_for(user).totals.health.accounts for user in (csm, other_csm, manager, leader, viewer, ops)]
    assert counts == [4, 1, 4, 5, 5, 5]
    assert names(page_for(csm, f"owner={other_csm.pk}")) == []


def test_no_hit_says_so_and_clears(world, client, csm):
    client.force_login(csm)
    text = client.get(reverse("accounts"), {"q": "nobody"}).content.decode()
    assert "No accounts match" in text
    assert 'href="/accounts"' in text


def test_nobody_to_show_says_whom_to_ask(organization, client, csm):
    client.force_login(csm)
    assert "Ask your manager" in client.get(reverse("accounts")).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_rows(
    world, client, csm, make_account, django_assert_max_num_queries
):
    client.force_login(csm)
    for n in range(30):
        give_health(make_account(f"More {n:02}", owner=csm), score=7000)
    for query in ("", "?sort=-score&per_page=100", "?q=more&band=strong&flag=no_login&plan=no"):
        with django_assert_max_num_queries(14):
            assert client.get(reverse("accounts") + query).status_code == 200


def test_names_and_searches_are_escaped(organization, client, csm, make_account):
    make_account("<b>Bold</b>", owner=csm)
    client.force_login(csm)
    text = client.get(reverse("accounts"), {"q": '"><i>'}).content.decode()
    assert '"><i>' not in text
    text = client.get(reverse("accounts")).content.decode()
    assert "&lt;b&gt;Bold&lt;/b&gt;" in text
    assert "<b>Bold" not in text


def test_old_scores_are_said_to_be_old(organization, csm, acme):
    give_health(acme, score=7000)
    params = QueryDict("")
    view, selection = read_view(params), read_selection(params)
    late = build_accounts_page(csm, selection=selection, view=view, today=in_days(3))
    assert (late.is_stale, page_for(csm).is_stale) == (True, False)
    assert late.as_of == done_run().as_of
