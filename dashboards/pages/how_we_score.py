"""How we score: for everybody in the company, read from the scorecards in force and the catalog of measures.

Nothing of it is written by hand: a card that is published, a measure that is defined anew, a source that falls silent
stand here at the next look.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action, can, visible_accounts
from accounts.models import Account, RollUp, User
from accounts.queries.organization import the_organization
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_score import MeasureRow, measure_rows
from dashboards.pages.account_waterfall import ChangeRow, change_rows, points
from dashboards.pages.files import csv_file
from dashboards.pages.how_we_score_measures import MeasureCard, measure_cards
from dashboards.pages.scorecards_card import Parts, parts_of
from dashboards.pages.scorecards_parts import Problems, applies_to
from dashboards.pages.source_rows import SourceRow
from dashboards.pages.sources import rows_now
from scoring.cards import DEFAULT_SCOPE, Card, NoScorecard, card_of, cards_on
from scoring.core.bands import UNDEFINED
from scoring.models import AccountHealth
from scoring.queries.explanation import explanation_on
from scoring.queries.lines import months_in_contract
from scoring.queries.scorecards import CardHistory, Published, accounts_per_scope, card_histories


@dataclass(frozen=True)
class CardLine:
    """One card in force, and to how many of the reader's accounts it applies."""

    slug: str
    name: str
    applies_to: str
    accounts: int
    accounts_url: str
    live: Published
    measures: int
    url: str
    is_shown: bool


@dataclass(frozen=True)
class Example:
    """The newest score of an account that the reader sees, line by line; amounts in points, to the hundredth."""

    account: Account
    as_of: date
    measures: tuple[MeasureRow, ...]
    changes: tuple[ChangeRow, ...]
    base: Decimal
    score: Decimal
    band: int
    band_name: str


@dataclass(frozen=True)
class HowPage:
    """`shown` is None before the first card is published."""

    lines: tuple[CardLine, ...]
    history: CardHistory | None
    shown: Published | None
    parts: Parts | None
    measures: tuple[MeasureCard, ...]
    example: Example | None
    sources: tuple[SourceRow, ...]
    pulse_limit: int | None
    do_overrides_wait: bool
    may_see_sources: bool
    today: date
    now: datetime

    @property
    def accounts(self) -> int:
        return sum(line.accounts for line in self.lines)

    @property
    def line(self) -> CardLine | None:
        return next((line for line in self.lines if line.is_shown), None)


def build_how_page(user: User, *, query: QueryDict, today: date, now: datetime) -> HowPage:
    """The card that the address names, or the first; all cards in force beside it. Raises Http404 for another."""
    histories = [history for history in card_histories() if history.live(today)]
    chosen = history_chosen(histories, query.get("card", ""))
    live = chosen.live(today) if chosen else None
    card = card_of(live.version) if live else None
    organization = the_organization()
    return HowPage(
        lines=card_lines(user, histories, chosen=chosen, today=today),
        history=chosen,
        shown=live,
        parts=parts_of(live.stated, Problems([])) if live else None,
        measures=measure_cards(card, live.stated) if card and live else (),
        example=example_of(user, card) if card else None,
        sources=tuple(rows_now(now=now)),
        pulse_limit=organization.pulse_limit_percent,
        do_overrides_wait=organization.do_overrides_wait,
        may_see_sources=can(user, Action.MANAGE_SOURCES),
        today=today,
        now=now,
    )


def history_chosen(histories: list[CardHistory], slug: str) -> CardHistory | None:
    """The one of that name; without a name that with which most begin, the default."""
    if not slug:
        return histories[0] if histories else None
    found = next((history for history in histories if history.card.slug == slug), None)
    if found is None:
        raise Http404("No scorecard of that name is in force.")
    return found


def card_lines(
    user: User, histories: list[CardHistory], *, chosen: CardHistory | None, today: date
) -> tuple[CardLine, ...]:
    try:
        counts = accounts_per_scope(cards_on(today), visible_accounts(user))
    except NoScorecard:
        return ()
    return tuple(
        card_line(history, live, accounts=counts[history.scope], is_shown=history is chosen)
        for history in histories
        if (live := history.live(today))
    )


def card_line(history: CardHistory, live: Published, *, accounts: int, is_shown: bool) -> CardLine:
    return CardLine(
        slug=history.card.slug,
        name=history.card.name,
        applies_to=applies_to(history.card),
        accounts=accounts,
        accounts_url=accounts_url(history),
        live=live,
        measures=len(live.stated.items),
        url=f"{reverse('how-we-score')}?card={history.card.slug}",
        is_shown=is_shown,
    )


