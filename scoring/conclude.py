"""Scoring, the second half of a run: what was collected, through the core, to one conclusion per account.

Shapes: A accounts of one card, M measures, K changes. Amounts of score are whole hundredths.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from scoring import breakdown, rules
from scoring.breakdown import CHILD_PREFIX, CLAMP, OVERRIDE_PREFIX, PULSE_PREFIX
from scoring.cards import Card, Cards, Item
from scoring.collect import Collected
from scoring.core import adjustments, bands
from scoring.core.adjustments import Adjusted, Change
from scoring.core.arrays import Bools, Floats, Ints
from scoring.core.curves import Percentile
from scoring.core.peers import PeerPool, percentile_points
from scoring.core.rollup import RolledUp
from scoring.core.scorecard import Scored, combine

# Values are kept for people to read: a millionth is finer than any of them needs.
VALUE_DECIMALS = 6
HUNDREDTHS = 100
ROLLED = ("base_hundredths", "lines_hundredths", "coverage", "is_defined", "low_hundredths", "high_hundredths")
WHOLE = ("versions", "scores", "customer_scores", "bands", "low", "high")


@dataclass(frozen=True)
class Concluded:
    """What accounts scored, and all that is kept about it: one entry per account, in the order of ids. -1 is none."""

    account_ids: Ints
    versions: Ints
    scores: Ints
    customer_scores: Ints
    bands: Ints
    coverage: Floats
    low: Ints
    high: Ints
    breakdowns: list[bytes]
    flags: list[list[str]]  # keys of those that are on
    segments: Ints
    phases: Ints
    owners: Ints
    arr_cents: Ints
    active_users: Floats
    last_ebr: Floats  # ordinal
    last_touchpoint: Floats  # ordinal
    nps: Floats


@dataclass(frozen=True)
class Part:
    """The accounts of one card, with all that was found for them."""

    card: Card
    places: Ints  # in the collected chunk
    scored: Scored
    children: dict[int, RolledUp]  # of a row that rolls up
    pulse_ids: dict[int, list[int]]  # of an account's row, in the order in which they act
    adjusted: Adjusted
    overrides: dict[int, tuple[int, int]]  # of a row: its override's id and score
    customer: Adjusted
    low: Ints
    high: Ints
    figures: Floats  # (A, flags) what each flag asks about
    flags: Bools  # (A, flags)


def conclude(
    chunk: Collected,
    *,
    cards: Cards,
    pools: Mapping[str, PeerPool],
    bases: Mapping[int, RolledUp] = MappingProxyType({}),
) -> Concluded:
    """Score every account of the chunk with the card that applies to it; `bases` are those that roll up, by id."""
    applied = cards.apply(chunk.segments, chunk.phases)
    size = len(chunk.account_ids)
    found = {name: np.full(size, -1, dtype=np.int64) for name in WHOLE}
    coverage = np.zeros(size)
    breakdowns, flags = [b""] * size, [[] for _ in range(size)]  # type: tuple[list[bytes], list[list[str]]]
    for n, card in enumerate(cards.all()):
        places = np.flatnonzero(applied == n)
        if not len(places):
            continue
        part = score_part(chunk, places=places, card=card, pools=pools, bases=bases)
        for name, column in columns_of(part, chunk).items():
            found[name][places] = column
        coverage[places] = part.scored.coverage
        raised = flag_lines(part)
        for place, packed, on in zip(places.tolist(), breakdowns_of(part, chunk, raised), raised, strict=True):
            breakdowns[place], flags[place] = packed, [str(key) for key, _ in on]
    return Concluded(
        account_ids=chunk.account_ids,
        **found,
        coverage=coverage,
        breakdowns=breakdowns,
        flags=flags,
        segments=chunk.segments,
        phases=chunk.phases,
        owners=chunk.owners,
        arr_cents=chunk.arr_cents,
        active_users=chunk.active_users,
        last_ebr=chunk.last_ebr,
        last_touchpoint=chunk.last_touchpoint,
        nps=chunk.nps,
    )


def score_part(
    chunk: Collected, *, places: Ints, card: Card, pools: Mapping[str, PeerPool], bases: Mapping[int, RolledUp]
) -> Part:
    """Points, lines, base, changes and flags of the accounts of one card."""
    points = np.column_stack([points_of(item, chunk, places=places, pools=pools) for item in card.items])
    scored = combine(
        points, card.weights, missing=[item.missing for item in card.items], min_coverage=card.min_coverage
    )
    children: dict[int, RolledUp] = {}
    if bases:
        children = {row: bases[key] for row, key in enumerate(chunk.account_ids[places].tolist()) if key in bases}
        scored = with_bases(scored, children)
    rule_changes = [rule.adjustment.change(rule.comparison.is_on(chunk.fact(rule.fact)[places])) for rule in card.rules]
    pulse_ids, pulse_changes = pulses_of(chunk, places=places, card=card)
    changes = [*rule_changes, *pulse_changes]
    adjusted = adjustments.apply(scored.base_hundredths, changes=changes)
    overrides = overrides_of(chunk, places)
    figures = figures_of(card, chunk, places=places, scores=final_scores(scored, adjusted, overrides))
    return Part(
        card=card,
        places=places,
        scored=scored,
        children=children,
        pulse_ids=pulse_ids,
        adjusted=adjusted,
        overrides=overrides,
        # What a customer is shown leaves pulses and overrides out.
        customer=adjustments.apply(scored.base_hundredths, changes=rule_changes),
        low=adjustments.apply(scored.low_hundredths, changes=changes).score_hundredths,
        high=adjustments.apply(scored.high_hundredths, changes=changes).score_hundredths,
        figures=figures,
        flags=np.column_stack(
            [flag.rule.is_on(figures[:, n]) for n, flag in enumerate(card.flags)]
            or [np.zeros((len(places), 0), dtype=bool)]
        ),
    )


def with_bases(scored: Scored, children: Mapping[int, RolledUp]) -> Scored:
    """The rows that roll up have their children's mean as their base, and no lines of measures of their own."""
    rows = list(children)
    copies = {name: getattr(scored, name).copy() for name in ROLLED}
    for name, values in {
        "base_hundredths": [found.base for found in children.values()],
        "coverage": [found.coverage for found in children.values()],
        "is_defined": [found.is_defined for found in children.values()],
        "low_hundredths": [found.low for found in children.values()],
        "high_hundredths": [found.high for found in children.values()],
    }.items():
        copies[name][rows] = values
    copies["lines_hundredths"][rows] = 0
    return replace(scored, **copies)


