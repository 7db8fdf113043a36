"""Scorecards as TOML files: the shipped ones, reading one, and writing one that reads back as the same card."""

import json
import tomllib
from pathlib import Path
from typing import Any

from scoring.checks import BadScorecard, check
from scoring.content import CardFile, card_from, content_of

SHIPPED = Path(__file__).parent / "scorecards"
SHARED = "rules.toml"


def shipped_cards() -> list[CardFile]:
    """The cards that come with healthapp: one per segment and a default."""
    return [read_card(path) for path in sorted(SHIPPED.glob("*.toml")) if path.name != SHARED]


def read_card(path: Path) -> CardFile:
    """A card from a TOML file that can be published as it is. Raises BadScorecard."""
    card = read_unchecked(path)
    try:
        check(card)
    except BadScorecard as error:
        raise BadScorecard(f"{path.name}: {error}") from error
    return card


def read_unchecked(path: Path) -> CardFile:
    """A card from a TOML file; what it does not state comes from the shared rules. Raises BadScorecard."""
    shared = tomllib.loads((SHIPPED / SHARED).read_text())
    try:
        return card_from({**shared, **tomllib.loads(path.read_text())})
    except KeyError as error:
        raise BadScorecard(f"{path.name}: {error.args[0]} is not stated.") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise BadScorecard(f"{path.name}: {error}") from error


def to_toml(card: CardFile) -> str:
    """The whole card as a file, nothing left to the shared rules."""
    content = content_of(card)
    head = {"slug": card.slug, "name": card.name, "segment": card.segment, "phase": card.phase or None}
    lines = stated_lines({**head, "min_coverage": content.pop("min_coverage")})
    # An empty list must be stated, or the shared rules would come back in its place; plain values precede tables.
    lines += [f"{part} = []" for part, entries in content.items() if entries == []]
    lines += ["", "[pulse]", *stated_lines(content.pop("pulse"))]
    for part, entries in content.items():
        for entry in entries:
            lines += ["", f"[[{part}]]", *stated_lines(entry)]
    return "\n".join(lines) + "\n"


def stated_lines(values: dict[str, Any]) -> list[str]:
    # TOML has no null: what is not stated is left out. JSON writes texts, numbers, booleans and lists as TOML does.
    return [f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None]
