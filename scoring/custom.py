"""The measures that an organization made up, as scoring needs them: one query, however many are asked for."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from scoring.core.arrays import Floats
from scoring.core.formulas import Formula, evaluate, order, parse
from scoring.extract.facts import Facts
from scoring.extract.shared import shared
from scoring.models import CustomMeasure, MeasureDefinition, MeasureKind

CUSTOM_PREFIX = "custom:"
READING_PREFIX = "reading:"
Compute = Callable[[Facts], Floats]

parsed = lru_cache(maxsize=1024)(parse)


@dataclass(frozen=True)
class Declared:
    """A custom measure with all definitions that it ever had, oldest first."""

    measure: CustomMeasure
    definitions: tuple[MeasureDefinition, ...]

    @property
    def is_formula(self) -> bool:
        return self.measure.kind == MeasureKind.FORMULA

    @property
    def value(self) -> str:
        """What the figure is, as a sentence."""
        if self.is_formula:
            return f"{self.measure.formula}."
        return f"The newest reading, for {self.measure.shelf_life_days} days."

    @property
    def missing(self) -> str:
        """When it is not known, as a sentence."""
        return "Missing where what decides it is missing, or over zero." if self.is_formula else "Missing without one."

    @property
    def names_ever(self) -> set[str]:
        """What any of its formulas has read."""
        texts = [definition.formula for definition in self.definitions if self.is_formula]
        return {name for text in texts for name in parsed(text).names}

    def definition_on(self, day: date) -> MeasureDefinition:
        """The definition in force on the day; before the first one, the first one."""
        started = [definition for definition in self.definitions if definition.starts_on <= day]
        return (started or self.definitions[:1])[-1]

    def formula_on(self, day: date) -> Formula:
        return parsed(self.definition_on(day).formula)


class CustomMeasures:
    """All of them by slug, read when the first is asked for."""

    @cached_property
    def declared(self) -> dict[str, Declared]:
        return shared("custom measures", self.read)

    @staticmethod
    def read() -> dict[str, Declared]:
        found: dict[CustomMeasure, list[MeasureDefinition]] = defaultdict(list)
        for row in MeasureDefinition.objects.select_related("measure__owner").order_by("measure__slug", "number"):
            found[row.measure].append(row)
        return {measure.slug: Declared(measure, tuple(rows)) for measure, rows in found.items()}

    def formulas_for(self, slug: str, *, day: date) -> dict[str, Formula]:
        """The formulas of a measure and of all that it reads, as they were on the day, each after what it reads."""
        found: dict[str, Formula] = {}
        wanted = [slug]
        while wanted:
            name = wanted.pop()
            declared = self.declared.get(name)
            if name not in found and declared is not None and declared.is_formula:
                found[name] = declared.formula_on(day)
                wanted.extend(found[name].names)
        return {name: found[name] for name in order(found)}

    def value(self, slug: str, facts: Facts, *, built_in: Mapping[str, Compute]) -> Floats:
        """A measure's value with the definitions of the day; each formula and each operand once per Facts."""
        for name, formula in self.formulas_for(slug, day=facts.scope.definitions_day).items():
            if name not in facts.remembered:
                values = {operand: self.operand(operand, facts, built_in=built_in) for operand in formula.names}
                facts.remembered[name] = evaluate(formula, values=values, size=facts.scope.size)
        return self.operand(slug, facts, built_in=built_in)

    def operand(self, name: str, facts: Facts, *, built_in: Mapping[str, Compute]) -> Floats:
        """What a name in a formula stands for: a custom measure, a built-in one, or the readings of a name."""
        if name not in facts.remembered:
            is_built_in = name in built_in and name not in self.declared
            facts.remembered[name] = built_in[name](facts) if is_built_in else self.reading(name, facts)
        return facts.remembered[name]

    def reading(self, name: str, facts: Facts) -> Floats:
        """Of a pushed measure the definition says how long a value is good: a file or a system seldom does."""
        name = name.removeprefix(READING_PREFIX)
        declared = self.declared.get(name)
        is_pushed = declared is not None and declared.measure.kind == MeasureKind.PUSHED
        days = declared.definition_on(facts.scope.definitions_day).shelf_life_days if declared and is_pushed else None
        return facts.people.reading(name, shelf_life_days=days)

    def is_judgment(self, slug: str, *, judgments: Collection[str]) -> bool:
        """Whether our own people judge it. A formula that ever read a judgment is one: it tells of it."""
        read = self.read_ever(slug)
        return not read.isdisjoint(judgments) or any(
            self.declared[name].measure.is_internal for name in read if name in self.declared
        )

    def read_ever(self, slug: str) -> set[str]:
        """The measure and all that its formulas, and theirs, have ever read."""
        read, wanted = {slug}, [slug]
        while wanted:
            declared = self.declared.get(wanted.pop())
            found = {name.removeprefix(READING_PREFIX) for name in declared.names_ever} if declared else set()
            wanted.extend(found - read)
            read |= found
        return read


_remembered: ContextVar[CustomMeasures | None] = ContextVar("custom measures", default=None)


def custom_measures() -> CustomMeasures:
    """Those that `read_once` remembers, or else as they are now."""
    return _remembered.get() or CustomMeasures()


@contextmanager
def read_once() -> Iterator[None]:
    """Inside, the custom measures are read once, and not at all where none is asked for. Also a decorator."""
    if _remembered.get() is not None:
        yield
        return
    token = _remembered.set(CustomMeasures())
    try:
        yield
    finally:
        _remembered.reset(token)
