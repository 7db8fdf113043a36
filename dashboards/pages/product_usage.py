"""Product usage: who stays, on which days the product is used, which features are paid for and unused, what moves."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.core.paginator import Page
from django.http import Http404, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse

from accounts.access import Action
from accounts.models import Account, Feature, Segment, User
from dashboards import formats
from dashboards.charts.flows import Sankey
from dashboards.gate import UserRequest, requires
from dashboards.pages.accounts import CountedPaginator
from dashboards.pages.choices import Choices, choices
from dashboards.pages.company import Company, company
from dashboards.pages.files import streamed_csv
from dashboards.pages.product_usage_blocks import (
    Cell,
    DayRow,
    FeatureLine,
    Linker,
    Triangle,
    WeekdayLine,
    band_flows,
    day_rows,
    feature_flows,
    feature_lines,
    triangle,
    weekday_lines,
    weeks_of,
)
from scoring.models import Study
from scoring.product_use import added
from scoring.queries.product_use import (
    customers_by_arr,
    last_days,
    newest_study,
    standing_rows,
    standings_of,
    study_months,
    sums_by_segment,
)

ACCOUNTS_PER_PAGE = 20
AGE = 12  # months after which retention is told in a sentence
HEAT_STEPS, WINDOW = 5, 28
KEPT = ("segment", "owner", "team")


@dataclass(frozen=True)
class AccountLine:
    """One account beside the features: on how many of 28 days each was in use."""

    account: Account
    url: str
    cells: tuple["DaysCell", ...]


@dataclass(frozen=True)
class DaysCell:
    """`days` is None where use is not known, `is_there` False where the feature is neither paid for nor used."""

    days: int | None
    is_paid: bool
    is_there: bool

    @property
    def step(self) -> int | None:
        return None if self.days is None or not self.is_there else -(-self.days * HEAT_STEPS // WINDOW)

    @property
    def text(self) -> str:
        if not self.is_there:
            return ""
        return "?" if self.days is None else str(self.days)


@dataclass(frozen=True)
class ProductUsagePage:
    """`study` is None before the first night. Blocks are made when they are asked for: a file needs one of them."""

    company: Company
    choices: Choices
    study: Study | None
    by_segment: Mapping[int | None, dict[str, Any]]
    user: User

    @cached_property
    def sums(self) -> dict[str, Any]:
        return added(list(self.by_segment.values()))

    @property
    def is_empty(self) -> bool:
        return not self.sums

    @property
    def as_of(self) -> date | None:
        return self.study.as_of if self.study else None

    @property
    def before(self) -> date | None:
        return self.study.since if self.study else None

    @property
    def computed_at(self) -> datetime | None:
        return self.study.computed_at if self.study else None

    @cached_property
    def link(self) -> Linker:
        return self.link_with()

    def link_with(self, **changes: str) -> Linker:
        """Links that keep what is chosen, with some of it changed."""
        query = self.choices.query.copy()
        for name in list(query):
            if name not in KEPT:
                del query[name]
        for name, value in changes.items():
            query[name] = value
        return Linker(reverse("product-usage-accounts"), query.urlencode())

    @cached_property
    def months(self) -> list[date]:
        return study_months(self.study) if self.study else []

    @cached_property
    def triangle(self) -> Triangle:
        return triangle(self.sums, months=self.months, link=self.link)

    @property
    def ages(self) -> range:
        return range(len(self.triangle.all))

    @property
    def kept_after_a_year(self) -> Cell | None:
        """Of all that started long enough ago, who was in use in the twelfth month after the start's."""
        return self.triangle.all[AGE] if len(self.triangle.all) > AGE else None

    @cached_property
    def days(self) -> list[DayRow]:
        return day_rows(self.sums, days=last_days(self.study)) if self.study else []

    @cached_property
    def weekdays(self) -> tuple[WeekdayLine, ...]:
        return weekday_lines(self.days, link=self.link)

    @property
    def weeks(self) -> list[date]:
        return weeks_of([row.day for row in self.days])

    @cached_property
    def features(self) -> tuple[FeatureLine, ...]:
        return feature_lines(
            self.by_segment, self.sums, features=list(Feature.objects.order_by("name", "pk")),
            segments=self.segments, link=self.link, link_in=lambda segment: self.link_with(segment=segment.slug),
        )  # fmt: skip

    @property
    def segments(self) -> list[Segment]:
        return [segment for segment in self.choices.segments if segment.pk in self.by_segment]

    @property
    def knows_entitlements(self) -> bool:
        return any(line.paid for line in self.features)

    @cached_property
    def accounts_page(self) -> Page:
        paginator = CountedPaginator(ACCOUNTS_PER_PAGE, total=int(self.sums.get("accounts", 0)))
        return paginator.get_page(self.choices.query.get("page"))

    @cached_property
    def account_lines(self) -> tuple[AccountLine, ...]:
        found = customers_by_arr(self.user, as_of=self.as_of or date.min, **chosen(self.choices))
        begin = (self.accounts_page.number - 1) * ACCOUNTS_PER_PAGE
        shown = list(found.only("name")[begin : begin + ACCOUNTS_PER_PAGE])
        told = standings_of(shown)
        return tuple(
            AccountLine(
                account,
                reverse("account-usage", args=[account.pk]),
                tuple(days_cell(told.get((account.pk, line.feature.pk))) for line in self.features),
            )
            for account in shown
        )

    @cached_property
    def feature_flows(self) -> Sankey:
        names = {line.feature.pk: line.feature.name for line in self.features}
        used = {int(code) for key in self.sums.get("mains", {}) for code in key.split(">")}
        if missing := {code for code in used - set(names) if code > 0}:
            names |= dict(Feature.objects.filter(pk__in=missing).values_list("pk", "name"))
        return feature_flows(self.sums, names=names, link=self.link)

    @cached_property
    def band_flows(self) -> Sankey:
        return band_flows(self.sums, scale=self.company.scale, link=self.link)

    @property
    def lazy_arr(self) -> Decimal:
        """The ARR of accounts that pay for something and do not use it."""
        return Decimal(self.sums.get("lazy_cents", 0)) / 100

    @property
    def urls(self) -> dict[str, str]:
        to = self.link.to
        return {
            "accounts": to("now", state="all"), "in_use": to("now", state="in"), "idle": to("now", state="out"),
            "unknown": to("now", state="unknown"), "lazy": to("lazy"),
        }  # fmt: skip

    @property
    def idle(self) -> int:
        return int(self.sums.get("known", 0)) - int(self.sums.get("in_use", 0))

    @property
    def unknown(self) -> int:
        return int(self.sums.get("accounts", 0)) - int(self.sums.get("known", 0))

    @property
    def files(self) -> dict[str, str]:
        """The address of each block as a file."""
        path = reverse("product-usage-csv")
        return {key: self.choices.url(path=path, block=key, page=None) for key in BLOCKS}


