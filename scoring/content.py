"""What a scorecard states, as its file, its draft and its versions share it; nothing here says that it is sound."""

from dataclasses import dataclass
from typing import Any

from scoring import catalog
from scoring.core.bands import colors_of
from scoring.core.scorecard import Missing
from scoring.models import ScorecardDraft, ScorecardItem, ScorecardVersion

ABOUT_A_MEASURE = {"key", "weight", "curve", "missing"}
CONDITION = {"comparison": "is_true", "limit": 0}
PULSE = {"may_raise": False, "largest_percent": 30.0}


@dataclass(frozen=True)
class ItemFile:
    measure: str
    weight: int
    curve: str
    params: dict[str, Any]
    missing: str


@dataclass(frozen=True)
class CardFile:
    slug: str
    name: str
    segment: str | None
    phase: str
    items: tuple[ItemFile, ...]
    min_coverage: float
    bands: list[dict[str, Any]]
    adjustments: list[dict[str, Any]]
    flags: list[dict[str, Any]]
    pulse: dict[str, Any]


def card_from(stated: dict[str, Any]) -> CardFile:
    """The card that a file or a draft states, with what goes without saying filled in. Raises KeyError for a gap."""
    return CardFile(
        slug=stated["slug"],
        name=stated["name"],
        segment=stated.get("segment"),
        phase=stated.get("phase", ""),
        items=tuple(item_from(item) for item in stated["measures"]),
        min_coverage=stated["min_coverage"],
        bands=with_colors(stated["bands"]),
        adjustments=[CONDITION | rule for rule in stated["adjustments"]],
        flags=[CONDITION | {"band_cap": None} | flag for flag in stated["flags"]],
        pulse=PULSE | stated["pulse"],
    )


def item_from(item: dict[str, Any]) -> ItemFile:
    return ItemFile(
        measure=item["key"],
        weight=item["weight"],
        curve=item["curve"],
        params={name: value for name, value in item.items() if name not in ABOUT_A_MEASURE},
        missing=item.get("missing", Missing.LEAVE_OUT.value),
    )


def with_colors(bands: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each band with its color: the one that it states, or the one of its place."""
    usual = colors_of(len(bands))
    return [{**band, "color": band.get("color") or color} for band, color in zip(bands, usual, strict=True)]


def content_of(card: CardFile) -> dict[str, Any]:
    """The parts of a card that a draft may change, as `card_from` reads them."""
    return {
        "measures": [
            {"key": i.measure, "weight": i.weight, "curve": i.curve, "missing": i.missing, **i.params}
            for i in card.items
        ],
        "min_coverage": card.min_coverage,
        "bands": card.bands,
        "adjustments": card.adjustments,
        "flags": card.flags,
        "pulse": card.pulse,
    }


def card_of_version(version: ScorecardVersion) -> CardFile:
    """What a published version states. Reads its items and its scorecard with the segment."""
    items = sorted(version.items.all(), key=lambda item: item.position)
    measures = [stated_item(item) for item in items]
    parts = {name: getattr(version, name) for name in ("min_coverage", "bands", "adjustments", "flags", "pulse")}
    return card_from({**scope_of(version), "measures": measures, **parts})


def stated_item(item: ScorecardItem) -> dict[str, Any]:
    return {
        "key": item.measure,
        "weight": item.weight,
        "curve": item.curve,
        "missing": item.missing,
        **item.params,
    }


def card_of_draft(draft: ScorecardDraft) -> CardFile:
    """What a draft states so far; it may be unsound."""
    return card_from({**scope_of(draft), **draft.content})


def scope_of(of: ScorecardVersion | ScorecardDraft) -> dict[str, Any]:
    """The name of a card, and to which accounts it applies: the same for all of its versions."""
    card = of.scorecard
    segment = card.segment.slug if card.segment else None
    return {"slug": card.slug, "name": card.name, "segment": segment, "phase": card.phase}


def items_of(card: CardFile, *, version: ScorecardVersion) -> list[ScorecardItem]:
    """The rows of the card's measures, not saved yet."""
    return [
        ScorecardItem(
            version=version,
            position=position,
            measure=item.measure,
            weight=item.weight,
            curve=item.curve,
            params=item.params,
            missing=item.missing,
        )
        for position, item in enumerate(card.items)
    ]


def is_in_percent(measure: str) -> bool:
    """Whether people read and enter the values of a measure in percent."""
    try:
        return catalog.measure(measure).unit in {catalog.Unit.SHARE, catalog.Unit.RATIO}
    except catalog.UnknownMeasure:
        return False
