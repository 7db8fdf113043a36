"""The address of the customer's page: who may open it, how often somebody may guess, and the page itself.

There is no cookie and no login: the token is all that says who reads. Unknown, stopped and expired links are answered
alike, and who misses too often is told to wait; a link that works opens meanwhile, since a whole office may share an
address.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_from_request
from django.views.decorators.http import require_safe

from accounts.models import Language, ShareLink
from accounts.operations.sharing import hash_of, note_opening
from accounts.queries.organization import the_organization
from accounts.queries.sharing import the_branding, working_share_link
from dashboards import formats
from dashboards.api.limits import WINDOW_SECONDS, count
from dashboards.gate import public
from dashboards.public.brand import brand_of
from dashboards.public.share_page import build_share_page
from dashboards.public.share_words import WORDS

HEADERS = {"X-Robots-Tag": "noindex, nofollow", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
# Links that opened nothing, from one network address in a minute: a person with a torn link needs fewer.
MOST_MISSES = 30


@public
@require_safe
def share(request: HttpRequest, token: str) -> HttpResponse:
    """The page of the link; opening it is noted."""
    link = link_of(request, token)
    if isinstance(link, HttpResponse):
        return link
    if request.method == "GET":
        note_opening(link=link, at=timezone.now())
    return show(request, link, token=token)


def link_of(request: HttpRequest, token: str) -> ShareLink | HttpResponse:
    """The link that the token opens, or the answer to one that opens nothing."""
    now = timezone.now()
    key = f"share-miss:{request.META.get('REMOTE_ADDR', '')}:{int(now.timestamp() // WINDOW_SECONDS)}"
    link = working_share_link(token_hash=hash_of(token), at=now)
    if link is not None:
        return link
    return gone(request, status=404 if count(key) <= MOST_MISSES else 429)


def show(
    request: HttpRequest, link: ShareLink, *, token: str = "", problem: str = "", status: int = 200
) -> HttpResponse:
    """The page as the link has it. Without a token it is the CSM's preview: the same page with a line above it."""
    organization, branding, language = the_organization(), the_branding(), language_of(request, link)
    with speaking(language):
        page = build_share_page(
            link, organization=organization, today=timezone.localdate(), language=language, branding=branding
        )
        context: dict[str, Any] = {
            **brand_of(organization, branding),
            "page": page,
            "words": page.words,
            "language": language,
            "languages": [(code, Language(code).label, address(request, code)) for code in Language.values],
            "token": token,
            "is_preview": not token,
            "problem": page.words.problems.get(problem, ""),
            "is_said": "said" in request.GET,
        }
        return answered(render(request, "share.html", context, status=status))


def address(request: HttpRequest, language: str) -> str:
    """The same page in another language."""
    asked = request.GET.copy()
    asked["lang"] = language
    asked.pop("said", None)
    return f"?{asked.urlencode()}"


def language_of(request: HttpRequest, link: ShareLink | None) -> str:
    """As the reader chose, else as the link says, else as the browser asks."""
    wanted = request.GET.get("lang", "")
    if wanted in Language.values:
        return wanted
    if link is not None:
        return str(link.language)
    asked = get_language_from_request(request)[:2]
    return asked if asked in Language.values else str(Language.EN)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """While this lasts, numbers and dates read as the language has them."""
    kept = formats.LOCALE.set(WORDS[language].locale)
    try:
        yield
    finally:
        formats.LOCALE.reset(kept)


def gone(request: HttpRequest, *, status: int) -> HttpResponse:
    """A link that was stopped, ran out or never was."""
    language = language_of(request, None)
    context = {**brand_of(the_organization()), "words": WORDS[language], "language": language}
    response = answered(render(request, "share_gone.html", context, status=status))
    if status == 429:
        response["Retry-After"] = str(WINDOW_SECONDS)
    return response


def answered(response: HttpResponse) -> HttpResponse:
    """Not to be found, kept or passed on."""
    for header, value in HEADERS.items():
        response[header] = value
    return response


def page_address(token: str, *, language: str) -> str:
    return f"{reverse('share', args=[token])}?lang={language}&said=1#steps"
