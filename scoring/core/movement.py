"""Why scores moved: the difference of two breakdowns, and its parts by cause (docs/scoring.md, "Why a score moved").

Shapes: a breakdown holds Ints (A, L) in hundredths of a point, accounts by lines, for accounts that have a score;
its rows sum to the scores. L may differ between the two, as the scorecard may have changed. Lines in long form are
Ints (R,): the place of the account, the code of the line's key, the amount. Keys' codes are 0 to K - 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from scoring.core.arrays import Bools, Ints, divide_rounded


class Cause(StrEnum):
    """What a part of a movement is due to; every part has exactly one."""

    BEHAVIOR = "behavior"  # a fact changed
    AGING = "aging"  # a fact left its window, its shelf life ended, or time alone went on
    MANUAL = "manual"  # a pulse, an override, a rating
    CONFIGURATION = "configuration"  # another scorecard, version or definition
    PEERS = "peers"  # only the percentile moved


CAUSES = tuple(Cause)
CODES = {cause: code for code, cause in enumerate(CAUSES)}


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


@dataclass(frozen=True)
class Lines:
    """The lines of A accounts in long form; an account that has no score has none."""

    places: Ints
    keys: Ints
    amounts: Ints
    is_scored: Bools  # (A,)


@dataclass(frozen=True)
class Step:
    """The lines after one more thing was let change, and which cause that is for each key (K,)."""

    lines: Lines
    causes: Ints  # codes of CAUSES


@dataclass(frozen=True)
class Parts:
    """What of a movement is due to what: no part is 0, and no account, key and cause stands twice."""

    places: Ints
    keys: Ints
    causes: Ints
    amounts: Ints


def parts_of(first: Lines, steps: Sequence[Step]) -> Parts:
    """The movement from the first lines to those of the last step, as the sum of what each step changed.

    The steps telescope, so that of each account the parts of a line sum to the change of that line, whatever the steps
    between are. One without a score of the account says nothing about it: the next one tells what changed since.
    """
    found, current = [], first
    for step in steps:
        following = carried(current, step.lines)
        found += [(following, following.amounts, step.causes), (current, -current.amounts, step.causes)]
        current = following
    return summed(
        places=np.concatenate([lines.places for lines, _, _ in found]),
        keys=np.concatenate([lines.keys for lines, _, _ in found]),
        causes=np.concatenate([causes[lines.keys] for lines, _, causes in found]),
        amounts=np.concatenate([amounts for _, amounts, _ in found]),
    )


def carried(before: Lines, after: Lines) -> Lines:
    """The lines after; for an account without a score then, those before."""
    kept = ~after.is_scored[before.places]
    new = after.is_scored[after.places]
    return Lines(
        places=np.concatenate([before.places[kept], after.places[new]]),
        keys=np.concatenate([before.keys[kept], after.keys[new]]),
        amounts=np.concatenate([before.amounts[kept], after.amounts[new]]),
        is_scored=before.is_scored | after.is_scored,
    )


def summed(*, places: Ints, keys: Ints, causes: Ints, amounts: Ints) -> Parts:
    """The amounts added up per account, key and cause; what cancels is left out."""
    width = int(keys.max(initial=-1)) + 1
    groups, group_of = np.unique((places * width + keys) * len(CAUSES) + causes, return_inverse=True)
    totals = np.zeros(len(groups), dtype=np.int64)
    np.add.at(totals, group_of, amounts)
    kept = totals != 0
    lines, cause = np.divmod(groups[kept], len(CAUSES))
    place, key = np.divmod(lines, max(width, 1))
    return Parts(places=place, keys=key, causes=cause, amounts=totals[kept])


def set_off(parts: Parts) -> Parts:
    """What time took from a line of an account and new facts or ratings gave back in it, or the reverse, is no part.

    An invoice that fell due and was paid moved nothing; only the difference did. The line's sum stays what it was.
    """
    lines = np.column_stack([parts.places, parts.keys])
    found, line_of = np.unique(lines, axis=0, return_inverse=True)
    table = np.zeros((len(found), len(CAUSES)), dtype=np.int64)
    table[line_of.reshape(-1), parts.causes] = parts.amounts
    aging = table[:, CODES[Cause.AGING]]
    for cause in (Cause.BEHAVIOR, Cause.MANUAL):
        other = table[:, CODES[cause]]
        both = np.where(np.sign(aging) * np.sign(other) < 0, np.minimum(np.abs(aging), np.abs(other)), 0)
        aging, table[:, CODES[cause]] = aging - np.sign(aging) * both, other - np.sign(other) * both
    table[:, CODES[Cause.AGING]] = aging
    rows, causes = np.nonzero(table)
    return Parts(found[rows, 0], found[rows, 1], causes, table[rows, causes])


def of_place(parts: Parts, place: int) -> Parts:
    """The parts of one account."""
    mine = parts.places == place
    return Parts(parts.places[mine], parts.keys[mine], parts.causes[mine], parts.amounts[mine])


def over_accounts(parts: Parts) -> Parts:
    """The parts of all accounts together, per key and cause, at place 0."""
    return summed(places=np.zeros_like(parts.places), keys=parts.keys, causes=parts.causes, amounts=parts.amounts)


def means(amounts: Ints, count: int) -> Ints:
    """Amounts ÷ count in whole hundredths that sum to the mean of the sum, rounded half away from zero.

    Each is rounded down; the hundredths that are then missing go to the largest remainders, ties in order.
    """
    whole, remainders = np.divmod(amounts, max(count, 1))
    lacking = int(divide_rounded(np.array([amounts.sum()]), max(count, 1))[0] - whole.sum())
    order = np.argsort(-remainders, kind="stable")
    places = np.argsort(order, kind="stable")
    return np.asarray(whole + (places < lacking), dtype=np.int64)
