"""Changes to the base with a stated reason: rules first, pulses last (docs/scoring.md, "From points to score").

Shapes: amounts are Floats (A,), one column per change, 0 or NaN where the change does not apply to the account; K
changes are applied in the given order. Amounts of score are Ints in hundredths of a point.

Exactness: an amount is rounded half away from zero to the hundredth of a percent or point; the rest is in integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from scoring.core.arrays import Bools, Floats, Ints, clamped, divide_rounded, filled, quantize
from scoring.core.scorecard import FULL_HUNDREDTHS

Kind = Literal["percent", "points"]
Change = tuple[Kind, Floats]

# A sane change is within ±100; far above that, integers could overflow.
LARGEST_AMOUNT = 1_000.0


@dataclass(frozen=True)
class Adjustment:
    """A rule of a scorecard: `percent` p multiplies what is left by (1 + p / 100), `points` adds."""

    key: str
    kind: Kind
    amount: float

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"Adjustment {self.key!r}: the kind must be percent or points; got {self.kind!r}.")
        if not abs(self.amount) <= LARGEST_AMOUNT:
            raise ValueError(f"Adjustment {self.key!r}: the amount must be a number within ±1000; got {self.amount}.")

    def change(self, is_on: Bools) -> Change:
        """The change for `apply`: this amount on the accounts where the rule is on."""
        return self.kind, np.where(is_on, self.amount, 0.0)


@dataclass(frozen=True)
class Adjusted:
    """base + lines + clamp = score, exactly, for every account."""

    lines_hundredths: Ints  # (A, K)
    clamp_hundredths: Ints  # (A,) what brings the score back into 0 to 100; 0 for most
    score_hundredths: Ints  # (A,)


def apply(base_hundredths: Ints, *, changes: Sequence[Change]) -> Adjusted:
    """Each change in order, to what the one before left; leaving 0 to 100 is undone once, at the end."""
    left = base_hundredths
    lines = np.zeros((len(left), len(changes)), dtype=np.int64)
    for column, (kind, amounts) in enumerate(changes):
        lines[:, column] = _line(left, kind=kind, amounts=amounts)
        left = left + lines[:, column]
    score = np.minimum(np.maximum(left, 0), FULL_HUNDREDTHS)
    return Adjusted(lines_hundredths=lines, clamp_hundredths=score - left, score_hundredths=score)


def limit_pulse(amounts: Floats, *, may_raise: bool, largest_percent: float) -> Floats:
    """The pulses as far as the scorecard lets them act: no raise unless allowed, no change above the largest."""
    return clamped(amounts, -largest_percent, largest_percent if may_raise else 0.0)


def _line(left: Ints, *, kind: Kind, amounts: Floats) -> Ints:
    if kind not in get_args(Kind):
        raise ValueError(f"The kind of a change must be percent or points; got {kind!r}.")
    applied = filled(amounts, 0.0)
    if (np.abs(applied) > LARGEST_AMOUNT).any():
        raise ValueError("The amount of a change must lie within ±1000.")
    hundredths = quantize(applied, per_unit=100)
    return divide_rounded(left * hundredths, 100 * 100) if kind == "percent" else hundredths
