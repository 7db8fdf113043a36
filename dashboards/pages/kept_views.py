"""Views of a page: kept, changed, dropped and taken back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import Action, require
from accounts.models import SavedView, User, ViewedPage
from accounts.models.views import LONGEST_QUERY
from accounts.operations.views import change_view, drop_view, keep_view, take_view_back
from dashboards.gate import UserRequest, requires
from dashboards.pages import accounts_view, portfolio_choice


class AddressOf(Protocol):
    def __call__(self, query: str, *, tab: str = "") -> str: ...


@dataclass(frozen=True)
class Viewed:
    """What keeping a page takes: the action that opens it, its queries in plain words, and where a query opens."""

    action: Action
    plain: Callable[[str], str]
    address_of: AddressOf


PAGES = {
    ViewedPage.ACCOUNTS: Viewed(Action.VIEW_ACCOUNT, accounts_view.plain_query, accounts_view.address_of),
    ViewedPage.PORTFOLIO: Viewed(Action.VIEW_PORTFOLIO, portfolio_choice.plain_query, portfolio_choice.address_of),
}


class ViewForm(forms.Form):
    name = forms.CharField(max_length=40)
    query = forms.CharField(max_length=LONGEST_QUERY, required=False)
    is_shared = forms.BooleanField(required=False)
    seen = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M:%S%z"])

    def said(self, viewed: Viewed) -> dict[str, object]:
        """What operations take; the address in the words that pages write."""
        if not self.is_valid():
            raise ValidationError("A view needs a name of at most 40 letters.")
        cleaned = self.cleaned_data
        return {"name": cleaned["name"], "query": viewed.plain(cleaned["query"]), "is_shared": cleaned["is_shared"]}


@require_POST
@requires(Action.VIEW_ACCOUNT)
def keep(request: UserRequest, page: str) -> HttpResponse:
    """What the page shows now, under a name."""
    if page not in ViewedPage.values:
        raise Http404
    viewed, form = viewed_by(request.user, page), ViewForm(request.POST)
    try:
        view = keep_view(page=ViewedPage(page), **form.said(viewed), by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except ValidationError as refused:
        messages.error(request, f"The view is not kept. {refused.messages[0]}")
        return redirect(viewed.address_of(request.POST.get("query", "")))
    messages.success(request, f"“{view.name}” is kept.", extra_tags=reverse("view-drop", args=[view.pk]))
    return redirect(page_of(view))


@require_POST
@requires(Action.VIEW_ACCOUNT)
def change(request: UserRequest, pk: int) -> HttpResponse:
    """Another name, other people, or what the page shows now."""
    view, form = mine(request, pk), ViewForm(request.POST)
    try:
        said = form.said(viewed_by(request.user, view.page))
        seen = form.cleaned_data["seen"] or view.changed_at
        view = change_view(view=view, **said, seen=seen, by=request.user, at=timezone.now())  # type: ignore[arg-type]
    except ValidationError as refused:
        messages.error(request, f"The view is not changed. {refused.messages[0]}")
    else:
        messages.success(request, f"“{view.name}” is saved.")
    return redirect(page_of(view))


@require_POST
@requires(Action.VIEW_ACCOUNT)
def drop(request: UserRequest, pk: int) -> HttpResponse:
    view = mine(request, pk)
    drop_view(view=view, by=request.user, at=timezone.now())
    messages.success(request, f"“{view.name}” is deleted.", extra_tags=reverse("view-back", args=[view.pk]))
    return redirect(viewed_by(request.user, view.page).address_of(""))


@require_POST
@requires(Action.VIEW_ACCOUNT)
def back(request: UserRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView, pk=pk, user=request.user, dropped_at__isnull=False)
    take_view_back(view=view, by=request.user, at=timezone.now())
    messages.success(request, f"“{view.name}” is back.")
    return redirect(page_of(view))


def viewed_by(user: User, page: str) -> Viewed:
    """The page of a view, for those who may open it."""
    viewed = PAGES[ViewedPage(page)]
    require(user, viewed.action)
    return viewed


def mine(request: UserRequest, pk: int) -> SavedView:
    """The user's own view: those that others share are read."""
    return get_object_or_404(SavedView, pk=pk, user=request.user, dropped_at=None)


def page_of(view: SavedView) -> str:
    return PAGES[ViewedPage(view.page)].address_of(view.query, tab=str(view.pk))
