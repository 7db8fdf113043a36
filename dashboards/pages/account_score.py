"""Why this score: the build-up of an account's score, line by line, as the page draws it.

Points are shown with two decimals, which is as exact as they are kept: the lines add up to the score as shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from django.urls import reverse

from accounts.models import Account, RollUp
from accounts.queries.account import Happening, Kind
from dashboards import formats
from dashboards.pages.account_values import curve_text, flag_reason, source_text, value_text
from dashboards.pages.account_waterfall import ChangeRow, Connectors, Piece, change_rows, in_points, place, points
from scoring.cards import Card
from scoring.core.bands import UNDEFINED
from scoring.core.scorecard import Missing
from scoring.models import AccountHealth
from scoring.queries.explanation import Explanation
from scoring.queries.lines import ChildLine, ElementScore, MeasureLine, months_in_contract
from scoring.queries.staleness import Staleness

DEFAULT_EBR_MONTHS = 6
NO_DAYS: Mapping[str, date] = MappingProxyType({})
NOTHING_STALE: Mapping[int, Staleness] = MappingProxyType({})
UNSEEN = "An account of another owner"
WITHOUT_VALUE = {
    Missing.LEAVE_OUT: "weight shared out",
    Missing.ZERO: "counted as 0",
    Missing.NEUTRAL: "counted as 50",
}


# A rule that was taken back still stands behind the days that were scored with it.
ROLLS_UP = {
    RollUp.MEAN: "The score starts from the mean of the scores of the accounts below",
    RollUp.ARR_WEIGHTED: "The score starts from the mean of the scores of the accounts below, weighted by their ARR",
    RollUp.WORST: "The score starts from that of the lowest of the accounts below",
    RollUp.OWN: "The score of that day starts from the scores of the accounts below; since then it is scored by itself",
}


@dataclass(frozen=True)
class MeasureRow:
    key: str
    label: str
    about: str
    source: str
    value: str | None
    missing: str
    curve: str
    points: Decimal | None
    weight: int
    counted_weight: Decimal | None
    line: Decimal
    of: Decimal
    change: Decimal | None
    pieces: tuple[Piece, ...]
    connectors: Connectors
    earned_percent: Decimal
    newest: date | None  # the day of the newest fact of its kind
    silent_sources: tuple[str, ...]


@dataclass(frozen=True)
class ChildRow:
    """An account whose score is a part of this one's; `url` is empty where the reader does not see it."""

    label: str
    url: str
    line: Decimal
    change: Decimal | None
    pieces: tuple[Piece, ...]
    connectors: Connectors
    silent_sources: tuple[str, ...]


@dataclass(frozen=True)
class ElementRow:
    label: str
    points: int | None
    weight: int


@dataclass(frozen=True)
class GoneRow:
    label: str
    change: Decimal


@dataclass(frozen=True)
class FlagRow:
    """`fact` is what the flag asks about; empty where the card no longer names it."""

    fact: str
    label: str
    reason: str
    cap: str
    silent_sources: tuple[str, ...]


@dataclass(frozen=True)
class Limit:
    """A band's beginning on the axis of the waterfall."""

    at: int
    code: int
    label: str


