"""The pages of measures: the list, the form with its checks, one measure, and the entering of values."""

import csv
import io
from dataclasses import replace
from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import ManualReading
from dashboards.pages.account_values import flag_reason
from dashboards.pages.measures import build_measures_page
from dashboards.pages.measures_form import slug_from
from dashboards.pages.measures_values import build_values_page, number
from scoring.cards import Flag
from scoring.core.flags import FlagRule
from scoring.measures import Entry, Stated, change_measure, define_measure, enter_readings, retire_measure
from scoring.models import CustomMeasure, MeasureDefinition, MeasureKind
from scoring.operations import BEGINNING, publish
from scoring.pipeline import score_days
from scoring.queries.lines import RaisedFlag
from scoring.queries.measures import manual_of
from tests.conftest import NOW, TODAY
from tests.scoring.conftest import a_card

ENTERED = {
    "label": "Executive rating", "slug": "", "question": "How do executives see it?", "element": "sentiment",
    "unit": "of 5", "direction": "higher", "signal": "leading", "window": "", "owner": "", "rhythm": "monthly",
    "shelf_life_days": "45", "lowest": "1", "highest": "5",
}  # fmt: skip
FORMULA = {
    "label": "Twice the NPS", "slug": "twice", "question": "Twice?", "element": "custom", "unit": "count",
    "direction": "higher", "signal": "leading", "window": "", "formula": "nps * 2",
}  # fmt: skip


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def browser(client, organization, ops):
    client.force_login(ops)
    return client


@pytest.fixture
def fit(ops) -> CustomMeasure:
    stated = Stated(
        label="Product fit", question="Does it fit?", unit="of 5", shelf_life_days=45, rhythm="monthly", lowest=1,
        highest=5,
    )  # fmt: skip
    return define_measure(slug="fit", kind=MeasureKind.ENTERED, stated=stated, by=ops, at=NOW)


def formula(slug: str, text: str, ops, **said) -> CustomMeasure:
    stated = Stated(label=slug.capitalize(), question="Well?", formula=text, **said)
    return define_measure(slug=slug, kind=MeasureKind.FORMULA, stated=stated, by=ops, at=NOW)


def enter(account, value: float, *, on: date = TODAY, by) -> None:
    enter_readings(manual=manual_of("fit"), entries=[Entry(account, value, on)], by=by, at=NOW)


# The list.


def test_the_list_tells_every_built_in_measure_and_our_own(browser, fit):
    page = build_measures_page(CustomMeasure.objects.get().definitions.get().author, shown="all", today=TODAY)
    rows = {row.slug: row for row in page.rows}
    nps, ours = rows["nps"], rows["fit"]
    assert (nps.label, nps.element, nps.unit, nps.window, nps.signal) == (
        "NPS", "Sentiment", "NPS", "180 days", "Leading",
    )  # fmt: skip
    assert (nps.url, nps.manual) == ("", None)
    assert (ours.kind, ours.rhythm, ours.owner) == ("Entered by hand", "Monthly", "each CSM")
    assert rows["csm_sentiment"].manual is not None
    assert b"Product fit" in browser.get(reverse("measures")).content


def test_tabs_show_what_is_used_our_own_and_retired(ops, fit, acme):
    card = a_card({"key": "custom:fit", "weight": 100, "curve": "linear", "zero": 1, "full": 5})
    publish(card=card, effective_from=BEGINNING, reason="test", by=ops, at=NOW)
    retire_measure(measure=formula("old", "1", ops), by=ops, at=NOW)
    found = {
        shown: [row.slug for row in build_measures_page(ops, shown=shown, today=TODAY).rows]
        for shown in ("used", "custom", "retired")
    }
    assert found == {"used": ["fit"], "custom": ["fit"], "retired": ["old"]}
    assert build_measures_page(ops, shown="nonsense", today=TODAY).shown == "all"


@pytest.mark.parametrize(
    ("shown", "words"),
    [("used", "No measure is in a scorecard"), ("custom", "No measures of our own yet"), ("retired", "No measure was")],
)
def test_an_empty_tab_says_so(browser, shown, words):
    assert words in browser.get(reverse("measures"), {"show": shown}).content.decode()


