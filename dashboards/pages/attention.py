"""Needs attention today: which accounts, why, what helps; a block of the portfolio and a page of its own."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action, can
from accounts.models import AttentionKind, User
from accounts.queries.organization import the_organization
from accounts.queries.silence import Silent
from accounts.queries.snoozes import Snoozed, active_snoozes
from dashboards.filters import address, read_selection
from dashboards.gate import UserRequest, requires
from dashboards.pages.attention_words import AttentionRow, Teller, row_of
from dashboards.pages.portfolio_choice import Shape, portfolio_selection, read_shape, read_tab
from dashboards.remembered import remembered
from scoring.queries.attention import Reason, Setting, counts, dependents, ranked, setting_of
from scoring.queries.attention_facts import flags_since, needs_of, snoozed_ids
from scoring.queries.freshness import counting_day
from scoring.queries.portfolio import month_before
from scoring.queries.selection import Selection, selected_accounts
from scoring.queries.staleness import stale_scores
from scoring.queries.summaries import ScoredDays, scored_days
from scoring.queries.words import Words, words_of_scorecards

BLOCK_ROWS = 7
PAGE_ROWS = 25
SNOOZED = "snoozed"


@dataclass(frozen=True)
class Place:
    """Where the list stands: a block of the portfolio or its own page, with the choice that its address makes.

    `shape` and `tab` are what the portfolio around it was asked for.
    """

    selection: Selection
    kind: str
    number: int
    is_page: bool
    shape: Shape = Shape()
    tab: str = ""

    @property
    def kept(self) -> dict[str, str]:
        """What a link that changes the filters takes along."""
        return {"view": self.tab, **self.shape.parts}

    def url(self, *, kind: str = "", name: str = "") -> str:
        path = reverse(name or ("attention" if self.is_page else "portfolio"))
        return address(path, self.selection, kind=kind, **self.kept)

    def action_url(self, name: str, pk: int) -> str:
        """Where a press goes, with what leads back here."""
        page = self.number if self.is_page and self.number > 1 else ""
        return address(
            reverse(name, args=[pk]), self.selection, kind=self.kind, page=page, full="1" if self.is_page else "",
            **self.kept,
        )  # fmt: skip


def read_place(params: QueryDict, *, is_page: bool) -> Place:
    """What an address asks for. Words that no page writes are passed over."""
    kind, number = params.get("kind", ""), params.get("page", "")
    return Place(
        selection=portfolio_selection(read_selection(params)),
        kind=kind if kind in (*AttentionKind.values, SNOOZED) else "",
        number=int(number) if number.isascii() and number.isdecimal() and len(number) < 9 else 1,
        is_page=is_page,
        shape=read_shape(params),
        tab=read_tab(params),
    )


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    block_url: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class SilentSource:
    """A source that is silent, and how many of the accounts it speaks of."""

    name: str
    since: date
    accounts: int


@dataclass(frozen=True)
class SnoozedRow:
    row: AttentionRow
    until: date
    wake_url: str


@dataclass(frozen=True)
class Line:
    """A row with the addresses of its presses."""

    row: AttentionRow
    snooze_url: str


@dataclass(frozen=True)
class Attention:
    place: Place
    tabs: tuple[Tab, ...]
    lines: tuple[Line, ...]
    snoozed: tuple[SnoozedRow, ...]
    snoozed_accounts: int
    silent: tuple[SilentSource, ...]
    sources_url: str
    page: Page
    currency: str
    today: date
    can_snooze: bool
    next_renewal: tuple[str, str, date] | None

    @property
    def total(self) -> int:
        return self.tabs[0].count

    @property
    def shown(self) -> int:
        return self.page.paginator.count

    @property
    def more(self) -> int:
        """How many the block leaves to the page."""
        return max(self.shown - len(self.lines), 0)

    @property
    def all_url(self) -> str:
        return self.place.url(kind=self.place.kind, name="attention")

    @property
    def snoozed_url(self) -> str:
        return self.place.url(kind=SNOOZED, name="attention")

    @property
    def back_url(self) -> str:
        return self.place.url(name="portfolio")

    @property
    def is_snoozed_tab(self) -> bool:
        return self.place.kind == SNOOZED


@dataclass(frozen=True)
class Asked:
    """What one answer reads once: the accounts, what reasons depend on, and what was put off."""

    accounts: Any
    setting: Setting
    snoozed: dict[int, Snoozed]
    words: Words
    month_ago: date | None


def asked_of(user: User, *, place: Place, days: ScoredDays, today: date) -> Asked:
    words, day = words_of_scorecards(), counting_day(days.newest, today=today)
    accounts = selected_accounts(user, selection=place.selection, today=day)
    setting = setting_of(user, words=words, today=today, day=day)
    snoozed = active_snoozes(user, today=today)
    month_ago = month_before(days, as_of=days.newest) if days.newest else None
    return Asked(accounts, setting, snoozed, words, month_ago)


def build_attention(user: User, *, place: Place, days: ScoredDays, now: datetime) -> Attention:
    """The list as the user has it, without what they put off. As many queries however many accounts there are."""
    asked = asked_of(user, place=place, days=days, today=now.date())
    hidden = snoozed_ids(asked.accounts, setting=asked.setting, snoozed=asked.snoozed)
    awake = replace(asked.setting, snoozed=hidden)
    found = counts(asked.accounts, setting=awake)
    reasons = [reason for reason in Reason if place.kind in ("", reason.kind)] if place.kind != SNOOZED else []
    per_page = PAGE_ROWS if place.is_page else BLOCK_ROWS
    page = Paginator(range(sum(found.get(reason, 0) for reason in reasons)), per_page).get_page(place.number)
    rows = rows_of(user, asked, setting=awake, ids=ids_of(asked, awake, reasons=reasons, page=page))
    return Attention(
        place=place,
        tabs=tuple(tabs_of(found, place=place)),
        lines=tuple(Line(row, place.action_url("attention-snooze", row.pk)) for row in rows),
        snoozed=snoozed_rows(user, asked, place=place) if place.kind == SNOOZED else (),
        snoozed_accounts=len({pk for ids in hidden.values() for pk in ids}),
        silent=silent_of(asked) if place.kind in ("", AttentionKind.DATA) else (),
        sources_url=sources_address(user),
        page=page,
        currency=the_organization().reporting_currency,
        today=asked.setting.day,
        can_snooze=can(user, Action.SNOOZE),
        next_renewal=None if found else next_renewal(asked),
    )


def ids_of(asked: Asked, setting: Setting, *, reasons: Sequence[Reason], page: Page) -> list[int]:
    if not page.object_list:
        return []
    start = page.start_index() - 1
    end = start + len(page.object_list)
    return ranked(asked.accounts, setting=setting, reasons=reasons, start=start, end=end)


def rows_of(user: User, asked: Asked, *, setting: Setting, ids: Sequence[int]) -> list[AttentionRow]:
    listed = needs_of(asked.accounts, ids=ids, setting=setting)
    teller = Teller(user, asked.words, setting.today, setting.day, asked.month_ago, flags_since(listed))
    versions = {needs.account.pk: needs.health.version_id for needs in listed if needs.health.version_id}
    stale = stale_scores(versions, silent=setting.silent)
    return [row_of(needs, teller=teller, stale=stale.get(needs.account.pk)) for needs in listed]


def snoozed_rows(user: User, asked: Asked, *, place: Place) -> tuple[SnoozedRow, ...]:
    """What the user put off, that which comes back first on top."""
    ids = sorted(asked.snoozed, key=lambda pk: (asked.snoozed[pk].until, pk))
    rows = rows_of(user, asked, setting=asked.setting, ids=ids)
    return tuple(
        SnoozedRow(row, asked.snoozed[row.pk].until, place.action_url("attention-unsnooze", row.pk)) for row in rows
    )


def tabs_of(found: dict[Reason, int], *, place: Place) -> list[Tab]:
    """All, and each kind that there is; each account counts once, by its worst reason, so that tabs add up."""
    by_kind = {kind: sum(n for reason, n in found.items() if reason.kind == kind) for kind in AttentionKind}
    kept = [kind for kind in AttentionKind if by_kind[kind] or kind == place.kind]
    return [
        Tab("All", place.url(), place.url(name="attention"), sum(found.values()), place.kind == ""),
        *(
            Tab(
                str(kind.label),
                place.url(kind=kind),
                place.url(kind=kind, name="attention"),
                by_kind[kind],
                place.kind == kind,
            )
            for kind in kept
        ),
    ]


def silent_of(asked: Asked) -> tuple[SilentSource, ...]:
    """The silent sources that any of the accounts depend on. A query for each source that is silent."""
    return tuple(
        silent for source in asked.setting.silent if (silent := silent_source(source, accounts=asked.accounts)).accounts
    )


def silent_source(source: Silent, *, accounts: Any) -> SilentSource:
    since = timezone.localtime(source.since).date()
    return SilentSource(source.source, since, dependents(accounts, source_id=source.source_id))


def sources_address(user: User) -> str:
    """Where sources are looked after, for those who may."""
    return reverse("sources") if can(user, Action.MANAGE_SOURCES) else ""


def next_renewal(asked: Asked) -> tuple[str, str, date] | None:
    """Name, address and day of what renews next: what an empty list says."""
    coming = asked.accounts.filter(renewal_date__gte=asked.setting.day).order_by("renewal_date", "name")
    row = coming.values_list("pk", "name", "renewal_date").first()
    return (row[1], reverse("account", args=[row[0]]), row[2]) if row else None


@requires(Action.VIEW_PORTFOLIO)
def attention(request: UserRequest) -> HttpResponse:
    """The page; to a script that asks for a tab of the portfolio, the block alone."""
    is_block = bool(request.htmx)  # type: ignore[attr-defined]
    place, now = read_place(request.GET, is_page=not is_block), timezone.localtime()
    page = remembered(
        "block" if is_block else "attention",
        request.user,
        address=request.get_full_path(),
        today=now.date(),
        make=lambda: build_attention(request.user, place=place, days=scored_days(), now=now),
    )
    return render(request, "_attention.html" if is_block else "attention.html", {"attention": page})
