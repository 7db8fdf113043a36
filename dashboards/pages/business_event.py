"""A business event of an account: entered, resolved with a note, and both undone. Flags follow it at once."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account, BusinessEvent, BusinessEventKind
from accounts.operations.business_events import EventChanged, enter_event, resolve_event, take_back
from accounts.queries.account import visible_events
from dashboards.gate import UserRequest, requires
from dashboards.pages.home import back_to
from dashboards.pages.sheets import is_sheet, saved

NOTE_ROWS = forms.Textarea(attrs={"rows": 3})
DAY = forms.DateInput(attrs={"type": "date"})
LONGEST_NOTE = 1_000


class EventForm(forms.Form):
    kind = forms.ChoiceField(choices=BusinessEventKind.choices, widget=forms.RadioSelect)
    occurred_on = forms.DateField(label="Since", widget=DAY, error_messages={"required": "Say since when."})
    note = forms.CharField(
        label="What is known", max_length=LONGEST_NOTE, widget=NOTE_ROWS,
        error_messages={"required": "Say in a few words what is known."},
    )  # fmt: skip
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)


class ResolveForm(forms.Form):
    note = forms.CharField(
        label="Why it is over", max_length=LONGEST_NOTE, widget=NOTE_ROWS,
        error_messages={"required": "Say why it is over."},
    )  # fmt: skip
    seen = forms.DateTimeField(widget=forms.HiddenInput)


@dataclass(frozen=True)
class EventPage:
    """`event` is None while one is entered; `theirs` says what somebody else has done meanwhile."""

    account: Account
    event: BusinessEvent | None
    form: forms.Form
    theirs: str = ""


@requires(Action.EDIT_ACCOUNT)
def new_event(request: UserRequest, pk: int) -> HttpResponse:
    account, at = get_object_or_404(visible_accounts(request.user), pk=pk), timezone.now()
    if request.method != "POST":
        initial = {"key": uuid4().hex, "occurred_on": timezone.localtime(at).date()}
        return shown(request, EventPage(account, None, EventForm(initial=initial, auto_id="event_%s")))
    form = EventForm(request.POST, auto_id="event_%s")
    if form.is_valid():
        try:
            made = enter_event(account=account, **form.cleaned_data, by=request.user, at=at)
        except ValidationError as refused:
            form_refuses(form, refused)
        else:
            return done(request, made, f"{made.get_kind_display()} entered for {account.name}. Flags follow at once.")
    return shown(request, EventPage(account, None, form), status=422)


@requires(Action.EDIT_ACCOUNT)
def event(request: UserRequest, pk: int, event: int) -> HttpResponse:
    """Resolves it, with a note."""
    found = get_object_or_404(visible_events(request.user), pk=event, account=pk)
    if request.method != "POST":
        form = ResolveForm(initial={"seen": found.recorded_at.isoformat()}, auto_id="event_%s")
        return shown(request, EventPage(found.account, found, form))
    form, theirs = ResolveForm(request.POST, auto_id="event_%s"), ""
    if form.is_valid():
        try:
            resolved = resolve_event(event=found, **form.cleaned_data, by=request.user, at=timezone.now())
        except EventChanged as told:
            theirs = "Somebody else changed it meanwhile. What it says now stands above."
            form.data = request.POST.copy()
            form.data["seen"] = told.event.recorded_at.isoformat()
        except ValidationError as refused:
            form_refuses(form, refused)
        else:
            return done(request, resolved, f"{resolved.get_kind_display()} resolved for {resolved.account.name}.")
    return shown(request, EventPage(found.account, found, form, theirs), status=409 if theirs else 422)


def form_refuses(form: forms.Form, refused: ValidationError) -> None:
    for field, sentences in refused.message_dict.items():
        form.add_error(field if field in form.fields else None, sentences)


def shown(request: UserRequest, page: EventPage, *, status: int = 200) -> HttpResponse:
    template = "_business_event.html" if is_sheet(request) else "business_event.html"
    context: dict[str, Any] = {"page": page, "is_sheet": is_sheet(request)}
    return render(request, template, context, status=status)


def done(request: UserRequest, event: BusinessEvent, sentence: str) -> HttpResponse:
    address = reverse("event-undo", args=[event.account_id, event.pk])
    undo = f"{address}?{urlencode({'seen': event.recorded_at.isoformat()})}"
    messages.success(request, sentence, extra_tags=undo)
    return saved(request, otherwise=reverse("account", args=[event.account_id]))


@require_POST
@requires(Action.EDIT_ACCOUNT)
def event_undo(request: UserRequest, pk: int, event: int) -> HttpResponse:
    """Takes back what the user did last to the event."""
    found = get_object_or_404(visible_events(request.user), pk=event, account=pk)
    try:
        seen = parse_datetime(request.GET.get("seen", "")) or found.recorded_at
        take_back(event=found, seen=seen, by=request.user, at=timezone.now())
        messages.success(request, f"Taken back: {found.get_kind_display()} of {found.account.name}.")
    except EventChanged:
        messages.error(request, "Not undone: somebody else changed it meanwhile.")
    except (ValidationError, ValueError) as refused:
        messages.error(request, refused.messages[0] if isinstance(refused, ValidationError) else "Nothing to undo.")
    return redirect(back_to(request))
