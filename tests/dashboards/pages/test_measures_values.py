"""Entering values of a measure: what is due, for whom, and what is refused."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.urls import reverse

from accounts.models import ManualReading
from dashboards.pages.measures import build_measures_page
from dashboards.pages.measures_values import build_values_page, number
from scoring.measures import Stated, change_measure, define_measure
from scoring.models import CustomMeasure, MeasureKind
from scoring.operations import BEGINNING, publish, publish_shipped
from scoring.pipeline import score_days
from scoring.queries.measures import manual_of
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.own_measures import enter, formula
from tests.scoring.conftest import a_card

pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def portfolio(make_account, csm, other_csm):
    """Three accounts of Maya: without a value, stale, fresh; and one of Ben."""
    owned = [make_account(name, owner=csm) for name in ("Acme", "Bolt", "Cord")]
    enter(owned[1], 3, on=TODAY - timedelta(days=60), by=csm)
    enter(owned[2], 4, on=TODAY, by=csm)
    return [*owned, make_account("Dune", owner=other_csm)]


@pytest.fixture
def scored_day(organization, ops, fit, portfolio):
    """All accounts are scored once."""
    publish_shipped(by=ops, at=NOW)
    score_days([TODAY], clock=lambda: NOW)


def test_a_csm_sees_what_is_to_enter_the_longest_without_a_value_first(organization, fit, portfolio, csm):
    page = build_values_page(csm, manual=manual_of("fit"), query={}, today=TODAY)
    assert [(row.account, row.state, row.state_words) for row in page.rows] == [
        ("Acme", "never", "No value yet"),
        ("Bolt", "stale", "Stale since 15 Jun 2026"),
    ]
    assert (page.wanted, page.accounts) == (2, 3)


def test_operations_sees_who_has_what_to_enter(organization, fit, portfolio, ops, csm):
    page = build_values_page(ops, manual=manual_of("fit"), query={"show": "all"}, today=TODAY)
    assert len(page.rows) == 4
    assert [(duty.owner, duty.never, duty.stale, duty.due, duty.accounts) for duty in page.duties] == [
        ("Maya Example", 1, 1, 0, 3),
        ("Ben Example", 1, 0, 0, 1),
    ]


def test_the_owner_of_a_measure_has_all_accounts_to_enter(organization, fit, portfolio, ops):
    CustomMeasure.objects.update(owner=ops)
    page = build_values_page(ops, manual=manual_of("fit"), query={}, today=TODAY)
    assert [(duty.owner, duty.wanted) for duty in page.duties] == [("Olu Example", 3)]


def test_values_are_entered_for_a_day(client, organization, fit, portfolio, csm):
    client.force_login(csm)
    acme, bolt = portfolio[:2]
    sent = {"read_on": "2026-06-28", f"value-{acme.pk}": "4.5", f"value-{bolt.pk}": ""}
    answer = client.post(reverse("measure-values", args=["fit"]), sent, follow=True)
    assert "1 value is entered. The first scores will count with it." in answer.content.decode()
    reading = ManualReading.objects.get(account=acme)
    assert (reading.value, reading.read_on, reading.expires_on) == (4.5, date(2026, 6, 28), date(2026, 8, 12))


@pytest.mark.parametrize(
    ("second", "words"),
    [("", "1 value is entered. Its account is scored"), ("4", "2 values are entered. Their accounts are scored")],
)
def test_it_is_said_that_scores_follow_at_once(client, organization, scored_day, fit, portfolio, csm, second, words):
    client.force_login(csm)
    acme, bolt = portfolio[:2]
    sent = {"read_on": "2026-06-28", f"value-{acme.pk}": "4.5", f"value-{bolt.pk}": second}
    answer = client.post(reverse("measure-values", args=["fit"]), sent, follow=True)
    assert f"{words} anew at once." in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("9", "The value is 1 to 5; not 9."),
        ("four", "Write a number, 1 to 5."),
        ("4,5", "Write a number"),
        ("inf", "Write a number"),
        ("1_0", "Write a number"),
    ],
)
def test_one_wrong_value_enters_none_and_keeps_what_was_typed(client, organization, fit, portfolio, csm, typed, words):
    client.force_login(csm)
    acme, bolt = portfolio[:2]
    before = ManualReading.objects.count()
    sent = {"read_on": TODAY.isoformat(), f"value-{acme.pk}": typed, f"value-{bolt.pk}": "3.25"}
    answer = client.post(reverse("measure-values", args=["fit"]), sent)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert words in shown
    assert 'value="3.25"' in shown
    assert ManualReading.objects.count() == before


@pytest.mark.parametrize("day", ["", "soon", "2026-07-01"])
def test_the_day_is_a_day_and_not_in_the_future(client, organization, fit, portfolio, csm, day):
    client.force_login(csm)
    sent = {"read_on": day, f"value-{portfolio[0].pk}": "4"}
    assert client.post(reverse("measure-values", args=["fit"]), sent).status_code == 422


def test_an_account_out_of_sight_is_not_entered_for(client, organization, fit, portfolio, csm):
    client.force_login(csm)
    client.post(
        reverse("measure-values", args=["fit"]), {"read_on": TODAY.isoformat(), f"value-{portfolio[3].pk}": "4"}
    )
    assert not ManualReading.objects.filter(account=portfolio[3]).exists()


def test_somebody_else_than_the_owner_is_refused(client, organization, fit, csm, manager):
    CustomMeasure.objects.update(owner=csm)
    client.force_login(manager)
    assert client.get(reverse("measure-values", args=["fit"])).status_code == 403


def test_the_csms_rating_is_entered_on_the_same_page(client, organization, acme, csm):
    client.force_login(csm)
    url = reverse("measure-values", args=["csm_sentiment"])
    assert "1 to 5" in client.get(url).content.decode()
    client.post(url, {"read_on": TODAY.isoformat(), f"value-{acme.pk}": "5"})
    assert ManualReading.objects.get().measure == "csm_sentiment"


def test_without_a_rhythm_nothing_is_due_and_all_accounts_are_shown(organization, acme, csm, ops):
    page = build_values_page(csm, manual=manual_of("advocacy_acts"), query={}, today=TODAY)
    assert ([row.account for row in page.rows], page.rhythm) == (["Acme"], "")
    rows = {row.slug: row for row in build_measures_page(ops, shown="all", today=TODAY).rows}
    assert not rows["advocacy_acts"].has_rhythm


def test_the_trend_of_an_account_marks_a_measure_that_was_defined_anew(client, organization, acme, csm, ops, fit):
    enter(acme, 4, on=TODAY - timedelta(days=9), by=csm)
    card = a_card({"key": "custom:fifth", "weight": 100, "curve": "linear", "zero": 0, "full": 1})
    stated = Stated(label="A fifth", question="Well?", formula="fit / 5")
    early = NOW - timedelta(days=20)
    measure = define_measure(slug="fifth", kind=MeasureKind.FORMULA, stated=stated, by=ops, at=early)
    publish(card=card, effective_from=BEGINNING, reason="test", by=ops, at=NOW)
    change_measure(measure=measure, stated=replace(stated, formula="fit / 6"), reason="Six", by=ops, at=NOW)
    score_days([TODAY - timedelta(days=1), TODAY], clock=lambda: NOW)
    client.force_login(csm)
    assert "A fifth defined anew" in client.get(reverse("account", args=[acme.pk])).content.decode()


def test_a_computed_measure_is_not_entered(browser, ops):
    formula("twice", "nps * 2", ops)
    for slug in ("twice", "nps"):
        assert browser.get(reverse("measure-values", args=[slug])).status_code == 404


@pytest.mark.parametrize(
    ("query", "words"), [({"q": "zzz"}, "No accounts match"), ({}, "Nothing to enter"), ({"show": "all"}, "Good until")]
)
def test_the_page_says_when_there_is_nothing_to_enter(client, organization, fit, acme, csm, query, words):
    enter(acme, 4, by=csm)
    client.force_login(csm)
    assert words in client.get(reverse("measure-values", args=["fit"]), query).content.decode()


def test_a_percentage_and_a_true_minus_are_numbers():
    assert (number("62%"), number("−3"), number("4.50")) == (0.62, -3, 4.5)


def test_entering_takes_nine_queries_however_many_accounts_there_are(
    client, organization, fit, portfolio, csm, make_account, django_assert_max_num_queries
):
    for n in range(30):
        make_account(f"More {n}", owner=csm)
    client.force_login(csm)
    with django_assert_max_num_queries(9):
        client.get(reverse("measure-values", args=["fit"]))
