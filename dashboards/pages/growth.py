"""Accounts that may grow or speak for us: why in words, and what to do about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.access import Action, can
from accounts.models import GrowthKind, User
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.company import Company, company
from dashboards.pages.files import streamed_csv
from scoring.core.bands import UNDEFINED
from scoring.models import GrowthSign
from scoring.queries.growth import counts, promoters_of, signs, snoozed_signs
from scoring.queries.words import Words, words_of_scorecards

PER_PAGE = 25
SNOOZED = "snoozed"
TITLES = {GrowthKind.SEATS: "Near the seat limit", GrowthKind.RISING: "Rising usage", GrowthKind.PROMOTER: "Promoters"}
EMPTY = {
    GrowthKind.SEATS: "No healthy account uses nine of ten seats.",
    GrowthKind.RISING: "No usage rose by a fifth in 28 days, where the scorecard weighs the usage trend.",
    GrowthKind.PROMOTER: "No account has a promoter of whom no reference was asked.",
    SNOOZED: "What you snooze stays here until it comes back.",
}
HEAD = ("Account", "CSM", "Score", "Band", "ARR", "Kind", "Why", "Value", "As of")

Promoters = dict[int, list[tuple[str, int, date]]]


@dataclass(frozen=True)
class Tab:
    key: str
    label: str
    url: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class GrowthRow:
    pk: int
    account: str
    csm: str
    score: Decimal | None
    band: int
    band_name: str
    arr: Decimal
    kind: str
    kind_name: str
    why: str
    value: float
    as_of: date
    cause: str

    @property
    def touchpoint_url(self) -> str:
        return f"{reverse('touchpoint-new')}?account={self.pk}&kind=call&outcome=planned"

    @property
    def is_promoter(self) -> bool:
        return self.kind == GrowthKind.PROMOTER


@dataclass(frozen=True)
class GrowthPage:
    company: Company
    kind: str
    tabs: list[Tab]
    rows: list[GrowthRow]
    page: Page
    empty: str
    csv_url: str
    may_act: bool
    may_snooze: bool
    as_of: date | None
    today: date

    @property
    def is_snoozed(self) -> bool:
        return self.kind == SNOOZED

    @property
    def total(self) -> int:
        return sum(tab.count for tab in self.tabs if tab.key != SNOOZED)


def build_growth_page(user: User, *, query: QueryDict, today: date) -> GrowthPage:
    """As many queries however many accounts there are."""
    found, put_off = signs(user, today=today), snoozed_signs(user, today=today)
    by_kind, kind, may_snooze = counts(found), kind_of(query), can(user, Action.SNOOZE)
    shown = put_off if kind == SNOOZED else found.filter(kind=kind)
    page = Paginator(shown, PER_PAGE).get_page(query.get("page"))
    numbers = [(str(key), label, by_kind.get(key, 0)) for key, label in TITLES.items()]
    if may_snooze:
        numbers.append((SNOOZED, "Snoozed", put_off.count()))
    rows, words = list(page), words_of_scorecards()
    return GrowthPage(
        company=company(),
        kind=kind,
        tabs=[Tab(key, label, f"?kind={key}", count, key == kind) for key, label, count in numbers],
        rows=rows_of(rows, words=words),
        page=page,
        empty=EMPTY[kind],
        csv_url=f"{reverse('growth-csv')}?kind={kind}",
        may_act=can(user, Action.EDIT_ACCOUNT),
        may_snooze=may_snooze,
        as_of=rows[0].as_of if rows else None,
        today=today,
    )


def kind_of(query: QueryDict) -> str:
    kind = query.get("kind", "")
    return kind if kind in (*GrowthKind.values, SNOOZED) else str(GrowthKind.SEATS)


def rows_of(found: Sequence[GrowthSign], *, words: Words) -> list[GrowthRow]:
    """With the names of promoters, in one query more where there are any."""
    asked = [sign.account_id for sign in found if sign.kind == GrowthKind.PROMOTER]
    people = promoters_of(asked, day=max(sign.as_of for sign in found)) if asked else {}
    return [row_of(sign, words=words, people=people) for sign in found]


def row_of(sign: GrowthSign, *, words: Words, people: Promoters) -> GrowthRow:
    account: Any = sign.account
    health = getattr(account, "health", None)
    band = health.band if health else UNDEFINED
    return GrowthRow(
        pk=account.pk,
        account=account.name,
        csm=account.owner.name if account.owner else "",
        score=Decimal(health.score) / 100 if health and health.score is not None else None,
        band=band,
        band_name=words.band(band),
        arr=sign.arr,
        kind=sign.kind,
        kind_name=sign.get_kind_display(),
        why=why(sign, people=people.get(account.pk, [])),
        value=sign.value,
        as_of=sign.as_of,
        cause=f"{sign.kind}:{sign.mark}",
    )


def why(sign: GrowthSign, *, people: list[tuple[str, int, date]]) -> str:
    """The reason in words, from the numbers that made it one."""
    match sign.kind:
        case GrowthKind.SEATS:
            seats_then = formats.plain(int(sign.mark))
            return f"{formats.plain(sign.people or 0)} of {seats_then} seats in use: {formats.percent(sign.value)}."
        case GrowthKind.RISING:
            return f"Usage of 28 days is {formats.percent(sign.value - 1)} above that of the 28 days before."
        case _:
            told = [f"{name} answered {score} of 10 on {formats.day(day)}" for name, score, day in people[:2]]
            more = f" and {len(people) - 2} more" if len(people) > 2 else ""
            return f"{', '.join(told) or 'Somebody answered 9 or 10'}{more}. No reference in a year."


@requires(Action.VIEW_GROWTH)
def growth_page(request: UserRequest) -> HttpResponse:
    page = build_growth_page(request.user, query=request.GET, today=localdate())
    return render(request, "growth.html", {"page": page})


@requires(Action.VIEW_GROWTH)
def growth_csv(request: UserRequest) -> HttpResponseBase:
    """The whole list of a kind."""
    kind, today = kind_of(request.GET), localdate()
    found = snoozed_signs(request.user, today=today) if kind == SNOOZED else signs(request.user, today=today)
    chosen = list(found if kind == SNOOZED else found.filter(kind=kind))
    return streamed_csv(f"growth-{kind}-{today.isoformat()}", lines(chosen))


def lines(found: Sequence[GrowthSign]) -> Iterator[Sequence[Any]]:
    yield HEAD
    for row in rows_of(found, words=words_of_scorecards()):
        yield (
            row.account, row.csm, row.score, row.band_name, row.arr, row.kind_name, row.why, round(row.value, 4),
            row.as_of,
        )  # fmt: skip
