"""Put a line of "needs attention today" off, and take that back."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

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
from accounts.models import Account
from accounts.operations.attention import Cause, snooze, unsnooze
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.attention import build_attention, read_place
from scoring.queries.summaries import scored_days

DAYS = {"tomorrow": 1, "week": 7}


class SnoozeForm(forms.Form):
    """Until when: tomorrow, a week, or a day."""

    until = forms.ChoiceField(choices=[("tomorrow", "Tomorrow"), ("week", "In a week"), ("date", "On a day")])
    day = forms.DateField(required=False, error_messages={"invalid": "Choose the day as year-month-day."})

    def until_day(self, *, today: date) -> date | None:
        until = self.cleaned_data["until"]
        return today + timedelta(days=DAYS[until]) if until in DAYS else self.cleaned_data["day"]


@require_POST
@requires(Action.SNOOZE)
def snooze_attention(request: UserRequest, pk: int) -> HttpResponse:
    """What was seen is put off, not what has come since: the form names the causes."""
    put_off(request, pk, undo=lambda account, at: undo_url(request, account, at=at))
    return back(request)


@require_POST
@requires(Action.SNOOZE)
def unsnooze_attention(request: UserRequest, pk: int) -> HttpResponse:
    """Takes back one snooze (`at` names it), or all of the account."""
    account = get_object_or_404(visible_accounts(request.user), pk=pk)
    moment = moment_of(request.GET.get("at", ""))
    if unsnooze(account=account, by=request.user, at=timezone.now(), snoozed_at=moment):
        messages.success(request, f"{account.name} is back on the list.")
    return back(request)


def put_off(request: UserRequest, pk: int, *, undo: Callable[[Account, datetime], str]) -> None:
    """Snoozes the causes that the form names, or says why not; `undo` tells where it is taken back."""
    account, now = get_object_or_404(visible_accounts(request.user), pk=pk), timezone.now()
    try:
        until = until_of(request, today=timezone.localtime(now).date())
        snooze(account=account, causes=causes_of(request), until=until, by=request.user, at=now)
    except ValidationError as error:
        messages.error(request, f"{account.name} is not snoozed. {error.messages[0]}")
    else:
        words = f"{account.name} is snoozed until {formats.day(until)}."
        messages.success(request, words, extra_tags=undo(account, now))


def until_of(request: UserRequest, *, today: date) -> date:
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        raise ValidationError([str(error) for errors in form.errors.values() for error in errors])
    until = form.until_day(today=today)
    if until is None:
        raise ValidationError("Choose the day on which it comes back.")
    return until


def causes_of(request: UserRequest) -> list[Cause]:
    split = [cause.partition(":") for cause in request.POST.getlist("cause")]
    return [(kind, mark) for kind, _, mark in split]


def moment_of(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def undo_url(request: UserRequest, account: Account, *, at: datetime) -> str:
    query = request.GET.copy()
    query["at"] = at.isoformat()
    return f"{reverse('attention-unsnooze', args=[account.pk])}?{query.urlencode()}"


def back(request: UserRequest) -> HttpResponse:
    """To the list as it was; a script gets the list alone, with what there is to say."""
    place = read_place(request.GET, is_page="full" in request.GET)
    if request.htmx:  # type: ignore[attr-defined]
        page = build_attention(request.user, place=place, days=scored_days(), now=timezone.localtime())
        return render(request, "_attention_swap.html", {"attention": page})
    query = {"page": place.number} if place.is_page and place.number > 1 else {}
    url = place.url(kind=place.kind)
    more = ("&" if "?" in url else "?") + urlencode(query) if query else ""
    return redirect(f"{url}{more}#attention")
