"""The editor of a draft: it saves itself, says all that is wrong at once, and publishes what is sound."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.scorecards_card import Parts, history_or_404, parts_of
from dashboards.pages.scorecards_form import FULL_WEIGHT, changed_by, content_from
from dashboards.pages.scorecards_parts import Problems, applies_to, typed
from scoring import catalog, rules
from scoring.checks import BadScorecard, Problem, is_whole, problems
from scoring.common_bands import default_bands, is_default, number_problems
from scoring.content import CardFile, card_of_draft, card_of_version
from scoring.core.bands import COLOR_NAMES
from scoring.differences import COMPARISON_NAMES, CURVE_NAMES, MISSING_NAMES, differences, label
from scoring.models import ScorecardDraft, ScorecardVersion
from scoring.operations import ChangedMeanwhile, discard_draft, edit_draft, publish_draft
from scoring.queries.scorecards import SOON_DAYS, CardHistory, Published

Choices = list[tuple[str, str]]
COLOR_LABELS = {
    "above": "Deep blue", "strong": "Teal", "green": "Green", "moderate": "Amber", "weak": "Crimson",
    "below": "Dark red",
}  # fmt: skip


class PublishForm(forms.Form):
    """Why, and from which day on."""

    reason = forms.CharField(max_length=300, error_messages={"required": "Say what changes, and why."})
    effective_from = forms.DateField(error_messages={"required": "Choose a day.", "invalid": "That is no date."})
    edition = forms.IntegerField(min_value=1)


@dataclass(frozen=True)
class DraftPage:
    history: CardHistory
    draft: ScorecardDraft
    stated: CardFile
    found: tuple[Problem, ...]
    today: date
    form: PublishForm | None = None

    @property
    def applies_to(self) -> str:
        return applies_to(self.history.card)

    @cached_property
    def base(self) -> Published | None:
        """What the draft is compared with: the newest version."""
        return self.history.newest

    @property
    def number(self) -> int:
        return self.base.version.number + 1 if self.base else 1

    @cached_property
    def parts(self) -> Parts:
        return parts_of(self.stated, Problems(self.found), live=self.base.stated if self.base else None)

    @cached_property
    def changes(self) -> list[str]:
        return differences(self.base.stated, self.stated) if self.base else []

    @property
    def sum(self) -> int:
        return sum(item.weight for item in self.stated.items if is_whole(item.weight))

    @property
    def off_by(self) -> int:
        """By how much the weights miss 100: above 0 where they are too many."""
        return self.sum - FULL_WEIGHT

    @property
    def missing_weight(self) -> int:
        return -self.off_by

    @property
    def measure_errors(self) -> tuple[str, ...]:
        """What is wrong with the measures as a whole, beside their sum, which has a place of its own."""
        return () if self.stated.items else self.texts("measures")

    @property
    def errors(self) -> dict[str, tuple[str, ...]]:
        """The problems of the parts as wholes."""
        whole = {part: self.texts(part) for part in ("bands", "adjustments", "flags")}
        return whole | {"limits": self.texts("min_coverage", "pulse.largest_percent", "pulse.may_raise")}

    def texts(self, *places: str) -> tuple[str, ...]:
        return tuple(problem.text for problem in self.found if problem.place in places)

    @property
    def min_coverage(self) -> str:
        return typed(self.stated.min_coverage, is_percent=True)

    @property
    def largest_pulse(self) -> str:
        return typed(self.stated.pulse["largest_percent"])

    @property
    def earliest(self) -> date | None:
        return self.base.version.effective_from if self.base else None

    @property
    def suggested(self) -> date:
        return max(self.today, self.earliest) if self.earliest else self.today

    @property
    def notice(self) -> str:
        """What to think of where the version before is young."""
        if self.base is None:
            return ""
        days = (self.suggested - self.base.version.effective_from).days
        if days >= SOON_DAYS:
            return ""
        age = "begins later" if self.base.version.effective_from > self.today else f"is {formats.span(days)} old"
        return (
            f"v{self.base.version.number} {age}. Changes within 4 weeks make it hard to tell "
            "whether accounts changed or the scorecard did."
        )

    @property
    def is_default(self) -> bool:
        return is_default(self.stated)

    @property
    def follows(self) -> str:
        """What publishing another number of bands does to the other cards."""
        if self.base is None or not self.is_default or len(self.base.stated.bands) == len(self.stated.bands):
            return ""
        return "All cards have as many bands as this one: publishing gives the others these bands, too."

    # What can be chosen.

    @property
    def curves(self) -> Choices:
        return [(kind, words.capitalize()) for kind, words in CURVE_NAMES.items()]

    @property
    def policies(self) -> Choices:
        return [(policy.value, words.capitalize()) for policy, words in MISSING_NAMES.items()]

    @property
    def comparisons(self) -> Choices:
        return [(key, words.format("…")) for key, words in COMPARISON_NAMES.items()]

    @cached_property
    def facts(self) -> Choices:
        return [(name, label(name)) for name in rules.FACTS] + [(m.key, m.label) for m in catalog.offered()]

    @cached_property
    def addable(self) -> list[tuple[str, Choices]]:
        """The measures that the card does not have yet, by element."""
        there = {item.measure for item in self.stated.items}
        groups: dict[str, Choices] = {}
        for measure in catalog.offered():
            if measure.key not in there:
                groups.setdefault(measure.element.value.capitalize(), []).append((measure.key, measure.label))
        return list(groups.items())

    @property
    def colors(self) -> Choices:
        return [(name, COLOR_LABELS[name]) for name in COLOR_NAMES]


def build_draft_page(
    history: CardHistory, draft: ScorecardDraft, *, today: date, form: PublishForm | None = None
) -> DraftPage:
    """The draft as it is kept, with everything that keeps it from being published."""
    stated = card_of_draft(draft)
    return DraftPage(
        history=history,
        draft=draft,
        stated=stated,
        found=(*problems(stated), *number_problems(stated)),
        today=today,
        form=form,
    )


def draft_or_404(slug: str) -> tuple[CardHistory, ScorecardDraft]:
    history = history_or_404(slug)
    if history.draft is None:
        raise Http404(f"{history.card} has no open draft.")
    return history, history.draft


@requires(Action.EDIT_SCORECARDS)
def draft(request: UserRequest, slug: str) -> HttpResponse:
    """The editor; what is posted to it is kept, whatever it is worth."""
    history = history_or_404(slug)
    if history.draft is None:
        return redirect("scorecard", slug=slug)
    if request.method == "POST":
        return saved(request, history, history.draft)
    return shown(request, history, history.draft)


def saved(request: UserRequest, history: CardHistory, draft: ScorecardDraft) -> HttpResponse:
    """Keep the form. A page that saves by itself gets what changed beside its fields; a button gets the fields anew."""
    action = request.POST.get("do", "")
    content = changed_by(action, content_from(request.POST), request.POST)
    if action == "bands:default":
        content = {**content, "bands": default_bands() or content["bands"]}
    edition = request.POST.get("edition", "")
    try:
        if content != draft.content or edition != str(draft.edition):
            number = int(edition) if edition.isdecimal() else 0
            edit_draft(draft=draft, content=content, edition=number, by=request.user, at=timezone.now())
    except ChangedMeanwhile:
        messages.error(request, changed_meanwhile(draft))
        return gone_to_draft(request, history)
    if not request.htmx:  # type: ignore[attr-defined]
        return gone_to_draft(request, history)
    page = build_draft_page(history, draft, today=timezone.localdate())
    by_itself = action == "" and "autosave" in request.GET
    return render(request, "_scorecard_saved.html" if by_itself else "_scorecard_swapped.html", {"page": page})


def gone_to_draft(request: UserRequest, history: CardHistory) -> HttpResponse:
    """The draft's page, loaded anew: with a script by its header, without one by a redirect."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Redirect": reverse("scorecard-draft", args=[history.card.slug])})
    return redirect("scorecard-draft", slug=history.card.slug)