def figures_of(card: Card, chunk: Collected, *, places: Ints, scores: Ints) -> Floats:
    """What the flags ask about (A, flags); what is compared with the score of the day, now that it is known."""
    now = np.where(scores < 0, np.nan, scores / HUNDREDTHS)
    held = [(flag.rule.fact, chunk.fact(flag.rule.fact)[places]) for flag in card.flags]
    columns = [then - now if name in rules.LESS_THE_SCORE else then for name, then in held]
    return np.column_stack(columns) if columns else np.zeros((len(places), 0))


def final_scores(scored: Scored, adjusted: Adjusted, overrides: Mapping[int, tuple[int, int]]) -> Ints:
    """The score of each account with its override, -1 where it is Undefined."""
    scores = np.where(scored.is_defined, adjusted.score_hundredths, -1)
    for row, (_, replaced) in overrides.items():
        scores[row] = replaced
    return scores


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


def columns_of(part: Part, chunk: Collected) -> dict[str, Ints]:
    """The whole numbers of each account of the part, overrides applied."""
    scores = final_scores(part.scored, part.adjusted, part.overrides)
    return {
        "versions": np.full(len(part.places), part.card.version_id, dtype=np.int64),
        "scores": scores,
        "customer_scores": np.where(part.scored.is_defined, part.customer.score_hundredths, -1),
        "bands": capped_bands(part, scores),
        "low": part.low,
        "high": part.high,
    }


def overrides_of(chunk: Collected, places: Ints) -> dict[int, tuple[int, int]]:
    """(id, score) of the override of a row, where there is one; of several the newest."""
    rows = {int(place): row for row, place in enumerate(places)}
    found = zip(
        chunk.override_ids.tolist(), chunk.override_places.tolist(), chunk.override_scores.tolist(), strict=True
    )
    return {rows[place]: (key, score) for key, place, score in found if place in rows}


def breakdowns_of(part: Part, chunk: Collected, raised: list[list[list[str | float | None]]]) -> list[bytes]:
    """What explains each account of the part, packed."""
    return breakdown.pack(
        values=np.column_stack(
            [np.round(chunk.value(item.measure.key)[part.places], VALUE_DECIMALS) for item in part.card.items]
        ),
        points=part.scored.points,
        lines=part.scored.lines_hundredths,
        low=part.low,
        high=part.high,
        tails=list(zip(change_lines(part, chunk), raised, strict=True)),
    )


def change_lines(part: Part, chunk: Collected) -> list[list[list[str | int]]]:
    """[key, line] of what changed the score of each account, the clamp and then an override last."""
    lines: list[list[list[str | int]]] = [[] for _ in part.places]
    rules = [rule.adjustment.key for rule in part.card.rules]
    for row, rolled in part.children.items():
        lines[row] += [[f"{CHILD_PREFIX}{child}", line] for child, line in rolled.lines]
    made = np.where(part.scored.is_defined[:, np.newaxis], part.adjusted.lines_hundredths, 0)
    for column in range(made.shape[1]):
        rows = np.flatnonzero(made[:, column])
        for row, line in zip(rows.tolist(), made[rows, column].tolist(), strict=True):
            key = rules[column] if column < len(rules) else f"{PULSE_PREFIX}{part.pulse_ids[row][column - len(rules)]}"
            lines[row].append([key, line])
    clamped = np.where(part.scored.is_defined, part.adjusted.clamp_hundredths, 0)
    for row in np.flatnonzero(clamped).tolist():
        lines[row].append([CLAMP, int(clamped[row])])
    for row, (override, replaced) in part.overrides.items():
        computed = int(part.adjusted.score_hundredths[row]) if part.scored.is_defined[row] else 0
        lines[row].append([f"{OVERRIDE_PREFIX}{override}", replaced - computed])
    return lines


def flag_lines(part: Part) -> list[list[list[str | float | None]]]:
    """[key, fact] of the flags that are on for each account, with the figure that turned them on."""
    lines: list[list[list[str | float | None]]] = [[] for _ in part.places]
    figures = np.round(part.figures, VALUE_DECIMALS)
    for column, flag in enumerate(part.card.flags):
        rows = np.flatnonzero(part.flags[:, column])
        for row, figure in zip(rows.tolist(), figures[rows, column].tolist(), strict=True):
            lines[row].append([flag.rule.key, figure])
    return lines


def capped_bands(part: Part, scores: Ints) -> Ints:
    """The band of each account's score, of an override too, lowered to the cap of any flag that is on."""
    codes = bands.band_codes(scores, scores >= 0, part.card.bands)
    for n, flag in enumerate(part.card.flags):
        if flag.rule.band_cap is not None:
            codes = bands.cap(codes, part.card.bands.code(flag.rule.band_cap), part.flags[:, n])
    return codes