def accounts_url(history: CardHistory) -> str:
    """The accounts to which a card of a segment applies. Those of others are no filter of the table."""
    segment = history.card.segment
    if segment is not None:
        return f"{reverse('accounts')}?segment={segment.slug}"
    return "" if history.scope != DEFAULT_SCOPE else reverse("accounts")


def example_of(user: User, card: Card) -> Example | None:
    """An account that the reader sees, all of whose measures are known, or else any with a score by this version."""
    healths = AccountHealth.objects.filter(
        account__in=visible_accounts(user), version=card.version_id, score__isnull=False, account__roll_up=RollUp.OWN
    ).select_related("account")
    found = healths.filter(coverage__gte=1).order_by("account_id").first() or healths.order_by("account_id").first()
    if found is None:
        return None
    account, explained = found.account, explanation_on(found.account, day=found.as_of)
    if explained is None or explained.snapshot.score is None or explained.children:
        return None
    month = months_in_contract(started_on=account.started_on, day=found.as_of)
    band = explained.snapshot.band
    return Example(
        account=account,
        as_of=found.as_of,
        measures=measure_rows(explained.measures, month=month),
        changes=change_rows(explained.changes, {}, stale=None),
        base=points(explained.base),
        score=points(explained.snapshot.score),
        band=band,
        band_name="Undefined" if band == UNDEFINED else explained.card.bands.by_code[band].label,
    )


Lines = Iterator[list[Any]]


def measure_csv(page: HowPage) -> Lines:
    yield ["Measure", "Key", "Element", "Weight", "Value to points", "Without a value", "Source", "Signal",
           "What it says", "When it is missing"]  # fmt: skip
    for row in page.measures:
        yield [row.label, row.key, row.element, row.weight, row.words, row.missing_words, row.source, row.signal,
               row.value, row.missing]  # fmt: skip


def rule_csv(page: HowPage) -> Lines:
    yield ["Part", "Name", "Rule"]
    if page.parts is None:
        return
    for band in page.parts.bands:
        yield ["Band", band.label, f"{band.low} to {band.high}"]
    for kind, listed in (("Adjustment", page.parts.adjustments), ("Flag", page.parts.flags)):
        for rule in listed:
            yield [kind, rule.label, rule.words]


def version_csv(page: HowPage) -> Lines:
    yield ["Card", "Version", "Applies from", "Until", "Published", "By", "Reason", "Changes"]
    for one in page.history.published if page.history else ():
        version = one.version
        by = version.author.name if version.author else ""
        begins = "" if one.is_from_beginning else version.effective_from
        yield [version.scorecard.name, version.number, begins, one.last_day, version.published_at.date(), by,
               version.reason, "; ".join(one.changes)]  # fmt: skip


def source_csv(page: HowPage) -> Lines:
    yield ["Source", "State", "Newest delivery", "Expected"]
    for row in page.sources:
        yield [row.name, row.state, row.last_at.isoformat() if row.last_at else None, row.rhythm]


def example_csv(page: HowPage) -> Lines:
    yield ["Line", "Value", "Points", "Weight that counts", "Contribution"]
    if page.example is None:
        return
    for row in page.example.measures:
        yield [row.label, row.value, row.points, row.counted_weight, row.line]
    for change in page.example.changes:
        yield [change.label, None, None, None, change.line]
    yield [f"Score of {page.example.account.name}", None, None, None, page.example.score]


def card_csv(page: HowPage) -> Lines:
    yield ["Card", "Applies to", "Accounts", "Version", "Measures"]
    for line in page.lines:
        yield [line.name, line.applies_to, line.accounts, line.live.version.number, line.measures]


BLOCKS = {
    "cards": card_csv,
    "measures": measure_csv,
    "rules": rule_csv,
    "example": example_csv,
    "versions": version_csv,
    "sources": source_csv,
}


@requires(Action.VIEW_SCORECARDS)
def how_we_score(request: UserRequest) -> HttpResponse:
    page = build_how_page(request.user, query=request.GET, today=timezone.localdate(), now=timezone.now())
    return render(request, "how_we_score.html", {"page": page})


@requires(Action.VIEW_SCORECARDS)
def how_we_score_csv(request: UserRequest) -> HttpResponse:
    """One table of the page."""
    block = request.GET.get("block", "measures")
    if block not in BLOCKS:
        raise Http404(f"A block is one of {', '.join(BLOCKS)}.")
    page = build_how_page(request.user, query=request.GET, today=timezone.localdate(), now=timezone.now())
    return csv_file(f"how-we-score-{block}", BLOCKS[block](page))
