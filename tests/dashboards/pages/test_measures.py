"""The pages of measures: the list, the form with its checks, one measure, and the entering of values."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from dashboards.pages.account_values import flag_reason
from dashboards.pages.measures import build_measures_page
from dashboards.pages.measures_form import slug_from
from scoring.cards import Flag
from scoring.core.flags import FlagRule
from scoring.measures import retire_measure
from scoring.models import CustomMeasure, MeasureDefinition
from scoring.operations import BEGINNING, publish
from scoring.queries.lines import RaisedFlag
from tests.conftest import NOW, TODAY
from tests.dashboards.pages.own_measures import enter, formula
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

pytestmark = pytest.mark.usefixtures("on_the_day")


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


def test_who_enters_values_begins_with_those_that_are_theirs_to_enter(ops, csm, viewer, fit, make_account):
    enter(make_account("A", owner=csm), 4, on=TODAY - timedelta(days=60), by=ops)
    make_account("B")
    sentiment = CustomMeasure.objects.get()
    formula("twice", "fit * 2", ops)
    page = build_measures_page(csm, shown="", today=TODAY)
    assert page.shown == "enter"
    assert [(row.slug, row.wanted) for row in page.rows] == [
        ("csm_sentiment", 1), ("fit", 1), ("rating_index", 0), ("brand_sentiment", 0), ("people_sentiment", 0),
        ("product_sentiment", 0), ("process_sentiment", 0), ("advocacy_acts", 0),
    ]  # fmt: skip
    CustomMeasure.objects.filter(pk=sentiment.pk).update(owner=ops)
    assert [row.slug for row in build_measures_page(csm, shown="enter", today=TODAY).rows][-1] == "advocacy_acts"
    asked = build_measures_page(viewer, shown="enter", today=TODAY)
    assert (asked.shown, [tab.label for tab in asked.tabs]) == ("all", ["All", "In scorecards", "Our own", "Retired"])


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


def test_the_list_takes_ten_queries_however_many_measures_there_are(
    browser, ops, fit, acme, django_assert_max_num_queries
):
    for n in range(5):
        formula(f"number_{n}", f"fit + {n}", ops)
    with django_assert_max_num_queries(10):
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
