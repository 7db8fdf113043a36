"""The page that a survey's mail opens. Opening it stores nothing, so that scanners of mails do not vote.

There is no cookie and no login: the token is all that says who answers, so a request forged elsewhere cannot
know it, and there is nothing for a CSRF token to add.
"""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language_from_request
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import SUBJECTS, Language, Organization, SurveyInvitation, SurveyKind
from accounts.operations.answering import (
    LONGEST_COMMENT,
    TAGS,
    Answer,
    LinkClosed,
    answer_survey,
    subscribe_again,
    unsubscribe,
)
from accounts.operations.asking import NUMBERS, first_name
from accounts.queries.asking import LinkState, hash_of, invitation_of, link_state
from accounts.queries.organization import the_organization
from accounts.survey_texts import filled
from dashboards.api.limits import count
from dashboards.gate import public
from dashboards.public.brand import brand_of
from dashboards.public.share import answered
from dashboards.public.survey_words import WORDS, Words

# Of one link, in a minute: somebody who clicks to and fro needs less.
MOST_ANSWERS = 30


@dataclass(frozen=True)
class Number:
    value: int
    is_chosen: bool


@dataclass(frozen=True)
class Tag:
    """A subject and what is said of it: `good`, `bad` or nothing."""

    subject: str
    label: str
    chosen: str


@dataclass(frozen=True)
class Translation:
    code: str
    name: str
    url: str


@dataclass(frozen=True)
class SurveyPage:
    language: str
    words: Words
    texts: dict[str, str]
    numbers: list[Number]
    saved: int | None
    comment: str
    tags: list[Tag]
    problem: str
    name: str
    others: list[Translation]
    longest: int = LONGEST_COMMENT

    @property
    def chosen(self) -> int | None:
        return next((number.value for number in self.numbers if number.is_chosen), None)

    @property
    def saved_words(self) -> str:
        return self.words.saved.format(self.saved)

    @property
    def length_words(self) -> str:
        return self.words.of_most.format(len(self.comment))

    @property
    def thank_you(self) -> str:
        return self.words.thank_you.format(self.name)


def build_survey_page(
    invitation: SurveyInvitation, *, company: str, language: str, chosen: str, problem: str = ""
) -> SurveyPage:
    """The answer as it is stored; `chosen` is a number that is marked and not stored."""
    response, words = invitation.response, WORDS[language]
    texts = {text.language: text for text in invitation.survey.texts.all()}
    text = texts.get(language) or texts[invitation.language]
    numbers = NUMBERS[SurveyKind(response.kind)]
    marked = int(chosen) if chosen.isdecimal() and len(chosen) < 3 else response.score
    name = first_name(response.contact.name) if response.contact else ""
    return SurveyPage(
        language=language,
        words=words,
        texts={
            field: filled(getattr(text, field), name=name, company=company)
            for field in ("greeting", "question", "low", "high", "reason", "thanks")
        },
        numbers=[Number(value, value == marked) for value in numbers],
        saved=response.score,
        comment=response.comment,
        tags=[
            Tag(subject, getattr(words, subject), said_of(getattr(response, f"about_{subject}")))
            for subject in SUBJECTS
        ],
        problem=problem,
        name=name,
        others=[Translation(one, Language(one).label, f"?lang={one}") for one in texts if one != language],
    )


def said_of(value: int | None) -> str:
    return next((word for word, points in TAGS.items() if points == value), "")


def language_of(request: HttpRequest, invitation: SurveyInvitation | None) -> str:
    """As the reader chose, else as the mail was written, else as the browser asks."""
    wanted = request.GET.get("lang", "")
    if wanted in Language.values:
        return wanted
    if invitation is not None:
        return invitation.language
    asked = get_language_from_request(request)[:2]
    return asked if asked in Language.values else str(Language.EN)


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """The question; POST stores the answer."""
    now, invitation = timezone.now(), invitation_of(token)
    organization, language = the_organization(), language_of(request, invitation)
    if invitation is None:
        return sentence(request, organization, WORDS[language].unknown, language=language, status=404)
    state = link_state(invitation, at=now)
    if state is not LinkState.OPEN:
        return sentence(request, organization, getattr(WORDS[language], state), language=language, status=410)
    if request.method == "POST":
        return store(request, invitation, token=token, organization=organization, language=language)
    return question(request, invitation, organization=organization, language=language)


def question(
    request: HttpRequest, invitation: SurveyInvitation, *, organization: Organization, language: str,
    problem: str = "", status: int = 200,
) -> HttpResponse:  # fmt: skip
    page = build_survey_page(
        invitation, company=organization.name, language=language, chosen=request.GET.get("a", ""), problem=problem
    )
    owner = invitation.response.account.owner
    context = {
        **brand_of(organization),
        "page": page,
        "who": page.words.who.format(owner.name if owner else organization.name, organization.name),
        "is_thanks": "thanks" in request.GET and page.saved is not None,
    }
    return answered(render(request, "survey.html", context, status=status))


def store(
    request: HttpRequest, invitation: SurveyInvitation, *, token: str, organization: Organization, language: str
) -> HttpResponse:
    """Then the page again, by an address that can be loaded anew."""
    words = WORDS[language]
    if count(f"survey:{hash_of(token)}:{int(timezone.now().timestamp() // 60)}") > MOST_ANSWERS:
        return sentence(request, organization, words.often, language=language, status=429)
    score = request.POST.get("score", "")
    try:
        answer_survey(invitation=invitation, answer=answer_in(request, score), at=timezone.now())
    except (ValidationError, ValueError):
        return question(
            request, invitation, organization=organization, language=language, problem=words.choose, status=422
        )
    except LinkClosed:
        return sentence(request, organization, words.used, language=language, status=410)
    ending = "&thanks" if "done" in request.POST else ""
    return answered(HttpResponseRedirect(f"{reverse('survey', args=[token])}?lang={language}{ending}", status=303))


def answer_in(request: HttpRequest, score: str) -> Answer:
    tags = {subject: request.POST.get(f"about_{subject}", "") for subject in SUBJECTS}
    comment = request.POST.get("comment", "").replace("\r\n", "\n").replace("\0", "")
    return Answer(score=int(score[:3]), comment=comment, tags=tags)


@csrf_exempt
@public
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """No more surveys: a mail program says it with one POST (RFC 8058), a person with a button."""
    now, invitation = timezone.now(), invitation_of(token)
    organization, language = the_organization(), language_of(request, invitation)
    words, contact = WORDS[language], invitation.response.contact if invitation else None
    if contact is None:
        return sentence(request, organization, words.unknown, language=language, status=404)
    context: dict[str, Any] = {**brand_of(organization), "words": words, "language": language}
    if request.method == "POST":
        if "again" in request.POST:
            subscribe_again(contact=contact, by=None, at=now)
        else:
            unsubscribe(contact=contact, at=now)
            context["is_stopped"] = True
        context["said"] = words.stopped if "is_stopped" in context else words.resumed
    context["text"] = words.stop_text.format(organization.name)
    return answered(render(request, "survey_stop.html", context))


def sentence(
    request: HttpRequest, organization: Organization, said: str, *, language: str, status: int
) -> HttpResponse:
    context = {**brand_of(organization), "said": said, "language": language}
    return answered(render(request, "survey_closed.html", context, status=status))
