"""A sign of growth is put off, or marked as asked; each taken back by its toast."""

from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action, visible_accounts
from accounts.models import Account, GrowthKind
from accounts.operations.attention import unsnooze
from accounts.operations.readings import add_reading, take_back_readings
from accounts.queries.growth import ASKED, REST
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.attention_snooze import moment_of, put_off
from dashboards.pages.home import back_to


@require_POST
@requires(Action.SNOOZE)
def snooze_sign(request: UserRequest, pk: int) -> HttpResponse:
    """For the user alone, until a day or until there is a new sign."""
    put_off(request, pk, undo=unsnooze_url)
    return redirect(back_to(request))


def unsnooze_url(account: Account, at: datetime) -> str:
    return f"{reverse('growth-unsnooze', args=[account.pk])}?{urlencode({'at': at.isoformat()})}"


@require_POST
@requires(Action.SNOOZE)
def unsnooze_sign(request: UserRequest, pk: int) -> HttpResponse:
    """Takes back one snooze (`at` names it), or all of the account's signs of growth."""
    account = get_object_or_404(visible_accounts(request.user), pk=pk)
    moment = moment_of(request.GET.get("at", ""))
    kinds = GrowthKind.values
    if unsnooze(account=account, by=request.user, at=timezone.now(), snoozed_at=moment, kinds=kinds):
        messages.success(request, f"{account.name} is back on the list.")
    return redirect(back_to(request))


@require_POST
@requires(Action.EDIT_ACCOUNT)
def asked(request: UserRequest, pk: int) -> HttpResponse:
    """The account was asked for a reference: nobody sees it on the list for half a year."""
    account, now = get_object_or_404(visible_accounts(request.user), pk=pk), timezone.now()
    today = timezone.localtime(now).date()
    add_reading(
        account=account, measure=ASKED, value=1.0, read_on=today, expires_on=today + REST, by=request.user, at=now
    )
    undo = f"{reverse('growth-asked-undo')}?{urlencode({'at': now.isoformat()})}"
    words = f"{account.name} was asked for a reference. It comes back on {formats.day(today + REST)} if none is given."
    messages.success(request, words, extra_tags=undo)
    return redirect(back_to(request))


@require_POST
@requires(Action.EDIT_ACCOUNT)
def undo_asked(request: UserRequest) -> HttpResponse:
    """Takes back what the user marked at that moment."""
    moment = moment_of(request.GET.get("at", ""))
    gone = take_back_readings(entered_at=moment, by=request.user, at=timezone.now()) if moment else []
    if gone:
        messages.success(request, "Taken back: nobody was asked.")
    else:
        messages.error(request, "Nothing to undo.")
    return redirect(back_to(request))
