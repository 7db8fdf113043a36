"""What a taking-in did in all."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts.ingest.parse.refusals import Refusal

# A reason is listed with its first lines, not with a million of them.
LINES_LISTED = 10


@dataclass(slots=True)
class Warnings:
    """Rows that were kept although something about them is odd, by reason."""

    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    first_lines: dict[str, list[int]] = field(default_factory=dict)
    # All of them by line, where somebody asked to be told of each row.
    by_line: dict[int, list[str]] | None = None

    def add(self, *, line: int, reasons: list[str]) -> None:
        self.rows += bool(reasons)
        if self.by_line is not None and reasons:
            self.by_line[line] = reasons
        for reason in reasons:
            self.counts[reason] += 1
            lines = self.first_lines.setdefault(reason, [])
            if len(lines) < LINES_LISTED:
                lines.append(line)


@dataclass(frozen=True, slots=True)
class Former:
    """What a row said before, and says since, where no amendment keeps it."""

    table: str
    fact_id: int
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """What a taking-in did: every row read is created, changed, unchanged or refused."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    # What the number of a row is called where it came from: files have lines.
    place: str = "line"
    warnings: Warnings = field(default_factory=Warnings)
    touched_accounts: set[int] = field(default_factory=set)
    touched_days: set[date] = field(default_factory=set)
    # How many were refused and are written down already; `refusals` are the others.
    refused_before: int = 0
    # What amendments do not keep, where the run shall be undone one day.
    former: list[Former] | None = None
    # What became of each line, where somebody asked to be told.
    states: dict[int, str] | None = None
    _not_noted: set[int] = field(default_factory=set)

    def tell_each(self) -> None:
        """From now on, what became of each row is kept: for as many as one answers at once, not for millions."""
        self.states, self.warnings.by_line = {}, {}

    def count(self, state: str, *, line: int) -> None:
        """One more row is created, changed or unchanged."""
        setattr(self, state, getattr(self, state) + 1)
        if self.states is not None:
            self.states[line] = state

    def keep_former(self, former: Iterable[Former]) -> None:
        """Notes what is going to be undone with the run, if that is wanted."""
        if self.former is not None:
            self.former.extend(former)

    def touch(self, *account_ids: int) -> None:
        """Something new is known about these accounts."""
        self.touched_accounts.update(account_ids)
        self._not_noted.update(account_ids)

    def take_touched(self) -> set[int]:
        """The accounts touched since this was last asked: what a batch notes in its own transaction."""
        taken, self._not_noted = self._not_noted, set()
        return taken

    @property
    def read(self) -> int:
        return self.created + self.changed + self.unchanged + self.refused

    @property
    def refused(self) -> int:
        return self.refused_before + len(self.refusals)