def changed_meanwhile(draft: ScorecardDraft) -> str:
    who = draft.changed_by.name if draft.changed_by else "Somebody"
    at = formats.clock(timezone.localtime(draft.changed_at))
    return f"{who} changed this draft at {at}. What you entered since was not kept; this is the draft as it is now."


@require_POST
@requires(Action.EDIT_SCORECARDS)
def publish(request: UserRequest, slug: str) -> HttpResponse:
    """Publish what is kept as the next version; whatever stands in the way is said at once."""
    history, draft = draft_or_404(slug)
    form = PublishForm(request.POST)
    if not form.is_valid():
        return shown(request, history, draft, form=form, status=422)
    try:
        version = publish_draft(draft=draft, by=request.user, at=timezone.now(), **form.cleaned_data)
    except ChangedMeanwhile:
        draft.refresh_from_db()
        form.add_error(None, changed_meanwhile(draft))
        return shown(request, history, draft, form=form, status=409)
    except BadScorecard as error:
        form.add_error(None, str(error))
        return shown(request, history, draft, form=form, status=422)
    messages.success(request, said_of(version, history))
    return redirect("scorecard", slug=slug)


def said_of(version: ScorecardVersion, history: CardHistory) -> str:
    """What publishing did, and when accounts are banded anew."""
    said = f"{version} applies from {formats.day(version.effective_from)}."
    before = history.newest.stated.bands if history.newest else version.bands
    if len(before) != len(version.bands) and is_default(card_of_version(version)):
        said += " The other cards took its bands over; a flag that capped at a band now gone caps at the next worse."
    if [band["low"] for band in before] != [band["low"] for band in version.bands]:
        said += " All accounts are banded anew with the next scores from that day on; earlier days stay as they were."
    return said


@require_POST
@requires(Action.EDIT_SCORECARDS)
def discard(request: UserRequest, slug: str) -> HttpResponse:
    """Forget the draft, and a card that has nothing else."""
    history, draft = draft_or_404(slug)
    discard_draft(draft=draft, by=request.user, at=timezone.now())
    messages.success(request, f"The draft of {history.card} is discarded.")
    return redirect(reverse("scorecard", args=[slug]) if history.published else reverse("scorecards"))


def shown(
    request: UserRequest,
    history: CardHistory,
    draft: ScorecardDraft,
    *,
    form: PublishForm | None = None,
    status: int = 200,
) -> HttpResponse:
    page = build_draft_page(history, draft, today=timezone.localdate(), form=form)
    return render(request, "scorecard_draft.html", {"page": page}, status=status)
