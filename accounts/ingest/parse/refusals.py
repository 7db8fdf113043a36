"""What was refused, and why."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that did not become a fact: where it stood, why, and what it said."""

    line: int
    column: str
    reason: str
    payload: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """Raised while one row is looked at; whoever walks the rows turns it into a Refusal."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(f"{column}: {reason}")
        self.column = column
        self.reason = reason
