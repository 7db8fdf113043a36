"""Blocks of the product usage page: retention by start month, days, features, flows.

Every number is a sum that the night worked out, and each has an address of the accounts behind it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from accounts.models import Feature, Segment
from dashboards import formats
from dashboards.charts.flows import Flow, Sankey, sankey
from dashboards.charts.theme import BandScale
from scoring.core.bands import DEFINED
from scoring.models.use import GONE, NO_FEATURE, NOT_YET
from scoring.queries.product_use import BAND_SHIFT, UNKNOWN

STEPS = 5
WEEK = 7
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Sums = Mapping[str, Any]


@dataclass(frozen=True)
class Linker:
    """Addresses of the accounts behind a number, with the choices of the page."""

    path: str
    kept: str

    def to(self, what: str, **about: object) -> str:
        query = urlencode({"of": what, **{name: value for name, value in about.items() if value != ""}})
        return f"{self.path}?{query}{'&' if self.kept else ''}{self.kept}"


@dataclass(frozen=True)
class Cell:
    """Of `known` accounts so many were `active`. `step` from 0 to 5 says how dark it is; None: nothing is known."""

    active: int
    known: int
    url: str
    title: str

    @property
    def share(self) -> float | None:
        return self.active / self.known if self.known else None

    @property
    def step(self) -> int | None:
        return None if self.share is None else round(self.share * STEPS)


@dataclass(frozen=True)
class CohortLine:
    """The accounts that started in a month, month by month from then on."""

    month: date
    size: int
    url: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Triangle:
    """`all` are all cohorts together, by months since the start."""

    lines: tuple[CohortLine, ...]
    all: tuple[Cell, ...]

    @property
    def size(self) -> int:
        return sum(line.size for line in self.lines)


def triangle(sums: Sums, *, months: Sequence[date], link: Linker) -> Triangle:
    """Cohorts from the oldest on; months without a start have no line."""
    lines = [cohort_line(sums["cohorts"].get(month.isoformat()), month, months, link) for month in months]
    found = tuple(line for line in lines if line is not None)
    longest = max((len(line.cells) for line in found), default=0)
    everybody = [[line.cells[age] for line in found if age < len(line.cells)] for age in range(longest)]
    ages = enumerate(everybody)
    return Triangle(found, tuple(together(cells, url=link.to("age", age=age, state="in")) for age, cells in ages))


def together(cells: Iterable[Cell], *, url: str = "") -> Cell:
    """Several cells as one; without an address where an account would be counted more than once."""
    told = list(cells)
    active, known = sum(cell.active for cell in told), sum(cell.known for cell in told)
    return Cell(active, known, url, f"{formats.plain(active)} of {formats.plain(known)}")


def cohort_line(told: Mapping[str, Any] | None, month: date, months: Sequence[date], link: Linker) -> CohortLine | None:
    if told is None:
        return None
    start, first = f"{month:%Y-%m}", months.index(month)
    cells = tuple(
        Cell(active, known, link.to("cohort", start=start, month=f"{at:%Y-%m}", state="in"),
             f"{formats.month(at)}: {formats.plain(active)} of {formats.plain(known)} in use")
        for at, known, active in zip(months[first:], told["known"], told["active"], strict=True)
    )  # fmt: skip
    return CohortLine(month, told["size"], link.to("cohort", start=start, state="all"), cells)


@dataclass(frozen=True)
class WeekdayLine:
    """One weekday over the weeks; a cell is None after the last day."""

    name: str
    cells: tuple[Cell | None, ...]
    all: Cell


@dataclass(frozen=True)
class DayRow:
    """One day as the file has it."""

    day: date
    known: int
    used: int
    users: int
    events: int


def day_rows(sums: Sums, *, days: Sequence[date]) -> list[DayRow]:
    told = sums.get("days", {})
    return [
        DayRow(day, *(told[name][n] for name in ("known", "used", "users", "events"))) for n, day in enumerate(days)
    ] if told else []  # fmt: skip


def weekday_lines(rows: Sequence[DayRow], *, link: Linker) -> tuple[WeekdayLine, ...]:
    """Seven lines, of a column per week; the first of the rows is a Monday."""
    cells = [
        Cell(row.used, row.known, link.to("day", day=row.day.isoformat(), state="in"),
             f"{formats.day(row.day)}: {formats.plain(row.used)} of {formats.plain(row.known)} accounts in use, "
             f"{formats.plain(row.users)} users, {formats.plain(row.events)} events")
        for row in rows
    ]  # fmt: skip
    weeks = -(-len(cells) // WEEK)
    lines = []
    for n, name in enumerate(WEEKDAYS if cells else ()):
        own = [cells[week * WEEK + n] if week * WEEK + n < len(cells) else None for week in range(weeks)]
        lines.append(WeekdayLine(name, tuple(own), together(cell for cell in own if cell)))
    return tuple(lines)


def weeks_of(days: Sequence[date]) -> list[date]:
    """The Mondays."""
    return [day for day in days if day.weekday() == 0]


@dataclass(frozen=True)
class FeatureLine:
    """Who pays for a feature and who uses it, in 28 days; each number with the address of its accounts."""

    feature: Feature
    paid: int
    used: int
    unused: int
    unknown: int
    unpaid: int
    unused_arr: Decimal
    urls: Mapping[str, str]
    segments: tuple[Cell, ...] = ()

    @property
    def adoption(self) -> float | None:
        """Of those that pay and whose use is known, the share that uses it."""
        known = self.used + self.unused
        return self.used / known if known else None

    @property
    def any(self) -> int:
        return self.used + self.unpaid


def feature_lines(
    by_segment: Mapping[int | None, Sums], sums: Sums, *, features: Sequence[Feature], segments: Sequence[Segment],
    link: Linker, link_in: Callable[[Segment], Linker],
) -> tuple[FeatureLine, ...]:  # fmt: skip
    """The features that anybody pays for or uses, the one most left unused first."""
    lines = [
        feature_line(feature, told, by_segment, segments, link=link, link_in=link_in)
        for feature in features
        if (told := sums.get("features", {}).get(str(feature.pk)))
    ]
    return tuple(sorted(lines, key=lambda line: (-line.unused, -line.paid, line.feature.name)))


def feature_line(
    feature: Feature, told: Mapping[str, int], by_segment: Mapping[int | None, Sums], segments: Sequence[Segment],
    *, link: Linker, link_in: Callable[[Segment], Linker],
) -> FeatureLine:  # fmt: skip
    counts = {name: told.get(name, 0) for name in ("paid", "used", "unused", "unknown", "unpaid")}
    return FeatureLine(
        feature=feature,
        **counts,
        unused_arr=Decimal(told.get("unused_cents", 0)) / 100,
        urls={name: link.to("feature", feature=feature.pk, state=name) for name in (*counts, "any")},
        segments=tuple(
            segment_cell(feature, by_segment.get(segment.pk, {}), segment, link_in(segment)) for segment in segments
        ),
    )


def segment_cell(feature: Feature, sums: Sums, segment: Segment, link: Linker) -> Cell:
    """In how many of a segment's accounts whose use is known the feature is in use."""
    told = sums.get("features", {}).get(str(feature.pk), {})
    active, known = told.get("used", 0) + told.get("unpaid", 0), sums.get("known", 0)
    title = f"{feature.name}, {segment.name}: in use in {formats.plain(active)} of {formats.plain(known)} accounts"
    return Cell(active, known, link.to("feature", feature=feature.pk, state="any"), title)