@dataclass(frozen=True)
class ScoreBlock:
    """The whole build-up. Without a score (Undefined) the lines are 0 and `undefined` says what is missing."""

    card_name: str
    card_slug: str
    card_number: int
    why_card: str
    band: int
    band_name: str
    score: Decimal | None
    computed: Decimal | None
    base: Decimal
    base_change: Decimal | None
    change: Decimal | None
    shown_change: Decimal | None
    coverage: float
    min_coverage: float
    low: Decimal
    high: Decimal
    measures: tuple[MeasureRow, ...]
    children: tuple[ChildRow, ...]
    rolls_up: str  # how the scores of the accounts below become this one
    changes: tuple[ChangeRow, ...]
    elements: tuple[ElementRow, ...]
    lagging_share: float
    gone: tuple[GoneRow, ...]
    flags: tuple[FlagRow, ...]
    limits: tuple[Limit, ...]
    base_pieces: tuple[Piece, ...]
    base_connectors: Connectors
    score_pieces: tuple[Piece, ...]
    would_define: tuple[str, ...]
    customer_score: Decimal | None
    customer_band: int
    customer_band_name: str

    @property
    def is_defined(self) -> bool:
        return self.score is not None

    @property
    def customer_differs(self) -> bool:
        """Whether what a customer is shown differs, as people see it."""
        if self.score is None or self.customer_score is None:
            return self.score != self.customer_score
        return formats.rounded(self.score) != formats.rounded(self.customer_score)

    @property
    def customer_band_differs(self) -> bool:
        """Whether a customer is shown another band: caps stay inside, as pulses and overrides do."""
        return self.customer_band != self.band

    @property
    def adjusted(self) -> Decimal:
        """What rules, pulses and overrides changed in all."""
        return (self.score or Decimal(0)) - self.base if self.is_defined else Decimal(0)

    @property
    def known(self) -> int:
        return sum(row.value is not None for row in self.measures)


def build_score_block(
    explained: Explanation,
    *,
    account: Account,
    health: AccountHealth | None,
    judged: Sequence[Happening],
    names: Mapping[int, str],
    stale: Staleness | None = None,
    newest: Mapping[str, date] = NO_DAYS,
    stale_below: Mapping[int, Staleness] = NOTHING_STALE,
) -> ScoreBlock:
    """The build-up of one explanation. `judged`: the account's pulses and overrides, for their reasons; `names`: of
    the accounts below it that the reader sees; `stale`: the silent sources on which its lines depend; `newest`: by
    measure the day of its newest fact; `stale_below`: those of the accounts below."""
    snapshot, card = explained.snapshot, explained.card
    by_key = {f"{found.kind}:{found.pk}": found for found in judged if found.kind in {Kind.PULSE, Kind.OVERRIDE}}
    month = months_in_contract(started_on=account.started_on, day=snapshot.as_of)
    # What rolls up has no lines of measures of its own.
    rows = () if explained.children else measure_rows(explained.measures, month=month, stale=stale, newest=newest)
    return ScoreBlock(
        card_name=card.name,
        card_slug=card.slug,
        card_number=card.number,
        why_card=card.reason,
        band=snapshot.band,
        band_name=band_name(snapshot.band, card=card),
        score=in_points(snapshot.score),
        computed=in_points(explained.computed_score),
        base=points(explained.base),
        base_change=in_points(explained.base_change),
        change=in_points(explained.change),
        shown_change=formats.shown_change(
            in_points(snapshot.score), in_points(explained.earlier.score if explained.earlier else None)
        ),
        coverage=snapshot.coverage,
        min_coverage=card.min_coverage,
        low=points(explained.breakdown.low),
        high=points(explained.breakdown.high),
        measures=rows,
        children=child_rows(explained.children, names, stale=stale_below),
        rolls_up=ROLLS_UP[RollUp(account.roll_up)] if explained.children else "",
        changes=change_rows(explained.changes, by_key, stale=stale),
        elements=() if explained.children else tuple(element_row(element) for element in explained.elements),
        lagging_share=explained.lagging_share,
        gone=tuple(GoneRow(line.label, points(line.change)) for line in explained.gone),
        flags=flag_rows(explained, account=account, health=health, stale=stale),
        limits=tuple(Limit(band.low, code, band.label) for code, band in card.bands.by_code.items() if band.low),
        base_pieces=(Piece("sum", place(0), place(explained.base)),),
        base_connectors=Connectors(place(explained.base), place(explained.base) if explained.changes else None),
        score_pieces=(Piece(f"score fill--{snapshot.band}", place(0), place(snapshot.score or 0)),),
        would_define=tuple(line.item.measure.label for line in explained.would_define),
        customer_score=in_points(snapshot.customer_score),
        customer_band=explained.customer_band,
        customer_band_name=band_name(explained.customer_band, card=card),
    )


