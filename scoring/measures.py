"""Writes of custom measures: define, change, retire, and the readings that people enter.

All raise ValidationError, by field; a formula that cannot be used raises BadFormula, with the position.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit, touches
from accounts.models import Account, ManualReading, User
from accounts.operations.readings import add_reading
from scoring import catalog
from scoring.core.formula_text import FUNCTIONS
from scoring.core.formulas import BadFormula, Formula, check_names, order, parse
from scoring.custom import CUSTOM_PREFIX, READING_PREFIX
from scoring.models import CustomMeasure, MeasureDefinition, MeasureKind
from scoring.queries.measures import Manual, uses_of

SLUG = re.compile(r"[a-z][a-z0-9_]{1,49}")
# What a change of makes another figure of it, which trends mark; words and duties may change any day.
DEFINING = ("formula", "unit", "window", "is_higher_better", "shelf_life_days")
# A renewal posture is a code of its own.
UNITS = [unit for unit in catalog.Unit if unit is not catalog.Unit.POSTURE]
LONGEST_SHELF_LIFE = 1_830
FIRST = "Defined"


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What a measure is said to be. A formula has no shelf life, no range, no rhythm."""

    label: str
    question: str
    element: str = catalog.Element.CUSTOM
    unit: str = catalog.Unit.COUNT
    window: str = ""
    is_higher_better: bool = True
    is_leading: bool = True
    is_internal: bool = False
    owner: User | None = None
    rhythm: str = "none"
    shelf_life_days: int | None = None
    lowest: float | None = None
    highest: float | None = None
    formula: str = ""


@transaction.atomic
def define_measure(*, slug: str, kind: MeasureKind, stated: Stated, by: User, at: datetime) -> CustomMeasure:
    """A new measure; its definition holds for all of history, so that any past day can be scored with it."""
    lock_measures()
    check_slug(slug)
    check_stated(stated, kind=kind)
    if kind == MeasureKind.FORMULA:
        check_formula(stated.formula, slug=slug)
    measure = CustomMeasure.objects.create(slug=slug, kind=kind, **fields_of(stated))
    add_definition(measure, reason=FIRST, by=by, at=at)
    audit.record(verb="measure defined", subject=measure, by=by, at=at, slug=slug, kind=str(kind), **told(measure))
    return measure


@transaction.atomic
def change_measure(*, measure: CustomMeasure, stated: Stated, reason: str, by: User, at: datetime) -> CustomMeasure:
    """Other words, duties or another definition; the last needs a reason, and holds from today on."""
    lock_measures()
    measure = CustomMeasure.objects.get(pk=measure.pk)
    if measure.retired_on is not None:
        raise ValidationError("A retired measure stays as it was. Define a new one.")
    check_stated(stated, kind=MeasureKind(measure.kind))
    if measure.kind == MeasureKind.FORMULA:
        check_formula(stated.formula, slug=measure.slug)
    before, spoken = fields_of_measure(measure), told(measure)
    changed = {name: value for name, value in fields_of(stated).items() if before[name] != value}
    if not changed:
        return measure
    CustomMeasure.objects.filter(pk=measure.pk).update(**changed)
    measure.refresh_from_db()
    if any(name in changed for name in DEFINING):
        if not reason.strip():
            raise ValidationError({"reason": "Say why: trends mark that the definition changed."})
        add_definition(measure, reason=reason.strip(), by=by, at=at)
    audit.record(
        verb="measure changed", subject=measure, by=by, at=at, slug=measure.slug, before=spoken, now=told(measure)
    )
    return measure


@transaction.atomic
def retire_measure(*, measure: CustomMeasure, by: User, at: datetime) -> None:
    """No new scorecard or formula may use it. Refused while one does; what it told stays readable."""
    lock_measures()
    uses = uses_of(measure.slug, today=timezone.localtime(at).date())
    if uses:
        raise ValidationError(f"It is still used by {', '.join(uses)}. Take it out there first.")
    day = timezone.localtime(at).date()
    if CustomMeasure.objects.filter(pk=measure.pk, retired_on=None).update(retired_on=day):
        audit.record(verb="measure retired", subject=measure, by=by, at=at, slug=measure.slug)


@dataclass(frozen=True)
class Entry:
    """A value that somebody found for an account on a day."""

    account: Account
    value: float
    read_on: date


@transaction.atomic
def enter_readings(*, manual: Manual, entries: Iterable[Entry], by: User, at: datetime) -> list[ManualReading]:
    """All of them or none; each is good until the measure's shelf life ends."""
    if manual.is_retired:
        raise ValidationError("The measure is retired: nothing is entered any more.")
    today = timezone.localtime(at).date()
    return [enter_reading(manual=manual, entry=entry, today=today, by=by, at=at) for entry in entries]


def enter_reading(*, manual: Manual, entry: Entry, today: date, by: User, at: datetime) -> ManualReading:
    check_entry(manual, entry, today=today)
    return add_reading(
        account=entry.account,
        measure=manual.slug,
        value=entry.value,
        read_on=entry.read_on,
        expires_on=entry.read_on + timedelta(days=manual.shelf_life_days),
        by=by,
        at=at,
    )


# What is refused.


