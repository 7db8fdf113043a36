"""Formulas over measures, evaluated over whole columns; formula_text.py reads them.

Shapes: A accounts. NaN means unknown, and what is made of something unknown is unknown, as is anything over zero.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import reduce

import numpy as np

from scoring.core.arrays import Bools, Floats, divide
from scoring.core.formula_text import NEGATE, BadFormula, Formula, Name, Number, parse, suggestion

__all__ = ["BadFormula", "Formula", "check_names", "evaluate", "names", "order", "parse"]


def compared(test: Callable[[Floats, Floats], Bools]) -> Callable[..., Floats]:
    def compare(a: Floats, b: Floats) -> Floats:
        return np.where(np.isnan(a) | np.isnan(b), np.nan, test(a, b).astype(np.float64))

    return compare


def smallest(*values: Floats) -> Floats:
    return reduce(np.minimum, values)


def largest(*values: Floats) -> Floats:
    return reduce(np.maximum, values)


def choose(condition: Floats, then: Floats, otherwise: Floats) -> Floats:
    """Any number but 0 is yes. The branch that is not chosen may be unknown."""
    return np.where(np.isnan(condition), np.nan, np.where(condition != 0, then, otherwise))


OPERATIONS: dict[str, Callable[..., Floats]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": divide,
    "<": compared(np.less),
    "<=": compared(np.less_equal),
    ">": compared(np.greater),
    ">=": compared(np.greater_equal),
    "=": compared(np.equal),
    "!=": compared(np.not_equal),
    NEGATE: np.negative,
    "min": smallest,
    "max": largest,
    "if": choose,
}


def evaluate(formula: Formula, *, values: Mapping[str, Floats], size: int) -> Floats:
    """The formula's value for each of `size` accounts; `values` has a column (A,) for each of its names."""
    stack: list[Floats] = []
    with np.errstate(all="ignore"):
        for step in formula.steps:
            if isinstance(step, Number):
                stack.append(np.asarray(step.value))
            elif isinstance(step, Name):
                stack.append(finite(values[step.name]))
            else:
                operands = stack[-step.count :]
                stack[-step.count :] = [finite(OPERATIONS[step.operation](*operands))]
    # Adding zero turns −0 into 0, which people would otherwise read with a sign.
    return np.broadcast_to(stack[0], (size,)) + 0.0


def finite(values: Floats) -> Floats:
    """What is too large to be a number is unknown."""
    return np.where(np.isfinite(values), values, np.nan)


def names(text: str) -> tuple[str, ...]:
    """The measures that a formula reads. Raises BadFormula."""
    return parse(text).names


def check_names(formula: Formula, *, known: Collection[str]) -> None:
    """Raises BadFormula at the first name that is not known, with one that is near."""
    for name in formula.names:
        if name not in known:
            raise BadFormula(
                f"There is no measure {name}.{suggestion(name, known)}",
                text=formula.text,
                position=formula.position_of(name),
            )


def order(formulas: Mapping[str, Formula]) -> list[str]:
    """The keys of the formulas, each after those that it reads; names without a formula are given from outside.

    Raises BadFormula for a cycle, at the place where the first formula of it, in the mapping's order, enters it.
    """
    done: dict[str, None] = {}
    for start in formulas:
        path: dict[str, Iterator[str]] = {}
        if start not in done:
            path[start] = iter(formulas[start].names)
        while path:
            here = next(reversed(path))
            name = next((name for name in path[here] if name in formulas and name not in done), None)
            if name is None:
                done[here] = None
                del path[here]
            elif name in path:
                raise cycle([*path][[*path].index(name) :], formulas)
            else:
                path[name] = iter(formulas[name].names)
    return list(done)


def cycle(path: list[str], formulas: Mapping[str, Formula]) -> BadFormula:
    first, second = path[0], (path + path[:1])[1]
    told = " → ".join([*path, first])
    return BadFormula(
        f"The formulas go round in a circle: {told}.",
        text=formulas[first].text,
        position=formulas[first].position_of(second),
    )
