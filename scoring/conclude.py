"""Scoring, the second half of a run: what was collected, through the core, to one conclusion per account.

Shapes: A accounts of one card, M measures, K changes. Amounts of score are whole hundredths.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scoring.breakdown import CLAMP, OVERRIDE_PREFIX, PULSE_PREFIX
from scoring.cards import Card, Item, card_for
from scoring.collect import Collected
from scoring.core import adjustments, bands
from scoring.core.adjustments import Adjusted, Change
from scoring.core.arrays import Bools, Floats, Ints
from scoring.core.curves import Percentile
from scoring.core.peers import PeerPool, percentile_points
from scoring.core.scorecard import Scored, combine

# Values are kept for people to read: a millionth is finer than any of them needs.
VALUE_DECIMALS = 6


@dataclass(frozen=True)
class Conclusion:
    """One account's health on the day: what store writes. -1 stands for none in ids, None for unknown elsewhere."""

    account_id: int
    version_id: int
    score: int | None
    customer_score: int | None
    band: int
    coverage: float
    breakdown: list[Any]
    segment_id: int
    phase: int
    owner_id: int
    arr_cents: int
    active_users: int | None
    last_ebr: int | None
    last_touchpoint: int | None
    nps: int | None


@dataclass(frozen=True)
class Part:
    """The accounts of one card, with all that was found for them."""

    card: Card
    places: Ints  # in the collected chunk
    scored: Scored
    pulse_ids: dict[int, list[int]]  # of an account's row, in the order in which they act
    adjusted: Adjusted
    customer: Adjusted
    low: Ints
    high: Ints
    flags: Bools  # (A, flags)


def conclude(chunk: Collected, *, cards: Mapping[int | None, Card], pools: Mapping[str, PeerPool]) -> list[Conclusion]:
    """Score every account of the chunk with the card that applies to it, in the order of ids."""
    applied = [card_for(segment, cards).version_id for segment in chunk.segments.tolist()]
    versions = np.array(applied, dtype=np.int64)
    found: list[Conclusion] = []
    for card in {card.version_id: card for card in cards.values()}.values():
        places = np.flatnonzero(versions == card.version_id)
        if len(places):
            found.extend(rows_of(score_part(chunk, places=places, card=card, pools=pools), chunk))
    return sorted(found, key=lambda conclusion: conclusion.account_id)


def score_part(chunk: Collected, *, places: Ints, card: Card, pools: Mapping[str, PeerPool]) -> Part:
    """Points, lines, base, changes and flags of the accounts of one card."""
    points = np.column_stack([points_of(item, chunk, places=places, pools=pools) for item in card.items])
    scored = combine(
        points, card.weights, missing=[item.missing for item in card.items], min_coverage=card.min_coverage
    )
    rule_changes = [rule.adjustment.change(rule.comparison.is_on(chunk.fact(rule.fact)[places])) for rule in card.rules]
    pulse_ids, pulse_changes = pulses_of(chunk, places=places, card=card)
    changes = [*rule_changes, *pulse_changes]
    return Part(
        card=card,
        places=places,
        scored=scored,
        pulse_ids=pulse_ids,
        adjusted=adjustments.apply(scored.base_hundredths, changes=changes),
        # What a customer is shown leaves pulses and overrides out.
        customer=adjustments.apply(scored.base_hundredths, changes=rule_changes),
        low=adjustments.apply(scored.low_hundredths, changes=changes).score_hundredths,
        high=adjustments.apply(scored.high_hundredths, changes=changes).score_hundredths,
        flags=np.column_stack(
            [flag.rule.is_on(chunk.fact(flag.rule.fact)[places]) for flag in card.flags]
            or [np.zeros(len(places), dtype=bool)]
        ),
    )


def points_of(item: Item, chunk: Collected, *, places: Ints, pools: Mapping[str, PeerPool]) -> Floats:
    """One measure's points (A,), among peers where its curve is a percentile."""
    values = chunk.value(item.measure.key)[places]
    if not isinstance(item.curve, Percentile):
        return item.curve.points(values, months_in_contract=chunk.months[places])
    return percentile_points(
        values,
        account_ids=chunk.account_ids[places],
        industries=chunk.industries[places],
        sizes=chunk.sizes[places],
        segments=chunk.segments[places],
        pool=pools[item.measure.key],
        is_higher_better=item.curve.is_higher_better,
    )


