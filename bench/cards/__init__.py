"""The scorecards that benchmarks score with: seven measures each, 21 in all, in five segments and a default."""

from datetime import UTC, datetime
from pathlib import Path

from scoring.files import read_card
from scoring.operations import BEGINNING, publish

FOLDER = Path(__file__).parent
MEASURES = 21


def publish_bench_cards() -> None:
    """In force on every day, in a database without other scorecards."""
    for path in sorted(FOLDER.glob("*.toml")):
        publish(
            card=read_card(path),
            effective_from=BEGINNING,
            reason="For benchmarks",
            by=None,
            at=datetime(2026, 7, 1, tzinfo=UTC),
        )
