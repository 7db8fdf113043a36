"""Did the bands tell? Departures of a year by the band 90 days before, against all accounts of such days.

Worked out every night (docs/churn.md). Weeks run back from the newest scored day: for each, who left in it, and how
many accounts stood in each band 90 days before its end. A rate is departures per account and year.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from accounts.models import ChurnEvent
from scoring.models import DailySummary, Study, StudyKind
from scoring.queries.churn import DAYS_BEFORE, cents, with_day_before, with_loss
from scoring.queries.summaries import scored_days
from scoring.store import MONTH_SLACK_DAYS

WEEKS = 52
Key = tuple[str, int]


def work_out_churn(*, at: datetime) -> list[Study]:
    """As of the newest scored day, in the place of the one before."""
    days = scored_days()
    if days.newest is None:
        return []
    bases = base_days(days.days, as_of=days.newest)
    exposed, arr = exposure(bases)
    lost, unknown = departures(bases, as_of=days.newest)
    rows = [
        {
            "segment": segment, "band": band, "accounts": exposed[segment, band], "arr": str(cents(arr[segment, band])),
            "left": lost[segment, band][0], "lost": str(cents(lost[segment, band][1])),
        }
        for segment, band in sorted({*exposed, *lost})
    ]  # fmt: skip
    study, _ = Study.objects.update_or_create(
        kind=StudyKind.CHURN,
        days=DAYS_BEFORE,
        defaults={
            "since": days.newest - timedelta(days=7 * WEEKS - 1), "as_of": days.newest, "computed_at": at,
            "found": {"weeks": sum(base is not None for base in bases), "rows": rows, "unknown": dict(unknown)},
        },
    )  # fmt: skip
    return [study]


def base_days(scored: tuple[date, ...], *, as_of: date) -> list[date | None]:
    """For each week, the newest first, the scored day that stands for 90 days before its end; None without any."""
    found: list[date | None] = []
    for week in range(WEEKS):
        target = as_of - timedelta(days=7 * week + DAYS_BEFORE)
        oldest = target - timedelta(days=MONTH_SLACK_DAYS)
        found.append(max((day for day in scored if oldest <= day <= target), default=None))
    return found


def exposure(bases: list[date | None]) -> tuple[dict[Key, int], dict[Key, Decimal]]:
    """Accounts, and their ARR, by segment and band, added up over the weeks."""
    times: dict[date, int] = defaultdict(int)
    for base in bases:
        if base is not None:
            times[base] += 1
    accounts: dict[Key, int] = defaultdict(int)
    arr: dict[Key, Decimal] = defaultdict(Decimal)
    rows = DailySummary.objects.filter(as_of__in=times).order_by().values_list("as_of", "segment__slug", "band")
    for day, segment, band, count, amount in rows.annotate(Sum("accounts"), Sum("arr_reporting")):
        accounts[segment or "", band] += times[day] * count
        arr[segment or "", band] += times[day] * amount
    return accounts, arr


def departures(bases: list[date | None], *, as_of: date) -> tuple[dict[Key, tuple[int, Decimal]], dict[str, int]]:
    """How many left, with what ARR, by segment and band before; and by segment those whose band is not known."""
    since = as_of - timedelta(days=7 * WEEKS - 1)
    left = ChurnEvent.objects.filter(is_reactivation=False, churned_on__gte=since, churned_on__lte=as_of)
    told: Any = with_loss(with_day_before(left))
    rows = told.values_list("churned_on", "account__segment__slug", "band_before", "lost")
    found: dict[Key, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    unknown: dict[str, int] = defaultdict(int)
    for churned_on, slug, band, lost in rows.iterator(chunk_size=2_000):
        if band is None or bases[(as_of - churned_on).days // 7] is None:
            unknown[slug or ""] += 1
            continue
        count, amount = found[slug or "", band]
        found[slug or "", band] = (count + 1, amount + cents(lost))
    return found, unknown
