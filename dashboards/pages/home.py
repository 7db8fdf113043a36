"""The first page after login, and what a user chose for all pages: the theme, and single keys."""

from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.access import Action, home_of
from accounts.models import Theme
from accounts.operations.preferences import set_single_keys, set_user_theme
from dashboards.gate import UserRequest, requires


@requires(Action.VIEW_ACCOUNT)
def home(request: UserRequest) -> HttpResponse:
    """Each role lands on its own page."""
    return redirect(home_of(request.user))


@require_POST
@requires(Action.SET_THEME)
def set_theme(request: UserRequest) -> HttpResponse:
    theme = request.POST.get("theme", "")
    if theme not in Theme.values:
        return HttpResponseBadRequest("A theme is system, light or dark.")
    set_user_theme(user=request.user, theme=theme)
    return HttpResponseRedirect(back_to(request))


@require_POST
@requires(Action.SET_THEME)
def set_keys(request: UserRequest) -> HttpResponse:
    """Single keys on or off."""
    said = request.POST.get("keys", "")
    if said not in {"on", "off"}:
        return HttpResponseBadRequest("Single keys are on or off.")
    set_single_keys(user=request.user, are_on=said == "on")
    return HttpResponseRedirect(back_to(request))


def back_to(request: UserRequest) -> str:
    """The page that the request came from, if it is one of ours; else the first page."""
    came_from = request.headers.get("Referer", "")
    return came_from if url_has_allowed_host_and_scheme(came_from, {request.get_host()}) else "/"
