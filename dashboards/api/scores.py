"""A score as the API tells it: the explanation of a snapshot, flattened to named lines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from accounts.models import Account
from accounts.queries.account import Happening, judgments
from scoring.core.curves import curve_to_json
from scoring.queries.explanation import Explanation
from scoring.queries.lines import ChangeLine, MeasureLine, RaisedFlag
from scoring.queries.staleness import Staleness, stale_scores


@dataclass(frozen=True)
class Measure:
    key: str
    label: str
    element: str
    value: float | None
    unit: str
    window_days: int | None
    source: str
    curve: str
    points: float | None
    weight: int
    counted_weight: int
    missing: str
    contribution: int
    stale_sources: tuple[str, ...]


@dataclass(frozen=True)
class Change:
    key: str
    kind: str
    label: str
    contribution: int
    reason: str
    author: str
    ends_on: date | None
    stale_sources: tuple[str, ...]


@dataclass(frozen=True)
class Flag:
    key: str
    label: str
    fact: float | None
    stale_sources: tuple[str, ...]


@dataclass(frozen=True)
class Scorecard:
    name: str
    version: int
    segment_has_own: bool
    min_coverage: float


@dataclass(frozen=True)
class Child:
    account: int
    contribution: int


@dataclass(frozen=True)
class Element:
    """`points` is the weighted mean of its known measures, in whole points."""

    element: str
    points: int | None
    weight: int


@dataclass(frozen=True)
class Score:
    """Amounts of score in whole hundredths; the serializer makes points of them."""

    account: int
    as_of: date
    score: int | None
    band: int
    coverage: float
    low: int
    high: int
    base: int
    scorecard: Scorecard
    measures: tuple[Measure, ...]
    children: tuple[Child, ...]
    elements: tuple[Element, ...]
    lagging_share: float
    would_define: tuple[str, ...]
    changes: tuple[Change, ...]
    flags: tuple[Flag, ...]
    stale_sources: tuple[str, ...]

    @property
    def is_stale(self) -> bool:
        return bool(self.stale_sources)


def build_score(explained: Explanation, *, account: Account) -> Score:
    """The answer for one snapshot; people's reasons are read only where there are any."""
    snapshot, card = explained.snapshot, explained.card
    has_judgment = any(change.kind in {"pulse", "override"} for change in explained.changes)
    judged = {f"{found.kind}:{found.pk}": found for found in judgments(account)} if has_judgment else {}
    stale = stale_scores({account.pk: card.version_id}).get(account.pk)
    return Score(
        account=account.pk,
        as_of=snapshot.as_of,
        score=snapshot.score,
        band=snapshot.band,
        coverage=snapshot.coverage,
        low=explained.breakdown.low,
        high=explained.breakdown.high,
        base=explained.base,
        scorecard=Scorecard(card.name, card.number, card.segment_id is not None, card.min_coverage),
        measures=tuple(
            measure_of(line, silent=stale.by_measure.get(line.item.measure.key, ()) if stale else ())
            for line in explained.measures
        ),
        children=tuple(Child(child.account_id, child.line) for child in explained.children),
        elements=tuple(Element(each.element, each.points, each.weight) for each in explained.elements),
        lagging_share=explained.lagging_share,
        would_define=tuple(line.item.measure.key for line in explained.would_define),
        changes=tuple(change_of(line, judged, stale=stale) for line in explained.changes),
        flags=tuple(flag_of(raised, stale=stale) for raised in explained.flags),
        stale_sources=stale.sources if stale else (),
    )


def measure_of(line: MeasureLine, *, silent: tuple[str, ...]) -> Measure:
    item, measure = line.item, line.item.measure
    return Measure(
        key=measure.key,
        label=measure.label,
        element=str(measure.element),
        value=line.value,
        unit=str(measure.unit),
        window_days=measure.window_days,
        source=measure.source,
        curve=curve_to_json(item.curve)[0],
        points=line.points,
        weight=item.weight,
        counted_weight=line.weight_hundredths,
        missing=str(item.missing),
        contribution=line.line,
        stale_sources=silent,
    )


def change_of(line: ChangeLine, judged: Mapping[str, Happening], *, stale: Staleness | None) -> Change:
    found = judged.get(line.key)
    return Change(
        key=line.key,
        kind=line.kind,
        label=line.label,
        contribution=line.line,
        reason=found.detail if found else "",
        author=found.who if found else "",
        ends_on=found.ends_on if found else None,
        stale_sources=stale.of_fact(line.rule.comparison.fact) if line.rule and stale else (),
    )


def flag_of(raised: RaisedFlag, *, stale: Staleness | None) -> Flag:
    asks = raised.flag.rule.fact if raised.flag else ""
    return Flag(raised.key, raised.label, raised.fact, stale.of_fact(asks) if stale else ())
