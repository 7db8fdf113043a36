"""Owed this month: what is due or about to age out, entered for many accounts at once, undone, as a file."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.http import QueryDict
from django.urls import reverse

from accounts.models import AuditEntry, ManualReading
from dashboards.pages.ratings import build_ratings_page
from scoring.measures import Entry, enter_readings
from scoring.models import CustomMeasure
from scoring.queries.measures import manual_of
from scoring.queries.owed import owed_until
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.own_measures import enter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization", "fit")]
FROM_HERE = {"Referer": "http://testserver/ratings"}


@pytest.fixture
def portfolio(make_account, csm, other_csm, ops):
    """Maya's: without a value, stale, due in three days, fresh; and one of Ben without a value."""
    mine = [make_account(name, owner=csm) for name in ("Acme", "Bolt", "Cord", "Dune")]
    for account, days in zip(mine[1:], (60, 27, 0), strict=True):
        enter(account, 3, on=TODAY - timedelta(days=days), by=ops)
    return [*mine, make_account("Elm", owner=other_csm)]


@pytest.fixture
def maya(client, csm):
    client.force_login(csm)
    return client


def page_for(user, **query: str):
    return build_ratings_page(user, query=QueryDict("&".join(f"{k}={v}" for k, v in query.items())), today=TODAY)


def sent(rows, **values: str) -> dict[str, str]:
    """What the form sends back for these rows, with values by account."""
    data = {"read_on": TODAY.isoformat()}
    for row in rows:
        data |= {row.field: values.get(row.account, ""), row.seen_field: row.seen}
    return data


def test_what_is_missing_stale_or_due_soon_is_owed_the_longest_first(portfolio, csm):
    page = page_for(csm)
    assert [(row.account, row.measure, row.state_words) for row in page.rows] == [
        ("Acme", "Product fit", "No value yet"),
        ("Bolt", "Product fit", "Stale since 15 Jun 2026"),
        ("Cord", "Product fit", "Due on 3 Jul 2026"),
    ]
    assert page.until == date(2026, 7, 7)


@pytest.mark.parametrize(("day", "until"), [(date(2026, 11, 2), 30), (date(2026, 11, 23), 30), (date(2026, 2, 1), 28)])
def test_owed_is_what_ends_this_month_and_at_least_a_week_ahead(day, until):
    assert owed_until(day).day == until
    assert owed_until(date(2026, 12, 30)) == date(2027, 1, 6)


def test_a_manager_sees_the_teams_and_operations_everybodys(portfolio, manager, ops):
    assert [row.account for row in page_for(manager).rows] == ["Acme", "Bolt", "Cord"]
    assert [row.account for row in page_for(ops).rows] == ["Acme", "Elm", "Bolt", "Cord"]
    assert {row.who for row in page_for(ops, owner=str(portfolio[0].owner_id)).rows} == {"Maya Example"}


def test_what_a_named_person_owes_others_see_and_do_not_enter(portfolio, csm, manager, other_csm):
    CustomMeasure.objects.update(owner=csm)
    assert {(row.who, row.may_enter) for row in page_for(csm).rows} == {("Maya Example", True)}
    assert {(row.who, row.may_enter) for row in page_for(manager).rows} == {("Maya Example", False)}
    assert page_for(other_csm).rows == []


def test_one_account_alone_may_be_asked_for(portfolio, csm):
    assert [row.account for row in page_for(csm, account=str(portfolio[1].pk)).rows] == ["Bolt"]
    assert len(page_for(csm, account=str(portfolio[4].pk)).rows) == 3