def flow_of(told: Mapping[str, int], what: str, *, link: Linker) -> list[Flow]:
    pairs = [(*map(int, key.split(">")), count) for key, count in told.items()]
    return [Flow(before, now, count, link.to(what, before=before, now=now)) for before, now, count in pairs]


def feature_flows(sums: Sums, *, names: Mapping[int, str], link: Linker) -> Sankey:
    """From the feature used most a quarter ago to the one used most now."""
    words = {NO_FEATURE: "None in use", NOT_YET: "Not yet a customer", GONE: "Left", UNKNOWN: "Not known"}

    def name(code: int) -> str:
        return words.get(code) or names.get(code, "A feature that is no more")

    return sankey(
        flow_of(sums.get("mains", {}), "main", link=link),
        name=name,
        order=lambda code: (code <= 0, -code if code <= 0 else 0, *map(ord, name(code)[:12])),
    )


def band_flows(sums: Sums, *, scale: BandScale, link: Linker) -> Sankey:
    """From the band of a quarter ago to today's, best first."""
    words = {NOT_YET: "Not yet a customer", GONE: "Left"}
    return sankey(
        flow_of(sums.get("bands", {}), "band", link=link),
        name=lambda code: words.get(code) or scale.name(code - BAND_SHIFT),
        order=lambda code: (code < 0, -code if code < 0 else place_of_band(code - BAND_SHIFT)),
    )


def place_of_band(band: int) -> int:
    return DEFINED.index(band) if band in DEFINED else len(DEFINED)
