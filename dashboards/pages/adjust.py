"""Adjusting an account's score: a pulse or an override, its effect before it is saved, ending it early.

Beyond the organization's limit it becomes a proposal that somebody else decides on (approvals.py).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account, Override, Proposal, Pulse
from accounts.operations.approvals import Drafted, beyond, propose
from accounts.operations.ratings import JudgedMeanwhile, add_pulse, end_early, hold_judgments, set_override, take_back
from accounts.queries.judgments import Acting, acting_on
from accounts.queries.organization import the_organization
from dashboards.gate import UserRequest, requires
from dashboards.pages.adjust_form import OverrideForm, PulseForm
from dashboards.pages.approval_words import waits_for
from dashboards.pages.home import back_to
from dashboards.pages.sheets import is_sheet, saved
from scoring.foresight import Foreseen, Standing, foresee, standing_now
from scoring.queries.staleness import stale_scores

MODELS: dict[str, type[Pulse] | type[Override]] = {"pulse": Pulse, "override": Override}
# As a scorecard has it that says nothing else.
USUAL_LARGEST = 30.0


@dataclass(frozen=True)
class Shown:
    """A score as the page draws it."""

    score: Decimal | None
    band: int
    name: str


@dataclass(frozen=True)
class AdjustPage:
    account: Account
    kind: str
    form: PulseForm | OverrideForm
    acting: Acting
    now: Shown | None
    then: Shown | None
    limit: str
    waits: str  # why it would wait, and for whom; empty where it would count at once
    was_judged: bool
    today: date
    silent_sources: tuple[str, ...]

    @property
    def is_pulse(self) -> bool:
        return self.kind == "pulse"


def shown_standing(found: Standing | None) -> Shown | None:
    if found is None:
        return None
    return Shown(Decimal(found.score) / 100 if found.score >= 0 else None, found.band, found.band_name)


def form_for(kind: str, data: Any, *, today: date, seen: str, now: Standing | None) -> PulseForm | OverrideForm:
    if kind == "override":
        return OverrideForm(data, today=today, seen=seen)
    largest = now.card.largest_pulse_percent if now else USUAL_LARGEST
    may_raise = now.card.may_pulses_raise if now else False
    return PulseForm(data, today=today, seen=seen, largest=largest, may_raise=may_raise)


def writing(account: Account, kind: str, form: PulseForm | OverrideForm, *, by: Any, at: datetime) -> Callable[[], Any]:
    """What is to be written, of a form that is valid."""
    shared = {"account": account, "by": by, "at": at, **form.values()}
    if kind == "override":
        return partial(set_override, **shared)
    return partial(add_pulse, **shared, may_raise=form.values()["percent"] > 0)


def written(
    account: Account, kind: str, form: PulseForm | OverrideForm, *, acting: Acting, by: Any, at: datetime
) -> Any:
    """The pulse or the override; where it lies beyond the limit, a proposal."""
    drafted = Drafted(**form.values())
    if beyond(drafted, acting=acting, organization=the_organization()):
        may_raise = drafted.percent is not None and drafted.percent > 0
        return propose(account=account, drafted=drafted, by=by, at=at, may_raise=may_raise)
    return writing(account, kind, form, by=by, at=at)()


def days_typed(data: Mapping[str, str]) -> dict[str, Any]:
    """The days that the form names, as far as they are days in order."""
    days = {name: parse_day(data.get(name, "")) for name in ("starts_on", "ends_on")}
    found = {name: day for name, day in days.items() if day}
    return found if len(found) == 2 and found["starts_on"] <= found["ends_on"] else {}


def parse_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def account_of(request: UserRequest, pk: int, kind: str) -> Account:
    if kind not in MODELS:
        raise Http404(f"There is no {kind}.")
    return get_object_or_404(visible_accounts(request.user).select_related("owner"), pk=pk)


def page_of(
    account: Account, kind: str, form: Any, *, acting: Acting, now: Standing | None, today: date,
    foreseen: Foreseen | None = None, was_judged: bool = False, waits: str = "",
) -> AdjustPage:  # fmt: skip
    stale = stale_scores({account.pk: now.card.version_id}).get(account.pk) if now else None
    return AdjustPage(
        account=account,
        kind=kind,
        form=form,
        acting=acting,
        now=shown_standing(foreseen.now if foreseen else now),
        then=shown_standing(foreseen.then) if foreseen else None,
        limit=limit_words(kind, now=now),
        waits=waits,
        was_judged=was_judged,
        today=today,
        silent_sources=stale.sources if stale else (),
    )


def limit_words(kind: str, *, now: Standing | None) -> str:
    """How far the scorecard lets one go, and from where on the organization wants an approval."""
    ours = the_organization()
    if kind == "override":
        return "Overrides wait for an approval." if ours.do_overrides_wait else ""
    said = []
    if now:
        said.append(f"{now.card.name} lets a pulse change the score by up to {now.card.largest_pulse_percent:g}%.")
    if ours.pulse_limit_percent is not None:
        said.append(f"Beyond {ours.pulse_limit_percent}% it waits for an approval.")
    return " ".join(said)


def why_it_waits(drafted: Drafted, account: Account, *, acting: Acting, by: Any) -> str:
    """Beyond the limit: for whom it waits; empty where it counts at once."""
    why = beyond(drafted, acting=acting, organization=the_organization())
    return f"{why} {waits_for(account, author=by)} It does not count until then." if why else ""


@requires(Action.EDIT_ACCOUNT)
def adjust(request: UserRequest, pk: int, kind: str) -> HttpResponse:
    """The form; sent, it is saved, unless somebody else has judged the account meanwhile."""
    account, at = account_of(request, pk, kind), timezone.now()
    today = timezone.localtime(at).date()
    acting = acting_on(account, today=today)
    now = standing_now(account_id=account.pk, as_of=today, at=at)
    form = form_for(kind, request.POST or None, today=today, seen=acting.edition, now=now)
    if request.method != "POST":
        return shown(request, page_of(account, kind, form, acting=acting, now=now, today=today))
    was_judged = False
    if form.is_valid():
        try:
            with transaction.atomic():
                acting = hold_judgments(account=account, seen=form.cleaned_data["seen"], today=today)
                made = written(account, kind, form, acting=acting, by=request.user, at=at)
            return done(request, account, kind, made)
        except JudgedMeanwhile as told:
            was_judged, acting = True, told.acting
            form.data = request.POST.copy()
            form.data["seen"] = acting.edition
        except ValidationError as refused:
            for field, sentences in refused.message_dict.items():
                form.add_error(field if field in form.fields else None, sentences)
    page = page_of(account, kind, form, acting=acting, now=now, today=today, was_judged=was_judged)
    return shown(request, page, status=409 if was_judged else 422)


@require_POST
@requires(Action.EDIT_ACCOUNT)
def adjust_preview(request: UserRequest, pk: int, kind: str) -> HttpResponse:
    """What the score and the band would become, by the code that scores; nothing is kept."""
    account, at = account_of(request, pk, kind), timezone.now()
    today = timezone.localtime(at).date()
    now = standing_now(account_id=account.pk, as_of=today, at=at)
    # For the effect neither the words nor the days matter: it is shown as if it acted today.
    data = request.POST.copy()
    data["category"], data["reason"] = "other", "What the effect would be today"
    data["starts_on"] = data["ends_on"] = today.isoformat()
    form, foreseen, waits = form_for(kind, data, today=today, seen="", now=now), None, ""
    if form.is_valid():
        drafted = replace(Drafted(**form.values()), **days_typed(request.POST))
        waits = why_it_waits(drafted, account, acting=acting_on(account, today=today), by=request.user)
        write = writing(account, kind, form, by=request.user, at=at)
        foreseen = foresee(account_id=account.pk, write=write, as_of=today, at=at)
    page = page_of(account, kind, form, acting=Acting((), ()), now=now, today=today, foreseen=foreseen, waits=waits)
    return render(request, "_adjust_preview.html", {"page": page})


@require_POST
@requires(Action.EDIT_ACCOUNT)
def adjust_end(request: UserRequest, pk: int, kind: str, judged: int) -> HttpResponse:
    """Ends it now; with `undo` whoever made it takes it back."""
    account = account_of(request, pk, kind)
    found: Any = get_object_or_404(MODELS[kind], pk=judged, account=account)
    try:
        if "undo" in request.GET:
            take_back(judged=found, by=request.user, at=timezone.now())
        else:
            end_early(judged=found, by=request.user, at=timezone.now())
        messages.success(request, f"The {kind} of {account.name} no longer acts. The score follows at once.")
    except ValidationError as refused:
        messages.error(request, refused.messages[0])
    return saved(request, otherwise=back_to(request))


def shown(request: UserRequest, page: AdjustPage, *, status: int = 200) -> HttpResponse:
    template = "_adjust.html" if is_sheet(request) else "adjust.html"
    return render(request, template, {"page": page, "is_sheet": is_sheet(request)}, status=status)


def done(request: UserRequest, account: Account, kind: str, made: Any) -> HttpResponse:
    if isinstance(made, Proposal):
        waits = waits_for(account, author=request.user)
        undo = reverse("approval-withdraw", args=[made.pk])
        messages.success(request, f"{kind.capitalize()} for {account.name} is proposed. {waits}", extra_tags=undo)
    else:
        undo = reverse("adjust-end", args=[account.pk, kind, made.pk]) + "?undo=1"
        messages.success(request, f"{kind.capitalize()} saved for {account.name}.", extra_tags=undo)
    return saved(request, otherwise=reverse("account", args=[account.pk]))
