"""The tabs of an account: each opens as a plain link, with a counted number of queries."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.urls import reverse

from accounts.models import Entitlement, Feature, FeatureDay, KnownDay, MitigationPlan, PlanOutcome, UserDay
from accounts.months import fold_months, months_between
from accounts.queries.account import accounts_in_full
from dashboards.pages.account_tabs import build_history_page, build_plan_page
from dashboards.pages.account_usage import build_usage_page
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.boards import give_health, give_plan, give_step
from tests.dashboards.snapshots import MEASURES, give_snapshot, give_story

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_the_day", "organization")]
TABS = ("timeline", "contacts", "plan", "usage", "history")


@pytest.fixture
def told(acme, csm):
    give_story(acme, author=csm)
    return acme


def read(user, account):
    return accounts_in_full(user).get(pk=account.pk)


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_opens_with_the_same_head_and_says_which_it_is(client, csm, told, tab):
    client.force_login(csm)
    text = client.get(reverse(f"account-{tab}", args=[told.pk])).content.decode()
    assert f'/accounts/{told.pk}/{tab}" aria-current="page"' in text
    assert "Last touchpoint" in text


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_opens_for_an_account_of_which_nothing_is_known(client, csm, acme, tab):
    client.force_login(csm)
    assert client.get(reverse(f"account-{tab}", args=[acme.pk])).status_code == 200


@pytest.mark.parametrize(
    ("tab", "most"), [("timeline", 15), ("contacts", 15), ("plan", 15), ("usage", 21), ("history", 16)]
)
def test_the_queries_of_each_tab_are_counted(client, csm, told, django_assert_max_num_queries, tab, most):
    give_step(give_plan(told, owner=csm, opened_on=date(2026, 6, 1)), position=1, due=TODAY)
    client.force_login(csm)
    with django_assert_max_num_queries(most):
        client.get(reverse(f"account-{tab}", args=[told.pk]))


def test_the_history_lists_every_scored_day_with_its_change_and_card(csm, told):
    rows = build_history_page(read(csm, told), user=csm, today=TODAY, query={}).rows
    assert [(row.day, row.score, row.change, row.card) for row in rows] == [
        (TODAY, Decimal("55.35"), Decimal(-27), "SMB scorecard v1"),
        (date(2026, 5, 30), Decimal("81.50"), None, "SMB scorecard v1"),
    ]
    assert [row.band_name for row in rows] == ["Moderate", "Strong"]


def test_the_change_on_the_last_row_of_a_page_is_against_the_first_of_the_next(csm, acme):
    for n in range(31):
        give_snapshot(acme, day=TODAY - timedelta(days=n), score=5000 + n * 100, measures=MEASURES)
    rows = build_history_page(read(csm, acme), user=csm, today=TODAY, query={}).rows
    assert (len(rows), rows[-1].change) == (30, Decimal(-1))


def test_the_history_as_a_file_is_plain_numbers(client, csm, told):
    client.force_login(csm)
    text = client.get(reverse("account-history-csv", args=[told.pk])).content.decode()
    assert "2026-06-30,55.35,Moderate,0.8,SMB scorecard v1" in text


def test_an_earlier_plan_says_how_the_score_moved_from_its_opening_to_its_end(csm, told):
    give_step(give_plan(told, owner=csm, opened_on=date(2026, 5, 1), score=6000), position=1, due=TODAY)
    MitigationPlan.objects.update(closed_at=NOW, outcome=PlanOutcome.RESOLVED)
    [closed] = build_plan_page(read(csm, told), user=csm, today=TODAY).closed
    assert (closed.outcome, closed.steps, closed.done, closed.change) == ("Risk resolved", 1, 0, Decimal(-5))


def test_peers_are_fetched_by_the_overview_and_a_page_without_a_script(client, csm, told, make_account):
    client.force_login(csm)
    address = reverse("account-peers", args=[told.pk])
    assert f'hx-get="{address}"' in client.get(reverse("account", args=[told.pk])).content.decode()
    assert "Too few peers" in client.get(address).content.decode()
    for n in range(10):
        peer = make_account(f"P{n}", owner=csm)
        give_snapshot(peer, day=TODAY, score=5000 + n, measures=MEASURES)
        give_health(peer, score=5000 + n)
    give_health(told, score=5535)
    cache.clear()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "Compared with peers" in part
    assert "<html" not in part


@pytest.fixture
def used(acme, source):
    """Every day of the last 26 weeks is known; one of two users came every day, the other in the last week alone."""
    first = TODAY - timedelta(days=209)
    days = [first + timedelta(days=n) for n in range(210)]
    alerts, maps, labs = (Feature.objects.create(slug=name, name=name.title()) for name in ("alerts", "maps", "labs"))
    KnownDay.objects.bulk_create(KnownDay(source=source, day=day, has_users=True) for day in days)
    UserDay.objects.bulk_create(
        UserDay(account=acme, day=day, user_key=user, events=2, seconds=1200)
        for day in days for user in ("ann", "bob") if user == "ann" or day > TODAY - timedelta(days=7)
    )  # fmt: skip
    FeatureDay.objects.bulk_create(FeatureDay(account=acme, day=day, feature=alerts, events=1) for day in days)
    FeatureDay.objects.create(account=acme, day=TODAY - timedelta(days=40), feature=maps, events=1)
    for n, feature in enumerate((alerts, maps, labs)):
        Entitlement.objects.create(
            account=acme,
            feature=feature,
            starts_on=date(2025, 1, 1),
            source=source,
            external_id=f"e{n}",
            recorded_at=NOW,
        )
    fold_months(months=months_between(first=first, last=TODAY))
    return acme


def test_the_figures_of_use_are_worked_by_hand(csm, used):
    page = build_usage_page(read(csm, used), user=csm, today=TODAY, query={})
    seats, minutes, back, features = page.usage.series
    # Two of ten seats; a month ago one.
    assert (seats.value, seats.change_text, minutes.value, back.value) == ("20%", "10 pts", "20 min", "100%")
    assert (features.value, features.note) == ("1", "in 28 days · 3 paid for")
    assert [(row.feature.slug, row.is_unused, row.days) for row in page.usage.features] == [
        ("labs", True, 0), ("maps", True, 0), ("alerts", False, 28),
    ]  # fmt: skip
    assert page.usage.features[1].last_used == TODAY - timedelta(days=40)


def test_cohorts_put_who_was_there_before_apart_and_leave_earlier_weeks_empty(csm, used):
    early, late = build_usage_page(read(csm, used), user=csm, today=TODAY, query={}).cohorts
    assert (early.label, early.users, {cell.text for cell in early.cells}) == ("Earlier", 1, {"100%"})
    assert (late.users, [cell.text for cell in late.cells][-2:]) == (1, ["", "100%"])


def test_users_are_listed_with_their_time_and_as_a_file(client, csm, used):
    page = build_usage_page(read(csm, used), user=csm, today=TODAY, query={})
    assert [(row.key, row.days, row.minutes) for row in page.users] == [("ann", 28, 20.0), ("bob", 7, 20.0)]
    client.force_login(csm)
    text = client.get(reverse("account-users-csv", args=[used.pk])).content.decode()
    assert "ann,2026-06-30,28,56,20.0" in text


def test_where_no_source_spoke_nothing_is_zero(csm, acme):
    page = build_usage_page(read(csm, acme), user=csm, today=TODAY, query={})
    assert not page.usage.is_known
    assert [series.value for series in page.usage.series] == [None] * 4
