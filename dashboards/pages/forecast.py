"""The renewal forecast: how much of what renews is expected to stay, how sure that is, and the accounts behind it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action, can
from accounts.models import Account, RenewalOutlook, User
from dashboards import formats
from dashboards.filters import Filter
from dashboards.gate import UserRequest, requires
from dashboards.pages.company import Company, company
from dashboards.pages.files import csv_file, streamed_csv
from dashboards.pages.overview_blocks import quarters_from
from dashboards.pages.overview_choices import OverviewChoices, overview_choices
from dashboards.remembered import remembered
from scoring.core.forecast import FEWEST_RENEWALS, Forecast, Judged, Lot, Rate, forecast
from scoring.models import Study
from scoring.queries.outlook import Quarter, listed, quarters_of
from scoring.queries.selection import selected_accounts
from scoring.queries.summaries import Health, added
from scoring.renewal_rates import known_rates

PER_PAGE = 50
TOO_FEW = "too few renewals"


@dataclass(frozen=True)
class QuarterLine:
    """A quarter, or all of them. Amounts are exact where they are sums, whole cents where they are foreseen."""

    label: str
    health: Health
    found: Forecast
    judged: int
    url: str

    @property
    def expected(self) -> Decimal:
        return formats.rounded(self.found.expected, places=2)

    @property
    def share(self) -> float | None:
        return self.found.expected / self.found.known if self.found.known else None


@dataclass(frozen=True)
class RateLine:
    code: int
    name: str
    rate: Rate

    @property
    def low(self) -> float:
        return self.rate.interval()[0]

    @property
    def high(self) -> float:
        return self.rate.interval()[1]


@dataclass(frozen=True)
class Row:
    """An account up for renewal. `chance` is None where its band has too few renewals and nobody judged it."""

    account: Account
    url: str
    edit_url: str
    band: int
    arr: Decimal
    chance: float | None
    said: RenewalOutlook | None


@dataclass(frozen=True)
class ForecastPage:
    company: Company
    choices: OverviewChoices
    quarters: list[QuarterLine]
    total: QuarterLine
    rates: list[RateLine]
    study: Study | None
    rows: list[Row]
    page: Page
    shows: Filter
    can_edit: bool

    @property
    def filters(self) -> list[Filter]:
        return [*self.choices.filters, self.shows]

    @property
    def csv_urls(self) -> list[tuple[str, str]]:
        path = reverse("forecast-csv")
        words = {"quarters": "By quarter", "rates": "Rates of the bands", "accounts": "Accounts"}
        return [(self.choices.url(path=path, block=key, page=None), label) for key, label in words.items()]

    @property
    def fewest(self) -> int:
        return FEWEST_RENEWALS


@dataclass(frozen=True)
class Found:
    """What is read for the page and its files."""

    accounts: QuerySet[Account]
    firsts: Sequence[date]
    quarters: list[Quarter]
    rates: Mapping[int, Rate]
    study: Study | None


def find(user: User, made: OverviewChoices, *, today: date) -> Found:
    accounts = selected_accounts(user, selection=made.selection, today=today)
    firsts = quarters_from(today)
    rates, study = known_rates()
    return Found(accounts, firsts, quarters_of(accounts, quarters=firsts, today=today), rates, study)


def lines_of(found: Found, made: OverviewChoices) -> tuple[list[QuarterLine], QuarterLine]:
    """Each quarter, and all of them at once: their intervals are not added, for they share the bands' rates."""
    lines = [
        QuarterLine(
            formats.quarter(one.first), one.health, forecast(one.lots, one.judged, rates=found.rates),
            len(one.judged), f"{made.url(show=one.first.isoformat(), page=None)}#list-title",
        )
        for one in found.quarters
    ]  # fmt: skip
    lots: dict[int, Lot] = {}
    judged: list[Judged] = []
    for one in found.quarters:
        judged += one.judged
        for band, lot in one.lots.items():
            lots[band] = lots.get(band, Lot()) + lot
    whole = forecast(lots, judged, rates=found.rates)
    return lines, QuarterLine("All", added(line.health for line in lines), whole, len(judged), "")


def row_of(account: Any, rates: Mapping[int, Rate]) -> Row:
    said = next((one for one in account.all_outlooks if one.renewal_date == account.renewal_date), None)
    rate = rates.get(account.band, Rate(0, 0))
    chance = said.percent / 100 if said else rate.mean if rate.is_known else None
    health = getattr(account, "health", None)
    return Row(
        account=account,
        url=reverse("account", args=[account.pk]),
        edit_url=reverse("forecast-account", args=[account.pk]),
        band=account.band,
        arr=health.arr_reporting if health else Decimal(0),
        chance=chance,
        said=said,
    )


