"""No declared action, no page: the gate stands before every view of ours."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.access import Action, require
from accounts.models import User

View = Callable[..., HttpResponseBase]


class UserRequest(HttpRequest):
    """What a view behind the gate gets: somebody is logged in."""

    user: User  # type: ignore[assignment]


# Views of libraries guard themselves: login pages, the back office (staff only), the API's permission class.
GUARDED_BY_LIBRARY = ("allauth.", "django.contrib.admin.", "rest_framework.", "drf_spectacular.", "health_check.")


def requires(action: Action) -> Callable[[View], View]:
    """Declare what a view needs; a user whose role does not allow it gets a 403."""

    def declare(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            require(request.user, action)
            return view(request, *args, **kwargs)

        guarded.action = action  # type: ignore[attr-defined]
        return guarded

    return declare


def public(view: View) -> View:
    """Declare a page that needs no login: it opens by an unguessable link, or tells nothing."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    opened.action = None  # type: ignore[attr-defined]
    opened.login_required = False  # type: ignore[attr-defined]
    return opened


class GateMiddleware:
    """Refuses a view that declares nothing, so that a forgotten line opens nothing."""

    def __init__(self, get_response: View) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: object, kwargs: object) -> None:
        if not (is_declared(view) or is_back_office(request)):
            raise PermissionDenied("This page declares no action.")


def is_declared(view: View) -> bool:
    """Whether a view names its action, or belongs to a library that guards itself."""
    cls = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    named = hasattr(view, "action") or hasattr(cls, "action") or hasattr(cls, "action_needed")
    return named or cls.__module__.startswith(GUARDED_BY_LIBRARY)


def is_back_office(request: HttpRequest) -> bool:
    """Whether the address belongs to Django's admin, whose every view asks `is_staff` first."""
    return request.resolver_match is not None and "admin" in request.resolver_match.app_names