def band_name(code: int, *, card: Card) -> str:
    return "Undefined" if code == UNDEFINED else card.bands.by_code[code].label


def measure_rows(
    lines: Sequence[MeasureLine], *, month: int, stale: Staleness | None = None, newest: Mapping[str, date] = NO_DAYS
) -> tuple[MeasureRow, ...]:
    left = 0
    rows: list[MeasureRow] = []
    silent = stale.by_measure if stale else {}
    for line in lines:
        key = line.item.measure.key
        row = measure_row(line, start=left, month=month, is_first=not rows, silent=silent.get(key, ()))
        rows.append(replace(row, newest=newest.get(key)))
        left += line.line
    return tuple(rows)


def child_rows(
    lines: Sequence[ChildLine], names: Mapping[int, str], *, stale: Mapping[int, Staleness]
) -> tuple[ChildRow, ...]:
    """The accounts below, one bar after the other."""
    left = 0
    rows: list[ChildRow] = []
    for line in lines:
        is_seen = line.account_id in names
        rows.append(
            ChildRow(
                label=names.get(line.account_id, UNSEEN),
                url=reverse("account", args=[line.account_id]) if is_seen else "",
                line=points(line.line),
                change=in_points(line.change),
                pieces=(Piece("earned", place(left), place(line.line)),) if line.line else (),
                connectors=Connectors(place(left) if rows else None, place(left + line.line)),
                silent_sources=stale[line.account_id].sources if line.account_id in stale else (),
            )
        )
        left += line.line
    return tuple(rows)


def measure_row(line: MeasureLine, *, start: int, month: int, is_first: bool, silent: tuple[str, ...]) -> MeasureRow:
    item, measure = line.item, line.item.measure
    end = start + line.line
    still_open = line.weight_hundredths - line.line
    pieces = [Piece("earned", place(start), place(line.line))] if line.line else []
    pieces += [Piece("open", place(end), place(still_open))] if still_open > 0 and line.points is not None else []
    return MeasureRow(
        key=measure.key,
        label=measure.label,
        about=measure.about,
        source=source_text(measure),
        value=None if line.value is None else value_text(line.value, measure.unit),
        missing="" if line.is_known else WITHOUT_VALUE[item.missing],
        curve=curve_text(item.curve, measure=measure, target=line.target, month=month),
        points=None if line.points is None else formats.rounded(line.points, places=2),
        weight=item.weight,
        counted_weight=None if line.is_left_out else points(line.weight_hundredths),
        line=points(line.line),
        of=points(line.weight_hundredths),
        change=in_points(line.change),
        pieces=tuple(pieces),
        connectors=Connectors(None if is_first else place(start), place(end)),
        earned_percent=formats.rounded(line.points or 0, places=2),
        newest=None,
        silent_sources=silent,
    )


def flag_rows(
    explained: Explanation, *, account: Account, health: AccountHealth | None, stale: Staleness | None
) -> tuple[FlagRow, ...]:
    months = account.segment.ebr_cadence_months if account.segment else DEFAULT_EBR_MONTHS
    rows = []
    for raised in explained.flags:
        capped = raised.flag.rule.band_cap if raised.flag else None
        label = explained.card.bands.by_code[explained.card.bands.code(capped)].label if capped else ""
        reason = flag_reason(
            raised,
            as_of=explained.snapshot.as_of,
            last_ebr_on=health.last_ebr_on if health else None,
            ebr_months=months,
        )
        fact = raised.flag.rule.fact if raised.flag else ""
        rows.append(
            FlagRow(
                fact=fact,
                label=raised.label,
                reason=reason,
                cap=f"The band is at most {label} while it is on." if label else "",
                silent_sources=stale.of_fact(fact) if stale else (),
            )
        )
    return tuple(rows)


def element_row(element: ElementScore) -> ElementRow:
    return ElementRow(element.element.capitalize(), points=element.points, weight=element.weight)
