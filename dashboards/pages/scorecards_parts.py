"""The parts of a scorecard as pages show them and as the editor's fields hold them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import Phase
from dashboards import formats
from dashboards.pages.account_values import source_text
from dashboards.pages.scorecards_drawing import curve_drawing
from dashboards.pages.scorecards_form import PAIRS, PARAMS
from scoring import catalog
from scoring.checks import Problem, is_lagging
from scoring.content import CardFile, ItemFile, is_in_percent
from scoring.core.bands import FEWEST_BANDS, MOST_BANDS, colors_of
from scoring.differences import PARAM_NAMES, condition_words, curve_words, label, missing_words, rule_words
from scoring.models import Scorecard

PARAM_LABELS = {
    "healthy": "Healthy from",
    "at_risk": "At risk from",
    "zero": "0 points at",
    "full": "100 points at",
}


@dataclass(frozen=True)
class Field:
    """One number to type: its name in the form, its label, what stands in it and whether that is wrong."""

    name: str
    label: str
    value: str
    unit: str
    is_wrong: bool


@dataclass(frozen=True)
class PairRow:
    """A month with its target, or a value with its points."""

    first: Field
    second: Field


@dataclass(frozen=True)
class MeasurePart:
    place: str
    key: str
    label: str
    about: str
    source: str
    unit: str
    is_lagging: bool
    weight: str
    was_weight: str | None
    is_new: bool
    curve: str
    words: str
    drawing: str
    missing: str
    missing_words: str
    params: tuple[Field, ...]
    pairs: tuple[PairRow, ...]
    is_higher_better: bool
    wrong: frozenset[str]
    errors: tuple[str, ...]


@dataclass(frozen=True)
class BandPart:
    place: str
    key: str
    label: str
    low: str
    high: str
    color: str
    role: str
    width: int
    is_last: bool
    may_split: bool
    may_go: bool
    wrong: frozenset[str]
    errors: tuple[str, ...]


@dataclass(frozen=True)
class ConditionPart:
    """A rule or a flag: what turns it on, and what it does."""

    place: str
    key: str
    label: str
    fact: str
    comparison: str
    limit: str
    kind: str
    amount: str
    band_cap: str
    gone_cap: str
    words: str
    wrong: frozenset[str]
    errors: tuple[str, ...]


class Problems:
    """What the check found, by the entry that it concerns."""

    def __init__(self, found: Sequence[Problem]) -> None:
        self.found = tuple(found)

    def of(self, place: str) -> tuple[str, ...]:
        """The problems of an entry, such as measures.0; of a whole part, those of none of its entries."""
        return tuple(p.text for p in self.found if p.place == place or p.place.rpartition(".")[0] == place)

    def fields(self, place: str) -> frozenset[str]:
        """Which fields of an entry are wrong."""
        return frozenset(p.place.rpartition(".")[2] for p in self.found if p.place.rpartition(".")[0] == place)


def applies_to(card: Scorecard) -> str:
    """Which accounts a card is for, in a few words."""
    if card.segment:
        return f"Segment {card.segment.name}"
    return f"Phase {Phase(card.phase).label}" if card.phase else "All other accounts"


def measure_parts(card: CardFile, problems: Problems, *, live: CardFile | None) -> tuple[MeasurePart, ...]:
    """The measures in order; `live` is what they are compared with."""
    before = {item.measure: item for item in live.items} if live else {}
    return tuple(
        measure_part(item, place=f"measures-{n}", problems=problems, before=before.get(item.measure), is_compared=live)
        for n, item in enumerate(card.items)
    )


def measure_part(
    item: ItemFile, *, place: str, problems: Problems, before: ItemFile | None, is_compared: CardFile | None
) -> MeasurePart:
    try:
        measure = catalog.measure(item.measure)
    except catalog.UnknownMeasure:
        measure = None
    dotted = place.replace("-", ".")
    wrong = problems.fields(dotted)
    return MeasurePart(
        place=place,
        key=item.measure,
        label=label(item.measure),
        about=measure.about if measure else "",
        source=source_text(measure) if measure else "Unknown measure",
        unit=unit_of(item.measure),
        is_lagging=is_lagging(item.measure),
        weight=str(item.weight),
        was_weight=str(before.weight) if before and before.weight != item.weight else None,
        is_new=before is None and is_compared is not None,
        curve=item.curve,
        words=curve_words(item),
        drawing=curve_drawing(item.curve, item.params),
        missing=item.missing,
        missing_words=missing_words(item.missing),
        params=param_fields(item, place=place, wrong=wrong),
        pairs=pair_rows(item, place=place),
        is_higher_better=item.params.get("is_higher_better") is not False,
        wrong=wrong,
        errors=problems.of(dotted),
    )


def param_fields(item: ItemFile, *, place: str, wrong: frozenset[str]) -> tuple[Field, ...]:
    unit = unit_of(item.measure)
    return tuple(
        Field(
            name=f"{place}-{name}",
            label=PARAM_LABELS.get(name, PARAM_NAMES.get(name, name)),
            value=typed(item.params.get(name, ""), is_percent=unit == "%"),
            unit=unit,
            is_wrong=name in wrong,
        )
        for name in PARAMS.get(item.curve, ())
    )


def pair_rows(item: ItemFile, *, place: str) -> tuple[PairRow, ...]:
    """The rows that are there and an empty one for another."""
    name = PAIRS.get(item.curve)
    if name is None:
        return ()
    unit, is_target = unit_of(item.measure), item.curve == "target_curve"
    units = ("", unit) if is_target else (unit, "")
    labels = ("Month", "Target") if is_target else ("Value", "Points")
    rows = [pair for pair in item.params.get(name, []) if isinstance(pair, list) and len(pair) == 2] + [["", ""]]
    return tuple(
        PairRow(
            *(
                Field(f"{place}-{name}-{n}-{end}", labels[side], typed(held, is_percent=units[side] == "%"), "", False)
                for side, (end, held) in enumerate(zip(("from", "to"), pair, strict=True))
            )
        )
        for n, pair in enumerate(rows)
    )


def unit_of(measure: str) -> str:
    """The unit that stands behind a field of the measure's values."""
    if is_in_percent(measure):
        return "%"
    try:
        unit = catalog.measure(measure).unit
    except catalog.UnknownMeasure:
        return ""
    return "" if unit in {catalog.Unit.COUNT, catalog.Unit.POSTURE, catalog.Unit.NPS} else str(unit.value)


