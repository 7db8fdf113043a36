"""Accounts that may grow or speak for us, found every night from the newest scores (docs/growth.md)."""

import math
import struct
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, Max, OuterRef

from accounts.models import Account, GrowthKind, ManualReading, Status, SurveyKind, SurveyResponse
from scoring.breakdown import HEAD, LINE
from scoring.core.bands import ABOVE, AT_RISK, STRONG, UNDEFINED
from scoring.models import AccountHealth, GrowthSign, ScorecardItem, Snapshot
from scoring.queries.summaries import scored_days

NEAR_LIMIT, RISING, PROMOTER = 0.9, 1.2, 9
YEAR = timedelta(days=365)
TREND = "usage_trend"
AT_ONCE = 2_000


def work_out_growth(*, at: datetime) -> list[GrowthSign]:
    """All signs as of the newest scored day, in the place of those before."""
    day = scored_days().newest
    signs = [*near_limit(day), *rising(day), *promoters(day)] if day else []
    with transaction.atomic():
        GrowthSign.objects.all().delete()
        GrowthSign.objects.bulk_create(signs, batch_size=AT_ONCE)
    return signs


def near_limit(day: date) -> Iterator[GrowthSign]:
    """Healthy, and nine of ten seats in use, or more."""
    rows = AccountHealth.objects.filter(
        account__status=Status.ACTIVE, band__in=(ABOVE, STRONG), account__seats__gt=0,
        active_users__gte=F("account__seats") * NEAR_LIMIT,
    ).values_list("account_id", "active_users", "account__seats", "arr_reporting")  # fmt: skip
    row: Any
    for row in rows.iterator(chunk_size=AT_ONCE):
        account, users, seats, arr = row
        yield GrowthSign(
            account_id=account, kind=GrowthKind.SEATS, as_of=day, value=users / seats, people=users, mark=str(seats),
            arr=arr,
        )  # fmt: skip


def rising(day: date) -> Iterator[GrowthSign]:
    """Not at risk, and usage a fifth above that of the 28 days before, or more, where the card weighs its trend."""
    places = {
        version: place
        for version, measures in measures_of_versions().items()
        for place, measure in enumerate(measures)
        if measure == TREND
    }
    health = AccountHealth.objects.filter(account__status=Status.ACTIVE).exclude(band__in=(*AT_RISK, UNDEFINED))
    worth = dict(health.values_list("account_id", "arr_reporting"))
    rows = Snapshot.objects.filter(as_of=day, version__in=places).values_list("account_id", "version_id", "breakdown")
    for account, version, kept in rows.iterator(chunk_size=AT_ONCE):
        trend = value_at(kept, places[version])
        if account in worth and trend >= RISING:
            yield GrowthSign(
                account_id=account, kind=GrowthKind.RISING, as_of=day, value=trend, mark=f"{math.floor(trend * 5)}",
                arr=worth[account],
            )  # fmt: skip


def measures_of_versions() -> dict[int, list[str]]:
    """The measures of each version in the order of its snapshots."""
    found: dict[int, list[str]] = {}
    for version, measure in ScorecardItem.objects.order_by("version", "position").values_list("version", "measure"):
        found.setdefault(version, []).append(measure)
    return found


def value_at(kept: bytes | memoryview, place: int) -> float:
    """One measure's value in a snapshot's bytes; NaN, which is above nothing, where it is not known."""
    return float(struct.unpack_from("<d", kept, HEAD.itemsize + place * LINE.itemsize)[0])


def promoters(day: date) -> Iterator[GrowthSign]:
    """Not at risk, somebody's newest NPS answer of a year is 9 or 10, and nobody counted a reference in a year."""
    since = day - YEAR
    newer = SurveyResponse.objects.filter(
        contact=OuterRef("contact"), kind=SurveyKind.NPS, answered_on__gt=OuterRef("answered_on")
    )
    answers = SurveyResponse.objects.filter(
        ~Exists(newer), kind=SurveyKind.NPS, score__gte=PROMOTER, answered_on__gt=since, answered_on__lte=day,
        contact__isnull=False, contact__left_on=None,
    )  # fmt: skip
    spoke = ManualReading.objects.filter(
        account=OuterRef("pk"), measure="advocacy_acts", value__gt=0, read_on__gt=since, read_on__lte=day
    )
    free = Account.objects.filter(~Exists(spoke), status=Status.ACTIVE, health__isnull=False)
    worth = dict(free.exclude(health__band__in=AT_RISK).values_list("pk", "health__arr_reporting"))
    rows = answers.order_by().values_list("account_id").annotate(Max("score"), Count("contact"), Max("answered_on"))
    for account, best, people, said_on in rows:
        if account in worth:
            yield GrowthSign(
                account_id=account, kind=GrowthKind.PROMOTER, as_of=day, value=best, people=people, said_on=said_on,
                mark=said_on.isoformat(), arr=worth[account],
            )  # fmt: skip
