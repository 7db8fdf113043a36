"""A measure's own value for so many points: by the curve of its card, in the steps in which people name values."""

from collections.abc import Callable, Mapping
from functools import partial
from math import ceil, floor

import numpy as np

from accounts.models import Account
from scoring.cards import Item
from scoring.core.arrays import Floats
from scoring.core.curves import Linear, Percentile, Table, TargetCurve, Thresholds
from scoring.core.peers import UNKNOWN, PeerPool, percentile_points
from scoring.core.reach import Grid, nearest_listed, nearest_value
from scoring.extract.attributes import text_code
from scoring.measure import Unit
from scoring.queries.lines import MeasureLine

PointsAt = Callable[[Floats], Floats]
Pools = Mapping[str, PeerPool]
# In how fine steps a value is asked for, and between which ends it can lie at all.
STEPS_PER_UNIT = {Unit.SHARE: 1000, Unit.RATIO: 1000, Unit.HOURS: 10, Unit.RATING: 100, Unit.PER_100_SEATS: 10}
ENDS = {Unit.SHARE: (0.0, 1.0), Unit.RATING: (1.0, 5.0), Unit.NPS: (-100.0, 100.0)}
FRACTIONS = 100


def value_for(line: MeasureLine, points_at: PointsAt, *, least_micro: int, pools: Pools) -> float | None:
    """The measure's own value nearest to today's that gives so many points; None where none does."""
    if isinstance(line.item.curve, Table):
        listed = [value for value, _ in line.item.curve.points_by_value]
        return nearest_listed(points_at, today=line.value, listed=listed, least_micro=least_micro)
    low, high = curve_ends(line, pool=pools.get(line.item.measure.key))
    grid = grid_of(line, low=low, high=high)
    return nearest_value(points_at, today=line.value, grid=grid, rises=rises(line.item), least_micro=least_micro)


def rises(item: Item) -> bool:
    """Whether a larger value gives more points."""
    match item.curve:
        case Thresholds():
            return item.curve.healthy > item.curve.at_risk
        case Linear():
            return item.curve.full > item.curve.zero
        case Percentile():
            return item.curve.is_higher_better
        case _:
            return True


def curve_ends(line: MeasureLine, *, pool: PeerPool | None) -> tuple[float, float]:
    """Between which values the points change; today's lies in between or beyond."""
    match line.item.curve:
        case Thresholds(at_risk=a, healthy=b) | Linear(zero=a, full=b):
            return min(a, b), max(a, b)
        case TargetCurve():
            return 0.0, line.target or 0.0
        case _:
            known = pool.values[~np.isnan(pool.values)] if pool is not None else np.zeros(0)
            return (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)


def grid_of(line: MeasureLine, *, low: float, high: float) -> Grid:
    """Steps in which people name such a value, out to the first one beyond the curve's ends."""
    unit, today = line.item.measure.unit, line.value
    per_unit = STEPS_PER_UNIT.get(unit, 1)
    if unit is Unit.COUNT and any(number != int(number) for number in (low, high, today or 0.0)):
        per_unit = FRACTIONS
    # Beyond a peer's own value lies the step that leaves it behind.
    least = (floor(low * per_unit) - (unit is not Unit.SHARE)) / per_unit
    most = (ceil(high * per_unit) + (unit is not Unit.SHARE)) / per_unit
    bottom, top = ENDS.get(unit, (min(0.0, low), float("inf")))
    return Grid(per_unit, max(least, bottom), min(most, top))


def points_function(line: MeasureLine, *, account: Account, month: int, pools: Pools) -> PointsAt | None:
    """The measure's normalization as a function of its value alone; None where its peers are not known."""
    curve = line.item.curve
    if not isinstance(curve, Percentile):
        return lambda values: curve.points(values, months_in_contract=np.full(values.shape, float(month)))
    pool = pools.get(line.item.measure.key)
    return None if pool is None else partial(among_peers, account=account, pool=pool, curve=curve)


def among_peers(values: Floats, *, account: Account, pool: PeerPool, curve: Percentile) -> Floats:
    """The percentile points of the account, as if each of the values were its own."""
    codes = {
        "account_ids": account.pk,
        "industries": text_code(account.industry),
        "sizes": text_code(account.size_tier),
        "segments": UNKNOWN if account.segment_id is None else account.segment_id,
    }
    columns = {name: np.full(values.shape, code, dtype=np.int64) for name, code in codes.items()}
    return percentile_points(values, **columns, pool=pool, is_higher_better=curve.is_higher_better)
