"""Writes of custom measures: defined, changed, retired, and the readings that people enter."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, ManualReading
from scoring import catalog
from scoring.core.formulas import BadFormula
from scoring.measures import Entry, enter_readings, retire_measure
from scoring.models import CustomMeasure, MeasureDefinition, Snapshot
from scoring.operations import BEGINNING, publish
from scoring.pipeline import score_days, work_on
from scoring.queries.measures import all_measures, definition_changes, manual_of, may_enter, uses_of
from scoring.runs import start_run
from tests.conftest import NOW, TODAY
from tests.scoring.conftest import a_card, values

YESTERDAY = TODAY - timedelta(days=1)


def test_a_definition_is_recorded_with_who_and_when(define, ops):
    measure = define("twice", "nps * 2")
    definition = measure.definitions.get()
    assert (definition.number, definition.formula, definition.starts_on) == (1, "nps * 2", TODAY)
    entry = AuditEntry.objects.get(verb="measure defined")
    assert (entry.by, entry.detail["slug"], entry.detail["formula"]) == (ops, "twice", "nps * 2")


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


def test_a_changed_definition_is_kept_with_its_reason_for_trends(define, change):
    measure = define("twice", "nps * 2", at=NOW - timedelta(days=20))
    change(measure, formula="nps * 3", reason="Three suits us better")
    define("outer", "twice + 1")
    (changed,) = definition_changes(["custom:outer", "nps"], since=YESTERDAY, until=TODAY)
    assert definition_changes(["nps"], since=YESTERDAY, until=TODAY) == []
    assert (changed.number, changed.formula, changed.reason) == (2, "nps * 3", "Three suits us better")
    assert [row.formula for row in measure.definitions.order_by("number")] == ["nps * 2", "nps * 3"]


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


def test_a_run_reads_the_custom_measures_once_however_many_chunks_it_has(
    acme, make_account, scored_with_formula, settings
):
    for n in range(5):
        make_account(f"Company {n}")
    settings.SCORING_CHUNK_ACCOUNTS = 2
    run = start_run(as_of=TODAY, at=NOW)
    with CaptureQueriesContext(connection) as made:
        work_on(run, worker="test", clock=lambda: NOW)
    assert (Snapshot.objects.count(), run.chunks.count()) == (6, 3)
    assert len([one for one in made if "scoring_measuredefinition" in one["sql"]]) == 1


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
