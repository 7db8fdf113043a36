"""The lines of an explanation: measures with the weight that counted, changes in order, flags and elements.

Amounts of score are whole hundredths of a point.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from scoring.breakdown import CHILD_PREFIX, CLAMP, OVERRIDE_PREFIX, PULSE_PREFIX, Breakdown
from scoring.cards import Card, Flag, Item, Rule
from scoring.core import recency
from scoring.core.arrays import divide_rounded
from scoring.core.curves import Percentile, TargetCurve
from scoring.core.scorecard import Missing
from scoring.models import Snapshot

UNKNOWN_CHANGE = "A rule that the scorecard no longer names"
MEASURE_PREFIX = "measure:"


@dataclass(frozen=True)
class MeasureLine:
    """One measure of the card. `weight_hundredths` is what counted after missing weight was shared out."""

    item: Item
    value: float | None
    points: float | None
    line: int
    weight_hundredths: int
    target: float | None
    change: int | None

    @property
    def is_known(self) -> bool:
        return self.value is not None

    @property
    def is_left_out(self) -> bool:
        return self.value is None and self.item.missing is Missing.LEAVE_OUT


@dataclass(frozen=True)
class ChangeLine:
    """A rule, pulse, override or the clamp; `before` is what stood when it acted."""

    key: str
    line: int
    before: int
    change: int | None
    rule: Rule | None

    @property
    def kind(self) -> str:
        if self.key.startswith(PULSE_PREFIX):
            return "pulse"
        if self.key.startswith(OVERRIDE_PREFIX):
            return "override"
        return "clamp" if self.key == CLAMP else "rule"

    @property
    def label(self) -> str:
        if self.kind == "rule":
            return self.rule.label if self.rule else UNKNOWN_CHANGE
        return {"pulse": "CSM pulse", "override": "Override", "clamp": "Kept within 0 to 100"}[self.kind]


@dataclass(frozen=True)
class ChildLine:
    """What one account gave to the base of its parent, where the parent's score rolls up."""

    account_id: int
    line: int
    change: int | None


@dataclass(frozen=True)
class RaisedFlag:
    key: str
    fact: float | None
    flag: Flag | None

    @property
    def label(self) -> str:
        return self.flag.label if self.flag else self.key.replace("_", " ").capitalize()


@dataclass(frozen=True)
class ElementScore:
    """The weighted mean of an element's known measures, in whole points; None where none is known."""

    element: str
    points: int | None
    weight: int


def measure_lines(
    snapshot: Snapshot,
    card: Card,
    breakdown: Breakdown,
    *,
    effects: Mapping[str, int] | None,
    started_on: date,
) -> tuple[MeasureLine, ...]:
    """The measures in the card's order, with the weight that each really had."""
    pairs = list(zip(card.items, breakdown.measures, strict=True))
    counting = sum(item.weight for item, kept in pairs if kept.points is not None)
    return tuple(
        MeasureLine(
            item=item,
            value=kept.value,
            points=kept.points,
            line=kept.line,
            weight_hundredths=0 if kept.points is None else counted_weight(item.weight, counting),
            target=target_of(item, started_on=started_on, day=snapshot.as_of),
            change=None if effects is None else effects.get(f"{MEASURE_PREFIX}{item.measure.key}", 0),
        )
        for item, kept in pairs
    )


def counted_weight(weight: int, counting: int) -> int:
    """A weight's share of the weight that counts, in hundredths of a percent."""
    return int(divide_rounded(np.array([weight * 10_000]), np.array([max(counting, 1)]))[0])


def months_in_contract(*, started_on: date, day: date) -> int:
    """Whole calendar months from the start of the contract to the day."""
    return int(recency.whole_months_between(np.array([float(started_on.toordinal())]), day.toordinal())[0])


def target_of(item: Item, *, started_on: date, day: date) -> float | None:
    """What a target curve expects of the account on the day."""
    if not isinstance(item.curve, TargetCurve) or started_on > day:
        return None
    months = np.array([float(months_in_contract(started_on=started_on, day=day))])
    return float(item.curve.target(months)[0])


def fewest_to_define(measures: Sequence[MeasureLine], *, min_coverage: float) -> tuple[MeasureLine, ...]:
    """The shortest list of measures without a value whose values would give a score; empty where none would do.

    Heaviest first: no other list of that length adds more weight, so none that is shorter can be enough. A measure
    that has a value but no points (its target is still 0, say) is neither known nor waiting for data.
    """
    total = sum(line.item.weight for line in measures)
    known = sum(line.item.weight for line in measures if line.is_known and line.points is not None)
    waiting = sorted((line for line in measures if not line.is_known), key=lambda line: -line.item.weight)
    needed: list[MeasureLine] = []
    for line in (*waiting, None):
        if known > 0 and known / total >= min_coverage:
            return tuple(needed)
        if line is not None:
            needed.append(line)
            known += line.item.weight
    return ()


def change_lines(card: Card, breakdown: Breakdown, *, effects: Mapping[str, int] | None) -> tuple[ChangeLine, ...]:
    """Rules, pulses, clamp and override in the order in which they acted."""
    rules = {rule.adjustment.key: rule for rule in card.rules}
    left, found = breakdown.base, []
    for change in breakdown.changes:
        if change.key.startswith(CHILD_PREFIX):
            continue
        moved = None if effects is None else effects.get(change.key, 0)
        found.append(ChangeLine(change.key, change.line, before=left, change=moved, rule=rules.get(change.key)))
        left += change.line
    return tuple(found)


def child_lines(breakdown: Breakdown, *, effects: Mapping[str, int] | None) -> tuple[ChildLine, ...]:
    """The accounts that make the base of one that rolls up."""
    return tuple(
        ChildLine(
            account_id=int(change.key.removeprefix(CHILD_PREFIX)),
            line=change.line,
            change=None if effects is None else effects.get(change.key, 0),
        )
        for change in breakdown.changes
        if change.key.startswith(CHILD_PREFIX)
    )


def raised_flags(card: Card, breakdown: Breakdown) -> tuple[RaisedFlag, ...]:
    flags = {flag.rule.key: flag for flag in card.flags}
    return tuple(RaisedFlag(raised.key, raised.fact, flags.get(raised.key)) for raised in breakdown.flags)


def element_scores(measures: tuple[MeasureLine, ...]) -> tuple[ElementScore, ...]:
    """A score of its own for each element of the card, in the card's order."""
    parts: dict[str, list[MeasureLine]] = defaultdict(list)
    for line in measures:
        parts[str(line.item.measure.element)].append(line)
    return tuple(
        ElementScore(element, points=mean_points(lines), weight=sum(line.item.weight for line in lines))
        for element, lines in parts.items()
    )


def mean_points(lines: list[MeasureLine]) -> int | None:
    known = [(line.item.weight, line.points) for line in lines if line.points is not None]
    weight = sum(weight for weight, _ in known)
    # Halves go up, as everywhere that people see a score.
    return int(sum(weight * points for weight, points in known) / weight + 0.5) if weight else None


def points_at(item: Item, *, value: float, month: int) -> float | None:
    """What the item's curve gives a value in a month of the contract; None where peers decide, or it is unknown."""
    if isinstance(item.curve, Percentile):
        return None
    found = item.curve.points(np.array([value]), months_in_contract=np.array([float(month)]))[0]
    return None if np.isnan(found) else float(found)