def build_forecast_page(user: User, *, query: QueryDict, today: date) -> ForecastPage:
    made = overview_choices(user, path=reverse("forecast"), query=query, today=today)
    found = find(user, made, today=today)
    lines, total = lines_of(found, made)
    about = company(among=[*found.rates, *total.health.by_band])
    rows = listed(found.accounts, quarters=found.firsts, today=today, only=query.get("show", ""))
    page = Paginator(rows, PER_PAGE).get_page(query.get("page"))
    shows = {"": "All quarters"} | {day.isoformat(): formats.quarter(day) for day in found.firsts}
    return ForecastPage(
        company=about,
        choices=made,
        quarters=lines,
        total=total,
        rates=[RateLine(code, about.scale.name(code), found.rates.get(code, Rate(0, 0))) for code in about.scale.codes],
        study=found.study,
        rows=[row_of(account, found.rates) for account in page],
        page=Paginator(range(page.paginator.count), PER_PAGE).get_page(page.number),
        shows=made.single("show", "List", shows | {"judged": "Judged by us"}),
        can_edit=can(user, Action.EDIT_ACCOUNT),
    )


@requires(Action.VIEW_PORTFOLIO)
def forecast_page(request: UserRequest) -> HttpResponse:
    today = timezone.localdate()
    page = remembered(
        "forecast",
        request.user,
        address=request.get_full_path(),
        today=today,
        make=lambda: build_forecast_page(request.user, query=request.GET, today=today),
    )
    return render(request, "forecast.html", {"page": page, "workspace": page.company.name})


@requires(Action.VIEW_PORTFOLIO)
def forecast_csv(request: UserRequest) -> HttpResponse:
    """The quarters, the rates or all accounts of the choice."""
    today, about = timezone.localdate(), company()
    made = overview_choices(request.user, path=reverse("forecast"), query=request.GET, today=today)
    found = find(request.user, made, today=today)
    block = request.GET.get("block", "quarters")
    if block == "accounts":
        rows = listed(found.accounts, quarters=found.firsts, today=today, only=request.GET.get("show", ""))
        return streamed_csv("forecast-accounts", account_lines(rows, found.rates, about))  # type: ignore[return-value]
    if block == "rates":
        return csv_file("forecast-rates", rate_lines(found.rates, about))
    lines, total = lines_of(found, made)
    return csv_file("forecast-quarters", quarter_lines([*lines, total], about))


def quarter_lines(lines: Sequence[QuarterLine], about: Company) -> Iterator[list[Any]]:
    yield ["Quarter", "Accounts", f"ARR up for renewal {about.currency}", "Expected", "Low (90%)", "High (90%)",
           "ARR without a rate", "Accounts judged"]  # fmt: skip
    for line in lines:
        cents = [formats.rounded(value, places=2) for value in (line.found.low, line.found.high, line.found.unknown)]
        told = [line.expected, *cents[:2]] if line.found.is_known else [TOO_FEW if line.found.unknown else 0, "", ""]
        yield [line.label, line.health.accounts, line.health.arr, *told, cents[2], line.judged]


def rate_lines(rates: Mapping[int, Rate], about: Company) -> Iterator[list[Any]]:
    yield ["Band 90 days before", "Renewals", "Renewed", "Rate", "Low (90%)", "High (90%)"]
    for code in about.scale.codes:
        rate = rates.get(code, Rate(0, 0))
        ends = [round(share, 4) for share in (rate.share or 0.0, *rate.interval())]
        shares: list[Any] = [*ends] if rate.is_known else [TOO_FEW, "", ""]
        yield [about.scale.name(code), rate.due, rate.renewed, *shares]


def account_lines(rows: QuerySet[Account], rates: Mapping[int, Rate], about: Company) -> Iterator[list[Any]]:
    yield ["Account", "CSM", "Segment", "Renewal", "Band", f"ARR {about.currency}", "Chance", "Judged by", "Reason"]
    for account in rows.iterator(chunk_size=500):
        row = row_of(account, rates)
        said = [row.said.author.name, row.said.reason] if row.said else ["", ""]
        owner, segment = (one.name if one else "" for one in (account.owner, account.segment))
        chance = TOO_FEW if row.chance is None else round(row.chance, 4)
        yield [account.name, owner, segment, account.renewal_date, about.scale.name(row.band), row.arr, chance, *said]
