"""Why a score moved: the difference of two breakdowns, line by line.

Shapes: a breakdown holds Ints (A, L) in hundredths of a point, accounts by lines, for accounts that have a score;
its rows sum to the scores. L may differ between the two, as the scorecard may have changed.
"""

from dataclasses import dataclass

import numpy as np

from scoring.core.arrays import Ints


@dataclass(frozen=True)
class Breakdown:
    """The lines of the scores of A accounts: measures, adjustments, pulses and the clamp, by key."""

    keys: tuple[str, ...]
    lines_hundredths: Ints  # (A, L)

    def __post_init__(self) -> None:
        if len(set(self.keys)) != len(self.keys) or self.lines_hundredths.shape[1:] != (len(self.keys),):
            raise ValueError(f"A breakdown needs one column for each of its keys, each once; got {self.keys}.")

    def column(self, key: str) -> Ints:
        """One line of all accounts; a line that the breakdown does not have gave nothing."""
        if key not in self.keys:
            return np.zeros(len(self.lines_hundredths), dtype=np.int64)
        return self.lines_hundredths[:, self.keys.index(key)]


def difference(before: Breakdown, after: Breakdown) -> Breakdown:
    """What each line gave more (or less) than before; the rows sum exactly to the changes of the scores.

    The lines stand in the order of `after`; those that only `before` had come last.
    """
    keys = after.keys + tuple(key for key in before.keys if key not in after.keys)
    columns = [after.column(key) - before.column(key) for key in keys]
    return Breakdown(keys=keys, lines_hundredths=np.column_stack(columns))
