"""Why a score moved, on the account page and on the portfolio page."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from accounts.models import ManualReading
from dashboards.pages.account_movement import build_account_movement
from dashboards.pages.portfolio_movement import build_portfolio_movement
from scoring.operations import publish
from scoring.pipeline import score_days
from scoring.queries.selection import Selection
from tests.conftest import NOW, TODAY
from tests.dashboards.snapshots import give_snapshot
from tests.scoring.conftest import a_card, clock
from tests.scoring.test_pipeline import FIT, RATING

pytestmark = pytest.mark.django_db

THEN = TODAY - timedelta(days=31)


@pytest.fixture(autouse=True)
def fixed_clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def moved(organization, make_account, csm, source):
    """Two accounts of Maya, 85 a month ago: the card weighs fit more now, and the first was rated lower."""
    publish(card=a_card(RATING, FIT), effective_from=date(2000, 1, 1), reason="r", by=None, at=NOW)
    heavier = a_card({**RATING, "weight": 40}, {**FIT, "weight": 60})
    publish(card=heavier, effective_from=TODAY - timedelta(days=5), reason="r", by=None, at=NOW)
    accounts = [make_account(name, owner=csm) for name in ("Alpha", "Beta")]
    for account in accounts:
        for name, value, day in (
            ("rating", 5, THEN),
            ("fit", 3, THEN),
            ("rating", 4 if account == accounts[0] else 5, TODAY),
        ):
            ManualReading.objects.create(
                account=account, measure=name, value=value, read_on=day, expires_on=date(2027, 1, 1), source=source,
                external_id=f"{account.pk} {name} {day}", recorded_at=NOW,
            )  # fmt: skip
    score_days([THEN, TODAY], clock=clock)
    return accounts


def test_the_account_page_tells_the_movement_in_words_and_by_line_and_cause(moved, csm):
    found = build_account_movement(moved[0], user=csm, query={}, today=TODAY).movement
    # 70 + 15 a month ago; 75 × 40 % + 50 × 60 % today.
    assert (found.first, found.last, found.total) == (THEN, TODAY, Decimal(-25))
    assert found.sentence == (
        "The score went from 85.00 to 60.00. Of −25.00 points, −15.00 is the scorecard and −10.00 is behavior."
    )
    assert [column.name for column in found.columns] == ["Behavior", "Scorecard"]
    assert [(row.label, row.parts, row.total) for row in found.rows] == [
        ("Rating", (Decimal(-10), Decimal(-30)), Decimal(-40)), ("Fit", (None, Decimal(15)), Decimal(15)),
    ]  # fmt: skip


def test_the_portfolio_tells_how_much_of_its_mean_is_the_new_card(moved, csm):
    page = build_portfolio_movement(csm, selection=Selection(), query=QueryDict(""), today=TODAY)
    assert page.movement.sentence == (
        "The mean score of 2 accounts went from 85.00 to 65.00. "
        "Of −20.00 points, −15.00 is the scorecard and −5.00 is behavior."
    )
    assert sum(column.total for column in page.movement.columns) == page.movement.total == -20


def test_a_selection_has_its_own_movement(moved, csm):
    page = build_portfolio_movement(
        csm,
        selection=Selection(segments=("nowhere",)),
        query=QueryDict("segment=nowhere&first=2026-05-30"),
        today=TODAY,
    )
    assert page.movement.rows == ()
    assert page.kept == (("segment", "nowhere"),)
    assert page.back_url == "/portfolio?segment=nowhere"


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ({"first": "2026-06-30", "last": "2026-06-01"}, THEN, TODAY),  # the other way round
        ({"first": "nonsense"}, THEN, TODAY),
        ({"first": "2020-01-01"}, None, TODAY),
        ({"last": "2026-06-20"}, THEN, THEN),
    ],
)
def test_days_are_those_that_were_scored_up_to_the_ones_asked_for(moved, csm, query, first, last):
    found = build_account_movement(moved[0], user=csm, query=query, today=TODAY).movement
    assert (found.first, found.last) == (first, last)
    assert bool(found.rows) == (first is not None and first != last)


def test_a_script_gets_the_part_and_a_browser_without_one_the_page(moved, client, csm):
    client.force_login(csm)
    url = reverse("account-movement", args=[moved[0].pk])
    assert b"<html" in client.get(url).content
    part = client.get(url, headers={"HX-Request": "true"}).content
    assert part.startswith(b'<div class="movement"')


def test_the_pages_ask_for_it_only_when_it_is_opened(moved, client, csm):
    client.force_login(csm)
    account = client.get(reverse("account", args=[moved[0].pk])).content.decode()
    assert f'hx-get="/accounts/{moved[0].pk}/movement" hx-trigger="toggle' in account
    portfolio = client.get("/portfolio?segment=smb").content.decode()
    assert 'hx-get="/portfolio/movement?segment=smb" hx-trigger="toggle' in portfolio
    assert client.get("/portfolio/movement?segment=smb").status_code == 200


def test_a_movement_takes_few_queries_however_many_accounts(moved, client, csm, django_assert_max_num_queries):
    client.force_login(csm)
    with django_assert_max_num_queries(70):
        client.get("/portfolio/movement", headers={"HX-Request": "true"})
    with django_assert_max_num_queries(70):
        client.get(reverse("account-movement", args=[moved[0].pk]), headers={"HX-Request": "true"})


def test_the_accounts_below_a_parent_are_named_as_far_as_the_user_sees_them(
    organization, make_account, csm, other_csm, manager, client
):
    group = make_account("Group", owner=csm)
    north, south = make_account("North", owner=csm, parent=group), make_account("South", owner=other_csm, parent=group)
    none = [[None, None, 0]] * 7
    for day, line in ((THEN, 2000), (TODAY, 1000)):
        changes = [[f"child:{north.pk}", 2 * line], [f"child:{south.pk}", line]]
        give_snapshot(group, day=day, score=3 * line, measures=none, changes=changes)
    page = build_account_movement(group, user=csm, query={"first": THEN.isoformat()}, today=TODAY).movement
    assert [(row.label, row.url, row.total) for row in page.rows] == [
        ("North", f"/accounts/{north.pk}", Decimal(-20)),
        ("An account below", "", Decimal(-10)),
    ]
    assert page.note == "Most of it: North −20.00 and An account below −10.00."
    assert "split like that account's own score" in page.about_children
    client.force_login(csm)
    shown = client.get(reverse("account-movement", args=[group.pk]), {"first": THEN.isoformat()}).content.decode()
    assert f'href="/accounts/{north.pk}"' in shown
    assert "South" not in shown