def test_the_list_counts_the_accounts_without_a_fresh_value(ops, fit, make_account):
    first, second, third = (make_account(name) for name in ("A", "B", "C"))
    enter(first, 4, by=ops)
    enter(second, 4, on=TODAY - timedelta(days=40), by=ops)  # good, but older than a month
    enter(third, 4, on=TODAY - timedelta(days=60), by=ops)  # stale
    rows = {row.slug: row for row in build_measures_page(ops, shown="all", today=TODAY).rows}
    assert rows["fit"].wanted == 2
    assert rows["csm_sentiment"].wanted == 3


def test_only_who_may_define_is_offered_to(client, organization, csm, fit):
    client.force_login(csm)
    shown = client.get(reverse("measures")).content.decode()
    assert reverse("measure-new") not in shown
    assert reverse("measure-values", args=["fit"]) in shown
    assert reverse("measure-edit", args=["fit"]) not in client.get(reverse("measure", args=["fit"])).content.decode()


def test_the_file_has_every_measure_and_no_formula_that_a_spreadsheet_would_run(browser, ops):
    formula("minus", "-nps", ops)
    answer = browser.get(reverse("measures-csv"))
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    found = {row["Key"]: row for row in rows}
    assert found["custom:minus"]["Kind"] == "Formula"
    assert found["custom:minus"]["About"].startswith("'-nps")
    assert found["days_overdue"]["Better"] == "lower"
    assert found["csm_sentiment"]["Rhythm"] == "Monthly"


def test_the_list_takes_nine_queries_however_many_measures_there_are(
    browser, ops, fit, acme, django_assert_max_num_queries
):
    for n in range(5):
        formula(f"number_{n}", f"fit + {n}", ops)
    with django_assert_max_num_queries(9):
        browser.get(reverse("measures"))


# The form.


def test_an_entered_measure_is_defined_with_a_key_made_from_its_name(browser, ops):
    answer = browser.post(reverse("measure-new") + "?kind=entered", ENTERED)
    assert answer.status_code == 302
    assert answer["Location"] == reverse("measure", args=["executive_rating"])
    measure = CustomMeasure.objects.get()
    assert (measure.kind, measure.lowest, measure.highest, measure.shelf_life_days) == ("entered", 1, 5, 45)


@pytest.mark.parametrize(
    ("label", "slug"),
    [("Executive rating", "executive_rating"), ("  NPS (last 30 days)!", "nps_last_30_days"), ("3 wishes", "wishes")],
)
def test_a_key_is_made_of_what_can_be_in_one(label, slug):
    assert slug_from(label) == slug


