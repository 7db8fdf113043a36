"""Scorecards as files: read, checked, and ready to be published."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scoring import catalog, rules
from scoring.cards import flag_rule, rule_from_json
from scoring.core.bands import bands_from_json
from scoring.core.curves import curve_from_json
from scoring.core.scorecard import Missing

SHIPPED = Path(__file__).parent / "scorecards"
SHARED = "rules.toml"
FULL_WEIGHT = 100
ABOUT_A_MEASURE = {"key", "weight", "curve", "missing"}


class BadScorecard(ValueError):
    """What is wrong with a scorecard, in words."""


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


def shipped_cards() -> list[CardFile]:
    """The cards that come with healthapp: one per segment and a default."""
    return [read_card(path) for path in sorted(SHIPPED.glob("*.toml")) if path.name != SHARED]


def read_card(path: Path) -> CardFile:
    """A card from a TOML file; what it does not state comes from the shared rules. Raises BadScorecard."""
    shared = tomllib.loads((SHIPPED / SHARED).read_text())
    try:
        stated = {**shared, **tomllib.loads(path.read_text())}
        card = card_from(stated)
        check(card)
    except (KeyError, TypeError, ValueError) as error:
        raise BadScorecard(f"{path.name}: {error.args[0] if error.args else error}") from error
    return card


def card_from(stated: dict[str, Any]) -> CardFile:
    return CardFile(
        slug=stated["slug"],
        name=stated["name"],
        segment=stated.get("segment"),
        phase=stated.get("phase", ""),
        items=tuple(item_from(item) for item in stated["measures"]),
        min_coverage=float(stated["min_coverage"]),
        bands=stated["bands"],
        adjustments=stated["adjustments"],
        flags=stated["flags"],
        pulse=stated["pulse"],
    )


def item_from(item: dict[str, Any]) -> ItemFile:
    return ItemFile(
        measure=item["key"],
        weight=item["weight"],
        curve=item["curve"],
        params={name: value for name, value in item.items() if name not in ABOUT_A_MEASURE},
        missing=item.get("missing", Missing.LEAVE_OUT.value),
    )


def check(card: CardFile) -> None:
    """Refuse what could not be scored: weights that do not sum to 100, unknown measures, odd curves or bands."""
    total = sum(item.weight for item in card.items)
    if total != FULL_WEIGHT:
        raise BadScorecard(f"The weights sum to {total}, not to {FULL_WEIGHT}.")
    for item in card.items:
        catalog.measure(item.measure)
        curve_from_json(item.curve, item.params)
        Missing(item.missing)
    bands = bands_from_json(card.bands)
    for rule in card.adjustments:
        rules.fact(rule_from_json(rule).fact)
    for flag in card.flags:
        rules.fact(flag_rule(flag).fact)
        if flag.get("band_cap") is not None:
            bands.code(flag["band_cap"])
