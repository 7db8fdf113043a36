"""Sharing an account's health with its customer: see what they would see, make a link, change one, stop one."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import Action
from accounts.models import Account, ShareLink
from accounts.operations.sharing import change_share_link, columns, create_share_link, revoke_share_link
from accounts.queries.account import accounts_in_full
from accounts.queries.sharing import openings_of, the_branding, words_of_account
from dashboards.gate import UserRequest, requires
from dashboards.pages.account import page_of
from dashboards.pages.account_sharing import WordRow, word_row
from dashboards.pages.files import csv_file
from dashboards.pages.share_form import ChangeForm, PreviewForm, ShareForm, initial_of, measures_of
from dashboards.public.share import show

PREVIEW_DAYS = 90


@dataclass(frozen=True)
class CreatedPage:
    """The one page that shows a link: what it holds is stored nowhere."""

    account: Account
    url: str
    recipient: str
    expires_on: date


@dataclass(frozen=True)
class LinkPage:
    """A link that is being made (`link` is None), or one that is: what it shows, who opened it, what they said."""

    account: Account
    link: ShareLink | None
    form: ShareForm
    openings: list[datetime]
    words: list[WordRow]
    is_working: bool
    now: datetime


def link_page(account: Account, link: ShareLink | None, *, form: ShareForm) -> LinkPage:
    now = timezone.now()
    said = words_of_account(account).filter(link=link) if link else []
    return LinkPage(
        account=account,
        link=link,
        form=form,
        openings=[opening.at for opening in openings_of(link)] if link else [],
        words=[word_row(word) for word in said],
        is_working=link is not None and link.revoked_at is None and link.expires_at > now,
        now=now,
    )


def form_of(request: UserRequest, account: Account, link: ShareLink | None = None) -> ShareForm:
    measures = measures_of(account, branding=the_branding())
    kind = ChangeForm if link else ShareForm
    if request.method == "POST":
        return kind(request.POST, measures=measures)
    return kind(initial=initial_of(account, link), measures=measures)


@require_safe
@requires(Action.SHARE_HEALTH)
def new(request: UserRequest, pk: int) -> HttpResponse:
    """All that can be chosen, before a link is made."""
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    return render(request, "share_link.html", {"page": link_page(found, None, form=form_of(request, found))})


@require_POST
@requires(Action.SHARE_HEALTH)
def create(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    form = form_of(request, found)
    if not form.is_valid():
        if "is_full" in request.POST:
            return render(request, "share_link.html", {"page": link_page(found, None, form=form)}, status=422)
        return render(request, "account.html", {"page": page_of(request, found, form=form)}, status=400)
    said = form.cleaned_data
    link, token = create_share_link(
        account=found, recipient=said["recipient"], days=said["days"], choices=form.choices, by=request.user,
        at=timezone.now(),
    )  # fmt: skip
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


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.SHARE_HEALTH)
def link(request: UserRequest, pk: int, link: int) -> HttpResponse:
    """What one link shows, to be changed; who opened it and what they said."""
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    shared = get_object_or_404(found.share_links.select_related("created_by"), pk=link)
    form = form_of(request, found, shared)
    if request.method == "POST" and form.is_valid():
        try:
            change_share_link(
                link=shared, recipient=form.cleaned_data["recipient"], choices=form.choices, by=request.user,
                at=timezone.now(),
            )  # fmt: skip
        except ValidationError as refused:
            form.add_error(None, refused.messages)
        else:
            messages.success(request, f"The page of {form.cleaned_data['recipient']} shows this from now on.")
            return redirect("share-link", pk=pk, link=link)
    page = link_page(found, shared, form=form)
    return render(request, "share_link.html", {"page": page}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Action.SHARE_HEALTH)
def preview(request: UserRequest, pk: int) -> HttpResponse:
    """The customer's page, by the customer's code: as a link shows it, or as the form says before one is made."""
    found = get_object_or_404(accounts_in_full(request.user).select_related("owner__contact_card"), pk=pk)
    asked = request.GET.get("link", "")
    if asked.isdecimal() and len(asked) < 18:
        kept = get_object_or_404(found.share_links, pk=int(asked))
        kept.account = found
        return show(request, kept)
    form = PreviewForm(
        request.POST if request.method == "POST" else initial_of(found),
        measures=measures_of(found, branding=the_branding()),
    )
    said: dict[str, Any] = columns(form.choices) if form.is_valid() else {}
    now = timezone.now()
    link = ShareLink(account=found, created_at=now, expires_at=now + timedelta(days=PREVIEW_DAYS), **said)
    return show(request, link)


@require_POST
@requires(Action.SHARE_HEALTH)
def revoke(request: UserRequest, pk: int, link: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    shared = get_object_or_404(found.share_links, pk=link)
    revoke_share_link(link=shared, by=request.user, at=timezone.now())
    messages.success(request, f"Stopped sharing with {shared.recipient}. The link no longer works.")
    return redirect(reverse("account", args=[found.pk]) + "#share")


@require_safe
@requires(Action.SHARE_HEALTH)
def link_csv(request: UserRequest, pk: int, link: int) -> HttpResponse:
    """What happened by a link: when it was opened, what was ticked off and said."""
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    shared = get_object_or_404(found.share_links, pk=link)
    return csv_file(f"shared-{shared.pk}", lines(link_page(found, shared, form=ShareForm())))


def lines(page: LinkPage) -> Iterator[list[Any]]:
    yield ["At", "What", "Step", "Words", "Taken back"]
    yield from ([at, "opened", "", "", ""] for at in page.openings)
    for word in map(asdict, page.words):
        yield [word["at"], word["deed"], word["step"], word["text"], "yes" if word["is_taken_back"] else ""]
