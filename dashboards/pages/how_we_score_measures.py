"""The measures of a card, explained for whoever reads of them first: what each says and what some values would give."""

from dataclasses import dataclass
from decimal import Decimal

from dashboards import formats
from dashboards.pages.account_values import source_text, value_text
from dashboards.pages.scorecards_parts import MeasurePart, Problems, measure_parts
from scoring.cards import Card, Item
from scoring.content import CardFile
from scoring.core.curves import Linear, Percentile, Table, TargetCurve, Thresholds
from scoring.queries.lines import points_at

# Of the way from 0 to 100 points, or of what is expected.
PARTS = (0.0, 0.5, 1.0)
STEP = 0.1  # a value that stays clear of a cut, as a share of the way between the two cuts


@dataclass(frozen=True)
class Sample:
    """A value and the points that the card gives for it."""

    value: str
    points: Decimal | None


@dataclass(frozen=True)
class MeasureCard:
    key: str
    label: str
    question: str
    element: str
    value: str
    missing: str
    source: str
    signal: str
    weight: int
    words: str
    drawing: str
    missing_words: str
    is_higher_better: bool
    samples: tuple[Sample, ...]


def measure_cards(card: Card, stated: CardFile) -> tuple[MeasureCard, ...]:
    """In the card's order."""
    parts = measure_parts(stated, Problems([]), live=None)
    return tuple(measure_card(item, part) for item, part in zip(card.items, parts, strict=True))


def measure_card(item: Item, part: MeasurePart) -> MeasureCard:
    measure = item.measure
    return MeasureCard(
        key=measure.key,
        label=measure.label,
        question=measure.question,
        element=measure.element.value.capitalize(),
        value=measure.value,
        missing=measure.missing,
        source=source_text(measure),
        signal="leading" if measure.is_leading else "lagging",
        weight=item.weight,
        words=part.words,
        drawing=part.drawing,
        missing_words=part.missing_words,
        is_higher_better=measure.is_higher_better,
        samples=samples_of(item),
    )


def samples_of(item: Item) -> tuple[Sample, ...]:
    """A few values with the points that the engine gives them; none for a rank, which depends on the others."""
    if isinstance(item.curve, Percentile):
        return ()
    if isinstance(item.curve, TargetCurve):
        return tuple(
            Sample(f"{value_text(value, item.measure.unit)} in month {month}", given(item, value, month))
            for month, target in shown_targets(item.curve)
            for value in (target * part for part in PARTS[1:])
        )
    return tuple(Sample(value_text(value, item.measure.unit), given(item, value, 0)) for value in values_of(item))


def values_of(item: Item) -> list[float]:
    """The cuts and what lies beyond them, the ends and their middle, or each value that is listed."""
    match item.curve:
        case Thresholds(at_risk=low, healthy=high):
            return [low - (high - low) * STEP, low, high]
        case Linear(zero=low, full=high):
            return [low + (high - low) * part for part in PARTS]
        case Table(points_by_value=listed):
            return [value for value, _ in listed]
        case _:
            return []


def shown_targets(curve: TargetCurve) -> list[tuple[int, float]]:
    """The first and the last month in which anything is expected."""
    expected = [(month, target) for month, target in curve.targets if target > 0]
    return list(dict.fromkeys([expected[0], expected[-1]]))


def given(item: Item, value: float, month: int) -> Decimal | None:
    found = points_at(item, value=value, month=month)
    return None if found is None else formats.rounded(found, places=1)
