"""The pieces of the waterfall that an account's score is drawn with, and the lines that change the score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from accounts.queries.account import Happening, Kind
from dashboards import formats
from scoring.queries.lines import ChangeLine
from scoring.queries.staleness import Staleness


@dataclass(frozen=True)
class Piece:
    """One bar of the waterfall; places and lengths in percent of the way from 0 to 100."""

    kind: str  # earned, open, off or sum
    left: str
    width: str


@dataclass(frozen=True)
class Connectors:
    """Where the vertical lines from the row above and to the row below stand."""

    above: str | None
    below: str | None


@dataclass(frozen=True)
class ChangeRow:
    """`fact` is what a rule asks about."""

    fact: str
    label: str
    about: str
    reason: str
    rate: str
    before: Decimal
    line: Decimal
    change: Decimal | None
    pieces: tuple[Piece, ...]
    connectors: Connectors
    silent_sources: tuple[str, ...]


def change_rows(
    lines: Sequence[ChangeLine], judged: Mapping[str, Happening], *, stale: Staleness | None
) -> tuple[ChangeRow, ...]:
    return tuple(change_row(line, judged.get(line.key), stale=stale) for line in lines)


def change_row(line: ChangeLine, found: Happening | None, *, stale: Staleness | None) -> ChangeRow:
    after = line.before + line.line
    low, high = sorted((max(line.before, 0), max(after, 0)))
    kind = "off" if line.line < 0 else "earned"
    return ChangeRow(
        fact=line.rule.comparison.fact if line.rule else "",
        silent_sources=stale.of_fact(line.rule.comparison.fact) if line.rule and stale else (),
        label=line.label,
        about=who_changed(line, found),
        reason=why_changed(line, found),
        rate=rate_of(line, found),
        before=points(line.before),
        line=points(line.line),
        change=in_points(line.change),
        pieces=(Piece(kind, place(low), place(high - low)),),
        connectors=Connectors(place(line.before), place(after)),
    )


def who_changed(line: ChangeLine, found: Happening | None) -> str:
    """Who or what made a change, and until when it acts."""
    if found is None:
        return {"rule": "A rule of the scorecard", "clamp": "A score cannot leave 0 to 100"}.get(line.kind, "")
    until = f", until {formats.day(found.ends_on)}" if found.ends_on else ""
    return f"{found.who}{until}"


def why_changed(line: ChangeLine, found: Happening | None) -> str:
    return found.detail if found else ""


def rate_of(line: ChangeLine, found: Happening | None) -> str:
    """By how much the change was meant: −20% of what stood before it."""
    if line.rule is not None:
        amount, kind = line.rule.adjustment.amount, line.rule.adjustment.kind
        return formats.signed(amount) + ("%" if kind == "percent" else " points")
    if found is not None and found.kind == Kind.PULSE and found.amount is not None:
        return formats.signed(found.amount, places=0 if found.amount == int(found.amount) else 2) + "%"
    return ""


def place(hundredths: int) -> str:
    """A place or length on the way from 0 to 100, for a style attribute."""
    return f"{hundredths / 100:.2f}"


def points(hundredths: int) -> Decimal:
    return Decimal(hundredths) / 100


def in_points(hundredths: int | None) -> Decimal | None:
    return None if hundredths is None else points(hundredths)
