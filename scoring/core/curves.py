"""From value to points: the kinds of curve a scorecard can give a measure (docs/scoring.md, "From value to points").

Shapes: values and months are Floats (A,), one per account; points are Floats (A,) from 0 to 100, NaN where unknown.
An unknown value has unknown points under every kind.
"""

from dataclasses import asdict, dataclass
from math import isfinite

import numpy as np

from scoring.core.arrays import Floats, clamped, divide, filled


class BadCurve(ValueError):
    """The parameters of a curve make no sense; the message says which and why."""


@dataclass(frozen=True)
class Thresholds:
    """Two cuts: poor 0, at risk 50, healthy 100. A value equal to a cut belongs to the better side.

    The cuts give the direction: where healthy is above at_risk, higher is better; where it is below, lower is.
    """

    at_risk: float
    healthy: float

    def __post_init__(self) -> None:
        _refuse_odd_numbers(self.at_risk, self.healthy)
        if self.at_risk == self.healthy:
            raise BadCurve(f"The cuts at_risk and healthy must differ; both are {self.at_risk}.")

    def points(self, values: Floats, *, months_in_contract: Floats | None = None) -> Floats:
        """0, 50 or 100 for each value."""
        sign = 1.0 if self.healthy > self.at_risk else -1.0
        reached = 50.0 * (sign * values >= sign * self.at_risk) + 50.0 * (sign * values >= sign * self.healthy)
        return np.where(np.isnan(values), np.nan, reached)


@dataclass(frozen=True)
class Linear:
    """`zero` gives 0 and `full` gives 100, straight between, clamped outside; zero may exceed full."""

    zero: float
    full: float

    def __post_init__(self) -> None:
        _refuse_odd_numbers(self.zero, self.full)
        if self.zero == self.full:
            raise BadCurve(f"The ends zero and full must differ; both are {self.zero}.")

    def points(self, values: Floats, *, months_in_contract: Floats | None = None) -> Floats:
        """Where each value lies on the way from zero to full, in percent."""
        return clamped((values - self.zero) * 100.0 / (self.full - self.zero), 0.0, 100.0)


@dataclass(frozen=True)
class TargetCurve:
    """Value ÷ the target of the account's month in contract × 100, clamped; targets are (month, value) pairs.

    Between two given months the target is interpolated. The first month's target also holds before it, the last
    month's after it. Where the target is 0 nothing is expected yet, so there is nothing to judge: unknown, as is an
    account whose month is unknown.
    """

    targets: tuple[tuple[int, float], ...]

    def __post_init__(self) -> None:
        months = [month for month, _ in self.targets]
        _refuse_odd_numbers(*months, *(target for _, target in self.targets))
        if not months or months != sorted(set(months)) or months[0] < 0:
            raise BadCurve(f"The targets need months from 0 on, each once and in order; got {months}.")
        if any(month != int(month) for month in months):
            raise BadCurve(f"The months of targets must be whole; got {months}.")
        if min(target for _, target in self.targets) < 0 or max(target for _, target in self.targets) == 0:
            raise BadCurve("Targets must not be negative, and one at least must be above 0.")

    def target(self, months_in_contract: Floats) -> Floats:
        """The value expected at each account's month."""
        months = np.array([month for month, _ in self.targets], dtype=np.float64)
        expected = np.array([value for _, value in self.targets], dtype=np.float64)
        within = clamped(months_in_contract, months[0], months[-1])
        after = np.minimum(np.searchsorted(months, within, side="right"), len(months) - 1)
        before = np.maximum(after - 1, 0)
        # Not np.interp: its C loop may fuse multiply and add, which differs by platform in the last bit.
        gone_ratio = filled(divide(within - months[before], months[after] - months[before]), 0.0)
        interpolated = expected[before] * (1.0 - gone_ratio) + expected[after] * gone_ratio
        return np.where(np.isnan(months_in_contract), np.nan, interpolated)

    def points(self, values: Floats, *, months_in_contract: Floats | None = None) -> Floats:
        """The share of the target that each value reaches, in percent, at most 100."""
        if months_in_contract is None:
            raise ValueError("A target curve needs months_in_contract.")
        return clamped(divide(values * 100.0, self.target(months_in_contract)), 0.0, 100.0)


@dataclass(frozen=True)
class Table:
    """Stated points for stated values, such as a rapport of 1 to 5. A value that is not listed is unknown."""

    points_by_value: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        values = [value for value, _ in self.points_by_value]
        _refuse_odd_numbers(*values, *(points for _, points in self.points_by_value))
        if not values or len(set(values)) != len(values):
            raise BadCurve(f"A table needs values, each once; got {values}.")
        if any(not 0 <= points <= 100 for _, points in self.points_by_value):
            raise BadCurve("The points of a table must lie between 0 and 100.")

    def points(self, values: Floats, *, months_in_contract: Floats | None = None) -> Floats:
        """The points listed for each value."""
        found = np.full(values.shape, np.nan)
        for value, points in self.points_by_value:
            found[values == value] = points
        return found


@dataclass(frozen=True)
class Percentile:
    """The rank among peers. It has no `points` of its own: they need the peers' values (`peers.percentile_points`)."""

    is_higher_better: bool

    def __post_init__(self) -> None:
        if not isinstance(self.is_higher_better, bool):
            raise BadCurve(f"is_higher_better must be true or false; got {self.is_higher_better!r}.")


Curve = Thresholds | Linear | TargetCurve | Percentile | Table

CURVES: dict[str, type[Curve]] = {
    "thresholds": Thresholds,
    "linear": Linear,
    "target_curve": TargetCurve,
    "percentile": Percentile,
    "table": Table,
}


def curve_from_json(kind: str, params: dict[str, object]) -> Curve:
    """The curve that a scorecard's JSON or TOML describes: the parameters are the fields of the kind's class."""
    if kind not in CURVES:
        raise BadCurve(f"There is no curve {kind!r}; the kinds are {', '.join(CURVES)}.")
    expected = CURVES[kind].__dataclass_fields__.keys()
    if params.keys() != expected:
        raise BadCurve(f"A {kind} curve takes {', '.join(expected)}; got {', '.join(sorted(params)) or 'nothing'}.")
    return CURVES[kind](**{name: _hashable(name, value) for name, value in params.items()})  # type: ignore[arg-type]


def curve_to_json(curve: Curve) -> tuple[str, dict[str, object]]:
    """The (kind, parameters) from which `curve_from_json` makes the same curve; pairs become lists of two."""
    kind = next(name for name, curve_class in CURVES.items() if isinstance(curve, curve_class))
    return kind, {name: _listed(value) for name, value in asdict(curve).items()}


def _hashable(name: str, value: object) -> object:
    if name not in ("targets", "points_by_value"):
        return value
    if not isinstance(value, list | tuple) or not all(
        isinstance(pair, list | tuple) and len(pair) == 2 for pair in value
    ):
        raise BadCurve(f"{name} must be a list of pairs; got {value!r}.")
    return tuple(tuple(pair) for pair in value)


def _listed(value: object) -> object:
    return [list(pair) for pair in value] if isinstance(value, tuple) else value


def _refuse_odd_numbers(*numbers: object) -> None:
    for number in numbers:
        # bool is an int to Python, but "true" is no threshold.
        if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
            raise BadCurve(f"A curve needs plain numbers; got {number!r}.")