def test_values_of_many_accounts_are_entered_at_once_and_taken_back_by_the_toast(maya, portfolio, csm):
    rows = maya.get(reverse("ratings")).context["page"].rows
    shown = maya.post(reverse("ratings"), sent(rows, Acme="4", Bolt="5"), follow=True)
    assert [row.account for row in shown.context["page"].rows] == ["Cord"]
    assert ManualReading.objects.get(account=portfolio[0]).value == 4
    undo = unescape(re.search(r'action="([^"]+ratings/undo[^"]*)"', shown.content.decode())[1])
    after = maya.post(undo, follow=True, headers=FROM_HERE).content.decode()
    assert "2 values are taken back." in after
    assert not ManualReading.objects.filter(account=portfolio[0]).exists()
    assert ManualReading.objects.get(account=portfolio[1]).value == 3
    assert AuditEntry.objects.filter(verb="reading taken back").count() == 2
    assert "Nothing that you entered then" in maya.post(undo, follow=True, headers=FROM_HERE).content.decode()


def test_nobody_takes_back_what_another_entered(maya, portfolio, manager):
    rows = maya.get(reverse("ratings")).context["page"].rows
    shown = maya.post(reverse("ratings"), sent(rows, Acme="4"), follow=True).content.decode()
    undo = unescape(re.search(r'action="([^"]+ratings/undo[^"]*)"', shown)[1])
    maya.force_login(manager)
    maya.post(undo)
    assert ManualReading.objects.filter(account=portfolio[0]).exists()


def test_a_wrong_value_enters_nothing_and_loses_nothing(maya, portfolio):
    rows = maya.get(reverse("ratings")).context["page"].rows
    answer = maya.post(reverse("ratings"), sent(rows, Acme="4", Bolt="9"))
    assert answer.status_code == 422
    told = {row.account: (row.typed, row.error) for row in answer.context["page"].rows}
    assert told["Acme"] == ("4", "")
    assert told["Bolt"] == ("9", "The value is 1 to 5; not 9.")
    assert not ManualReading.objects.filter(account=portfolio[0]).exists()


def test_who_enters_second_is_told_and_may_enter_again(maya, portfolio, manager):
    rows = maya.get(reverse("ratings")).context["page"].rows
    theirs = [Entry(portfolio[0], 2, TODAY)]
    enter_readings(manual=manual_of("fit"), entries=theirs, by=manager, at=NOW - timedelta(minutes=1))
    answer = maya.post(reverse("ratings"), sent(rows, Acme="4"))
    (row,) = [row for row in answer.context["page"].rows if row.account == "Acme"]
    assert row.error == "Meanwhile 2 of 5 was entered for 30 Jun 2026. Save again if yours holds."
    again = maya.post(reverse("ratings"), sent([row], Acme="4"))
    assert again.status_code == 302
    assert ManualReading.objects.filter(account=portfolio[0]).count() == 2


def test_another_csm_enters_nothing_for_an_account_out_of_sight(maya, portfolio):
    data = {"read_on": TODAY.isoformat(), f"value-fit-{portfolio[4].pk}": "4", f"seen-fit-{portfolio[4].pk}": ""}
    maya.post(reverse("ratings"), data)
    assert not ManualReading.objects.filter(account=portfolio[4]).exists()


def test_all_that_is_owed_leaves_as_a_file(maya, portfolio):
    lines = maya.get(reverse("ratings-csv")).content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Account,Measure,CSM,Owed by")
    assert [line.split(",")[0] for line in lines[1:]] == ["Acme", "Bolt", "Cord"]
    assert lines[2].endswith("3.0,2026-05-01,2026-06-15,2026-06-01,Stale since 15 Jun 2026")


def test_the_list_of_what_needs_attention_leads_here(maya, portfolio):
    page = maya.get(reverse("ratings"), {"account": portfolio[0].pk})
    assert [row.account for row in page.context["page"].rows] == ["Acme"]


def test_the_page_asks_as_many_queries_however_many_accounts(
    maya, portfolio, make_account, csm, django_assert_num_queries
):
    def asked() -> int:
        with django_assert_num_queries(10):
            return len(maya.get(reverse("ratings")).context["page"].rows)

    assert asked() == 3
    for number in range(10):
        make_account(f"More {number}", owner=csm)
    assert asked() == 13