@pytest.mark.parametrize("kind", ["entered", "pushed", "formula", "nonsense"])
def test_each_kind_asks_for_what_it_has(browser, kind):
    shown = browser.get(reverse("measure-new"), {"kind": kind}).content.decode()
    assert ('name="formula"' in shown) == (kind == "formula")
    assert ('name="shelf_life_days"' in shown) == (kind != "formula")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"label": ""}, "Give it a name."),
        ({"question": ""}, "Say how a customer should read it."),
        ({"slug": "nps"}, "built-in measure"),
        ({"slug": "Two words"}, "small letters"),
        ({"shelf_life_days": ""}, "Say for how many days"),
        ({"highest": "0"}, "above the lowest"),
        ({"lowest": "one"}, "Enter a number."),
        ({"unit": "posture"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_stands_beside_its_field(browser, change, words):
    answer = browser.post(reverse("measure-new") + "?kind=entered", ENTERED | change)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not CustomMeasure.objects.exists()


def test_a_formula_that_cannot_be_read_comes_back_with_its_place(browser):
    answer = browser.post(reverse("measure-new") + "?kind=formula", FORMULA | {"formula": "nps * (2"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "A closing parenthesis is missing." in shown
    assert "At character 9." in shown
    assert "nps * (2\n        ^" in shown


def test_a_definition_is_changed_with_a_reason(browser, ops):
    formula("twice", "nps * 2", ops)
    url = reverse("measure-edit", args=["twice"])
    changed = {name: value for name, value in FORMULA.items() if name != "slug"} | {"formula": "nps * 3"}
    without = browser.post(url, changed)
    assert without.status_code == 422
    assert "Say why" in without.content.decode()
    assert browser.post(url, changed | {"reason": "Agreed in June"}).status_code == 302
    assert MeasureDefinition.objects.get(number=2).reason == "Agreed in June"
    assert "Agreed in June" in browser.get(reverse("measure", args=["twice"])).content.decode()


def test_the_form_shows_the_measure_as_it_is(browser, fit):
    shown = browser.get(reverse("measure-edit", args=["fit"])).content.decode()
    assert 'value="Product fit"' in shown
    assert 'name="slug"' not in shown


@pytest.mark.parametrize("name", ["measure", "measure-edit", "measure-values"])
def test_a_measure_that_there_is_not_is_not_found(browser, name):
    assert browser.get(reverse(name, args=["nothing"])).status_code == 404


# The check while typing.


def checked(browser, text: str, **said) -> str:
    return browser.post(reverse("measure-check"), {"formula": text, **said}).content.decode()


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("nps +", "stops here", 6),
        ("npss", "Did you mean nps?", 1),
        ("1 + twice", "twice → twice", 5),
        ("custom:fit * 2", "it is just fit", 1),
        ("1 + <script>", "should stand here", 5),
    ],
)
def test_the_check_points_at_what_is_wrong(browser, ops, fit, text, words, place):
    formula("twice", "nps * 2", ops)
    shown = checked(browser, text, measure="twice")
    assert words in shown
    assert f"At character {place}." in shown
    assert "<script>" not in shown


def test_the_check_shows_the_value_of_known_accounts(browser, ops, fit, make_account):
    names = [f"Company {n}" for n in range(8)]
    for n, name in enumerate(names):
        account = make_account(name, arr=100 - n)
        if n:
            enter(account, 4, on=TODAY - timedelta(days=3), by=ops)
    shown = checked(browser, "fit / 5", unit="share")
    assert "Known for 7 of the 8 largest accounts on 29 Jun 2026" in shown
    assert shown.count("80%") == 5
    assert "Company 0" not in shown
    assert "Product fit" in shown


def test_the_check_of_a_formula_that_is_known_for_nobody_shows_what_is_missing(browser, acme):
    shown = checked(browser, "nps * 2")
    assert "Known for 0 of the 1 largest accounts" in shown
    assert "Acme" in shown
    assert "unknown" in shown


def test_the_check_works_before_there_are_accounts(browser):
    assert "no accounts to try it on" in checked(browser, "nps * 2")
    assert "While you type" in checked(browser, "  ")


# Retiring.


def test_a_measure_is_retired_and_then_read_only(browser, fit):
    url = reverse("measure", args=["fit"])
    assert "Retire Product fit" in browser.get(url).content.decode()
    assert browser.post(reverse("measure-retire", args=["fit"])).status_code == 302
    shown = browser.get(url).content.decode()
    assert "Retired 30 Jun 2026" in shown
    assert "Retire Product fit" not in shown
    assert browser.get(reverse("measure-edit", args=["fit"])).status_code == 404
    assert browser.get(reverse("measure-values", args=["fit"])).status_code == 404


def test_a_measure_in_use_is_not_retired_and_the_page_says_why(browser, ops, fit):
    formula("half", "fit / 2", ops)
    assert "once nothing uses it" in browser.get(reverse("measure", args=["fit"])).content.decode()
    answer = browser.post(reverse("measure-retire", args=["fit"]), follow=True)
    assert "still used by formula Half" in answer.content.decode()


# Elsewhere.


def test_a_flag_on_a_measure_of_our_own_says_its_value(fit):
    rule = FlagRule(key="poor_fit", fact="custom:fit", comparison="at_most", limit=3)
    raised = RaisedFlag(key="poor_fit", fact=2.5, flag=Flag(label="Poor fit", rule=rule))
    assert flag_reason(raised, as_of=TODAY, last_ebr_on=None, ebr_months=6) == "Product fit: 2.50 of 5."


# Entering values.


@pytest.fixture
def portfolio(make_account, csm, other_csm):
    """Three accounts of Maya: without a value, stale, fresh; and one of Ben."""
    owned = [make_account(name, owner=csm) for name in ("Acme", "Bolt", "Cord")]
    enter(owned[1], 3, on=TODAY - timedelta(days=60), by=csm)
    enter(owned[2], 4, on=TODAY, by=csm)
    return [*owned, make_account("Dune", owner=other_csm)]


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
    assert "1 value is entered" in answer.content.decode()
    reading = ManualReading.objects.get(account=acme)
    assert (reading.value, reading.read_on, reading.expires_on) == (4.5, date(2026, 6, 28), date(2026, 8, 12))


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
