"""No more re-engagement mails: a mail program says it with one POST (RFC 8058), a person with a button."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language_from_request
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import Language
from accounts.operations.reengaging import opt_in_again, opt_out
from accounts.queries.organization import the_organization
from accounts.queries.reengaging import mail_of
from accounts.reengagement_texts import STOP_WORDS
from dashboards.gate import public
from dashboards.public.share import answered
from dashboards.public.survey import brand_of


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Opening it changes nothing, so that programs which look at links unsubscribe nobody."""
    now, mail, organization = timezone.now(), mail_of(token), the_organization()
    if mail is None:
        language = asked_language(request)
        context: dict[str, Any] = {
            **brand_of(organization), "said": STOP_WORDS[language].unknown, "language": language,
        }  # fmt: skip
        return answered(render(request, "survey_closed.html", context, status=404))
    words = STOP_WORDS[mail.language]
    context = {
        **brand_of(organization), "words": words, "language": mail.language,
        "stop_title": words.title, "text": words.text.format(organization.name),
    }  # fmt: skip
    if request.method == "POST" and "again" in request.POST:
        opt_in_again(mail=mail, at=now)
        context["said"] = words.resumed
    elif request.method == "POST":
        opt_out(mail=mail, at=now)
        context |= {"said": words.stopped, "is_stopped": True}
    return answered(render(request, "reengagement_stop.html", context))


def asked_language(request: HttpRequest) -> str:
    asked = get_language_from_request(request)[:2]
    return asked if asked in Language.values else str(Language.EN)
