"""Why somebody stands where they stand: the accounts that moved the difference, and the parts beside the rank."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from accounts.access import visible_accounts
from accounts.models import User
from dashboards import formats
from dashboards.pages.leaderboard_standing import Figures, signed


@dataclass(frozen=True)
class Line:
    """What one account, or all others together, add to the difference; left and width are percents of the drawing."""

    name: str
    url: str
    change: int | None  # in whole points
    expected: int | None
    part: float
    left: float
    width: float


@dataclass(frozen=True)
class Beside:
    """A figure that does not enter the rank, and the same of all rows shown where there are others."""

    name: str
    own: str
    all: str


@dataclass(frozen=True)
class Why:
    title: str
    name: str
    words: str
    lines: list[Line]
    beside: list[Beside]
    effect: float
    index: int | None


def why_of(row: Any, rows: Sequence[Any], *, user: User) -> Why | None:
    """Of a row of the board; None where nothing of it was compared."""
    if row.found.effect is None:
        return None
    return Why(
        title=title_of(row, is_alone=len(rows) == 1),
        name=row.csm,
        words=words_of(row.found, who="You" if row.is_you else row.csm),
        lines=lines_of(row.found, user=user),
        beside=beside_of(row, rows),
        effect=row.found.effect,
        index=row.index,
    )


def title_of(row: Any, *, is_alone: bool) -> str:
    who, verb = ("you", "are") if row.is_you else (row.csm, "is")
    if row.rank is None:
        return f"Why {who} {verb} not ranked"
    if is_alone:
        return f"Why {'your' if row.is_you else f'{row.csm}’s'} index is {row.index}"
    if row.is_shared:
        verb = "share" if row.is_you else "shares"
    return f"Why {who} {verb} {formats.ordinal(row.rank)}"


def words_of(found: Figures, *, who: str) -> str:
    """The way from the mean change to the shown difference, in points of health per account."""
    change, expected, effect = found.change or 0.0, found.expected or 0.0, found.effect or 0.0
    accounts = f"{found.stints} account{'' if found.stints == 1 else 's'}"
    raw = change - expected
    return (
        f"{who}: {accounts} compared, which changed by {signed(change)} in the mean where "
        f"{signed(expected)} was expected: a difference of {signed(raw)}. "
        f"{formats.percent(found.shrinkage or 0.0)} of it is taken as chance, {signed(effect)} is left, "
        f"{signed(found.low)} to {signed(found.high)}."
    )


def lines_of(found: Figures, *, user: User) -> list[Line]:
    """What the accounts that the user sees added, the most first; then all others together, so that it sums up."""
    names = dict(
        visible_accounts(user).filter(pk__in={int(part[0]) for part in found.parts}).values_list("pk", "name")
    )  # fmt: skip
    seen = sorted((part for part in found.parts if int(part[0]) in names), key=lambda part: -part[3])
    rest = (found.effect or 0.0) - sum(part[3] for part in seen)
    reach = max([abs(rest), *(abs(part[3]) for part in seen)]) or 1.0
    lines = [
        line(names[int(pk)], reverse("account", args=[int(pk)]), change, expected, part, reach)
        for pk, change, expected, part in seen
    ]
    others = found.stints - len(seen)
    if others > 0:
        lines.append(line(f"{others} other{'' if others == 1 else 's'} together", "", None, None, rest, reach))
    return lines


def line(name: str, url: str, change: float | None, expected: float | None, part: float, reach: float) -> Line:
    width = round(50 * abs(part) / reach, 1)
    return Line(name, url, whole(change), whole(expected), part, 50.0 if part >= 0 else round(50 - width, 1), width)


def whole(points: float | None) -> int | None:
    return None if points is None else round(points)


def beside_of(row: Any, rows: Sequence[Any]) -> list[Beside]:
    """Shares as percents; of all rows shown the sum of their parts over the sum of their wholes."""
    pairs = {
        "ARR retained": lambda one: (one.found.kept_cents, one.found.arr_cents),
        "Plan steps on time": lambda one: one.found.steps,
        "Touchpoint cadence": lambda one: one.found.touched,
        "Coverage": lambda one: (one.now.scored, one.now.accounts),
    }
    found = []
    for name, pair in pairs.items():
        own = pair(row)
        together = [sum(part) for part in zip(*(pair(one) for one in rows), strict=True)]
        found.append(Beside(name, share(*own), share(*together) if len(rows) > 1 else ""))
    return found


def share(kept: int, all_of_them: int) -> str:
    return formats.percent(kept / all_of_them, places=1) if all_of_them else "nothing to count"