def typed(held: object, *, is_percent: bool = False) -> str:
    """A value as it stands in a field: a ratio in percent, what was no number as it was typed."""
    if isinstance(held, bool) or not isinstance(held, int | float):
        return str(held)
    exact = Decimal(str(held)) * (100 if is_percent else 1)
    return format(exact.normalize(), "f").replace("-", formats.MINUS)


def band_parts(card: CardFile, problems: Problems) -> tuple[BandPart, ...]:
    """The bands from the best down; a band's role in the order gives its shape."""
    roles = colors_of(len(card.bands))
    return tuple(
        BandPart(
            place=f"bands-{n}",
            key=str(band.get("key", "")),
            label=str(band.get("label", "")),
            low=str(band.get("low", "")),
            high=str(band.get("high", "")),
            color=str(band.get("color", "")),
            role=roles[n],
            width=width_of(band),
            is_last=n == len(card.bands) - 1,
            may_split=len(card.bands) < MOST_BANDS and width_of(band) != 1,
            may_go=len(card.bands) > FEWEST_BANDS,
            wrong=problems.fields(f"bands.{n}"),
            errors=problems.of(f"bands.{n}"),
        )
        for n, band in enumerate(card.bands)
    )


def width_of(band: Mapping[str, Any]) -> int:
    """How many whole points the band has, as far as that is known."""
    low, high = band.get("low"), band.get("high")
    return max(high - low + 1, 0) if isinstance(low, int) and isinstance(high, int) else 0


def condition_parts(card: CardFile, part: str, problems: Problems) -> tuple[ConditionPart, ...]:
    """The adjustments or the flags of a card."""
    caps = {band["key"]: str(band["label"]) for band in card.bands}
    listed = card.adjustments if part == "adjustments" else card.flags
    return tuple(
        ConditionPart(
            place=f"{part}-{n}",
            key=str(entry["key"]),
            label=str(entry["label"]),
            fact=str(entry["fact"]),
            comparison=str(entry["comparison"]),
            limit=typed(entry["limit"]),
            kind=str(entry.get("kind", "")),
            amount=typed(entry.get("amount", "")),
            band_cap=str(entry.get("band_cap") or ""),
            gone_cap="" if entry.get("band_cap") in {None, *caps} else str(entry["band_cap"]),
            words=words_of(entry, caps=caps),
            wrong=problems.fields(f"{part}.{n}"),
            errors=problems.of(f"{part}.{n}"),
        )
        for n, entry in enumerate(listed)
    )


def words_of(entry: Mapping[str, Any], *, caps: Mapping[str, str]) -> str:
    """What turns it on and what it then does."""
    if "kind" in entry:
        return rule_words(dict(entry))
    cap = entry.get("band_cap")
    return condition_words(dict(entry)) + (f"; the band is then at most {caps.get(cap, cap)}" if cap else "")
