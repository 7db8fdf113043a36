"""The lines of many scores in long form, as kept in snapshots or as scored anew: what movements are made of.

Shapes: A accounts in the order of their ids, R lines.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from scoring.breakdown import CHILD_PREFIX, HEAD, LINE, OVERRIDE_PREFIX, PULSE_PREFIX
from scoring.cards import Card
from scoring.collect import Collected
from scoring.conclude import change_lines, score_part
from scoring.core.arrays import Bools, Ints
from scoring.core.movement import CODES, Cause, Lines
from scoring.core.peers import PeerPool
from scoring.queries.lines import MEASURE_PREFIX

# Each of these has an id of its own behind it; of many accounts they are one line.
NUMBERED = (PULSE_PREFIX, OVERRIDE_PREFIX, CHILD_PREFIX)
JUDGED = ("pulse_ids", "pulse_places", "pulse_percents", "override_ids", "override_places", "override_scores")


def kind_of(key: str) -> str:
    """The prefix of a numbered key, or the key."""
    return next((prefix for prefix in NUMBERED if key.startswith(prefix)), key)


@dataclass
class Keys:
    """The keys of lines and their codes, given out as they are met."""

    is_one_line_each: bool  # pulses, overrides and children one by one, and not together
    codes: dict[str, int] = field(default_factory=dict)

    def code(self, key: str) -> int:
        named = key if self.is_one_line_each else kind_of(key)
        return self.codes.setdefault(named, len(self.codes))

    def of_measures(self, card: Card) -> Ints:
        return np.array([self.code(f"{MEASURE_PREFIX}{item.measure.key}") for item in card.items], dtype=np.int64)

    def causes(self, cause: Cause, others: Mapping[str, Cause]) -> Ints:
        """The code of one cause for every key; another one for some keys, pulses and overrides by their prefix."""
        named = [others.get(key) or others.get(kind_of(key)) or cause for key in self.codes]
        return np.array([CODES[each] for each in named], dtype=np.int64)


@dataclass(frozen=True)
class Kept:
    """A snapshot's part that is read here."""

    place: int
    version: int
    is_scored: bool
    breakdown: bytes


@dataclass
class Draft:
    """Lines as they are gathered."""

    size: int
    places: list[Ints] = field(default_factory=list)
    keys: list[Ints] = field(default_factory=list)
    amounts: list[Ints] = field(default_factory=list)

    def add_measures(self, places: Ints, keys: Ints, lines: Ints) -> None:
        """Lines (a, M) of accounts at these places; one that gave nothing needs no entry."""
        rows, columns = np.nonzero(lines)
        self.places.append(places[rows])
        self.keys.append(keys[columns])
        self.amounts.append(lines[rows, columns])

    def add_changes(self, found: Sequence[tuple[int, int, int]]) -> None:
        """(place, key, amount) of what changed scores."""
        table = np.array(found, dtype=np.int64).reshape(len(found), 3)
        self.places.append(table[:, 0])
        self.keys.append(table[:, 1])
        self.amounts.append(table[:, 2])

    def lines(self, is_scored: Bools) -> Lines:
        empty = [np.zeros(0, dtype=np.int64)]
        places, keys, amounts = (np.concatenate(empty + part) for part in (self.places, self.keys, self.amounts))
        counts = is_scored[places]
        return Lines(places[counts], keys[counts], amounts[counts], is_scored)


def kept_lines(kept: Sequence[Kept], *, size: int, cards: Mapping[int, Card], keys: Keys) -> Lines:
    """What snapshots say, one pass per version."""
    draft, is_scored = Draft(size), np.zeros(size, dtype=bool)
    is_scored[[one.place for one in kept if one.is_scored]] = True
    for version in sorted({one.version for one in kept}):
        mine = [one for one in kept if one.version == version]
        record = np.dtype([("head", HEAD), ("lines", LINE, (len(cards[version].items),))])
        table = np.frombuffer(b"".join(one.breakdown[: record.itemsize] for one in mine), dtype=record)
        places = np.array([one.place for one in mine], dtype=np.int64)
        draft.add_measures(places, keys.of_measures(cards[version]), table["lines"]["line"].astype(np.int64))
        draft.add_changes([found for one in mine for found in kept_changes(one, start=record.itemsize, keys=keys)])
    return draft.lines(is_scored)


def kept_changes(one: Kept, *, start: int, keys: Keys) -> Iterator[tuple[int, int, int]]:
    if len(one.breakdown) > start:
        for key, amount in json.loads(one.breakdown[start:])[0]:
            yield one.place, keys.code(key), amount


def scored_lines(
    chunk: Collected, *, versions: Ints, cards: Mapping[int, Card], pools: Mapping[str, PeerPool], keys: Keys
) -> Lines:
    """The lines that accounts get with the cards of these versions (A,)."""
    size = len(chunk.account_ids)
    draft, is_scored = Draft(size), np.zeros(size, dtype=bool)
    for version in np.unique(versions).tolist():
        places = np.flatnonzero(versions == version)
        part = score_part(chunk, places=places, card=cards[version], pools=pools, bases={})
        is_scored[places] = part.scored.is_defined
        is_scored[places[list(part.overrides)]] = True
        draft.add_measures(places, keys.of_measures(cards[version]), part.scored.lines_hundredths)
        draft.add_changes(
            [
                (int(places[row]), keys.code(str(key)), int(amount))
                for row, changes in enumerate(change_lines(part, chunk))
                for key, amount in changes
            ]
        )
    return draft.lines(is_scored)


def judged_as(chunk: Collected, other: Collected) -> Collected:
    """The chunk with the pulses and overrides of another one of the same accounts."""
    judged: dict[str, Any] = {name: getattr(other, name) for name in JUDGED}
    return replace(chunk, **judged)
