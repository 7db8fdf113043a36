"""Accounts that left: how many and with what ARR, why, from which band, and each of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.access import Action, can
from accounts.models import ChurnEvent, User
from accounts.operations.churn import words_of_reasons
from dashboards.filters import Filter
from dashboards.gate import UserRequest, requires
from dashboards.pages.choices import Choices, choices
from dashboards.pages.company import Company, company
from dashboards.pages.files import streamed_csv
from scoring.churn_rates import WEEKS
from scoring.core.incidence import FEWEST_YEARS, Rate, rate_of
from scoring.models import Study, StudyKind
from scoring.queries.churn import (
    DAYS_BEFORE,
    Lost,
    Wanted,
    lost_by_reason,
    total_lost,
    visible_churn,
    with_day_before,
    with_loss,
)
from scoring.queries.words import Words, words_of_scorecards

PER_PAGE = 25
PERIODS = {"90": "90 days", "365": "A year", "all": "All time"}
# A drawing of rates ends at so many departures a year per account; what is beyond is cut.
REACH = 1.0
HEAD = (
    "Account", "Segment", "CSM", "Left on", "Reason", "Reason code", "What happened", "Competitor", "Lost ARR",
    f"Score {DAYS_BEFORE} days before", "Band then", "As of",
)  # fmt: skip


@dataclass(frozen=True)
class ChurnRow:
    pk: int
    account_pk: int
    account: str
    segment: str
    csm: str
    left_on: date
    reason: str
    code: str
    note: str
    competitor: str
    lost: Decimal | None
    score: Decimal | None
    band: int | None
    band_name: str
    as_of: date | None


@dataclass(frozen=True)
class ReasonRow:
    words: str
    code: str
    lost: Lost
    share: float


@dataclass(frozen=True)
class BandRow:
    """A band 90 days before; `accounts` is how many stood in it on such a day, on average. Parts are percents."""

    code: int
    name: str
    accounts: float
    left: int
    lost: Decimal
    arr_rate: float | None
    rate: Rate

    @property
    def from_percent(self) -> float:
        return part(self.rate.low)

    @property
    def wide_percent(self) -> float:
        return round(part(self.rate.high) - self.from_percent, 1)

    @property
    def at_percent(self) -> float:
        return part(self.rate.rate)


def part(rate: float | None) -> float:
    return round(100 * min(max(rate or 0.0, 0.0), REACH) / REACH, 1)


@dataclass(frozen=True)
class Bands:
    """What the nightly study says of the chosen segments."""

    rows: list[BandRow]
    unknown: int
    since: date
    as_of: date
    computed_at: datetime
    fewest: float = FEWEST_YEARS


@dataclass(frozen=True)
class ChurnPage:
    company: Company
    choices: Choices
    reason_filter: Filter
    period: str
    periods: list[tuple[str, str, bool]]
    total: Lost
    reasons: list[ReasonRow]
    bands: Bands | None
    may_see_rates: bool
    may_set_reasons: bool
    rows: list[ChurnRow]
    page: Page
    csv_url: str
    today: date

    @property
    def is_filtered(self) -> bool:
        return self.reason_filter.is_set or any(found.is_set for found in self.choices.filters)


def build_churn_page(user: User, *, query: QueryDict, today: date) -> ChurnPage:
    """As many queries however many accounts left."""
    made, words = choices(user, path=reverse("churn"), query=query), words_of_scorecards()
    found, period = chosen(user, made, today=today), period_of(query)
    page = Paginator(in_full(found), PER_PAGE).get_page(query.get("page"))
    names, total = words_of_reasons(), total_lost(found)
    return ChurnPage(
        company=company(),
        choices=made,
        reason_filter=made.checklist("reason", "Reason", names),
        period=period,
        periods=[(made.url(period=key, page=None), label, key == period) for key, label in PERIODS.items()],
        total=total,
        reasons=[reason_row(code, lost, names=names, total=total) for code, lost in lost_by_reason(found)],
        bands=bands_of(made, words=words) if can(user, Action.VIEW_CHURN_RATES) else None,
        may_see_rates=can(user, Action.VIEW_CHURN_RATES),
        may_set_reasons=can(user, Action.SET_CHURN_REASONS),
        rows=[row_of(event, names=names, words=words) for event in page],
        page=page,
        csv_url=made.url(path=reverse("churn-csv"), page=None),
        today=today,
    )


def period_of(query: QueryDict) -> str:
    return query.get("period", "365") if query.get("period", "365") in PERIODS else "365"


def chosen(user: User, made: Choices, *, today: date) -> QuerySet[ChurnEvent]:
    period = period_of(made.query)
    wanted = Wanted(
        since=None if period == "all" else today - timedelta(days=int(period) - 1),
        until=None if period == "all" else today,
        reasons=made.chosen("reason"),
        owners=made.owner_ids,
        teams=made.team_ids,
        segments=made.slugs,
    )
    return visible_churn(user).filter(wanted.condition)


def in_full(found: QuerySet[ChurnEvent]) -> QuerySet[ChurnEvent]:
    """With all that a row shows, the newest first."""
    whole = with_loss(with_day_before(found)).select_related("account__segment", "account__owner")
    return whole.order_by("-churned_on", "-pk")


def reason_row(code: str, lost: Lost, *, names: dict[str, str], total: Lost) -> ReasonRow:
    return ReasonRow(words_for(code, names), code, lost, float(lost.arr / total.arr) if total.arr else 0.0)


def words_for(code: str, names: dict[str, str]) -> str:
    """The words of a reason; a code that is not on the list reads as it came."""
    return names.get(code) or code.replace("_", " ").capitalize()


def row_of(event: Any, *, names: dict[str, str], words: Words) -> ChurnRow:
    """Of an event that was read `in_full`."""
    account, score = event.account, event.score_before
    return ChurnRow(
        pk=event.pk,
        account_pk=account.pk,
        account=account.name,
        segment=account.segment.name if account.segment else "",
        csm=account.owner.name if account.owner else "",
        left_on=event.churned_on,
        reason=words_for(event.reason_code, names),
        code=event.reason_code,
        note=event.note,
        competitor=event.competitor,
        lost=event.lost,
        score=None if score is None else Decimal(score) / 100,
        band=event.band_before,
        band_name="" if event.band_before is None else words.band(event.band_before),
        as_of=event.day_before,
    )


def bands_of(made: Choices, *, words: Words) -> Bands | None:
    """The study's rows of the chosen segments, added up by band; None before the first night."""
    study = Study.objects.filter(kind=StudyKind.CHURN, days=DAYS_BEFORE).first()
    if study is None:
        return None
    rows = [row for row in study.found["rows"] if not made.slugs or row["segment"] in made.slugs]
    codes = words.codes(among={row["band"] for row in rows})
    unknown = {slug: n for slug, n in study.found["unknown"].items() if not made.slugs or slug in made.slugs}
    weeks = study.found["weeks"]
    return Bands(
        rows=[band_row(code, [row for row in rows if row["band"] == code], weeks=weeks, words=words) for code in codes],
        unknown=sum(unknown.values()),
        since=study.since,
        as_of=study.as_of,
        computed_at=study.computed_at,
    )