def days_cell(told: tuple[bool, int | None] | None) -> DaysCell:
    return DaysCell(None, is_paid=False, is_there=False) if told is None else DaysCell(told[1], told[0], is_there=True)


def chosen(made: Choices) -> dict[str, Any]:
    return {"owners": made.owner_ids, "teams": made.team_ids, "segments": made.slugs}


def build_product_usage_page(user: User, *, query: QueryDict) -> ProductUsagePage:
    """The newest study, of the chosen teams, CSMs and segments."""
    made = choices(user, path=reverse("product-usage"), query=query)
    study = newest_study()
    found = sums_by_segment(user, **chosen(made)) if study else {}
    return ProductUsagePage(company=company(), choices=made, study=study, by_segment=found, user=user)


Lines = list[list[Any]]


def cohort_csv(page: ProductUsagePage) -> Lines:
    rows = [
        [line.month, line.size, page.months[page.months.index(line.month) + age], age, cell.known, cell.active]
        for line in page.triangle.lines
        for age, cell in enumerate(line.cells)
    ]
    heads = ["Start month", "Accounts started", "Month", "Months since the start", "Accounts known", "Accounts in use"]
    return [heads, *rows]


def day_csv(page: ProductUsagePage) -> Lines:
    rows = [[row.day, f"{row.day:%A}", row.known, row.used, row.users, row.events] for row in page.days]
    return [["Day", "Weekday", "Accounts known", "Accounts in use", "Users", "Events"], *rows]


def feature_csv(page: ProductUsagePage) -> Lines:
    rows = [
        [line.feature.name, line.paid, line.used, line.unused, line.unknown, line.unused_arr, line.unpaid]
        for line in page.features
    ]
    return [
        ["Feature", "Paid for", "In use", "Unused", "Not known", f"ARR of the unused {page.company.currency}",
         "In use, not paid for"],
        *rows,
    ]  # fmt: skip


def segment_csv(page: ProductUsagePage) -> Lines:
    rows = [
        [line.feature.name, segment.name, cell.known, cell.active]
        for line in page.features
        for segment, cell in zip(page.segments, line.segments, strict=True)
    ]
    return [["Feature", "Segment", "Accounts known", "Accounts in use"], *rows]


def account_csv(page: ProductUsagePage) -> Iterator[list[Any]]:
    yield ["Account", "Segment", "Feature", "Paid for", "Days in use, of 28"]
    found = customers_by_arr(page.user, as_of=page.as_of or date.min, **chosen(page.choices))
    for account, segment, feature, is_paid, days in standing_rows(found):
        yield [account, segment, feature, "yes" if is_paid else "no", days]


def flow_csv(drawn: Callable[[ProductUsagePage], Sankey]) -> Callable[[ProductUsagePage], Lines]:
    def lines(page: ProductUsagePage) -> Lines:
        heads = [formats.day(day) if day else "" for day in (page.before, page.as_of)]
        ribbons = drawn(page).ribbons
        return [[*heads, "Accounts"], *([ribbon.before, ribbon.now, ribbon.flow.count] for ribbon in ribbons)]

    return lines


BLOCKS: dict[str, Callable[[ProductUsagePage], Iterable[list[Any]]]] = {
    "retention": cohort_csv,
    "days": day_csv,
    "features": feature_csv,
    "segments": segment_csv,
    "accounts": account_csv,
    "feature-flows": flow_csv(lambda page: page.feature_flows),
    "band-flows": flow_csv(lambda page: page.band_flows),
}


@requires(Action.VIEW_USE)
def product_usage(request: UserRequest) -> HttpResponse:
    page = build_product_usage_page(request.user, query=request.GET)
    return render(request, "product_usage.html", {"page": page})


@requires(Action.VIEW_USE)
def product_usage_csv(request: UserRequest) -> StreamingHttpResponse:
    """The numbers of one block."""
    block = request.GET.get("block", "retention")
    if block not in BLOCKS:
        raise Http404(f"A block is one of {', '.join(BLOCKS)}.")
    page = build_product_usage_page(request.user, query=request.GET)
    return streamed_csv(f"product-usage-{block}", BLOCKS[block](page) if page.sums else [])
