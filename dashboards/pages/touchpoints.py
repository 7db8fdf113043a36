"""Touchpoints: log one from anywhere, hold, cancel or change one, take it back, put it into a calendar."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account, Touchpoint, TouchpointState
from accounts.operations.touchpoints import ChangedMeanwhile, change_touchpoint, log_touchpoint, take_back
from accounts.queries.touchpoints import last_changed_by, last_held, visible_touchpoints
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_named import account_named, suggestions
from dashboards.pages.home import back_to
from dashboards.pages.invitation import calendar_file
from dashboards.pages.sheets import is_sheet, saved
from dashboards.pages.touchpoints_form import TouchpointForm, form_of, new_form


@dataclass(frozen=True)
class TouchpointPage:
    """`touchpoint` is None for a new one; `theirs` is what somebody else wrote meanwhile."""

    form: TouchpointForm
    account: Account | None
    account_text: str
    account_error: str
    touchpoint: Touchpoint | None
    cadence: str
    theirs: str
    today: date

    @property
    def is_new(self) -> bool:
        return self.touchpoint is None


def build_touchpoint_page(
    form: TouchpointForm, *, account: Account | None, today: date, touchpoint: Touchpoint | None = None,
    text: str | None = None, error: str = "", theirs: str = "",
) -> TouchpointPage:  # fmt: skip
    """The form with what is agreed with the account; `text` is the account's name as it was typed."""
    return TouchpointPage(
        form=form,
        account=account,
        account_text=text if text is not None else account.name if account else "",
        account_error=error,
        touchpoint=touchpoint,
        cadence=cadence_words(account, today=today) if account else "",
        theirs=theirs,
        today=today,
    )


def cadence_words(account: Account, *, today: date) -> str:
    """Agreed every 14 days; last one 2 days ago, a call."""
    agreed = f"Agreed every {formats.plain(account.segment.touchpoint_cadence_days)} days. " if account.segment else ""
    last = last_held(account, today=today)
    if last is None:
        return f"{agreed}None held yet."
    days = (today - last.day).days
    ago = "today" if days == 0 else f"{formats.plain(days)} day{'s' if days > 1 else ''} ago"
    return f"{agreed}Last: {last.get_kind_display()}, {ago}."


@requires(Action.EDIT_ACCOUNT)
def new(request: UserRequest) -> HttpResponse:
    """A new touchpoint, of an account that the address names or that is typed."""
    today = localdate()
    if request.method == "POST":
        return log(request, today=today)
    chosen = request.GET.get("account", "")
    account = None
    if chosen.isdecimal():
        account = visible_accounts(request.user).select_related("segment").filter(pk=int(chosen[:18])).first()
    form = new_form(
        user=request.user, account=account, kind=request.GET.get("kind", ""), outcome=request.GET.get("outcome", ""),
        today=today, contacts=request.GET.getlist("contact"),
    )  # fmt: skip
    return shown(request, build_touchpoint_page(form, account=account, today=today))


def log(request: UserRequest, *, today: date) -> HttpResponse:
    text, account, error = request.POST.get("account_name", ""), None, ""
    try:
        account = account_named(request.user, text)
    except ValidationError as refused:
        error = refused.messages[0]
    form = TouchpointForm(request.POST, user=request.user, account=account, today=today)
    if form.is_valid() and account:
        try:
            made = log_touchpoint(
                account=account, meeting=form.meeting(), then=form.next_one(), key=form.cleaned_data["key"],
                by=request.user, at=timezone.now(),
            )  # fmt: skip
        except ValidationError as refused:
            form.refuse(refused.message_dict)
        else:
            return done(request, made, sentence=f"{logged_words(made)} for {account.name}.")
    page = build_touchpoint_page(form, account=account, today=today, text=text, error=error)
    return shown(request, page, status=422)


def logged_words(touchpoint: Touchpoint) -> str:
    state = "logged" if touchpoint.state == TouchpointState.HELD else touchpoint.state
    return f"{touchpoint.get_kind_display()} {state}"


