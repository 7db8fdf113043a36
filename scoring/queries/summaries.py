"""Health of whole portfolios, added up from the daily summaries: trends, heat maps, the leaderboard.

Amounts are kept by the code of their band.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from accounts.access import owner_scope, visible_csms
from accounts.models import User
from scoring.core.bands import AT_RISK, UNDEFINED
from scoring.models import DailySummary, ScoringRun


@dataclass(frozen=True)
class Amount:
    """Accounts of one band: how many, the sum of their scores in hundredths, their ARR."""

    accounts: int = 0
    score_sum: int = 0
    arr: Decimal = Decimal(0)

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.accounts + other.accounts, self.score_sum + other.score_sum, self.arr + other.arr)


NOTHING = Amount()


@dataclass(frozen=True)
class Health:
    """The health of a group of accounts, by band."""

    by_band: Mapping[int, Amount] = field(default_factory=dict)

    def of(self, band: int) -> Amount:
        return self.by_band.get(band, NOTHING)

    @property
    def at_risk(self) -> Amount:
        """What stands in the bands at risk."""
        return sum((self.of(band) for band in AT_RISK), NOTHING)

    @property
    def total(self) -> Amount:
        return sum(self.by_band.values(), NOTHING)

    @property
    def accounts(self) -> int:
        return self.total.accounts

    @property
    def arr(self) -> Decimal:
        return self.total.arr

    @property
    def scored(self) -> int:
        """Accounts that have a score."""
        return self.accounts - self.of(UNDEFINED).accounts

    @property
    def mean_score(self) -> Decimal | None:
        """The mean score of the scored accounts in points, each counted once."""
        return Decimal(self.total.score_sum) / 100 / self.scored if self.scored else None

    @property
    def coverage_ratio(self) -> float | None:
        """The share of accounts that have a score."""
        return self.scored / self.accounts if self.accounts else None

    def __add__(self, other: "Health") -> "Health":
        return Health({band: self.of(band) + other.of(band) for band in {*self.by_band, *other.by_band}})


@dataclass(frozen=True)
class ScoredDays:
    """The days on which all accounts were scored, oldest first."""

    days: tuple[date, ...]

    @property
    def newest(self) -> date | None:
        return self.days[-1] if self.days else None

    def nearest(self, target: date, *, within_days: int) -> date | None:
        """The scored day closest to the target, the earlier of two; none where all are farther than that."""
        near = [day for day in self.days if abs((day - target).days) <= within_days]
        return min(near, key=lambda day: (abs((day - target).days), day), default=None)

    def month_ends(self, *, months: int) -> list[date]:
        """The last scored day of each of the newest months, the running month included."""
        lasts = {(day.year, day.month): day for day in self.days}
        return sorted(lasts.values())[-months:]


def scored_days() -> ScoredDays:
    """The days of which a run over all accounts is done."""
    done = ScoringRun.objects.filter(state=ScoringRun.State.DONE, kind=ScoringRun.Kind.FULL)
    return ScoredDays(tuple(done.order_by("as_of").values_list("as_of", flat=True).distinct()))


def visible_summaries(
    user: User, *, owners: Collection[int] = (), teams: Collection[int] = (), segments: Collection[str] = ()
) -> QuerySet[DailySummary]:
    """The summaries of the accounts that the user sees; an empty choice leaves all."""
    return narrowed(DailySummary.objects.filter(owner_scope(user, prefix="")), owners, teams, segments)


def colleagues_summaries(user: User, *, teams: Collection[int] = ()) -> QuerySet[DailySummary]:
    """The summaries of the CSMs whom the user meets on the leaderboard."""
    return narrowed(DailySummary.objects.filter(owner__in=visible_csms(user)), (), teams, ())


def narrowed(
    rows: QuerySet[Any], owners: Collection[int], teams: Collection[int], segments: Collection[str], prefix: str = ""
) -> QuerySet[Any]:
    """Rows that carry an owner and a segment, kept where they match every choice that was made."""
    chosen = {"owner__in": owners, "owner__team__in": teams, "segment__slug__in": segments}
    return rows.filter(Q(**{f"{prefix}{lookup}": list(values) for lookup, values in chosen.items() if values}))


def health_by_day(summaries: QuerySet[DailySummary], *, days: Collection[date]) -> dict[date, Health]:
    """The health of all these accounts on each of the days; a day without accounts is empty."""
    found = grouped(summaries.filter(as_of__in=days), "as_of")
    return {day: found.get((day,), Health()) for day in days}


def health_by_segment_and_phase(
    summaries: QuerySet[DailySummary], *, day: date
) -> dict[tuple[int | None, str], Health]:
    """The health on a day per segment id and phase."""
    return grouped(summaries.filter(as_of=day), "segment_id", "phase")


def health_by_owner(
    summaries: QuerySet[DailySummary], *, days: Collection[date]
) -> dict[tuple[date, int | None], Health]:
    """The health on each of the days per owner's id."""
    return grouped(summaries.filter(as_of__in=days), "as_of", "owner_id")


def grouped(summaries: QuerySet[DailySummary], *keys: str) -> dict[Any, Health]:
    """One query: the summaries added up per key and band."""
    rows = summaries.values_list(*keys, "band").annotate(Sum("accounts"), Sum("score_sum"), Sum("arr_reporting"))
    bands: dict[Any, dict[int, Amount]] = defaultdict(dict)
    for row in rows.order_by():
        *key, band, accounts, score_sum, arr = row
        bands[tuple(key)][band] = Amount(accounts, score_sum, arr)
    return {key: Health(by_band) for key, by_band in bands.items()}


def added(healths: Iterable[Health]) -> Health:
    """Several groups as one."""
    return sum(healths, Health())
