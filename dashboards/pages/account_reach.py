"""What would reach the next band, as the overview of an account shows it."""

from dataclasses import dataclass
from decimal import Decimal

from accounts.models import Account
from dashboards import formats
from dashboards.pages.account_values import value_text
from dashboards.pages.account_waterfall import points
from scoring.measure import Measure, Unit
from scoring.queries.explanation import Explanation
from scoring.queries.reach import Lifted, Needed, Reach, reach_of
from scoring.queries.staleness import Staleness


@dataclass(frozen=True)
class NeededRow:
    """One measure alone. Without `needed` it cannot lift the score so far; `score` is what it would be then."""

    key: str
    label: str
    weight: int
    today: str
    needed: str
    score: Decimal | None
    silent_sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class LiftedRow:
    label: str
    score: Decimal
    is_enough: bool


@dataclass(frozen=True)
class ReachBlock:
    """`lacking` is by how many points the score is below the band, as it is kept: to the hundredth."""

    band: int
    band_name: str
    begins_at: int
    lacking: Decimal
    enough: tuple[NeededRow, ...]
    not_enough: tuple[NeededRow, ...]
    lifted: tuple[LiftedRow, ...]
    blocked_by: tuple[str, ...]
    silent_sources: tuple[str, ...]


def build_reach(explained: Explanation, *, account: Account, stale: Staleness | None = None) -> ReachBlock | None:
    """None where there is no band above, no score, or nothing can be told. `stale`: what the score depends on."""
    found = reach_of(explained, account=account)
    return block_of(found, score=explained.snapshot.score or 0, stale=stale) if found else None


def block_of(found: Reach, *, score: int, stale: Staleness | None) -> ReachBlock:
    silent = stale.by_measure if stale else {}
    rows = [
        (one.value is not None, needed_row(one, silent=silent.get(one.item.measure.key, ()))) for one in found.measures
    ]
    return ReachBlock(
        band=found.code,
        band_name=found.band.label,
        begins_at=found.band.low,
        lacking=points(max(found.needed - score, 0)),
        enough=tuple(row for is_enough, row in rows if is_enough),
        not_enough=tuple(row for is_enough, row in rows if not is_enough),
        lifted=tuple(lifted_row(one) for one in found.lifted),
        silent_sources=stale.sources if stale else (),
        blocked_by=found.blocked_by,
    )


def needed_row(one: Needed, *, silent: tuple[str, ...]) -> NeededRow:
    measure = one.item.measure
    return NeededRow(
        key=measure.key,
        label=measure.label,
        weight=one.item.weight,
        today="no data" if one.today is None else exact_text(one.today, measure),
        needed="" if one.value is None else exact_text(one.value, measure),
        score=None if one.score is None else points(one.score),
        silent_sources=silent,
    )


def exact_text(value: float, measure: Measure) -> str:
    """A value in its unit, as fine as it is asked for: shares and ratios to a tenth of a percent."""
    if measure.unit in (Unit.SHARE, Unit.RATIO):
        return formats.percent(value, places=1)
    return value_text(value, measure.unit)


def lifted_row(one: Lifted) -> LiftedRow:
    return LiftedRow(one.change.label, points(one.score), one.is_enough)
