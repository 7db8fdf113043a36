"""Tabs, kept views, columns and comparisons of the accounts table."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.urls import reverse

from accounts.models import SavedView, User
from dashboards.filters import read_selection
from dashboards.pages.accounts import build_accounts_page
from dashboards.pages.accounts_columns import COLUMNS
from dashboards.pages.accounts_view import read_view
from scoring.queries.listing import ORDERS
from tests.conftest import TODAY
from tests.dashboards.pages.boards import done_run, give_health, give_plan
from tests.dashboards.pages.test_accounts import give_scored_day

pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def board(organization, make_account, csm):
    weak = make_account("Ana", owner=csm, renewal_date=TODAY + timedelta(days=30), industry="Mining", seats=7)
    strong = make_account("Bob", owner=csm)
    for account, score in ((weak, 4000), (strong, 8000)):
        give_health(account, score=score, month_ago=5000)
    give_plan(strong, owner=csm, opened_on=TODAY)
    return weak, strong


def page_for(user, query: str = ""):
    params = QueryDict(query)
    return build_accounts_page(user, selection=read_selection(params), view=read_view(params), today=TODAY)


def keys(page):
    return [heading.key for heading in page.headings]


def counts(client) -> dict[str, int]:
    tabs = client.get(reverse("accounts-counts")).context["tabs"].tabs
    return {tab.label: tab.count for tab in tabs}


def test_every_column_sorts_but_the_percentile():
    assert {column.key for column in COLUMNS if column.sorts} == set(ORDERS)
    assert [column.key for column in COLUMNS if not column.sorts] == ["percentile"]


@pytest.mark.parametrize("sort", sorted(set(ORDERS)))
def test_every_order_of_every_column_is_answered(board, csm, sort):
    for query in (f"sort={sort}", f"sort=-{sort}"):
        assert {row.name for row in page_for(csm, query).rows} == {"Ana", "Bob"}


def test_columns_are_those_of_the_address_then_of_the_user_then_the_usual(board, csm):
    assert keys(page_for(csm))[:4] == ["account", "score", "change", "trend"]
    assert "owner" not in keys(page_for(csm))
    csm.account_columns = ["arr", "industry", "gone"]
    assert keys(page_for(csm)) == ["account", "score", "arr", "industry"]
    assert keys(page_for(csm, "columns=seats,owner,account,nonsense,seats")) == ["account", "score", "seats", "owner"]


def test_chosen_columns_are_kept_and_stand_in_the_address(board, client, csm):
    client.force_login(csm)
    data = {"column": ["seats", "arr", "account", "nonsense"], "query": "band=weak&sort=-arr&view=unplanned"}
    answer = client.post(reverse("accounts-columns"), data)
    assert answer.url == "/accounts?band=weak&sort=-arr&columns=account,score,seats,arr&view=unplanned"
    assert User.objects.get(pk=csm.pk).account_columns == ["seats", "arr"]
    page = client.get(answer.url)
    assert keys(page.context["page"]) == ["account", "score", "seats", "arr"]
    client.post(reverse("accounts-columns"), {"reset": "1", "query": ""})
    assert User.objects.get(pk=csm.pk).account_columns == []


def test_the_file_has_the_columns_that_are_shown_in_their_order(board, client, csm):
    client.force_login(csm)
    answer = client.get(reverse("accounts-csv"), {"columns": "seats,renewal", "sort": "-score"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == [
        "Account,Flags,Silent sources,Score,Band,Seats,Renewal", "Bob,,,80,Strong,10,", "Ana,,,40,Weak,7,2026-07-30",
    ]  # fmt: skip


def test_changes_are_since_the_day_that_is_compared_with(board, csm, client):
    weak, strong = board
    for days, ana, bob in ((7, 4500, 7900), (90, 9000, 1000)):
        day = TODAY - timedelta(days=days)
        done_run(day)
        give_scored_day(weak, weak.health, day=day, score=ana)
        give_scored_day(strong, strong.health, day=day, score=bob)
    assert [row.change for row in page_for(csm).rows] == [-10, 30]
    week = page_for(csm, "compare=1w&sort=-change")
    assert [(row.name, row.change) for row in week.rows] == [("Bob", 1), ("Ana", -5)]
    assert [heading.label for heading in week.headings if heading.key == "change"] == ["1 week"]
    # The newest scored day up to the one that was asked for.
    quarter = page_for(csm, "compare=2026-05-01&sort=change")
    assert [(row.name, row.change) for row in quarter.rows] == [("Ana", -50), ("Bob", 70)]
    assert page_for(csm, "compare=2020-01-01").compared.is_missing
    client.force_login(csm)
    answer = client.get(reverse("accounts-csv"), {"columns": "change", "compare": "1w"})
    assert b"Ana,,,40,Weak,-5" in b"".join(answer.streaming_content)


def test_tabs_count_what_they_open(board, client, csm):
    client.force_login(csm)
    client.post(reverse("view-keep", args=["accounts"]), {"name": "Ana alone", "query": "q=an&band=weak&plan=no"})
    assert counts(client) == {
        "All": 2, "Renewing in 180 days": 1, "Weak without a plan": 1, "EBR overdue": 0, "Ana alone": 1,
    }  # fmt: skip


def test_a_view_keeps_filters_order_columns_and_comparison(board, client, csm):
    client.force_login(csm)
    query = "band=weak&sort=-arr&columns=seats&compare=1w&per_page=50&page=3&view=all&evil=1"
    answer = client.post(reverse("view-keep", args=["accounts"]), {"name": "Weak ones", "query": query})
    view = SavedView.objects.get()
    assert view.query == "band=weak&sort=-arr&columns=account,score,seats&compare=1w&per_page=50"
    assert answer.url == f"/accounts?{view.query}&view={view.pk}"
    tabs = client.get(answer.url).context["page"].tabs
    assert (tabs.current.label, tabs.is_changed, tabs.may_change) == ("Weak ones", False, True)
    other = client.get(answer.url.replace("weak", "strong")).context["page"].tabs
    assert (other.current.label, other.is_changed) == ("Weak ones", True)


def test_a_view_is_renamed_deleted_and_brought_back(board, client, csm):
    client.force_login(csm)
    client.post(reverse("view-keep", args=["accounts"]), {"name": "Weak ones", "query": "band=weak"})
    view = SavedView.objects.get()
    seen = view.changed_at.isoformat()
    client.post(reverse("view-change", args=[view.pk]), {"name": "Low", "query": "band=weak", "seen": seen})
    answer = client.post(
        reverse("view-change", args=[view.pk]),
        {"name": "Old", "query": "", "seen": "2020-01-01T00:00:00+00:00"}, follow=True,
    )  # fmt: skip
    assert "was changed meanwhile" in answer.content.decode()
    gone = client.post(reverse("view-drop", args=[view.pk]), follow=True).content.decode()
    undo = reverse("view-back", args=[view.pk])
    assert undo in gone
    assert "Low</a>" not in gone
    assert "Low" in client.post(undo, follow=True).content.decode()


def test_what_others_share_is_read_and_not_changed(board, client, csm, manager):
    client.force_login(csm)
    client.post(reverse("view-keep", args=["accounts"]), {"name": "North", "query": "band=weak", "is_shared": "on"})
    view = SavedView.objects.get()
    client.force_login(manager)
    tabs = client.get(f"/accounts?band=weak&view={view.pk}").context["page"].tabs
    assert (tabs.current.label, tabs.current.owner, tabs.may_change) == ("North", "Maya Example", False)
    for name in ("change", "drop", "back"):
        assert client.post(reverse(f"view-{name}", args=[view.pk]), {"name": "Mine"}).status_code == 404


def test_tabs_and_their_counts_ask_a_fixed_number_of_queries(board, client, csm, django_assert_max_num_queries):
    client.force_login(csm)
    for n in range(8):
        client.post(reverse("view-keep", args=["accounts"]), {"name": f"View {n}", "query": f"q={n}&plan=no"})
    with django_assert_max_num_queries(14):
        client.get(reverse("accounts"))
    with django_assert_max_num_queries(9):
        client.get(reverse("accounts-counts"))
