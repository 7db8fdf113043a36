"""What would lift an account into the next better band: the smallest change of each measure alone, and what lifts by
itself when it ends.

All else stays as it was on the day: the other measures, the rules that took something off, pulses, and the limits of
the card. Amounts of score are whole hundredths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from accounts.models import Account, Pulse
from scoring.breakdown import CLAMP, PULSE_PREFIX
from scoring.cards import Card, Item
from scoring.core import bands
from scoring.core.adjustments import limit_pulse
from scoring.core.arrays import Floats, Ints, quantize
from scoring.core.bands import Band
from scoring.core.reach import OUT_OF_REACH, Acting, least_points, scores_of, scores_with
from scoring.core.scorecard import MICRO_PER_POINT
from scoring.models import ScoringRun
from scoring.peers import pools_of_run
from scoring.queries.explanation import Explanation
from scoring.queries.lines import ChangeLine, MeasureLine, months_in_contract
from scoring.queries.reach_values import PointsAt, Pools, points_function, value_for


@dataclass(frozen=True)
class Needed:
    """What one measure alone would have to be. `value` is None where it cannot lift the score that far alone."""

    item: Item
    today: float | None
    value: float | None
    points_gained: float | None
    score: int | None


@dataclass(frozen=True)
class Lifted:
    """The score if one change no longer acted."""

    change: ChangeLine
    score: int
    is_enough: bool


@dataclass(frozen=True)
class Reach:
    """The way to the next better band. `blocked_by` labels what holds the band down whatever they say."""

    band: Band
    code: int
    needed: int
    measures: tuple[Needed, ...]
    lifted: tuple[Lifted, ...]
    blocked_by: tuple[str, ...]


def reach_of(explained: Explanation, *, account: Account) -> Reach | None:
    """The way from the snapshot's band to the next better one; None in the best band, without a score of its own
    measures, or where what acted on the day cannot be told any more. Up to three queries."""
    snapshot, card = explained.snapshot, explained.card
    if snapshot.score is None or explained.children or snapshot.band == card.bands.codes[0]:
        return None
    code = card.bands.codes[card.bands.codes.index(snapshot.band) - 1]
    band = card.bands.by_code[code]
    needed = bands.least_shown_as(band.low)
    blocked = blockers(explained, code=code)
    if any(change.kind == "override" for change in explained.changes):
        return Reach(band, code, needed, (), (), blocked)
    changes = [change for change in explained.changes if change.key != CLAMP]
    acting = acting_changes(changes, card=card)
    points = np.array([np.nan if line.points is None else line.points for line in explained.measures])
    if acting is None or int(scores_of(points[np.newaxis], card.weights, changes=acting)[0]) != snapshot.score:
        return None
    return Reach(
        band=band,
        code=code,
        needed=needed,
        measures=() if blocked else needed_values(explained, points, acting=acting, needed=needed, account=account),
        lifted=() if blocked else lifted(changes, points, card=card, acting=acting, needed=needed),
        blocked_by=blocked,
    )


def blockers(explained: Explanation, *, code: int) -> tuple[str, ...]:
    """The override, or the flags whose cap leaves the band out of reach."""
    found = [change.label for change in explained.changes if change.kind == "override"]
    for raised in explained.flags:
        cap = raised.flag.rule.band_cap if raised.flag else None
        if cap is not None and explained.card.bands.code(cap) > code:
            found.append(raised.label)
    return tuple(found)


def acting_changes(changes: Sequence[ChangeLine], *, card: Card) -> list[Acting] | None:
    """The changes as they were applied; None where one is not known any more."""
    wanted = [int(change.key.removeprefix(PULSE_PREFIX)) for change in changes if change.kind == "pulse"]
    percents = dict(Pulse.objects.filter(pk__in=wanted).values_list("pk", "percent")) if wanted else {}
    acting = [acting_of(change, percents, card=card) for change in changes]
    return None if None in acting else [change for change in acting if change is not None]


def acting_of(change: ChangeLine, percents: Mapping[int, Decimal], *, card: Card) -> Acting | None:
    if change.rule is not None:
        return Acting(change.rule.adjustment.kind, change.rule.adjustment.amount)
    percent = percents.get(int(change.key.removeprefix(PULSE_PREFIX))) if change.kind == "pulse" else None
    if percent is None:
        return None
    amounts = np.array([float(percent)])
    limited = limit_pulse(amounts, may_raise=card.may_pulses_raise, largest_percent=card.largest_pulse_percent)
    return Acting("percent", float(limited[0]))


def lifted(
    changes: Sequence[ChangeLine], points: Floats, *, card: Card, acting: Sequence[Acting], needed: int
) -> tuple[Lifted, ...]:
    """The score without each of the changes that take something off."""
    found = []
    for n, change in enumerate(changes):
        if change.line < 0:
            others = [*acting[:n], *acting[n + 1 :]]
            score = int(scores_of(points[np.newaxis], card.weights, changes=others)[0])
            found.append(Lifted(change, score, is_enough=score >= needed))
    return tuple(found)


def needed_values(
    explained: Explanation, points: Floats, *, acting: Sequence[Acting], needed: int, account: Account
) -> tuple[Needed, ...]:
    """Each measure that has a weight: the smallest raise in points first, those that cannot do it alone last."""
    weights, pools = explained.card.weights, pools_for(explained)
    least = least_points(points, weights, changes=acting, needed=needed)
    month = months_in_contract(started_on=account.started_on, day=explained.snapshot.as_of)
    found = []
    for n, line in enumerate(explained.measures):
        points_at = points_function(line, account=account, month=month, pools=pools)
        value = None
        if least[n] != OUT_OF_REACH and points_at is not None:
            value = value_for(line, points_at, least_micro=int(least[n]), pools=pools)
        if line.item.weight:
            found.append(needed_of(line, n, value, points_at, points=points, weights=weights, acting=acting))
    return tuple(sorted(found, key=lambda one: (one.value is None, one.points_gained or 0.0, -one.item.weight)))


def needed_of(
    line: MeasureLine, n: int, value: float | None, points_at: PointsAt | None, *,
    points: Floats, weights: Ints, acting: Sequence[Acting],
) -> Needed:  # fmt: skip
    """What the n-th measure gives with the value, and what the whole score is then."""
    if value is None or points_at is None:
        return Needed(line.item, line.value, None, None, None)
    reached = float(points_at(np.array([value]))[0])
    micro = quantize(np.full(len(points), reached), per_unit=MICRO_PER_POINT)
    score = int(scores_with(micro, points, weights, changes=acting)[n])
    return Needed(line.item, line.value, value, reached - (line.points or 0.0), score)


def pools_for(explained: Explanation) -> Pools:
    """The peers among which the snapshot's percentiles were taken, where its card has any. At most one query."""
    if not explained.card.percentile_keys:
        return {}
    run = explained.snapshot.run_id
    peers_of = ScoringRun.objects.filter(pk=run).values_list("peers_of_id", flat=True).first()
    return pools_of_run(peers_of or run)
