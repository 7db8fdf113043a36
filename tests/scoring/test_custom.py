"""Custom measures in the catalog: what each is on a day, and what a formula over others says."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from accounts.models import ManualReading
from scoring import catalog
from scoring.core.formulas import check_names, parse
from scoring.custom import read_once
from tests.conftest import NOW, TODAY
from tests.scoring.conftest import facts_of, values

YESTERDAY = TODAY - timedelta(days=1)


def test_a_custom_measure_is_in_the_catalog_with_its_words(define):
    define("executive_rating", element="sentiment", is_leading=False, window="this quarter")
    measure = catalog.measure("custom:executive_rating")
    assert (measure.label, measure.question) == ("Executive rating", "How do executives see it?")
    assert (measure.element, measure.unit) == (catalog.Element.SENTIMENT, catalog.Unit.RATING)
    assert (measure.is_leading, measure.window_words, measure.source) == (False, "this quarter", "readings")
    assert "45 days" in measure.about


def test_an_unknown_custom_measure_is_refused_by_the_catalog(db):
    with pytest.raises(catalog.UnknownMeasure, match="custom:nothing"):
        catalog.measure("custom:nothing")


def test_readings_that_nobody_declared_still_have_a_measure(acme, source):
    ManualReading.objects.create(
        source=source, external_id="1", recorded_at=NOW,
        account=acme, measure="fit", value=3, read_on=TODAY, expires_on=TODAY,
    )  # fmt: skip
    assert catalog.measure("reading:fit").label == "Fit"
    assert values("reading:fit", acme) == [3]


def test_readings_of_a_declared_name_have_its_words_and_the_same_values(acme, define, enter):
    define("fit", label="Product fit")
    enter("fit", acme, 4)
    assert catalog.measure("reading:fit").label == "Product fit"
    assert values("reading:fit", acme) == values("custom:fit", acme) == [4]


def test_a_reading_is_good_until_its_shelf_life_ends(acme, define, enter):
    define("fit", shelf_life_days=10)
    (reading,) = enter("fit", acme, 4, on=date(2026, 6, 20))
    assert reading.expires_on == date(2026, 6, 30)
    assert values("custom:fit", acme, as_of=date(2026, 6, 30)) == [4]
    assert values("custom:fit", acme, as_of=date(2026, 7, 1)) == [None]
    assert values("custom:fit", acme, as_of=date(2026, 6, 19)) == [None]


def test_of_a_pushed_measure_the_definition_says_how_long_a_value_is_good(acme, source, define):
    define("health_check", kind="pushed", shelf_life_days=90)
    ManualReading.objects.create(
        source=source, external_id="1", recorded_at=NOW,
        account=acme, measure="health_check", value=3, read_on=date(2026, 4, 1), expires_on=date(2026, 5, 16),
    )  # fmt: skip
    assert values("custom:health_check", acme, as_of=date(2026, 6, 30)) == [3]
    assert values("custom:health_check", acme, as_of=date(2026, 7, 1)) == [None]


# Formulas.


def test_a_formula_reads_built_in_and_custom_measures_and_other_formulas(acme, make_account, define, enter):
    other = make_account("Bolt")
    define("fit")
    define("doubled", "fit * 2")
    define("sum", "doubled + months_in_phase")
    enter("fit", acme, 4)
    months = values("months_in_phase", acme)[0]
    assert values("custom:sum", acme, other) == [8 + months, None]


def test_each_operand_is_computed_once_however_often_it_is_named(acme, define, enter, django_assert_num_queries):
    define("fit")
    define("one_more", "fit + 1")
    define("all_of_it", "fit + one_more")
    enter("fit", acme, 4)
    facts = facts_of(acme)
    assert facts.attributes.account_ids.tolist() == [acme.pk]
    with read_once():
        measures = [catalog.measure(f"custom:{slug}") for slug in ("one_more", "all_of_it", "fit")]
        # One for the readings, however many measures read them.
        with django_assert_num_queries(1):
            found = [float(measure.compute(facts)[0]) for measure in measures]
    assert found == [5, 9, 4]


def test_custom_measures_are_read_by_one_query_and_by_none_where_none_is_asked_for(define, django_assert_num_queries):
    define("fit")
    define("doubled", "fit * 2")
    with django_assert_num_queries(1), read_once():
        for key in ("custom:fit", "custom:doubled", "reading:fit", "nps"):
            catalog.measure(key)
        assert len(catalog.offered()) == len(catalog.DECLARED) + 2
    with django_assert_num_queries(0), read_once():
        catalog.measure("nps")


def test_a_past_day_is_computed_with_the_definition_of_that_day(acme, define, enter, change):
    define("fit")
    enter("fit", acme, 4, on=date(2026, 6, 1))
    measure = define("twice", "fit * 2", at=NOW - timedelta(days=20))
    change(measure, formula="fit * 3")
    assert values("custom:twice", acme, as_of=TODAY) == [12]
    assert values("custom:twice", acme, as_of=YESTERDAY) == [8]
    # The first definition holds before it was made, too.
    assert values("custom:twice", acme, as_of=date(2026, 6, 2)) == [8]


def test_the_formulas_of_the_handbook_are_formulas_over_built_in_measures():
    text = (Path(__file__).parents[2] / "docs" / "scoring.md").read_text()
    table = text.partition("| Formula | Meaning |")[2].partition("\n\n")[0]
    found = [parse(formula) for formula in re.findall(r"^\| `(.+?)` \|", table, re.M)]
    assert len(found) == 3
    for formula in found:
        check_names(formula, known=catalog.MEASURES)


# What our own people judge.


@pytest.mark.parametrize("formula", ["csm_sentiment * 20", "reading:csm_sentiment", "inner + 1", "secret / 2"])
def test_a_formula_over_a_judgment_is_one(acme, define, enter, formula):
    enter("csm_sentiment", acme, 4)
    define("inner", "rapport * 2")
    define("secret", is_internal=True)
    define("outer", formula)
    assert catalog.is_judgment(catalog.measure("custom:outer"))


def test_a_formula_that_once_read_a_judgment_stays_one(define, change):
    measure = define("outer", "rapport * 2")
    change(measure, formula="nps")
    assert catalog.is_judgment(catalog.measure("custom:outer"))
    define("plain", "nps")
    assert not catalog.is_judgment(catalog.measure("custom:plain"))
