"""What a taking-in did in all."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from accounts.ingest.parse.refusals import Refusal

# A reason is listed with its first lines, not with a million of them.
LINES_LISTED = 10


@dataclass(slots=True)
class Warnings:
    """Rows that were kept although something about them is odd, by reason."""

    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    first_lines: dict[str, list[int]] = field(default_factory=dict)

    def add(self, *, line: int, reasons: list[str]) -> None:
        self.rows += bool(reasons)
        for reason in reasons:
            self.counts[reason] += 1
            lines = self.first_lines.setdefault(reason, [])
            if len(lines) < LINES_LISTED:
                lines.append(line)


@dataclass(slots=True)
class Outcome:
    """What a taking-in did: every row read is created, changed, unchanged or refused."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    warnings: Warnings = field(default_factory=Warnings)
    touched_accounts: set[int] = field(default_factory=set)
    touched_days: set[date] = field(default_factory=set)
    _not_noted: set[int] = field(default_factory=set)

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
        return self.created + self.changed + self.unchanged + len(self.refusals)
