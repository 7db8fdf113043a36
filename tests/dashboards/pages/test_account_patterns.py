"""Patterns in one account's use: weekdays, features by week, users by start month and by activity, by hand."""

import csv
import io
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.urls import reverse

from accounts.models import AccountDay, Feature, FeatureDay, KnownDay, UserDay
from accounts.months import fold_months, months_between
from dashboards.pages.account_patterns import Patterns
from scoring.queries.use import Use
from tests.conftest import NOW, TODAY

pytestmark = pytest.mark.django_db
FIRST = date(2026, 1, 1)


@pytest.fixture
def used(organization, make_account, csm, source):
    """Started on 10 January. Ann: 5 January (too early), then 15 days of March and 1 June; Bob: 20 days of June; Cy: 2
    days of March. Maps in use on 15, 16 and 28 June. The source told of every day but 29 June."""
    account = make_account("Acme", owner=csm, started_on=date(2026, 1, 10))
    span = (TODAY - FIRST).days + 1
    days = [FIRST + timedelta(days=n) for n in range(span)]
    KnownDay.objects.bulk_create(
        KnownDay(source=source, day=day, has_users=True) for day in days if day != date(2026, 6, 29)
    )
    march, june = ([date(2026, month, n) for n in range(1, 31)] for month in (3, 6))
    told = {"ann": [date(2026, 1, 5), *march[10:25], june[0]], "bob": june[4:24], "cy": march[12:14]}
    UserDay.objects.bulk_create(
        UserDay(account=account, day=day, user_key=user, events=3) for user, days in told.items() for day in days
    )
    for day in {day for days in told.values() for day in days}:
        users = sum(day in days for days in told.values())
        AccountDay.objects.create(account=account, day=day, users=users, events=3 * users)
    maps = Feature.objects.create(slug="maps", name="Maps")
    FeatureDay.objects.bulk_create(
        FeatureDay(account=account, day=june[n - 1], feature=maps, events=1) for n in (15, 16, 28)
    )
    fold_months(months=months_between(first=FIRST, last=TODAY))
    return account


def patterns(account) -> Patterns:
    return Patterns(Use(account, TODAY))


def test_users_by_the_month_in_which_they_were_first_seen(used):
    found = patterns(used).cohorts
    # What Ann did in January before the start is not the account's.
    assert [(row.month.month, row.users) for row in found] == [(3, 2), (6, 1)]
    assert [[(cell.active, cell.known) for cell in row.cells] for row in found] == [
        [(2, 2), (0, 2), (0, 2), (1, 2)], [(1, 1)],
    ]  # fmt: skip


def test_days_by_weekday_add_up_and_an_unknown_day_is_no_zero(used):
    found = patterns(used)
    assert sum(int(cell.text) for row in found.weekdays for cell in row.cells if cell and cell.step is not None) == 21
    assert found.weekdays[0].name == "Monday"
    assert [cell.text for cell in found.weekdays[0].cells[-2:]] == ["1", "?"]
    assert found.weekdays[1].cells[-1].text == "0"


def test_features_by_week(used):
    weeks, rows = patterns(used).feature_weeks
    # Weeks end on Tuesdays, as 30 June is one: 15 and 16 June are in one week, 28 June in the last.
    assert (weeks[-1], weeks[-3]) == (date(2026, 6, 30), date(2026, 6, 16))
    assert [(row.feature.name, row.days[-4:]) for row in rows] == [("Maps", (0, 2, 0, 1))]


def test_users_move_between_levels_of_activity(used):
    drawn = patterns(used).flows
    # In the 28 days until 31 March Ann was active on 15 and Cy on 2; in those until 30 June Bob on 20, Ann on none.
    assert {(ribbon.before, ribbon.now): ribbon.flow.count for ribbon in drawn.ribbons} == {
        ("13 days on", "Not active"): 1, ("1 to 4 days", "Not active"): 1, ("Not active", "13 days on"): 1,
    }  # fmt: skip


def test_without_a_known_beginning_no_flow_is_drawn(used):
    KnownDay.objects.filter(day__lt=date(2026, 5, 1)).delete()
    assert patterns(used).flows is None


def test_the_tab_shows_them_and_each_is_a_file(client, used, csm):
    client.force_login(csm)
    with time_machine.travel(NOW, tick=False):
        text = unescape(client.get(reverse("account-usage", args=[used.pk])).content.decode())
        files = {
            block: client.get(reverse("account-patterns-csv", args=[used.pk]), {"block": block})
            for block in ("months", "days", "features", "users", "odd")
        }
    for title in ("Activity by weekday", "Features by week", "Users by start month", "Users by active days"):
        assert f">{title}</h2>" in text
    assert "By hour it is not known" in text
    assert files.pop("odd").status_code == 404
    lines = {name: list(csv.reader(io.StringIO(r.content.decode("utf-8-sig")))) for name, r in files.items()}
    assert lines["months"][1] == ["2026-03-01", "2", "0", "2"]
    assert lines["days"][-2:] == [["2026-06-29", "Monday", "no", "", "0"], ["2026-06-30", "Tuesday", "yes", "0", "0"]]
    assert lines["features"][1][-1] == "1"
    assert sum(int(line[2]) for line in lines["users"][1:]) == 3


def test_an_account_of_which_nothing_is_known_says_so(client, organization, acme, csm):
    client.force_login(csm)
    text = client.get(reverse("account-usage", args=[acme.pk])).content.decode()
    assert "Nothing is known of these days" in text
    assert "Users by active days" not in text
