"""Movers: who moved by how much since when, the main cause in words, and who sees them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.cache import caches
from django.http import QueryDict
from django.urls import reverse

from accounts.models import Account
from dashboards.filters import read_selection
from dashboards.pages.movers import build_movers, read_asked
from tests.conftest import TODAY
from tests.dashboards.pages.boards import give_plan
from tests.dashboards.pages.test_movement import fixed_clock, moved  # noqa: F401  # fixtures

THEN = TODAY - timedelta(days=31)
MONTH = f"since={THEN.isoformat()}"


def page_for(user, query: str = MONTH, *, with_causes: bool = False):
    params = QueryDict(query)
    return build_movers(
        user, selection=read_selection(params), asked=read_asked(params), today=TODAY, with_causes=with_causes
    )


def listed(page):
    return [(row.name, row.before, row.now, row.change) for row in page.rows]


ALPHA, BETA = ("Alpha", 85, 60, -25), ("Beta", 85, 70, -15)


def test_those_that_moved_most_come_first_with_both_scores(moved, csm):  # noqa: F811
    page = page_for(csm)
    assert (page.span.first, page.span.last, page.total) == (THEN, TODAY, 2)
    assert listed(page) == [ALPHA, BETA]
    assert (page.moved["down"].accounts, page.moved["down"].arr, page.moved["up"].accounts) == (2, Decimal(24_000), 0)


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("points=15", ["Alpha", "Beta"]), ("points=20", ["Alpha"]), ("direction=up", []),
        ("direction=down", ["Alpha", "Beta"]), ("points=7&direction=sideways", ["Alpha", "Beta"]),
        ("segment=nowhere", []), ("band=weak", []),
    ],
)  # fmt: skip
def test_points_direction_and_filters_narrow(moved, csm, query, names):  # noqa: F811
    assert [row.name for row in page_for(csm, f"{MONTH}&{query}").rows] == names


def test_the_main_cause_is_the_largest_part_with_its_largest_line(moved, csm):  # noqa: F811
    page = page_for(csm, with_causes=True)
    assert [(row.cause, row.detail) for row in page.rows] == [
        ("Scorecard", "−15.0 points, most of it Rating (−30.0)"),
        ("Scorecard", "−15.0 points, most of it Rating (−30.0)"),
    ]


def test_without_a_day_so_early_there_is_nothing_to_compare(moved, csm, client):  # noqa: F811
    assert not page_for(csm, "since=2020-01-01").span.is_known
    assert not page_for(csm, f"since={TODAY.isoformat()}").span.is_known
    client.force_login(csm)
    assert "Nothing to compare" in client.get(reverse("movers"), {"since": "2020-01-01"}).content.decode()


def test_only_what_is_in_sight_is_listed(moved, csm, other_csm, manager, leader):  # noqa: F811
    assert [page_for(user).total for user in (csm, other_csm, manager, leader)] == [2, 0, 2, 2]


def test_the_file_has_all_movers_with_their_causes(moved, csm, client):  # noqa: F811
    client.force_login(csm)
    answer = client.get(reverse("movers-csv"), {"since": THEN.isoformat(), "points": "20"})
    _, alpha = answer.getvalue().decode("utf-8-sig").splitlines()
    assert alpha == f"Alpha,85,60,-25,Moderate,Scorecard,-15,Rating,12000,SMB,Maya Example,{THEN},{TODAY},"


def test_the_page_asks_for_causes_when_it_is_there(moved, csm, client, django_assert_max_num_queries):  # noqa: F811
    client.force_login(csm)
    with django_assert_max_num_queries(12):
        text = client.get(reverse("movers"), {"since": THEN.isoformat()}).content.decode()
    assert "Looking for it" in text
    assert 'hx-get="/movers/causes?' in text
    part = client.get(reverse("movers-causes"), {"since": THEN.isoformat()}).content.decode()
    # In the table of a wide screen and in the list of a phone.
    assert part.count("most of it Rating") == 4
    assert part.count('class="accounts-list__row"') == 2
    assert "hx-get" not in part


def test_the_portfolio_leads_to_its_movers(moved, csm, client):  # noqa: F811
    client.force_login(csm)
    assert 'href="/movers?segment=smb"' in client.get(reverse("portfolio"), {"segment": "smb"}).content.decode()


def test_a_plan_is_started_about_a_drop_with_its_reason_written(moved, csm, leader, client):  # noqa: F811
    client.force_login(csm)
    page = client.get(reverse("movers"), {"since": THEN.isoformat(), "points": "20"}).context["page"]
    (row,) = page.rows
    form = client.get(row.plan_url).context["page"].form
    assert form.head["origin"].value() == "drop"
    assert form.head["reason"].value().startswith("Down 25 points since ")
    give_plan(Account.objects.get(name="Alpha"), owner=csm, opened_on=THEN)
    caches["pages"].clear()
    assert [row.plan_url for row in page_for(csm).rows if row.name == "Alpha"] == [""]
    assert {row.plan_url for row in page_for(leader).rows} == {""}
