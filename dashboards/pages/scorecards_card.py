"""One scorecard: the version in force (or another one), its history with what each version changed, and its draft."""

from dataclasses import dataclass
from datetime import date
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action, can, visible_accounts
from accounts.models import User
from dashboards.gate import UserRequest, requires
from dashboards.pages.scorecards_parts import (
    BandPart,
    ConditionPart,
    MeasurePart,
    Problems,
    applies_to,
    band_parts,
    condition_parts,
    measure_parts,
)
from scoring.cards import NoScorecard, cards_on
from scoring.checks import BadScorecard, lagging_percent, warnings
from scoring.content import CardFile
from scoring.files import to_toml
from scoring.models import ScorecardDraft
from scoring.operations import start_draft
from scoring.queries.scorecards import CardHistory, Published, accounts_per_scope, card_history


@dataclass(frozen=True)
class Parts:
    """All that a card states, as a page shows it."""

    measures: tuple[MeasurePart, ...]
    bands: tuple[BandPart, ...]
    adjustments: tuple[ConditionPart, ...]
    flags: tuple[ConditionPart, ...]
    stated: CardFile
    lagging_percent: int
    warnings: tuple[str, ...]

    @property
    def min_coverage_percent(self) -> float:
        return round(self.stated.min_coverage * 100, 2)


@dataclass(frozen=True)
class VersionRow:
    one: Published
    is_live: bool
    is_shown: bool


@dataclass(frozen=True)
class CardPage:
    history: CardHistory
    applies_to: str
    accounts: int
    shown: Published | None
    parts: Parts | None
    versions: tuple[VersionRow, ...]
    draft: ScorecardDraft | None
    may_edit: bool
    today: date

    @property
    def is_live(self) -> bool:
        return self.shown is not None and self.shown.is_live(self.today)


def parts_of(card: CardFile, problems: Problems, *, live: CardFile | None = None) -> Parts:
    """A card in parts; `live` is what its measures are compared with."""
    return Parts(
        measures=measure_parts(card, problems, live=live),
        bands=band_parts(card, problems),
        adjustments=condition_parts(card, "adjustments", problems),
        flags=condition_parts(card, "flags", problems),
        stated=card,
        lagging_percent=lagging_percent(card),
        warnings=tuple(warnings(card)),
    )


def build_card_page(user: User, history: CardHistory, *, number: int | None, today: date) -> CardPage:
    """The version of that number; without one the version in force, or else the newest."""
    live = history.live(today)
    shown = history.numbered(number) if number else live or history.newest
    try:
        accounts = accounts_per_scope(cards_on(today), visible_accounts(user))[history.scope] if live else 0
    except NoScorecard:
        accounts = 0
    return CardPage(
        history=history,
        applies_to=applies_to(history.card),
        accounts=accounts,
        shown=shown,
        parts=parts_of(shown.stated, Problems([])) if shown else None,
        versions=tuple(VersionRow(one, one.is_live(today), one is shown) for one in history.published),
        draft=history.draft,
        may_edit=can(user, Action.EDIT_SCORECARDS),
        today=today,
    )


def history_or_404(slug: str) -> CardHistory:
    found = card_history(slug)
    if found is None:
        raise Http404(f"There is no scorecard {slug}.")
    return found


def number_in(request: UserRequest, history: CardHistory) -> int | None:
    """The version that the address names. Raises Http404 for one that there is not."""
    said = request.GET.get("version", "") or request.POST.get("version", "")
    if not said:
        return None
    if not said.isdecimal() or history.numbered(int(said)) is None:
        raise Http404("There is no such version.")
    return int(said)


@requires(Action.VIEW_SCORECARDS)
def scorecard(request: UserRequest, slug: str) -> HttpResponse:
    history = history_or_404(slug)
    number = number_in(request, history)
    page = build_card_page(request.user, history, number=number, today=timezone.localdate())
    return render(request, "scorecard.html", {"page": page})


@requires(Action.VIEW_SCORECARDS)
def scorecard_file(request: UserRequest, slug: str) -> HttpResponse:
    """The version as a TOML file."""
    history = history_or_404(slug)
    number = number_in(request, history)
    found = history.numbered(number) if number else history.live(timezone.localdate()) or history.newest
    if found is None:
        raise Http404("Nothing of this scorecard is published yet.")
    name = f"{slug}-v{found.version.number}.toml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(to_toml(found.stated), content_type="application/toml", headers=headers)


@require_POST
@requires(Action.EDIT_SCORECARDS)
def begin_draft(request: UserRequest, slug: str) -> HttpResponse:
    """Open a draft that starts as the newest version, or as the one that is named."""
    history = history_or_404(slug)
    number = number_in(request, history)
    based_on = cast(Published, history.numbered(number)).version if number else None
    try:
        start_draft(scorecard=history.card, by=request.user, at=timezone.now(), based_on=based_on)
    except BadScorecard as error:
        messages.warning(request, str(error))
    return redirect("scorecard-draft", slug=slug)
