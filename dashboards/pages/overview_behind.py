"""The accounts behind the overview's numbers about the past: a day's band, a migration, the retention of a year."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action, visible_accounts
from accounts.models import Account, User
from dashboards import formats
from dashboards.comparison import day_in
from dashboards.gate import UserRequest, requires
from dashboards.pages.company import Company, company
from dashboards.pages.files import csv_file
from dashboards.pages.overview_choices import OverviewChoices, newest_until, overview_choices
from scoring.core.bands import CODES
from scoring.queries.freshness import counting_day
from scoring.queries.selection import NONE, accounts_ever
from scoring.queries.summaries import ScoredDays, scored_days
from scoring.queries.year import ABSENT, Pair, Pairs, days_of, everybody, only, pairs_of, year_pairs

PER_PAGE = 50
DAY, MOVED, YEAR = "day", "moved", "year"


@dataclass(frozen=True)
class Asked:
    """What an address asks for. `since` is None where one day is enough; bands empty are all."""

    kind: str
    since: date | None
    until: date
    then: tuple[int, ...]
    now: tuple[int, ...]


@dataclass(frozen=True)
class BehindRow:
    name: str
    url: str
    csm: str
    segment: str
    pair: Pair


@dataclass(frozen=True)
class BehindPage:
    company: Company
    title: str
    asked: Asked
    count: int
    arr: tuple[Decimal, Decimal]
    rows: list[BehindRow]
    page: Page
    csv_url: str
    back_url: str

    @property
    def has_past(self) -> bool:
        """Whether there are two days."""
        return self.asked.kind != DAY

    @property
    def has_bands(self) -> bool:
        return self.asked.kind != YEAR


def read_asked(query: QueryDict, *, days: ScoredDays) -> Asked | None:
    """From the address; None where it names no days with scores."""
    kind = query.get("kind", DAY)
    until = newest_until(days, day_in(query.get("to", "")) or days.newest) if days.newest else None
    if until is None or kind not in (DAY, MOVED, YEAR):
        return None
    first = day_in(query.get("from", ""))
    since = newest_until(days, first) if first and kind == MOVED else None
    if kind == MOVED and (since is None or since >= until):
        return None
    return Asked(kind, since, until, band_in(query.get("was", "")), band_in(query.get("is", "")))


def band_in(word: str) -> tuple[int, ...]:
    """The band that an address names; `none` is not being there."""
    if word == NONE:
        return (ABSENT,)
    return (CODES[word],) if word in CODES else ()


def pairs_asked(asked: Asked, user: User, made: OverviewChoices, *, today: date) -> Pairs:
    """The accounts of the choice that the address is about."""
    keep = only(accounts_ever(user, selection=made.selection, today=today)) if made.is_narrowed else everybody
    found = days_of({asked.until, asked.since or asked.until})
    day = found[asked.until]
    if asked.kind == YEAR:
        return year_pairs(day, keep)
    if asked.since is None:
        return pairs_of(day, day, keep).of(now=asked.now)
    return pairs_of(found[asked.since], day, keep).of(then=asked.then, now=asked.now)


def named(pairs: list[Pair], user: User) -> list[BehindRow]:
    """The accounts with their names; one query."""
    ids = [pair.account for pair in pairs]
    found = visible_accounts(user).filter(pk__in=ids).select_related("owner", "segment").in_bulk()
    return [row_of(found[pair.account], pair) for pair in pairs if pair.account in found]


def row_of(account: Account, pair: Pair) -> BehindRow:
    return BehindRow(
        name=account.name,
        url=reverse("account", args=[account.pk]),
        csm=account.owner.name if account.owner else "",
        segment=account.segment.name if account.segment else "",
        pair=pair,
    )


def title_of(asked: Asked, about: Company) -> str:
    """What is listed, in words."""
    if asked.kind == YEAR:
        return f"Revenue retention, twelve months to {formats.day(asked.until)}"
    if asked.since is None:
        band = about.scale.name(asked.now[0]) if asked.now else "All"
        return f"{band} accounts on {formats.day(asked.until)}"
    then, now = (words_for(codes, about) for codes in (asked.then, asked.now))
    return f"{then[0]} on {formats.day(asked.since)}, {now[1]} on {formats.day(asked.until)}"


def words_for(codes: tuple[int, ...], about: Company) -> tuple[str, str]:
    """How a band is called at the beginning and at the end; of who was not there, that they came or left."""
    if not codes:
        return "Any band", "any band"
    return ("Not there yet", "gone") if codes == (ABSENT,) else (about.scale.name(codes[0]),) * 2


def asked_in(request: UserRequest) -> tuple[OverviewChoices, Asked | None, Pairs | None]:
    today, days = timezone.localdate(), scored_days()
    made = overview_choices(request.user, path=reverse("overview-behind"), query=request.GET, today=today)
    asked = read_asked(request.GET, days=days)
    day = counting_day(days.newest, today=today)
    return made, asked, pairs_asked(asked, request.user, made, today=day) if asked else None


@requires(Action.VIEW_OVERVIEW)
def overview_behind(request: UserRequest) -> HttpResponse:
    made, asked, pairs = asked_in(request)
    about, back = company(), made.address(reverse("overview"))
    if asked is None or pairs is None:
        return render(request, "overview_behind.html", {"page": None, "back_url": back}, status=404)
    page = Paginator(range(len(pairs)), PER_PAGE).get_page(request.GET.get("page"))
    rows = named(pairs.rows(start=page.start_index() - 1 if len(pairs) else 0, size=PER_PAGE), request.user)
    csv_url = made.url(path=reverse("overview-behind-csv"), page=None)
    shown = BehindPage(
        about,
        title_of(asked, about),
        asked,
        len(pairs),
        pairs.sums(),
        rows,
        page,
        csv_url,
        back,
    )
    return render(request, "overview_behind.html", {"page": shown, "workspace": about.name})


@requires(Action.VIEW_OVERVIEW)
def overview_behind_csv(request: UserRequest) -> HttpResponse:
    """All of them, exact."""
    _, asked, pairs = asked_in(request)
    about = company()
    lines = lines_of(pairs, asked, request.user, about) if asked and pairs is not None else iter(())
    return csv_file("overview-accounts", lines)


def lines_of(pairs: Pairs, asked: Asked, user: User, about: Company) -> Iterator[list[Any]]:
    then = asked.since or "before"
    pairs_of_heads = [[f"{word} {then}", f"{word} {asked.until}"] for word in ("Band", "Score", "ARR")]
    yield ["Account", "CSM", "Segment", *chain.from_iterable(pairs_of_heads), "ARR kept", "Currency"]
    for start in range(0, len(pairs), 1_000):
        for row in named(pairs.rows(start=start, size=1_000), user):
            pair, about_it = row.pair, [row.name, row.csm, row.segment]
            bands = ["" if code is None else about.scale.name(code) for code in pair.bands]
            yield [*about_it, *bands, *pair.scores, *pair.arr, min(pair.arr), about.currency]
