"""Why the accounts below moved their parent: each child's line is split as the child's own score was.

A child's line is its share of the parent times its score. So of the line's change, the share times what each cause did
to the child's score is that cause's; what is left is behavior: the share changed, or rounding did.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scoring.breakdown import CHILD_PREFIX, unpack
from scoring.core.movement import Cause
from scoring.queries.movement_lines import Kept

Causes = dict[Cause, int]


@dataclass(frozen=True)
class ChildMoved:
    """A child's score on both days, in hundredths, and what of the change is due to what."""

    before: int
    after: int
    causes: Mapping[Cause, int]


def child_id(key: str) -> int | None:
    """Of a child's line, whose it is; of all children's together nobody's."""
    name = key.removeprefix(CHILD_PREFIX)
    return int(name) if name != key and name else None


def child_lines(kept: Kept) -> dict[str, int]:
    """The lines of the accounts below, by key."""
    return {line.key: line.line for line in unpack(kept.breakdown).changes if line.key.startswith(CHILD_PREFIX)}


def split(*, before: int, after: int, child: ChildMoved | None) -> Causes:
    """The causes of the change of a child's line from `before` to `after`; they sum to it exactly."""
    change = after - before
    if child is None:
        return {Cause.BEHAVIOR: change}
    line, score = (after, child.after) if child.after else (before, child.before)
    found: Causes = {cause: shared(line * part, score) for cause, part in child.causes.items()}
    found[Cause.BEHAVIOR] = change - sum(part for cause, part in found.items() if cause is not Cause.BEHAVIOR)
    return {cause: part for cause, part in found.items() if part}


def shared(amount: int, whole: int) -> int:
    """amount ÷ whole, rounded half away from zero; 0 of nothing."""
    if not whole:
        return 0
    size = (2 * abs(amount) + whole) // (2 * whole)
    return size if amount > 0 else -size