def band_row(code: int, rows: Sequence[dict[str, Any]], *, weeks: int, words: Words) -> BandRow:
    """Accounts are added up over the weeks: 52 of them are one account for a year."""
    accounts, left = sum(row["accounts"] for row in rows), sum(row["left"] for row in rows)
    arr, lost = (sum((Decimal(row[name]) for row in rows), Decimal(0)) for name in ("arr", "lost"))
    rate = rate_of(left, years=accounts / WEEKS)
    return BandRow(
        code=code,
        name=words.band(code),
        accounts=accounts / weeks if weeks else 0.0,
        left=left,
        lost=lost,
        arr_rate=float(lost * WEEKS / arr) if arr and rate.is_enough else None,
        rate=rate,
    )


@requires(Action.VIEW_CHURN)
def churn_page(request: UserRequest) -> HttpResponse:
    return render(request, "churn.html", {"page": build_churn_page(request.user, query=request.GET, today=localdate())})


@requires(Action.VIEW_CHURN)
def churn_csv(request: UserRequest) -> HttpResponseBase:
    """The whole list with the filters of the page; ?block=bands is the table of bands."""
    made = choices(request.user, path=reverse("churn"), query=request.GET)
    if request.GET.get("block") == "bands" and can(request.user, Action.VIEW_CHURN_RATES):
        return streamed_csv("churn-by-band", band_lines(bands_of(made, words=words_of_scorecards())))
    found = chosen(request.user, made, today=localdate())
    return streamed_csv(f"churn-{localdate().isoformat()}", lines(found))


def lines(found: QuerySet[ChurnEvent]) -> Iterator[Sequence[Any]]:
    names, words = words_of_reasons(), words_of_scorecards()
    yield HEAD
    for event in in_full(found).iterator(chunk_size=1_000):
        row = row_of(event, names=names, words=words)
        yield (
            row.account, row.segment, row.csm, row.left_on, row.reason, row.code, row.note, row.competitor, row.lost,
            row.score, row.band_name, row.as_of,
        )  # fmt: skip


def band_lines(found: Bands | None) -> Iterator[Sequence[Any]]:
    yield ("Band 90 days before", "Accounts on average", "Left", "Lost ARR", "Rate a year", "Low", "High", "ARR rate")
    for row in found.rows if found else ():
        rate = (None if value is None else round(value, 4) for value in (row.rate.rate, row.rate.low, row.rate.high))
        share = None if row.arr_rate is None else round(row.arr_rate, 4)
        yield (row.name, round(row.accounts, 1), row.left, row.lost, *rate, share)
