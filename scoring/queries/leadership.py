"""What leadership's page says of today: every block adds up the same cells, read in one query."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, FloatField, Q, QuerySet, SmallIntegerField, Sum, TextField, Value, When
from django.db.models.functions import Cast

from accounts.models import Account
from scoring.core.bands import AT_RISK
from scoring.queries.selection import quarter_days
from scoring.queries.summaries import Amount, Health

ARR = "health__arr_reporting"
LATER = -1


@dataclass(frozen=True)
class Cell:
    """The accounts of one segment, phase and band that renew in one quarter, None for any other time.

    `scored_arr` is the ARR of those with a score, `weighted` their sum of score in hundredths × ARR.
    """

    segment: int | None
    phase: str
    band: int
    quarter: date | None
    amount: Amount
    scored_arr: Decimal
    weighted: float


@dataclass(frozen=True)
class Today:
    """All active accounts of a choice."""

    cells: Sequence[Cell]

    @property
    def health(self) -> Health:
        return health_of(self.cells)

    @property
    def weighted_score(self) -> Decimal | None:
        """The mean score in points with each scored account counted by its ARR."""
        arr = sum((cell.scored_arr for cell in self.cells), Decimal(0))
        return Decimal(str(sum(cell.weighted for cell in self.cells))) / 100 / arr if arr else None

    def groups(self) -> dict[tuple[int | None, str], Health]:
        """By segment and phase."""
        return by(self.cells, lambda cell: (cell.segment, cell.phase))

    def renewals(self, quarters: Collection[date]) -> dict[date, Health]:
        """By quarter of renewal, named by its first day; quarters without renewals are empty."""
        found = by((cell for cell in self.cells if cell.quarter), lambda cell: cell.quarter)
        return {quarter: found.get(quarter, Health()) for quarter in quarters}


def health_of(cells: Iterable[Cell]) -> Health:
    amounts: dict[int, Amount] = defaultdict(Amount)
    for cell in cells:
        amounts[cell.band] += cell.amount
    return Health(dict(amounts))


def by(cells: Iterable[Cell], key: Callable[[Cell], Any]) -> dict[Any, Health]:
    groups: dict[Any, list[Cell]] = defaultdict(list)
    for cell in cells:
        groups[key(cell)].append(cell)
    return {own: health_of(some) for own, some in groups.items()}


def today_of(accounts: QuerySet[Account], *, quarters: Sequence[date]) -> Today:
    """One query over accounts with their `band`; `quarters` are first days, in order."""
    rows: Any = (
        accounts.annotate(quarter=quarter_place(quarters))
        .values("segment_id", "phase", "band", "quarter")  # type: ignore[misc]  # annotated by who chose the accounts
        .annotate(
            accounts=Count("pk"),
            score_sum=Sum("health__score", default=0),
            arr_sum=Sum(ARR, default=Decimal(0)),
            scored_arr=Sum(ARR, filter=Q(health__score__isnull=False), default=Decimal(0)),
            weighted=Sum(Cast("health__score", FloatField()) * Cast(ARR, FloatField()), default=0.0),
        )
        .order_by()
    )
    return Today([cell_of(row, quarters) for row in rows])


def quarter_place(quarters: Sequence[date]) -> Case:
    """The place of the quarter in which an account renews."""
    whens = [When(renewal_date__range=days_of_quarter(day), then=Value(n)) for n, day in enumerate(quarters)]
    return Case(*whens, default=Value(LATER), output_field=SmallIntegerField())


def days_of_quarter(first: date) -> tuple[date, date]:
    """The first and the last day of the quarter that begins with the day."""
    found = quarter_days(f"{first.year}-Q{(first.month + 2) // 3}")
    return found or (first, first + timedelta(days=91))


def cell_of(row: dict[str, Any], quarters: Sequence[date]) -> Cell:
    return Cell(
        segment=row["segment_id"],
        phase=row["phase"],
        band=row["band"],
        quarter=None if row["quarter"] == LATER else quarters[row["quarter"]],
        amount=Amount(row["accounts"], row["score_sum"], row["arr_sum"]),
        scored_arr=row["scored_arr"],
        weighted=row["weighted"],
    )


def flags_at_risk(accounts: QuerySet[Account]) -> dict[str, Amount]:
    """Accounts at risk and their ARR by flag, in one query; an account counts with each of its flags, without any
    under "". Accounts are grouped by all of their flags, as text: looking for each flag in each text takes longer."""
    at_risk = accounts.filter(Q(band__in=AT_RISK)).annotate(flags_told=Cast("health__flags", TextField()))  # type: ignore[misc]  # band is annotated
    rows = at_risk.order_by().values_list("flags_told").annotate(Count("pk"), Sum(ARR, default=Decimal(0)))
    found: dict[str, Amount] = defaultdict(Amount)
    for told, count, arr in rows:
        for key in json.loads(told or "[]") or [""]:
            found[key] += Amount(count, arr=arr)
    return dict(found)