@requires(Action.EDIT_ACCOUNT)
def touchpoint(request: UserRequest, pk: int) -> HttpResponse:
    """What a touchpoint says, to be changed: a planned one is held or cancelled here."""
    found, today = get_object_or_404(visible_touchpoints(request.user), pk=pk), localdate()
    if request.method != "POST":
        form = form_of(found, user=request.user, today=today)
        return shown(request, build_touchpoint_page(form, account=found.account, today=today, touchpoint=found))
    form = TouchpointForm(request.POST, user=request.user, account=found.account, today=today, also=found)
    theirs = ""
    if form.is_valid():
        try:
            seen = form.cleaned_data["seen"] or found.recorded_at
            changed = change_touchpoint(
                touchpoint=found, meeting=form.meeting(), seen=seen, by=request.user, at=timezone.now()
            )
        except ChangedMeanwhile as told:
            theirs = their_words(told.touchpoint, today=today)
            form.data = request.POST.copy()
            form.data["seen"] = told.touchpoint.recorded_at.isoformat()
        except ValidationError as refused:
            form.refuse(refused.message_dict)
        else:
            return done(request, changed, sentence=f"{logged_words(changed)} for {changed.account.name}.")
    page = build_touchpoint_page(form, account=found.account, today=today, touchpoint=found, theirs=theirs)
    return shown(request, page, status=409 if theirs else 422)


def their_words(now: Touchpoint, *, today: date) -> str:
    """Elena Duarte changed it at 14:02: visit, held on 12 Nov, “They stay.”"""
    who = last_changed_by(now)
    at = timezone.localtime(now.recorded_at)
    state = now.get_state_display().lower() + (
        f" by {now.get_cancelled_by_display().lower()}" if now.cancelled_by else ""
    )
    note = f", “{now.note}”" if now.note else ""
    kind, day = now.get_kind_display(), formats.near_day(now.day, today=today)
    return f"{who.name if who else 'A source'} changed it at {at:%H:%M}: {kind}, {state}, {day}{note}."


def shown(request: UserRequest, page: TouchpointPage, *, status: int = 200) -> HttpResponse:
    template = "_touchpoint.html" if is_sheet(request) else "touchpoint.html"
    return render(request, template, {"page": page, "is_sheet": is_sheet(request)}, status=status)


def done(request: UserRequest, touchpoint: Touchpoint, *, sentence: str) -> HttpResponse:
    undo = (
        f"{reverse('touchpoint-undo', args=[touchpoint.pk])}?{urlencode({'seen': touchpoint.recorded_at.isoformat()})}"
    )
    messages.success(request, sentence, extra_tags=undo)
    return saved(request, otherwise=reverse("account", args=[touchpoint.account_id]))


@require_POST
@requires(Action.EDIT_ACCOUNT)
def undo(request: UserRequest, pk: int) -> HttpResponse:
    """Takes back what the user did last to the touchpoint."""
    found = get_object_or_404(visible_touchpoints(request.user), pk=pk)
    try:
        seen = parse_datetime(request.GET.get("seen", "")) or found.recorded_at
        take_back(touchpoint=found, seen=seen, by=request.user, at=timezone.now())
        messages.success(request, f"Taken back: {found.get_kind_display()} of {found.account.name}.")
    except ChangedMeanwhile as told:
        messages.error(request, f"Not undone: {their_words(told.touchpoint, today=localdate())}")
    except (ValidationError, ValueError) as refused:
        messages.error(request, refused.messages[0] if isinstance(refused, ValidationError) else "Nothing to undo.")
    return redirect(back_to(request))


@requires(Action.EDIT_ACCOUNT)
def people(request: UserRequest) -> HttpResponse:
    """Who may be ticked as present, once the account is typed."""
    today, account, error = localdate(), None, ""
    text = request.GET.get("account_name", "")
    try:
        account = account_named(request.user, text)
    except ValidationError as refused:
        error = refused.messages[0]
    form = new_form(user=request.user, account=account, kind="", outcome="", today=today)
    page = build_touchpoint_page(form, account=account, today=today, text=text, error=error)
    return render(request, "_touchpoint_people.html", {"page": page})


@requires(Action.EDIT_ACCOUNT)
def named(request: UserRequest) -> HttpResponse:
    """What accounts are called, while one types."""
    found = suggestions(request.user, request.GET.get("account_name", ""))
    return render(request, "_account_names.html", {"names": found})


@requires(Action.VIEW_ACCOUNT)
def invitation(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(visible_touchpoints(request.user), pk=pk)
    url = request.build_absolute_uri(reverse("account", args=[found.account_id]))
    text = calendar_file(found, host=request.get_host().partition(":")[0], url=url)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="touchpoint-{found.pk}.ics"'
    return response
