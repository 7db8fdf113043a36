"""What renews in the coming quarters by band, apart from what somebody has judged: for the forecast."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, FloatField, OuterRef, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Cast

from accounts.models import Account, RenewalOutlook
from scoring.core.forecast import Judged, Lot
from scoring.queries.leadership import ARR, LATER, days_of_quarter, quarter_place
from scoring.queries.summaries import Amount, Health


@dataclass(frozen=True)
class Quarter:
    """What renews in one quarter: all of it by band, and of that what nobody has judged, as lots by band."""

    first: date
    health: Health
    lots: dict[int, Lot]
    judged: list[Judged]


def renewing(accounts: QuerySet[Account], *, quarters: Sequence[date], today: date) -> QuerySet[Account]:
    """Those that renew from today to the end of the last quarter."""
    return accounts.filter(renewal_date__range=(today, days_of_quarter(quarters[-1])[1]))


def judged_now() -> Exists:
    """Whether somebody said something of the very renewal that is next."""
    return Exists(RenewalOutlook.objects.filter(account=OuterRef("pk"), renewal_date=OuterRef("renewal_date")))


def quarters_of(accounts: QuerySet[Account], *, quarters: Sequence[date], today: date) -> list[Quarter]:
    """Two queries over accounts with their `band`: sums of all, and the few that were judged."""
    due = renewing(accounts, quarters=quarters, today=today).annotate(quarter=quarter_place(quarters))
    arr = Cast(ARR, FloatField())
    rows: Any = (
        due.annotate(is_judged=judged_now())
        .values("quarter", "band", "is_judged")
        .annotate(accounts=Count("pk"), arr=Sum(ARR, default=Decimal(0)), squares=Sum(arr * arr, default=0.0))
        .order_by()
    )
    amounts: dict[int, dict[int, Amount]] = defaultdict(lambda: defaultdict(Amount))
    lots: dict[int, dict[int, Lot]] = defaultdict(dict)
    for row in rows:
        amounts[row["quarter"]][row["band"]] += Amount(row["accounts"], arr=row["arr"])
        if not row["is_judged"]:
            lots[row["quarter"]][row["band"]] = Lot(float(row["arr"]), row["squares"])
    judged = judged_by_quarter(due)
    return [Quarter(day, Health(dict(amounts[n])), lots[n], judged[n]) for n, day in enumerate(quarters)]


def judged_by_quarter(due: Any) -> dict[int, list[Judged]]:
    found: dict[int, list[Judged]] = defaultdict(list)
    rows = due.filter(outlooks__renewal_date=F("renewal_date")).exclude(quarter=LATER)
    for quarter, arr, percent in rows.values_list("quarter", ARR, "outlooks__percent"):
        found[quarter].append(Judged(float(arr or 0), percent / 100))
    return found


def listed(accounts: QuerySet[Account], *, quarters: Sequence[date], today: date, only: str = "") -> QuerySet[Account]:
    """The accounts behind the forecast, the soonest first, with `said`: what was judged of the renewal, if anything.

    `only` is a quarter's first day as ISO, or "judged".
    """
    due = renewing(accounts, quarters=quarters, today=today)
    chosen = next((day for day in quarters if day.isoformat() == only), None)
    if chosen:
        due = due.filter(renewal_date__range=days_of_quarter(chosen))
    if only == "judged":
        due = due.filter(Q(judged_now()))
    said = RenewalOutlook.objects.select_related("author")
    return (
        due.select_related("health", "owner", "segment")
        .prefetch_related(Prefetch("outlooks", queryset=said, to_attr="all_outlooks"))
        .order_by("renewal_date", "name", "pk")
    )
