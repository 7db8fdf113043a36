"""What a measure, a rule or a flag of one account rests on, on a day."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from accounts.models import Account
from scoring import catalog, rules
from scoring.catalog import CUSTOM_PREFIX, Measure, UnknownMeasure
from scoring.core.formulas import evaluate
from scoring.custom import READING_PREFIX, Declared, custom_measures, read_once
from scoring.models import MeasureKind
from scoring.queries.rows.asked import Asked, Column, Found, Read
from scoring.queries.rows.readers import READERS
from scoring.queries.rows.voices import newest_reading


class UnknownFigure(LookupError):
    """No measure and no rule asks about this."""


@dataclass(frozen=True)
class Evidence:
    """The rows behind a figure, and the figure made from them once more; `measure` is None for a rule's own fact."""

    name: str
    measure: Measure | None
    day: date
    found: Found

    @property
    def value(self) -> float | None:
        return None if self.found.value is None else float(self.found.value)


@read_once()
def evidence_of(account: Account, *, name: str, day: date) -> Evidence:
    """The rows of a measure by its key, or of a rule's fact by its name. Raises UnknownFigure."""
    try:
        measure = None if name in rules.FACTS else catalog.measure(name)
    except UnknownMeasure:
        raise UnknownFigure(name) from None
    return Evidence(name, measure, day, reader_of(name, day)(Asked(account, day)))


def reader_of(name: str, day: date) -> Read:
    """The reader of a built-in figure, of readings or of a formula."""
    if name in READERS:
        return READERS[name]
    slug = name.removeprefix(CUSTOM_PREFIX).removeprefix(READING_PREFIX)
    declared = custom_measures().declared.get(slug)
    if declared is not None and declared.is_formula:
        return lambda asked: formula_parts(declared, asked)
    return newest_reading(slug, shelf_life_days=shelf_life_of(declared, day))


def shelf_life_of(declared: Declared | None, day: date) -> int | None:
    """Of a pushed measure the definition says how long a value is good."""
    is_pushed = declared is not None and declared.measure.kind == MeasureKind.PUSHED
    return declared.definition_on(day).shelf_life_days if declared and is_pushed else None


FORMULA: tuple[Column, ...] = (("Figure", "text"), ("Value", "decimal"))


def formula_parts(declared: Declared, asked: Asked) -> Found:
    """The figures that a formula reads: each has rows of its own."""

    formula = declared.formula_on(asked.day)
    values = {name: reader_of(name, asked.day)(asked).value for name in formula.names}
    columns = {name: np.array([np.nan if value is None else float(value)]) for name, value in values.items()}
    result = float(evaluate(formula, values=columns, size=1)[0])
    return Found(
        FORMULA, list(values.items()), None if result != result else result, declared.definition_on(asked.day).formula
    )