def pulses_of(chunk: Collected, *, places: Ints, card: Card) -> tuple[dict[int, list[int]], list[Change]]:
    """The acting pulses within the card's limits: each account's n-th stands in the n-th change.

    So there are as many changes as the account with the most pulses has, however many accounts have one. Beside
    them, the ids of each account's pulses in that order, by its row.
    """
    rows = {int(place): row for row, place in enumerate(places)}
    ids: dict[int, list[int]] = {}
    columns: list[Floats] = []
    for pulse_id, place, percent in zip(
        chunk.pulse_ids.tolist(), chunk.pulse_places.tolist(), chunk.pulse_percents.tolist(), strict=True
    ):
        if place in rows:
            mine = ids.setdefault(rows[place], [])
            if len(mine) == len(columns):
                columns.append(np.zeros(len(places)))
            columns[len(mine)][rows[place]] = percent
            mine.append(pulse_id)
    may_raise, largest = card.may_pulses_raise, card.largest_pulse_percent
    return ids, [
        ("percent", adjustments.limit_pulse(column, may_raise=may_raise, largest_percent=largest)) for column in columns
    ]


def rows_of(part: Part, chunk: Collected) -> Iterator[Conclusion]:
    """The part's arrays, account by account: the only loop over accounts, and it computes nothing but an override."""
    overrides = {
        place: (key, score)
        for key, place, score in zip(
            chunk.override_ids.tolist(), chunk.override_places.tolist(), chunk.override_scores.tolist(), strict=True
        )
    }
    measures = measure_lines(part, chunk)
    codes = capped_bands(part)
    for row, place in enumerate(part.places.tolist()):
        is_defined = bool(part.scored.is_defined[row])
        score = int(part.adjusted.score_hundredths[row]) if is_defined else None
        band = int(codes[row])
        changes = change_lines(part, row) if is_defined else []
        if place in overrides:
            key, replaced = overrides[place]
            changes.append([f"{OVERRIDE_PREFIX}{key}", replaced - (score or 0)])
            score, band = replaced, override_band(replaced, part.card)
        yield Conclusion(
            account_id=int(chunk.account_ids[place]),
            version_id=part.card.version_id,
            score=score,
            customer_score=int(part.customer.score_hundredths[row]) if is_defined else None,
            band=band,
            coverage=float(part.scored.coverage[row]),
            breakdown=[
                measures[row],
                changes,
                [int(part.low[row]), int(part.high[row])],
                flag_lines(part, chunk, row=row, place=place),
            ],
            segment_id=int(chunk.segments[place]),
            phase=int(chunk.phases[place]),
            owner_id=int(chunk.owners[place]),
            arr_cents=int(chunk.arr_cents[place]),
            active_users=whole(chunk.active_users[place]),
            last_ebr=whole(chunk.last_ebr[place]),
            last_touchpoint=whole(chunk.last_touchpoint[place]),
            nps=whole(chunk.nps[place]),
        )


def measure_lines(part: Part, chunk: Collected) -> list[list[list[float | int | None]]]:
    """[value, points, line] per measure, for each account."""
    columns = [
        zip(
            readable(chunk.value(item.measure.key)[part.places]),
            readable(part.scored.points[:, n]),
            part.scored.lines_hundredths[:, n].tolist(),
            strict=True,
        )
        for n, item in enumerate(part.card.items)
    ]
    return [[list(line) for line in lines] for lines in zip(*columns, strict=True)]


def change_lines(part: Part, row: int) -> list[list[str | int]]:
    """[key, line] of what changed the score of an account, the clamp last."""
    keys = [rule.adjustment.key for rule in part.card.rules]
    keys += [f"{PULSE_PREFIX}{pulse_id}" for pulse_id in part.pulse_ids.get(row, [])]
    # Columns beyond an account's own pulses are zero for it.
    made = zip(keys, part.adjusted.lines_hundredths[row].tolist(), strict=False)
    lines: list[list[str | int]] = [[key, line] for key, line in made if line]
    clamp = int(part.adjusted.clamp_hundredths[row])
    return [*lines, [CLAMP, clamp]] if clamp else lines


def flag_lines(part: Part, chunk: Collected, *, row: int, place: int) -> list[list[str | float]]:
    """[key, fact] of the flags that are on, with the figure that turned them on."""
    return [
        [flag.rule.key, round(float(chunk.fact(flag.rule.fact)[place]), VALUE_DECIMALS)]
        for n, flag in enumerate(part.card.flags)
        if part.flags[row, n]
    ]


def capped_bands(part: Part) -> Ints:
    """The band of each account's score, lowered to the cap of any flag that is on."""
    codes = bands.band_codes(part.adjusted.score_hundredths, part.scored.is_defined, part.card.bands)
    for n, flag in enumerate(part.card.flags):
        if flag.rule.band_cap is not None:
            cap = part.card.bands.code(flag.rule.band_cap)
            codes = bands.cap(codes, np.where(part.flags[:, n], cap, 0))
    return codes


def override_band(score: int, card: Card) -> int:
    return int(bands.band_codes(np.array([score]), np.array([True]), card.bands)[0])


def readable(values: Floats) -> list[float | None]:
    """Rounded for keeping; None where unknown."""
    rounded = np.round(values, VALUE_DECIMALS).tolist()
    return [None if value != value else value for value in rounded]


def whole(value: float) -> int | None:
    return None if np.isnan(value) else int(value)
