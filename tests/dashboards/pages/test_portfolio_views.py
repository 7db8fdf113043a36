"""Views of the portfolio: accounts, comparison and ring under a name, opened by an address."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, SavedView, ViewedPage
from accounts.operations.views import keep_view
from tests.conftest import NOW
from tests.dashboards.pages.boards import give_health

pytestmark = pytest.mark.usefixtures("on_the_day")
SHOWN = "segment=smb&phase=value&compare=1w&by=arr"


@pytest.fixture
def portfolio(client, organization, make_account, csm):
    give_health(make_account("Ana", owner=csm), score=4000, month_ago=5000)
    client.force_login(csm)
    return client


@pytest.fixture
def kept(portfolio, csm) -> SavedView:
    portfolio.post(reverse("view-keep", args=["portfolio"]), {"name": "SMB", "query": SHOWN})
    return SavedView.objects.get()


def opened(client, address: str):
    return client.get(address).context["page"]


def test_a_view_keeps_filters_comparison_and_ring(portfolio):
    said = {"name": "SMB", "query": f"{SHOWN}&band=weak&sort=arr&kind=plan&evil=1"}
    answer = portfolio.post(reverse("view-keep", args=["portfolio"]), said)
    view = SavedView.objects.get()
    assert (view.page, view.query) == (ViewedPage.PORTFOLIO, SHOWN)
    assert answer.url == f"/portfolio?segment=smb&phase=value&view={view.pk}&compare=1w&by=arr"
    page = opened(portfolio, answer.url)
    assert (page.place.selection.segments, page.place.shape.compare, page.donut) == (("smb",), "1w", 1)
    assert (page.tabs.current.label, page.tabs.is_changed, page.tabs.may_change) == ("SMB", False, True)


def test_links_and_filters_of_an_open_view_stay_in_it(portfolio, kept):
    page = opened(portfolio, f"/portfolio?{SHOWN}&view={kept.pk}")
    links = [page.filters[0].clear_url, page.filters[1].clear_url, *(choice.url for choice in page.comparisons)]
    assert all(f"view={kept.pk}" in link and "by=arr" in link for link in links)
    # Clearing all goes back to the portfolio that everybody has, with the same ring and comparison.
    assert page.clear_url == "/portfolio?compare=1w&by=arr"


def test_what_differs_from_the_view_is_said_and_saved(portfolio, kept):
    page = opened(portfolio, f"/portfolio?segment=smb&view={kept.pk}")
    assert (page.tabs.is_changed, page.tabs.query) == (True, "segment=smb")
    data = {"name": "SMB", "query": page.tabs.query, "seen": kept.changed_at.isoformat()}
    answer = portfolio.post(reverse("view-change", args=[kept.pk]), data)
    assert answer.url == f"/portfolio?segment=smb&view={kept.pk}"
    assert not opened(portfolio, answer.url).tabs.is_changed
    # The page from before the change is the second: it is told, and nothing is lost.
    late = data | {"query": "", "seen": "2020-01-01T00:00:00+00:00"}
    told = portfolio.post(reverse("view-change", args=[kept.pk]), late, follow=True)
    assert "was changed meanwhile" in told.content.decode()
    assert SavedView.objects.get().query == "segment=smb"


def test_a_view_is_renamed_deleted_and_brought_back(portfolio, kept):
    data = {"name": "Small ones", "query": kept.query, "seen": kept.changed_at.isoformat()}
    assert "Small ones" in portfolio.post(reverse("view-change", args=[kept.pk]), data, follow=True).content.decode()
    answer = portfolio.post(reverse("view-drop", args=[kept.pk]), follow=True)
    assert answer.request["PATH_INFO"] == "/portfolio"
    assert [tab.label for tab in answer.context["page"].tabs.tabs] == ["My accounts"]
    undo = reverse("view-back", args=[kept.pk])
    assert undo in answer.content.decode()
    assert "Small ones" in portfolio.post(undo, follow=True).content.decode()
    verbs = AuditEntry.objects.filter(verb__startswith="view").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["view kept", "view changed", "view dropped", "view taken back"]


def test_the_team_sees_a_shared_view_and_reads_it(portfolio, client, manager):
    data = {"name": "North", "query": SHOWN, "is_shared": "on"}
    portfolio.post(reverse("view-keep", args=["portfolio"]), data)
    view = SavedView.objects.get()
    client.force_login(manager)
    tabs = opened(client, f"/portfolio?{SHOWN}&view={view.pk}").tabs
    assert (tabs.current.label, tabs.current.owner, tabs.may_change) == ("North", "Maya Example", False)
    for name in ("change", "drop", "back"):
        assert client.post(reverse(f"view-{name}", args=[view.pk]), {"name": "Mine"}).status_code == 404


def test_each_page_has_its_own_views_under_its_own_names(portfolio, kept, csm):
    keep_view(page=ViewedPage.ACCOUNTS, name="SMB", query="band=weak", is_shared=False, by=csm, at=NOW)
    tabs = opened(portfolio, "/portfolio").tabs
    assert [tab.label for tab in tabs.tabs] == ["My accounts", "SMB"]
    assert [tab.label for tab in opened(portfolio, "/accounts").tabs.tabs].count("SMB") == 1


def test_a_view_that_is_gone_leaves_its_address_working(portfolio, kept):
    portfolio.post(reverse("view-drop", args=[kept.pk]))
    page = opened(portfolio, f"/portfolio?{SHOWN}&view={kept.pk}")
    assert (page.tabs.current, page.donut, page.place.shape.compare) == (None, 1, "1w")


def test_a_page_without_views_has_none(portfolio):
    assert portfolio.post(reverse("view-keep", args=["movers"]), {"name": "Mine"}).status_code == 404