def check_entry(manual: Manual, entry: Entry, *, today: date) -> None:
    """Within the measure's range, not in the future and not before the account began."""
    if not math.isfinite(entry.value):
        raise ValidationError({"value": "Write a number."})
    if (manual.lowest is not None and entry.value < manual.lowest) or (
        manual.highest is not None and entry.value > manual.highest
    ):
        raise ValidationError({"value": f"The value is {manual.range_words}; not {entry.value:g}."})
    if entry.read_on > today:
        raise ValidationError({"read_on": "The day cannot be in the future."})
    if entry.read_on < entry.account.started_on:
        raise ValidationError({"read_on": f"{entry.account.name} began on {entry.account.started_on}."})


def check_slug(slug: str) -> None:
    """A key that nothing else has; it is for ever."""
    if not SLUG.fullmatch(slug):
        raise ValidationError(
            {"slug": "A key has 2 to 50 small letters, digits and underscores, and begins with a letter."}
        )
    if slug in catalog.MEASURES or slug in FUNCTIONS:
        raise ValidationError({"slug": f"{slug} is the key of a built-in measure or function."})
    if CustomMeasure.objects.filter(slug=slug).exists():
        raise ValidationError({"slug": f"There is a measure {slug} already, perhaps a retired one."})


def check_stated(stated: Stated, *, kind: MeasureKind) -> None:
    """Words that are there, known choices, and what the kind asks for."""
    for name, sentence in (("label", "Give it a name."), ("question", "Say how a customer should read it.")):
        if not getattr(stated, name).strip():
            raise ValidationError({name: sentence})
    if stated.element not in list(catalog.Element):
        raise ValidationError({"element": f"There is no element {stated.element!r}."})
    if stated.unit not in UNITS:
        raise ValidationError({"unit": f"There is no unit {stated.unit!r}."})
    if kind == MeasureKind.FORMULA:
        check_is_only_a_formula(stated)
    else:
        check_is_read(stated)


def check_is_only_a_formula(stated: Stated) -> None:
    if (stated.shelf_life_days, stated.lowest, stated.highest, stated.rhythm) != (None, None, None, "none"):
        raise ValidationError("A formula has no shelf life, no range and no rhythm: nobody enters it.")


def check_is_read(stated: Stated) -> None:
    if stated.formula:
        raise ValidationError({"formula": "Only a formula measure has a formula."})
    if stated.shelf_life_days is None or not 1 <= stated.shelf_life_days <= LONGEST_SHELF_LIFE:
        raise ValidationError({"shelf_life_days": f"A reading is good for 1 to {LONGEST_SHELF_LIFE:,} days."})
    bounds = [bound for bound in (stated.lowest, stated.highest) if bound is not None]
    if not all(map(math.isfinite, bounds)) or (len(bounds) == 2 and bounds[0] >= bounds[1]):
        raise ValidationError({"highest": "The highest value is above the lowest."})


def check_formula(text: str, *, slug: str) -> Formula:
    """A formula that could be the measure's: readable, every name known, and no circle. Raises BadFormula."""
    formula = parse(text)
    others = {measure.slug: measure for measure in CustomMeasure.objects.all() if measure.slug != slug}
    for name in formula.names:
        if name.startswith(CUSTOM_PREFIX):
            plain = name.removeprefix(CUSTOM_PREFIX)
            raise BadFormula(f"In a formula it is just {plain}.", text=text, position=formula.position_of(name))
        if name in others and others[name].retired_on is not None:
            raise BadFormula(f"{name} is retired.", text=text, position=formula.position_of(name))
    check_names(formula, known=[slug, *others, *catalog.MEASURES, *readings_named(formula)])
    known = {name: parse(measure.formula) for name, measure in others.items() if measure.formula}
    order({slug: formula, **known})
    return formula


def readings_named(formula: Formula) -> list[str]:
    """The names `reading:NAME` in the formula that anything was ever read for."""
    named = [name.removeprefix(READING_PREFIX) for name in formula.names if name.startswith(READING_PREFIX)]
    return [READING_PREFIX + name for name in named if ManualReading.objects.filter(measure=name).exists()]


# Rows.


def lock_measures() -> None:
    """Two changes at once could close a circle of which each sees one half."""
    list(CustomMeasure.objects.select_for_update().order_by("pk").values_list("pk"))


def fields_of(stated: Stated) -> dict[str, object]:
    said = {name: getattr(stated, name) for name in Stated.__dataclass_fields__}
    return {name: value.strip() if isinstance(value, str) else value for name, value in said.items()}


def fields_of_measure(measure: CustomMeasure) -> dict[str, object]:
    return {name: getattr(measure, name) for name in Stated.__dataclass_fields__}


def told(measure: CustomMeasure) -> dict[str, object]:
    """What the audit record keeps of it."""
    said = fields_of_measure(measure)
    return {**said, "owner": measure.owner_id}


def add_definition(measure: CustomMeasure, *, reason: str, by: User, at: datetime) -> MeasureDefinition:
    touches.touch_all(at=at)
    return MeasureDefinition.objects.create(
        measure=measure,
        number=measure.definitions.count() + 1,
        starts_on=timezone.localtime(at).date(),
        author=by,
        recorded_at=at,
        reason=reason,
        **{name: getattr(measure, name) for name in DEFINING},
    )
