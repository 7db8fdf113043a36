"""The score of a parent account from those of its children (docs/scoring.md, "Parent and child accounts").

Amounts of score are whole hundredths of a point. A family has a handful of members, and the weights are cents of ARR,
which would overflow an array of whole numbers: this is plain arithmetic on Python's integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    """How the children's scores become the parent's."""

    MEAN = "mean"
    ARR_WEIGHTED = "arr_weighted"
    WORST = "worst"


@dataclass(frozen=True)
class Member:
    """A child on the day; no score where it is Undefined."""

    account_id: int
    score: int | None
    low: int
    high: int
    arr_cents: int


@dataclass(frozen=True)
class RolledUp:
    """The parent's base; the lines sum to it. Coverage is the share of the weight whose children have a score."""

    base: int
    lines: tuple[tuple[int, int], ...]  # (child's id, line), children without a score left out
    coverage: float
    low: int
    high: int

    @property
    def is_defined(self) -> bool:
        return self.coverage > 0


def rolled_up(members: Sequence[Member], *, rule: Rule) -> RolledUp:
    """By the rule over the children that have a score; where all weights are 0, each child weighs the same."""
    scored = [member for member in members if member.score is not None]
    weights = weights_of(members, rule=rule)
    counting = [weights[member.account_id] for member in scored]
    lines = shared([member.score or 0 for member in scored], counting)
    total = sum(weights.values())
    return RolledUp(
        base=sum(lines),
        lines=tuple((member.account_id, line) for member, line in zip(scored, lines, strict=True)),
        coverage=sum(counting) / total if total else 0.0,
        low=sum(shared([member.low for member in members], list(weights.values()))),
        high=sum(shared([member.high for member in members], list(weights.values()))),
    )


def weights_of(members: Sequence[Member], *, rule: Rule) -> dict[int, int]:
    """What each child weighs, in the order given. The worst is the lowest score, of equal ones the first."""
    if rule == Rule.WORST:
        worst = min((m for m in members if m.score is not None), key=lambda m: m.score or 0, default=None)
        return {m.account_id: int(m is worst) for m in members}
    by_arr = {m.account_id: m.arr_cents for m in members}
    if rule == Rule.ARR_WEIGHTED and any(by_arr.values()):
        return by_arr
    return {m.account_id: 1 for m in members}


def shared(scores: Sequence[int], weights: Sequence[int]) -> list[int]:
    """Weight × score ÷ Σ weight each, rounded down; what is missing from the mean, rounded half up, goes to the
    largest remainders, ties in order. The same rule as for a scorecard's lines."""
    total = sum(weights)
    if not total:
        return [0 for _ in scores]
    parts = [divmod(weight * score, total) for score, weight in zip(scores, weights, strict=True)]
    base = (2 * sum(w * s for w, s in zip(weights, scores, strict=True)) + total) // (2 * total)
    lacking = base - sum(whole for whole, _ in parts)
    order = sorted(range(len(parts)), key=lambda n: -parts[n][1])
    lifted = set(order[:lacking])
    return [whole + (n in lifted) for n, (whole, _) in enumerate(parts)]
