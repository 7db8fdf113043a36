"""Why an account scored what it did on a day: its snapshot with the card that applied, every line named.

Amounts of score are whole hundredths of a point; the lines sum exactly to the score.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from accounts.models import Account
from scoring.breakdown import CHILD_PREFIX, Breakdown, unpack
from scoring.cards import Card, card_of
from scoring.core import bands, movement
from scoring.custom import read_once
from scoring.models import ScorecardItem, ScorecardVersion, Snapshot
from scoring.queries.lines import (
    MEASURE_PREFIX,
    ChangeLine,
    ChildLine,
    ElementScore,
    MeasureLine,
    RaisedFlag,
    change_lines,
    child_lines,
    element_scores,
    fewest_to_define,
    measure_lines,
    raised_flags,
)

ACCOUNT_BELOW = "An account below"


@dataclass(frozen=True)
class Gone:
    """A line of the earlier day that no longer acts, and what that gave."""

    key: str
    label: str
    change: int


@dataclass(frozen=True)
class Explanation:
    """A snapshot, explained; `earlier` is the day with which its lines are compared, where there is one."""

    snapshot: Snapshot
    card: Card
    breakdown: Breakdown
    measures: tuple[MeasureLine, ...]
    children: tuple[ChildLine, ...]
    changes: tuple[ChangeLine, ...]
    flags: tuple[RaisedFlag, ...]
    earlier: Snapshot | None
    gone: tuple[Gone, ...]
    effects: Mapping[str, int]

    @property
    def base(self) -> int:
        return self.breakdown.base

    @property
    def base_change(self) -> int | None:
        """What the measures, or the accounts below, together gave more than on the earlier day."""
        if not self.is_compared:
            return None
        return sum(change for key, change in self.effects.items() if is_measure(key) or key.startswith(CHILD_PREFIX))

    @property
    def is_compared(self) -> bool:
        return self.earlier is not None and None not in (self.earlier.score, self.snapshot.score)

    @property
    def change(self) -> int | None:
        """The score less that of the earlier day."""
        return sum(self.effects.values()) if self.is_compared else None

    @property
    def computed_score(self) -> int | None:
        """What an override replaced; without one, the score. None where the account is Undefined without it."""
        # A customer is never shown an override, so without a score of theirs there was none to compute.
        if self.snapshot.score is None or self.snapshot.customer_score is None:
            return None
        override = next((change.line for change in self.changes if change.kind == "override"), 0)
        return self.snapshot.score - override

    @property
    def customer_band(self) -> int:
        """The band of what the customer is shown: by the card, without pulses, overrides and caps."""
        return band_of(self.snapshot.customer_score, card=self.card)

    @cached_property
    def elements(self) -> tuple[ElementScore, ...]:
        return element_scores(self.measures)

    @cached_property
    def would_define(self) -> tuple[MeasureLine, ...]:
        """The fewest missing measures with which an Undefined account would have a score; none where none would do."""
        if self.snapshot.score is not None:
            return ()
        return fewest_to_define(self.measures, min_coverage=self.card.min_coverage)

    @property
    def lagging_share(self) -> float:
        """The share of the weight whose measures tell what has happened already, 0 to 1."""
        lagging = sum(line.item.weight for line in self.measures if not line.item.measure.is_leading)
        return lagging / int(self.card.weights.sum())


def band_of(score: int | None, *, card: Card) -> int:
    """The band that the card gives to a score in hundredths."""
    codes = bands.band_codes(np.array([score or 0]), np.array([score is not None]), card.bands)
    return int(codes[0])


def is_measure(key: str) -> bool:
    return key.startswith(MEASURE_PREFIX)


def explanation_on(account: Account, *, day: date, compared_with: date | None = None) -> Explanation | None:
    """The account's snapshot of exactly that day, explained; None where there is none. Two queries.

    `compared_with` is the day of another of its snapshots; each line then says what it gave more or less than then.
    """
    days = [day] if compared_with is None else [day, compared_with]
    snapshots = {s.as_of: s for s in Snapshot.objects.filter(account=account, as_of__in=days)}
    if day not in snapshots:
        return None
    cards = cards_of({snapshot.version_id for snapshot in snapshots.values()})
    earlier = snapshots.get(compared_with) if compared_with else None
    return explained(snapshots[day], cards=cards, earlier=earlier, started_on=account.started_on)


@read_once()
def cards_of(version_ids: set[int]) -> dict[int, Card]:
    """The cards of versions by id, in one query over their items."""
    items = ScorecardItem.objects.filter(version__in=version_ids).select_related("version__scorecard__segment")
    by_version: dict[int, list[ScorecardItem]] = defaultdict(list)
    versions: dict[int, ScorecardVersion] = {}
    for item in items:
        versions.setdefault(item.version_id, item.version)
        by_version[item.version_id].append(item)
    for pk, version in versions.items():
        version._prefetched_objects_cache = {"items": by_version[pk]}  # type: ignore[attr-defined]
    return {pk: card_of(version) for pk, version in versions.items()}


def explained(
    snapshot: Snapshot, *, cards: Mapping[int, Card], earlier: Snapshot | None, started_on: date
) -> Explanation:
    """Names every line of a snapshot, and compares it with an earlier one if both have a score."""
    card = cards[snapshot.version_id]
    breakdown = unpack(snapshot.breakdown)
    is_compared = earlier is not None and None not in (earlier.score, snapshot.score)
    before = columns(earlier, cards) if is_compared and earlier else None
    effects = effects_between(before, columns(snapshot, cards)) if before else {}
    here = {f"{MEASURE_PREFIX}{item.measure.key}" for item in card.items} | {change.key for change in breakdown.changes}
    return Explanation(
        snapshot=snapshot,
        card=card,
        breakdown=breakdown,
        measures=measure_lines(snapshot, card, breakdown, effects=effects if before else None, started_on=started_on),
        children=child_lines(breakdown, effects=effects if before else None),
        changes=change_lines(card, breakdown, effects=effects if before else None),
        flags=raised_flags(card, breakdown),
        earlier=earlier,
        gone=tuple(
            Gone(key, label_of(key, cards[earlier.version_id]), change)
            for key, change in effects.items()
            if earlier and key not in here and change
        ),
        effects=effects,
    )


def columns(snapshot: Snapshot, cards: Mapping[int, Card]) -> movement.Breakdown:
    """The lines of one snapshot by key, as the core compares them."""
    kept = unpack(snapshot.breakdown)
    items = cards[snapshot.version_id].items
    lines = {f"{MEASURE_PREFIX}{item.measure.key}": line.line for item, line in zip(items, kept.measures, strict=True)}
    lines |= {change.key: change.line for change in kept.changes}
    return movement.Breakdown(tuple(lines), np.array([list(lines.values())], dtype=np.int64))


def effects_between(before: movement.Breakdown, after: movement.Breakdown) -> dict[str, int]:
    """What each line gave more (or less); sums exactly to the change of the score."""
    moved = movement.difference(before, after)
    return dict(zip(moved.keys, moved.lines_hundredths[0].tolist(), strict=True))


def label_of(key: str, card: Card) -> str:
    """How a line of that card is called."""
    if key.startswith(CHILD_PREFIX):
        return ACCOUNT_BELOW
    if is_measure(key):
        return next(item.measure.label for item in card.items if f"{MEASURE_PREFIX}{item.measure.key}" == key)
    rule = next((rule for rule in card.rules if rule.adjustment.key == key), None)
    return ChangeLine(key=key, line=0, before=0, change=None, rule=rule).label
