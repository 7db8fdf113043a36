"""Blocks of the overview: tiles, the heat map of segments by band, phases, months and quarters.

Every figure of a block is a sum over the same rows, so bands add up to totals and totals to the tiles.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import Phase, Segment
from dashboards import formats
from dashboards.charts.revenue import BandMonth, BandQuarter, arr_by_band, renewals_by_band
from dashboards.charts.theme import View
from dashboards.pages.choices import Choices
from dashboards.pages.company import Company
from scoring.queries.selection import NONE
from scoring.queries.summaries import Health, added
from scoring.queries.year import Retention

# How much of a band's color goes into a cell, from the smallest share of its row to the largest.
PALEST, DARKEST = 10, 44
QUARTERS = 4
Groups = Mapping[tuple[int | None, str], Health]
# segment, phase and band → how many scores are stale
Stale = Mapping[tuple[int | None, str, int], int]


@dataclass(frozen=True)
class Cell:
    """One band of one segment. `tint` is in percent of the band's color; 0 leaves the cell plain. `stale`: how many of
    its `scored` accounts depend on a silent source."""

    arr: Decimal
    accounts: int
    share: Decimal | None
    tint: int
    url: str
    scored: int
    stale: int


@dataclass(frozen=True)
class BandLine:
    code: int
    name: str
    url: str
    cells: list[Cell]
    total: Cell


@dataclass(frozen=True)
class Column:
    name: str
    url: str
    total: Cell


@dataclass(frozen=True)
class HeatMap:
    columns: list[Column]
    lines: list[BandLine]
    total: Cell


def heat_map(
    groups: Groups, *, stale: Stale, segments: Sequence[Segment], choices: Choices, company: Company
) -> HeatMap:
    """ARR by segment and band; segments without accounts are left out."""
    by_segment = {pk: added(health for (own, _), health in groups.items() if own == pk) for pk, _ in groups}
    known = [(segment.pk, segment.name, segment.slug) for segment in segments] + [(None, "No segment", NONE)]
    shown = [
        Shown(by_segment[pk], name, slug, stale_by_band(stale, segment=pk))
        for pk, name, slug in known
        if pk in by_segment
    ]
    everything = Shown(added(groups.values()), "All", "", stale_by_band(stale))
    columns = [Column(each.name, each.url(choices), whole(each, each.url(choices))) for each in shown]
    lines = [
        band_line(code, shown=shown, everything=everything, choices=choices, company=company)
        for code in company.scale.codes
    ]
    return HeatMap(columns=columns, lines=lines, total=whole(everything, choices.accounts_url()))


@dataclass(frozen=True)
class Shown:
    """A segment of the heat map, or all of them; `stale` by band."""

    health: Health
    name: str
    slug: str
    stale: Counter[int]

    def url(self, choices: Choices, **more: Any) -> str:
        return choices.accounts_url(segments=(self.slug,), **more)


def stale_by_band(stale: Stale, **of: int | None) -> Counter[int]:
    """How many stale scores each band has, of one `segment` or of all."""
    found: Counter[int] = Counter()
    for (segment, _, band), count in stale.items():
        if "segment" not in of or segment == of["segment"]:
            found[band] += count
    return found


def band_line(code: int, *, shown: Sequence[Shown], everything: Shown, choices: Choices, company: Company) -> BandLine:
    shares = [share_of(each.health, code) for each in shown]
    cells = [
        cell_of(each, code, share=share, tint=tint, url=each.url(choices, bands=(code,)))
        for each, share, tint in zip(shown, shares, tints_of(shares), strict=True)
    ]
    url = choices.accounts_url(bands=(code,))
    total = cell_of(everything, code, share=share_of(everything.health, code), tint=0, url=url)
    return BandLine(code=code, name=company.scale.name(code), url=url, cells=cells, total=total)


def cell_of(each: Shown, code: int, *, share: Decimal | None, tint: int, url: str) -> Cell:
    amount = each.health.of(code)
    return Cell(amount.arr, amount.accounts, share, tint, url, scored=amount.accounts, stale=each.stale[code])


def whole(each: Shown, url: str) -> Cell:
    health = each.health
    return Cell(
        health.arr, health.accounts, share=None, tint=0, url=url, scored=health.scored, stale=each.stale.total()
    )


def share_of(health: Health, code: int) -> Decimal | None:
    """The band's share of the ARR of its segment."""
    return health.of(code).arr / health.arr if health.arr else None


def tints_of(shares: Sequence[Decimal | None]) -> list[int]:
    """Compared along the row: the largest share is the darkest."""
    known = [share for share in shares if share]
    low, high = min(known, default=Decimal(0)), max(known, default=Decimal(0))
    span = high - low
    return [
        0 if not share else DARKEST if not span else round(PALEST + (DARKEST - PALEST) * (share - low) / span)
        for share in shares
    ]


@dataclass(frozen=True)
class PhasePart:
    code: int
    count: int
    name: str
    url: str


