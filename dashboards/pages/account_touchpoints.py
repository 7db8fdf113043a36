"""The touchpoints card of the account page: what is planned, and how each kind stands to what was agreed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Account, TouchpointKind, TouchpointState
from accounts.queries.account import Happening, Kind

PLANNED_SHOWN = 4


@dataclass(frozen=True)
class PlannedRow:
    """`is_past`: nobody has said yet whether it was held."""

    pk: int
    kind: str
    day: date
    host: str
    is_past: bool


@dataclass(frozen=True)
class CadenceRow:
    """`left_days` until the next one is due, negative when it is over; None where none was held yet."""

    label: str
    every_days: int
    last_on: date | None
    left_days: int | None

    @property
    def days_over(self) -> int:
        return -(self.left_days or 0)


@dataclass(frozen=True)
class Touchpoints:
    planned: tuple[PlannedRow, ...]
    planned_count: int
    cadences: tuple[CadenceRow, ...]


def build_touchpoints(found: Iterable[Happening], *, account: Account, today: date) -> Touchpoints:
    """From what happened at the account: of no touchpoint is anything asked again."""
    ours = [happening for happening in found if happening.kind == Kind.TOUCHPOINT]
    planned = [one for one in ours if one.state == TouchpointState.PLANNED]
    rows = [planned_row(one, today=today) for one in sorted(planned, key=lambda one: (one.day, one.pk))]
    return Touchpoints(
        planned=tuple(rows[:PLANNED_SHOWN]),
        planned_count=len(rows),
        cadences=tuple(cadences(ours, account=account, today=today)),
    )


def planned_row(found: Happening, *, today: date) -> PlannedRow:
    return PlannedRow(found.pk, TouchpointKind(found.what).label, found.day, found.who, is_past=found.day < today)


def cadences(ours: Sequence[Happening], *, account: Account, today: date) -> list[CadenceRow]:
    """What the account's segment agrees: any touchpoint, and kinds of their own."""
    if account.segment is None:
        return []
    held = [one for one in ours if one.state == TouchpointState.HELD and one.day <= today]
    agreed = [("Any touchpoint", account.segment.touchpoint_cadence_days, held)]
    for kind, days in account.segment.kind_cadences.items():
        agreed.append((TouchpointKind(kind).label, days, [one for one in held if one.what == kind]))
    return [cadence_row(label, days, those, today=today) for label, days, those in agreed]


def cadence_row(label: str, every_days: int, held: Sequence[Happening], *, today: date) -> CadenceRow:
    last = max((one.day for one in held), default=None)
    return CadenceRow(label, every_days, last, every_days - (today - last).days if last else None)
