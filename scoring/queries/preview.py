"""What a formula would say of accounts that we know, before anybody saves it."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.models import F, QuerySet

from accounts.models import Account, Status
from scoring import catalog
from scoring.catalog import COMPUTE, Unit
from scoring.core.arrays import Floats
from scoring.core.formulas import Formula, evaluate
from scoring.custom import CUSTOM_PREFIX, READING_PREFIX, custom_measures, read_once
from scoring.extract.facts import Facts
from scoring.extract.scope import Scope
from scoring.measures import check_formula

LOOKED_AT = 50
SHOWN = 5


@dataclass(frozen=True)
class Operand:
    """A measure that the formula reads."""

    name: str
    label: str
    unit: Unit


@dataclass(frozen=True)
class PreviewRow:
    account: str
    operands: tuple[float | None, ...]
    value: float | None


@dataclass(frozen=True)
class Preview:
    """Up to five accounts of which the formula knows a value; of those looked at, how many have one."""

    operands: tuple[Operand, ...]
    rows: tuple[PreviewRow, ...]
    known: int
    looked_at: int
    as_of: date


@read_once()
def preview(text: str, *, slug: str, accounts: QuerySet[Account], as_of: date) -> Preview:
    """The formula over the largest of the accounts. Raises BadFormula for one that cannot be used."""
    formula = check_formula(text, slug=slug)
    largest = accounts.filter(status=Status.ACTIVE, started_on__lte=as_of).order_by(F("arr").desc(), "pk")
    names = dict(sorted(largest.values_list("pk", "name")[:LOOKED_AT]))
    operands = tuple(operand_of(name) for name in formula.names)
    if not names:
        return Preview(operands, (), known=0, looked_at=0, as_of=as_of)
    rows = rows_of(formula, Facts(Scope(account_ids=np.array(list(names)), as_of=as_of)), list(names.values()))
    shown = [row for row in rows if row.value is not None] or rows
    known = sum(row.value is not None for row in rows)
    return Preview(operands, tuple(shown[:SHOWN]), known=known, looked_at=len(rows), as_of=as_of)


def rows_of(formula: Formula, facts: Facts, names: list[str]) -> list[PreviewRow]:
    known = custom_measures()
    columns = {name: known.value(name, facts, built_in=COMPUTE) for name in formula.names}
    found = evaluate(formula, values=columns, size=facts.scope.size)
    return [
        PreviewRow(name, tuple(at(column, n) for column in columns.values()), at(found, n))
        for n, name in enumerate(names)
    ]


def at(column: Floats, place: int) -> float | None:
    value = float(column[place])
    return None if value != value else value


def operand_of(name: str) -> Operand:
    """How a name in a formula is called."""
    is_key = name in catalog.MEASURES or name.startswith(READING_PREFIX)
    is_own = name in custom_measures().declared
    measure = catalog.measure(CUSTOM_PREFIX + name if is_own or not is_key else name)
    return Operand(name, measure.label, measure.unit)
