"""Sharing an account's health with its customer: make a link, which is shown once, and stop one."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.models import Account
from accounts.operations.sharing import create_share_link, revoke_share_link
from accounts.queries.account import accounts_in_full
from dashboards.gate import UserRequest, requires
from dashboards.pages.account import page_of
from dashboards.pages.account_sharing import ShareForm


@dataclass(frozen=True)
class CreatedPage:
    """The one page that shows a link: what it holds is stored nowhere."""

    account: Account
    url: str
    recipient: str
    expires_on: date


@require_POST
@requires(Action.SHARE_HEALTH)
def create(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    form = ShareForm(request.POST)
    if not form.is_valid():
        return render(request, "account.html", {"page": page_of(request, found, form=form)}, status=400)
    link, token = create_share_link(account=found, by=request.user, at=timezone.now(), **form.cleaned_data)
    page = CreatedPage(
        account=found,
        url=request.build_absolute_uri(reverse("share", args=[token])),
        recipient=link.recipient,
        expires_on=timezone.localtime(link.expires_at).date(),
    )
    # Not a redirect: the link would have to be kept somewhere on the way.
    response = render(request, "share_created.html", {"page": page})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@requires(Action.SHARE_HEALTH)
def revoke(request: UserRequest, pk: int, link: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    shared = get_object_or_404(found.share_links, pk=link)
    revoke_share_link(link=shared, by=request.user, at=timezone.now())
    messages.success(request, f"Stopped sharing with {shared.recipient}. The link no longer works.")
    return redirect(reverse("account", args=[found.pk]) + "#share")
