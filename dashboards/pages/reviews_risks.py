"""Accounts at risk without a plan, as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.urls import reverse

from dashboards.charts.theme import BandScale
from dashboards.pages.accounts_rows import month_change
from dashboards.pages.plan_rows import in_points
from scoring.queries.freshness import counting_day
from scoring.queries.plans import RiskyAccount
from scoring.queries.staleness import Staleness, stale_scores


@dataclass(frozen=True)
class RiskRow:
    """`change` is the difference to the shown score of a month ago, `weak_days` how long it is in a band at risk."""

    name: str
    url: str
    csm: str
    band: int
    band_name: str
    score: Decimal | None
    change: Decimal | None
    arr: Decimal
    renews_in_days: int | None
    weak_since: date | None
    weak_days: int | None
    silent_sources: tuple[str, ...]
    review_url: str


def risk_rows(risks: Sequence[RiskyAccount], *, today: date, scale: BandScale) -> list[RiskRow]:
    stale = stale_scores({risk.health.pk: risk.health.version_id for risk in risks})
    return [risk_row(risk, today=today, scale=scale, stale=stale.get(risk.health.pk)) for risk in risks]


def risk_row(risk: RiskyAccount, *, today: date, scale: BandScale, stale: Staleness | None) -> RiskRow:
    health, account = risk.health, risk.account
    day = counting_day(health.as_of, today=today)
    return RiskRow(
        name=account.name,
        url=reverse("account", args=[account.pk]),
        csm=account.owner.name if account.owner else "",
        band=health.band,
        band_name=scale.name(health.band),
        score=in_points(health.score),
        change=month_change(health),
        arr=health.arr_reporting,
        renews_in_days=(account.renewal_date - day).days if account.renewal_date else None,
        weak_since=risk.weak_since,
        weak_days=(day - risk.weak_since).days if risk.weak_since else None,
        silent_sources=stale.sources if stale else (),
        review_url=f"{reverse('reviews')}?account={account.pk}",
    )
