"""What a draft would do to the accounts to which it would apply: their scores, their bands, and who changes band."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.access import Action, visible_accounts
from accounts.models import User
from accounts.queries.organization import the_organization
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.scorecards_draft import draft_or_404
from scoring.checks import BadScorecard, check
from scoring.content import card_of_draft
from scoring.core.bands import AT_RISK, UNDEFINED, Bands, bands_from_json
from scoring.models import DraftPreview, ScorecardDraft
from scoring.preview import BIN_POINTS, BandChange, Moved, Preview, last_scored_day
from scoring.previews import ask, from_json

LISTED = 10
HEIGHT = 96


@dataclass(frozen=True)
class Column:
    """A bin of the histogram; heights in pixels."""

    label: str
    now: int
    then: int
    now_height: int
    then_height: int
    code: int


@dataclass(frozen=True)
class BandRow:
    code: int
    label: str
    now: int
    then: int
    change: int
    arr_change: Decimal
    good: str


@dataclass(frozen=True)
class MovedRow:
    pk: int
    name: str
    arr: Decimal
    score_now: Decimal | None
    score_then: Decimal | None
    band_now: int
    band_then: int
    name_now: str
    name_then: str


@dataclass(frozen=True)
class PreviewPage:
    slug: str
    name: str
    day: date | None
    refusal: str
    progress: str = ""  # in words, while it is computed
    currency: str = "USD"
    accounts: int = 0
    bands: tuple[BandRow, ...] = ()
    columns: tuple[Column, ...] = ()
    moved: tuple[MovedRow, ...] = ()
    moved_count: int = 0
    down: int = 0
    moved_arr: Decimal = Decimal(0)

    @property
    def up(self) -> int:
        return self.moved_count - self.down

    @property
    def more(self) -> int:
        return self.moved_count - len(self.moved)


def build_preview_page(user: User, draft: ScorecardDraft, *, at: datetime, again: bool = False) -> PreviewPage:
    """The draft on the last scored day, how far that is computed, or why it cannot be told."""
    slug, name, day = draft.scorecard.slug, draft.scorecard.name, last_scored_day()
    if day is None:
        return PreviewPage(slug, name, day=None, refusal="Nothing is scored yet, so there is nothing to compare with.")
    try:
        check(card_of_draft(draft))
    except BadScorecard as error:
        return PreviewPage(slug, name, day=day, refusal=str(error))
    kept = ask(draft, day=day, at=at, again=again)
    if kept.state == DraftPreview.State.DONE:
        return page_of(user, draft, from_json(kept.result))
    return PreviewPage(slug, name, day=day, refusal=kept.refusal, progress=progress_words(kept, at=at))


def progress_words(kept: DraftPreview, *, at: datetime) -> str:
    """Waits for a worker, 4 s so far; nothing once it is over."""
    match kept.state:
        case DraftPreview.State.WAITING:
            return f"Waits for a worker, {seconds(at - kept.asked_at)} so far"
        case DraftPreview.State.WORKING:
            return f"Computing, {seconds(at - (kept.started_at or at))} so far"
        case _:
            return ""


def seconds(span: timedelta) -> str:
    return f"{max(round(span.total_seconds()), 0)} s"


def page_of(user: User, draft: ScorecardDraft, found: Preview) -> PreviewPage:
    labels = {band.code: band.label for band in found.bands}
    listed = found.moved[:LISTED]
    accounts = visible_accounts(user).in_bulk([one.account_id for one in listed])
    return PreviewPage(
        slug=draft.scorecard.slug,
        name=draft.scorecard.name,
        day=found.day,
        refusal="",
        currency=the_organization().reporting_currency,
        accounts=found.accounts,
        bands=tuple(band_row(band, best=found.bands[0].code) for band in found.bands),
        columns=columns(found, bands=bands_from_json(draft.content["bands"])),
        moved=tuple(
            moved_row(one, name=accounts[one.account_id].name, labels=labels)
            for one in listed
            if one.account_id in accounts
        ),
        moved_count=found.moved_count,
        down=found.down,
        moved_arr=Decimal(found.moved_arr_cents) / 100,
    )


def band_row(band: BandChange, *, best: int) -> BandRow:
    """More accounts in the best band are good, in those at risk and among the Undefined bad; between, neither."""
    good = "up" if band.code == best else "down" if band.code in {*AT_RISK, UNDEFINED} else "none"
    return BandRow(
        code=band.code,
        label=band.label,
        now=band.accounts_now,
        then=band.accounts_then,
        change=band.accounts_then - band.accounts_now,
        arr_change=Decimal(band.arr_cents_then - band.arr_cents_now) / 100,
        good=good,
    )


def columns(found: Preview, *, bands: Bands) -> tuple[Column, ...]:
    """The histogram, each bin in the color of the band in which it begins."""
    most = max([*found.bins_now, *found.bins_then, 1])
    return tuple(
        Column(
            label=f"{n * BIN_POINTS} to {100 if n == len(found.bins_then) - 1 else (n + 1) * BIN_POINTS - 1}",
            now=now,
            then=then,
            now_height=round(now * HEIGHT / most),
            then_height=round(then * HEIGHT / most),
            code=next(code for code, band in bands.by_code.items() if n * BIN_POINTS >= band.low),
        )
        for n, (now, then) in enumerate(zip(found.bins_now, found.bins_then, strict=True))
    )


def moved_row(one: Moved, *, name: str, labels: dict[int, str]) -> MovedRow:
    return MovedRow(
        pk=one.account_id,
        name=name,
        arr=Decimal(one.arr_cents) / 100,
        score_now=None if one.score_now < 0 else formats.rounded(Decimal(one.score_now) / 100),
        score_then=None if one.score_then < 0 else formats.rounded(Decimal(one.score_then) / 100),
        band_now=one.band_now,
        band_then=one.band_then,
        name_now=labels[one.band_now],
        name_then=labels[one.band_then],
    )


@requires(Action.EDIT_SCORECARDS)
def draft_preview(request: UserRequest, slug: str) -> HttpResponse:
    """A card of the editor, or a page of its own without a script."""
    _, draft = draft_or_404(slug)
    page = build_preview_page(request.user, draft, at=timezone.now(), again="again" in request.GET)
    template = "_scorecard_preview.html" if request.htmx else "scorecard_preview.html"  # type: ignore[attr-defined]
    return render(request, template, {"page": page})
