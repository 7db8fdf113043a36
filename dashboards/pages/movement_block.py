"""Why a score moved, as the account page and the portfolio page tell it: a sentence, and each line's parts by cause."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from dashboards import formats
from dashboards.pages.account_waterfall import points
from scoring.breakdown import CHILD_PREFIX
from scoring.core.movement import Cause
from scoring.queries.movement import MovedLine, Movement
from scoring.queries.movement_children import child_id

NAMES = {
    Cause.BEHAVIOR: "Behavior",
    Cause.AGING: "Aging",
    Cause.MANUAL: "Manual",
    Cause.CONFIGURATION: "Scorecard",
    Cause.PEERS: "Peers",
}
ABOUT = {
    Cause.BEHAVIOR: "a fact changed",
    Cause.AGING: "a fact left its window, a shelf life ended, or time alone went on",
    Cause.MANUAL: "a pulse, an override or a rating",
    Cause.CONFIGURATION: "another scorecard, version or definition",
    Cause.PEERS: "only others' values moved",
}
IN_A_SENTENCE = {
    Cause.BEHAVIOR: "is behavior",
    Cause.AGING: "is aging",
    Cause.MANUAL: "is pulses, overrides and ratings",
    Cause.CONFIGURATION: "is the scorecard",
    Cause.PEERS: "is the peers",
}


@dataclass(frozen=True)
class CauseColumn:
    name: str
    about: str
    total: Decimal


@dataclass(frozen=True)
class MovedRow:
    """`parts` stand in the order of the columns; None where a cause has no part in the line."""

    label: str
    parts: tuple[Decimal | None, ...]
    total: Decimal
    url: str = ""  # of the account below whose line it is, as far as the user sees it


@dataclass(frozen=True)
class MovementBlock:
    """`asked` are the days of the fields; `first` and `last` those that were scored and are compared."""

    url: str
    asked_first: date
    asked_last: date
    first: date | None
    last: date | None
    sentence: str
    note: str
    columns: tuple[CauseColumn, ...]
    rows: tuple[MovedRow, ...]
    total: Decimal
    about_children: str
    accounts: int


def build_movement(
    movement: Movement | None,
    *,
    days: tuple[date | None, date | None],
    asked: tuple[date, date],
    url: str,
    missing: str,
    names: Mapping[int, str] | None = None,
) -> MovementBlock:
    """The movement in words and rows; `missing` says why there is none, `names` who is below, as far as it is seen."""
    movement = named(movement, names or {}) if movement else None
    shown = [cause for cause in Cause if movement and any(line.causes.get(cause) for line in movement.lines)]
    lines = [line for line in movement.lines if any(line.causes.values())] if movement else []
    return MovementBlock(
        url=url,
        asked_first=asked[0],
        asked_last=asked[1],
        first=days[0],
        last=days[1],
        sentence=sentence_of(movement) if movement else missing,
        note=note_of(movement) if movement else "",
        columns=tuple(
            CauseColumn(NAMES[cause], ABOUT[cause], points(movement.causes[cause])) for cause in shown if movement
        ),
        rows=tuple(row_of(line, shown, names=names or {}) for line in lines),
        total=points(movement.total if movement else 0),
        about_children=about_children(movement) if movement else "",
        accounts=movement.accounts if movement else 0,
    )


def named(movement: Movement, names: Mapping[int, str]) -> Movement:
    """The movement with the names of the accounts below, where the user sees them."""
    lines = [replace(line, label=names.get(child_id(line.key) or 0, line.label)) for line in movement.lines]
    return replace(movement, lines=tuple(lines))


def about_children(movement: Movement) -> str:
    """How the lines of accounts below are to be read; empty where there are none."""
    if not any(line.key.startswith(CHILD_PREFIX) for line in movement.lines):
        return ""
    if movement.accounts > 1:
        return "What accounts below gave to a parent's score counts as behavior here; the parent's own page splits it."
    return (
        "The line of an account below is split like that account's own score; a changed share in this one is behavior."
    )


def row_of(line: MovedLine, shown: list[Cause], *, names: Mapping[int, str]) -> MovedRow:
    parts = tuple(points(line.causes[cause]) if line.causes.get(cause) else None for cause in shown)
    child = child_id(line.key)
    url = reverse("account", args=[child]) if child in names else ""
    return MovedRow(line.label, parts, points(line.total), url)


def sentence_of(movement: Movement) -> str:
    """Of −3.10 points, −1.90 is the scorecard and −1.20 is behavior."""
    whose = "score" if movement.accounts == 1 else f"mean score of {movement.accounts:,} accounts"
    ends = f"{formats.plain(points(movement.before), places=2)} to {formats.plain(points(movement.after), places=2)}"
    start = f"The {whose} went from {ends}"
    found = sorted(movement.causes.items(), key=lambda pair: -abs(pair[1]))
    parts = [f"{formats.signed(points(part), places=2)} {IN_A_SENTENCE[cause]}" for cause, part in found if part]
    if not parts:
        return f"{start}: nothing changed it."
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"{start}. Of {formats.signed(points(movement.total), places=2)} points, {listed}."


def note_of(movement: Movement) -> str:
    """The two lines that moved most."""
    most = sorted(movement.lines, key=lambda line: -abs(line.total))[:2]
    told = [f"{line.label} {formats.signed(points(line.total), places=2)}" for line in most if line.total]
    return f"Most of it: {' and '.join(told)}." if told else ""


def asked_days(query: Mapping[str, Any], *, first: date, last: date) -> tuple[date, date]:
    """The two days of an address, the earlier one first; words that are no days mean the usual ones."""
    days = sorted([day_in(query, "first") or first, day_in(query, "last") or last])
    return days[0], days[1]


def day_in(query: Mapping[str, Any], name: str) -> date | None:
    try:
        return date.fromisoformat(str(query.get(name, "")))
    except ValueError:
        return None
