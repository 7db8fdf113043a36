"""From where a request comes, for the audit: the page and the address of who opened it, or the token of the API."""

from collections.abc import Callable

from allauth.account.adapter import get_adapter
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from accounts.models import ApiToken
from accounts.origin import API, PAGE, come_from, coming_from, told


class OriginMiddleware:
    """All that a request does is done from its page; the API says its token when it knows it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with coming_from(told(PAGE, address_of(request))):
            return self.get_response(request)


def come_from_token(request: HttpRequest, token: ApiToken) -> None:
    come_from(told(API, address_of(request), token=f"{token.pk} {token.name}"))


def address_of(request: HttpRequest) -> str:
    """As the limit on guessed passwords sees it, which knows what proxies are trusted; empty where nobody knows."""
    try:
        return get_adapter(request).get_client_ip(request)
    except (ImproperlyConfigured, PermissionDenied):
        return ""
