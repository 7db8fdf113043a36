"""The list of scorecards: which accounts each one is for, since when, and by whom; and a new one for others."""

from dataclasses import dataclass
from datetime import date

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action, can, visible_accounts
from accounts.models import Phase, Segment, User
from dashboards.gate import UserRequest, requires
from dashboards.pages.scorecards_parts import applies_to
from scoring.cards import DEFAULT_SCOPE, NoScorecard, cards_on
from scoring.checks import BadScorecard, lagging_percent
from scoring.models import ScorecardDraft
from scoring.operations import start_card
from scoring.queries.scorecards import CardHistory, Published, accounts_per_scope, card_histories, free_scopes


@dataclass(frozen=True)
class CardRow:
    slug: str
    name: str
    applies_to: str
    accounts: int
    live: Published | None
    scheduled: Published | None
    measures: int
    lagging_percent: int
    draft: ScorecardDraft | None


@dataclass(frozen=True)
class ScorecardsPage:
    rows: tuple[CardRow, ...]
    accounts: int
    has_default: bool
    may_edit: bool
    new: "NewCardForm | None"
    today: date


class NewCardForm(forms.Form):
    """A card for a segment or a phase that has none: its scope is one choice, such as segment:3 or phase:value."""

    name = forms.CharField(max_length=80, error_messages={"required": "Give the scorecard a name."})
    scope = forms.ChoiceField(error_messages={"required": "Choose for which accounts it is."})
    like = forms.ChoiceField(label="Start like")

    def __init__(self, *args: object, histories: list[CardHistory], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        segments, phases = free_scopes()
        self.segments = {f"segment:{segment.pk}": segment for segment in segments}
        self.phases = {f"phase:{phase.value}": phase for phase in phases}
        self.versions = {one.card.slug: one.newest.version for one in histories if one.newest}
        self.field("scope").choices = [
            ("", "Choose"),
            *((key, f"Segment {segment.name}") for key, segment in self.segments.items()),
            *((key, f"Phase {phase.label}") for key, phase in self.phases.items()),
        ]
        self.field("like").choices = [(slug, version.scorecard.name) for slug, version in self.versions.items()]

    def field(self, name: str) -> forms.ChoiceField:
        found = self.fields[name]
        assert isinstance(found, forms.ChoiceField)  # noqa: S101 - for the type checker
        return found

    @property
    def is_needed(self) -> bool:
        """Whether there is a scope without a card, and a card to start like."""
        return bool(self.versions) and bool(self.segments or self.phases)

    def scope_chosen(self) -> tuple[Segment | None, Phase | None]:
        chosen = self.cleaned_data["scope"]
        return self.segments.get(chosen), self.phases.get(chosen)


def build_scorecards_page(
    user: User, *, histories: list[CardHistory], today: date, form: NewCardForm | None
) -> ScorecardsPage:
    """Every card with the number of accounts that the user sees and to which it applies today."""
    try:
        counts = accounts_per_scope(cards_on(today), visible_accounts(user))
    except NoScorecard:
        counts = None
    rows = [card_row(one, accounts=counts[one.scope] if counts else 0, today=today) for one in histories]
    return ScorecardsPage(
        rows=tuple(rows),
        accounts=sum(row.accounts for row in rows),
        has_default=any(one.scope == DEFAULT_SCOPE for one in histories),
        may_edit=can(user, Action.EDIT_SCORECARDS),
        new=form if form and form.is_needed else None,
        today=today,
    )


def card_row(history: CardHistory, *, accounts: int, today: date) -> CardRow:
    live = history.live(today)
    return CardRow(
        slug=history.card.slug,
        name=history.card.name,
        applies_to=applies_to(history.card),
        accounts=accounts,
        live=live,
        scheduled=history.scheduled(today),
        measures=len(live.stated.items) if live else 0,
        lagging_percent=lagging_percent(live.stated) if live else 0,
        draft=history.draft,
    )


@requires(Action.VIEW_SCORECARDS)
def scorecards(request: UserRequest) -> HttpResponse:
    histories = card_histories()
    form = NewCardForm(histories=histories) if can(request.user, Action.EDIT_SCORECARDS) else None
    return shown(request, histories=histories, form=form)


@require_POST
@requires(Action.EDIT_SCORECARDS)
def new_scorecard(request: UserRequest) -> HttpResponse:
    """Start a card for accounts that share another one so far; it applies once its draft is published."""
    histories = card_histories()
    form = NewCardForm(request.POST, histories=histories)
    if not form.is_valid():
        return shown(request, histories=histories, form=form, status=422)
    segment, phase = form.scope_chosen()
    like = form.versions[form.cleaned_data["like"]]
    try:
        draft = start_card(
            name=form.cleaned_data["name"],
            segment=segment,
            phase=phase.value if phase else "",
            like=like,
            by=request.user,
            at=timezone.now(),
        )
    except BadScorecard as error:
        form.add_error(None, str(error))
        return shown(request, histories=histories, form=form, status=422)
    messages.success(request, f"{draft.scorecard.name} is a draft. It applies once it is published.")
    return redirect("scorecard-draft", slug=draft.scorecard.slug)


def shown(
    request: UserRequest, *, histories: list[CardHistory], form: NewCardForm | None, status: int = 200
) -> HttpResponse:
    page = build_scorecards_page(request.user, histories=histories, today=timezone.localdate(), form=form)
    return render(request, "scorecards.html", {"page": page}, status=status)