@dataclass(frozen=True)
class PhaseLine:
    """`median_days`: half of the accounts that are in the phase have been in it for longer; None where not known."""

    name: str
    url: str
    parts: list[PhasePart]
    health: Health
    median_days: int | None


def phase_lines(groups: Groups, *, stays: Mapping[str, int], choices: Choices, company: Company) -> list[PhaseLine]:
    """Accounts and ARR per phase, in the order of the journey; phases without accounts are left out."""
    found = []
    for phase in Phase:
        health = added(amount for (_, own), amount in groups.items() if own == phase.value)
        if health.accounts:
            parts = [
                PhasePart(code, health.of(code).accounts, company.scale.name(code),
                          choices.accounts_url(phases=(phase.value,), bands=(code,)))
                for code in company.scale.codes
            ]  # fmt: skip
            url = choices.accounts_url(phases=(phase.value,))
            found.append(PhaseLine(str(phase.label), url, parts, health, stays.get(phase.value)))
    return found


@dataclass(frozen=True)
class Tiles:
    """Today against the compared day. Changes are differences of the figures as shown; None without such a day.

    `stale` is how many of today's scores depend on a silent source; `year` is the retention of twelve months.
    """

    now: Health
    then: Health | None
    weighted_score: Decimal | None
    stale: int
    year: Retention | None = None
    year_then: Retention | None = None

    @property
    def net_change(self) -> Decimal | None:
        """Of net revenue retention, in points of percent."""
        year, then = self.year, self.year_then
        return points_between(year.net, then.net) if year and then else None

    @property
    def gross_change(self) -> Decimal | None:
        year, then = self.year, self.year_then
        return points_between(year.gross, then.gross) if year and then else None

    @property
    def at_risk_arr(self) -> Decimal:
        return self.now.at_risk.arr

    @property
    def at_risk_ratio(self) -> Decimal | None:
        return self.at_risk_arr / self.now.arr if self.now.arr else None

    @property
    def arr_change(self) -> Decimal | None:
        return None if self.then is None else self.now.arr - self.then.arr

    @property
    def accounts_change(self) -> int | None:
        return None if self.then is None else self.now.accounts - self.then.accounts

    @property
    def at_risk_change(self) -> Decimal | None:
        return None if self.then is None else self.at_risk_arr - self.then.at_risk.arr

    @property
    def at_risk_fall(self) -> Decimal | None:
        """By how much the ARR at risk fell, without a sign."""
        return None if self.at_risk_change is None else abs(self.at_risk_change)

    @property
    def score_change(self) -> Decimal | None:
        return formats.shown_change(self.now.mean_score, self.then.mean_score if self.then else None)

    @property
    def at_risk_accounts(self) -> int:
        return self.now.at_risk.accounts


def points_between(now: float | None, then: float | None) -> Decimal | None:
    """The difference of two shares as shown with one decimal, in points of percent."""
    if now is None or then is None:
        return None
    return formats.rounded(100 * now, places=1) - formats.rounded(100 * then, places=1)


def arr_views(months: Mapping[date, Health], *, company: Company, url: Callable[[date, int | None], str]) -> list[View]:
    """ARR by band at month ends: in money, as shares, and as accounts. `url` opens the accounts of a day and band."""
    urls = {day: tuple(url(day, code) for code in company.scale.codes) for day in months}
    money = [BandMonth(day, amounts_of(health, company), urls[day]) for day, health in months.items()]
    heads = [BandMonth(day, counts_of(health, company), urls[day]) for day, health in months.items()]
    return [
        View("ARR", arr_by_band(money, id="arr-money", currency=company.currency, scale=company.scale)),
        View("Share", arr_by_band(money, id="arr-share", by="share", currency=company.currency, scale=company.scale)),
        View("Accounts", arr_by_band(heads, id="arr-accounts", title="Accounts by health band", by="accounts",
                                     scale=company.scale)),
    ]  # fmt: skip


def amounts_of(health: Health, company: Company) -> tuple[float, ...]:
    return tuple(float(health.of(code).arr) for code in company.scale.codes)


def counts_of(health: Health, company: Company) -> tuple[int, ...]:
    return tuple(health.of(code).accounts for code in company.scale.codes)


def quarters_from(day: date) -> list[date]:
    """The first days of the day's quarter and of the three after it."""
    first = (day.year * 12 + day.month - 1) // 3 * 3
    return [date(month // 12, month % 12 + 1, 1) for month in range(first, first + 3 * QUARTERS, 3)]


def renewals_chart(quarters: Mapping[date, Health], *, choices: Choices, company: Company) -> Any:
    drawn = [
        BandQuarter(
            day=day,
            amounts=amounts_of(health, company),
            urls=tuple(choices.accounts_url(bands=(code,), renewal=quarter_key(day)) for code in company.scale.codes),
        )
        for day, health in quarters.items()
    ]
    return renewals_by_band(drawn, currency=company.currency, scale=company.scale)


def quarter_key(day: date) -> str:
    """How an address names a quarter: 2027-Q1."""
    return f"{day.year}-Q{(day.month + 2) // 3}"
