"""Custom measures: defined, changed, retired, read, and scored with."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry, ManualReading
from scoring import catalog
from scoring.core.formulas import BadFormula, check_names, parse
from scoring.custom import read_once
from scoring.extract.facts import Facts
from scoring.extract.scope import Scope
from scoring.measures import (
    Entry,
    Stated,
    change_measure,
    define_measure,
    enter_readings,
    retire_measure,
)
from scoring.models import CustomMeasure, MeasureDefinition, MeasureKind, Snapshot
from scoring.operations import BEGINNING, publish
from scoring.pipeline import score_days
from scoring.queries.measures import all_measures, definition_changes, manual_of, may_enter, uses_of
from tests.conftest import NOW, TODAY
from tests.scoring.conftest import a_card

YESTERDAY = TODAY - timedelta(days=1)


def stated(**said) -> Stated:
    return Stated(**{"label": "Executive rating", "question": "How do executives see it?", **said})


def read_by_hand(**said) -> Stated:
    return stated(**{"unit": "of 5", "shelf_life_days": 45, "lowest": 1.0, "highest": 5.0, **said})


@pytest.fixture
def define(ops):
    """Defines a formula measure, or with `shelf_life_days` one that is entered."""

    def define_it(slug: str, formula: str = "", *, kind: str | None = None, at: datetime = NOW, **said):
        words = stated(formula=formula, **said) if formula else read_by_hand(**said)
        default = MeasureKind.FORMULA if formula else MeasureKind.ENTERED
        return define_measure(slug=slug, kind=MeasureKind(kind or default), stated=words, by=ops, at=at)

    return define_it


@pytest.fixture
def change(ops):
    def change_it(measure: CustomMeasure, *, reason: str = "Agreed in June", at: datetime = NOW, **said):
        words = {name: getattr(measure, name) for name in Stated.__dataclass_fields__} | said
        return change_measure(measure=measure, stated=Stated(**words), reason=reason, by=ops, at=at)

    return change_it


@pytest.fixture
def enter(ops):
    def enter_it(slug: str, account, value: float, *, on: date = TODAY, by=None):
        entries = [Entry(account=account, value=value, read_on=on)]
        return enter_readings(manual=manual_of(slug), entries=entries, by=by or ops, at=NOW)

    return enter_it


def facts_of(*accounts, as_of: date = TODAY) -> Facts:
    return Facts(Scope(account_ids=np.array([account.pk for account in accounts]), as_of=as_of))


def values(key: str, *accounts, as_of: date = TODAY) -> list[float | None]:
    found = catalog.measure(key).compute(facts_of(*accounts, as_of=as_of))
    return [None if value != value else round(float(value), 6) for value in found]


# What is defined is in the catalog.


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


def test_a_definition_is_recorded_with_who_and_when(define, ops):
    measure = define("twice", "nps * 2")
    definition = measure.definitions.get()
    assert (definition.number, definition.formula, definition.starts_on) == (1, "nps * 2", TODAY)
    entry = AuditEntry.objects.get(verb="measure defined")
    assert (entry.by, entry.detail["slug"], entry.detail["formula"]) == (ops, "twice", "nps * 2")


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


@pytest.mark.parametrize(
    ("formula", "reason", "position"),
    [
        ("nps +", "stops here", 5),
        ("npss * 2", "Did you mean nps?", 0),
        ("2 * reading:fitt", "There is no measure reading:fitt", 4),
        ("1 + mine", "mine → mine", 4),
        ("1 + other", "mine → other → mine", 4),
    ],
)
def test_a_formula_that_cannot_be_used_is_refused_with_its_position(define, change, formula, reason, position):
    mine = define("mine", "1")
    define("other", "mine + 1")
    with pytest.raises(BadFormula, match=reason.replace("?", r"\?")) as caught:
        change(mine, formula=formula)
    assert caught.value.position == position
    assert CustomMeasure.objects.get(slug="mine").formula == "1"


def test_a_formula_cannot_read_a_retired_measure(define, ops):
    retire_measure(measure=define("old", "1"), by=ops, at=NOW)
    with pytest.raises(BadFormula, match="old is retired"):
        define("new", "old * 2")


def test_the_formulas_of_the_handbook_are_formulas_over_built_in_measures():
    text = (Path(__file__).parents[2] / "docs" / "scoring.md").read_text()
    table = text.partition("| Formula | Meaning |")[2].partition("\n\n")[0]
    found = [parse(formula) for formula in re.findall(r"^\| `(.+?)` \|", table, re.M)]
    assert len(found) == 3
    for formula in found:
        check_names(formula, known=catalog.MEASURES)


# A definition changes.


def test_a_past_day_is_computed_with_the_definition_of_that_day(acme, define, enter, change):
    define("fit")
    enter("fit", acme, 4, on=date(2026, 6, 1))
    measure = define("twice", "fit * 2", at=NOW - timedelta(days=20))
    change(measure, formula="fit * 3")
    assert values("custom:twice", acme, as_of=TODAY) == [12]
    assert values("custom:twice", acme, as_of=YESTERDAY) == [8]
    # The first definition holds before it was made, too.
    assert values("custom:twice", acme, as_of=date(2026, 6, 2)) == [8]


def test_a_changed_definition_is_kept_with_its_reason_for_trends(define, change):
    measure = define("twice", "nps * 2", at=NOW - timedelta(days=20))
    change(measure, formula="nps * 3", reason="Three suits us better")
    define("outer", "twice + 1")
    (changed,) = definition_changes(["custom:outer", "nps"], since=YESTERDAY, until=TODAY)
    assert definition_changes(["nps"], since=YESTERDAY, until=TODAY) == []
    assert (changed.number, changed.formula, changed.reason) == (2, "nps * 3", "Three suits us better")
    assert [row.formula for row in measure.definitions.all()] == ["nps * 2", "nps * 3"]


def test_a_changed_definition_needs_a_reason_and_other_words_do_not(define, change):
    measure = define("twice", "nps * 2")
    with pytest.raises(ValidationError, match="Say why"):
        change(measure, formula="nps * 3", reason=" ")
    change(measure, label="Twice the NPS", reason="")
    assert measure.definitions.count() == 1
    assert CustomMeasure.objects.get().label == "Twice the NPS"


def test_saving_it_unchanged_changes_nothing(define, change):
    change(define("twice", "nps * 2"), reason="")
    assert MeasureDefinition.objects.count() == 1
    assert not AuditEntry.objects.filter(verb="measure changed").exists()


# What is refused.


@pytest.mark.parametrize("slug", ["", "a", "Nps", "9lives", "two words", "a-b", "nps", "min", "é", "a" * 51])
def test_a_key_is_small_letters_digits_and_underscores_and_free(define, slug):
    with pytest.raises(ValidationError) as caught:
        define(slug)
    assert "slug" in caught.value.message_dict


def test_a_key_is_taken_for_ever(define, ops):
    retire_measure(measure=define("fit"), by=ops, at=NOW)
    with pytest.raises(ValidationError, match="already"):
        define("fit")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"label": " "}, "label"),
        ({"question": ""}, "question"),
        ({"element": "weather"}, "element"),
        ({"unit": "posture"}, "unit"),
        ({"shelf_life_days": None}, "shelf_life_days"),
        ({"shelf_life_days": 0}, "shelf_life_days"),
        ({"lowest": 5.0}, "highest"),
        ({"highest": float("inf")}, "highest"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(define, said, field):
    with pytest.raises(ValidationError) as caught:
        define("fit", **said)
    assert field in caught.value.message_dict


def test_a_formula_has_no_shelf_life(define):
    with pytest.raises(ValidationError, match="nobody enters it"):
        define("twice", "nps * 2", shelf_life_days=45)


@pytest.mark.parametrize(
    "nonsense",
    [
        {"kind": "formula"},
        {"formula": "1"},
        {"shelf_life_days": None},
        {"kind": "guessed"},
        {"rhythm": "hourly"},
        {"label": ""},
        {"lowest": 9},
    ],
)
def test_the_database_refuses_nonsense(define, nonsense):
    measure = define("fit")
    with pytest.raises(IntegrityError), transaction.atomic():
        CustomMeasure.objects.filter(pk=measure.pk).update(**nonsense)


# Readings.


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


def test_a_value_that_is_entered_again_counts_and_the_earlier_one_is_kept(acme, define, enter):
    define("fit")
    enter("fit", acme, 4)
    enter("fit", acme, 4)
    assert ManualReading.objects.count() == 1
    enter_readings(
        manual=manual_of("fit"),
        entries=[Entry(account=acme, value=2.0, read_on=TODAY)],
        by=acme.owner,
        at=NOW + timedelta(minutes=1),
    )
    assert values("custom:fit", acme) == [2]
    assert ManualReading.objects.count() == 2
    assert AuditEntry.objects.filter(verb="reading entered").count() == 2


@pytest.mark.parametrize(
    ("value", "on", "sentence"),
    [
        (6, TODAY, "1 to 5; not 6"),
        (0.5, TODAY, "1 to 5"),
        (float("nan"), TODAY, "Write a number"),
        (float("inf"), TODAY, "Write a number"),
        (3, TODAY + timedelta(days=1), "in the future"),
        (3, date(2023, 12, 31), "Acme began on"),
    ],
)
def test_a_reading_out_of_range_or_time_is_refused(acme, define, enter, value, on, sentence):
    define("fit")
    with pytest.raises(ValidationError, match=sentence):
        enter("fit", acme, value, on=on)


def test_one_bad_entry_refuses_them_all(acme, define, ops):
    define("fit")
    entries = [Entry(account=acme, value=value, read_on=TODAY) for value in (4.0, 9.0)]
    with pytest.raises(ValidationError):
        enter_readings(manual=manual_of("fit"), entries=entries, by=ops, at=NOW)
    assert not ManualReading.objects.exists()


def test_the_csms_rating_is_entered_like_a_custom_measure(acme, enter, csm):
    (reading,) = enter("csm_sentiment", acme, 5, by=csm)
    assert reading.expires_on == TODAY + timedelta(days=45)
    assert values("csm_sentiment", acme) == [5]


def test_the_owner_and_operations_enter_values_and_without_an_owner_who_works_on_accounts(
    define, ops, csm, other_csm, manager, viewer, leader
):
    define("fit", owner=csm)
    define("mood")
    assert [may_enter(user, manual_of("fit")) for user in (ops, csm, other_csm, manager, viewer)] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert [may_enter(user, manual_of("mood")) for user in (ops, csm, manager, leader, viewer)] == [
        True, True, True, False, False,
    ]  # fmt: skip


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


# Scorecards.


@pytest.fixture
def scored_with_formula(organization, acme, define, enter, ops):
    define("fit")
    enter("fit", acme, 4, on=YESTERDAY)
    measure = define("share_of_fit", "fit / 5", unit="share", label="Share of fit")
    card = a_card({"key": "custom:share_of_fit", "weight": 100, "curve": "linear", "zero": 0, "full": 1})
    publish(card=card, effective_from=BEGINNING, reason="test", by=ops, at=NOW)
    return measure


def test_a_formula_is_scored_like_any_measure(acme, scored_with_formula):
    score_days([TODAY], clock=lambda: NOW)
    assert Snapshot.objects.get(account=acme).score == 8_000


def test_the_list_says_which_cards_and_formulas_use_a_measure(scored_with_formula):
    listed = {row.slug: row for row in all_measures(today=TODAY)}
    assert listed["share_of_fit"].uses == ("Default",)
    assert listed["fit"].uses == ("formula Share of fit",)
    assert listed["nps"].uses == ()


def test_a_measure_in_use_is_not_retired(scored_with_formula, ops):
    for slug, user in (("share_of_fit", "Default"), ("fit", "formula Share of fit")):
        with pytest.raises(ValidationError, match=user):
            retire_measure(measure=CustomMeasure.objects.get(slug=slug), by=ops, at=NOW)
    assert uses_of("fit", today=TODAY)


def test_a_retired_measure_is_still_read_for_history_and_offered_no_more(acme, define, enter, ops, change):
    measure = define("fit")
    enter("fit", acme, 4)
    retire_measure(measure=measure, by=ops, at=NOW)
    assert values("custom:fit", acme) == [4]
    assert catalog.measure("custom:fit").is_retired
    assert "custom:fit" not in {measure.key for measure in catalog.offered()}
    with pytest.raises(ValidationError, match="retired"):
        enter("fit", acme, 3)
    with pytest.raises(ValidationError, match="retired"):
        change(measure, label="Other")
