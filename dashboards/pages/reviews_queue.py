"""The week's queue of plans: what is to be reviewed, what is done, and whose steps are late."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import MitigationPlan
from dashboards.pages.choices import Choices
from dashboards.pages.plan_rows import PlanRow

LONG_OVERDUE_DAYS = 7
SORTS = {"": "Overdue first", "csm": "CSM", "arr": "ARR", "effect": "Effect"}
SHOWN = {"": "All plans", "overdue": "With overdue steps", "falling": "Score fell since opening"}


@dataclass(frozen=True)
class QueueRow:
    """A plan in the queue; `url` opens it beside the list."""

    plan: PlanRow
    url: str
    is_current: bool
    is_reviewed: bool


@dataclass(frozen=True)
class Queue:
    to_review: list[QueueRow]
    reviewed: list[QueueRow]

    @property
    def rows(self) -> list[QueueRow]:
        return self.to_review + self.reviewed

    @property
    def current(self) -> QueueRow | None:
        return next((row for row in self.rows if row.is_current), None)

    def next_to_review(self) -> QueueRow | None:
        """The plan to review after the current one: the next in the list, else the first that is left."""
        current = self.current
        after = self.rows.index(current) + 1 if current else 0
        left = [row for row in self.rows[after:] + self.rows[:after] if not row.is_reviewed and row != current]
        return left[0] if left else None


@dataclass(frozen=True)
class OverdueRow:
    """Open steps of one CSM's plans: how many there are, and how many are late by how much."""

    csm: str
    open_steps: int
    long_overdue: int
    short_overdue: int

    @property
    def overdue(self) -> int:
        return self.long_overdue + self.short_overdue


def build_queue(
    plans: Sequence[MitigationPlan], rows: Sequence[PlanRow], *, chosen: int | None, choices: Choices
) -> Queue:
    """Plans to review, then reviewed ones; without a choice the first of them is the current one."""
    reviewed = {plan.pk for plan in plans if plan.is_reviewed}  # type: ignore[attr-defined]
    shown = [row for row in rows if is_shown(row, show=choices.query.get("show", ""))]
    shown.sort(key=order(choices.query.get("sort", "")))
    shown.sort(key=lambda row: row.pk in reviewed)
    keys = [row.pk for row in shown]
    current = chosen if chosen in keys else next(iter(keys), None)
    entries = [
        QueueRow(
            plan=row,
            url=choices.url(plan=row.pk),
            is_current=row.pk == current,
            is_reviewed=row.pk in reviewed,
        )
        for row in shown
    ]
    return Queue(
        to_review=[entry for entry in entries if not entry.is_reviewed],
        reviewed=[entry for entry in entries if entry.is_reviewed],
    )


def is_shown(row: PlanRow, *, show: str) -> bool:
    if show == "overdue":
        return row.overdue > 0
    if show == "falling":
        return row.effect is not None and row.effect < 0
    return True


def order(sort: str) -> Callable[[PlanRow], tuple[Any, ...]]:
    """The key of a sort; ties by name. What has no score or ARR stands last."""
    keys: dict[str, Callable[[PlanRow], tuple[Any, ...]]] = {
        "csm": lambda row: (row.csm, row.account),
        "arr": lambda row: (-(row.arr or 0), row.account),
        "effect": lambda row: (row.effect is None, row.effect or 0, row.account),
    }
    return keys.get(sort, lambda row: (-row.overdue, -row.most_days_overdue, row.account))


def overdue_by_csm(rows: Sequence[PlanRow]) -> list[OverdueRow]:
    """One row per CSM with open plans, the most late first."""
    names = {row.csm for row in rows if row.closed_on is None}
    found = [overdue_row(name, [row for row in rows if row.csm == name and row.closed_on is None]) for name in names]
    return sorted(found, key=lambda row: (-row.overdue, -row.long_overdue, row.csm))


def overdue_row(csm: str, rows: Sequence[PlanRow]) -> OverdueRow:
    late = [step.days_overdue for row in rows for step in row.steps if step.days_overdue]
    long = sum(days > LONG_OVERDUE_DAYS for days in late)
    return OverdueRow(
        csm=csm or "Without CSM",
        open_steps=sum(row.open_steps for row in rows),
        long_overdue=long,
        short_overdue=len(late) - long,
    )
