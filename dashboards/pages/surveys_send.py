"""Sending a survey: whom, with the reason for everybody who cannot be asked, before anything is sent."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate

from accounts.access import Action, can, visible_accounts
from accounts.models import Account, Contact, Language, Survey, User
from accounts.operations.asking import Sent, send_survey
from accounts.queries.asking import candidates, contacts_to_choose
from dashboards import formats
from dashboards.gate import UserRequest, requires
from dashboards.pages.accounts_bulk import chosen_accounts

MOST_CONTACTS = 1_000
MOST_ACCOUNTS = 500


@dataclass(frozen=True)
class Choice:
    """A contact; one with a reason cannot be asked."""

    contact: Contact
    reason: str
    is_chosen: bool


@dataclass(frozen=True)
class SendPage:
    surveys: list[Survey]
    survey: Survey | None
    language: str
    languages: list[tuple[str, str]]
    accounts: list[Account]
    choices: list[Choice]
    is_cut: bool
    may_edit: bool
    problem: str

    @property
    def can_ask(self) -> int:
        return sum(not one.reason for one in self.choices)

    @property
    def chosen(self) -> int:
        return sum(one.is_chosen for one in self.choices)


def build_send_page(user: User, *, query: QueryDict, today: date, problem: str = "") -> SendPage:
    """Of the accounts and contacts that are named; of several accounts everybody is chosen."""
    surveys = list(Survey.objects.filter(is_active=True).order_by("-kind", "name"))
    survey = next((one for one in surveys if str(one.pk) == query.get("survey")), surveys[0] if surveys else None)
    accounts = list(visible_accounts(user).filter(pk__in=ids(query, "account")).order_by("name", "pk"))
    people = list(contacts_to_choose([account.pk for account in accounts])[: MOST_CONTACTS + 1])
    named = set(ids(query, "contact"))
    found = candidates(survey, people[:MOST_CONTACTS], today=today) if survey else []
    everybody = len(accounts) > 1 and not named
    return SendPage(
        surveys=surveys,
        survey=survey,
        language=query.get("language", ""),
        languages=[("", "That of each account’s country"), *Language.choices],
        accounts=accounts,
        choices=[
            Choice(one.contact, one.reason, not one.reason and (everybody or one.contact.pk in named)) for one in found
        ],
        is_cut=len(people) > MOST_CONTACTS,
        may_edit=can(user, Action.EDIT_SURVEYS),
        problem=problem,
    )


def ids(query: QueryDict, name: str) -> list[int]:
    return [int(value) for value in query.getlist(name) if value.isdecimal() and len(value) < 19]


@requires(Action.SEND_SURVEYS)
def send(request: UserRequest) -> HttpResponse:
    """The choice; a POST without `send` shows it as well, for lists that are longer than an address."""
    query: QueryDict = request.POST if request.method == "POST" else request.GET
    if request.method == "POST" and "send" in query:
        return sent(request, query)
    if request.method == "POST" and query.keys() & {"id", "all"}:
        query = named_by_list(request)
    return render(request, "survey_send.html", {"page": build_send_page(request.user, query=query, today=localdate())})


def named_by_list(request: UserRequest) -> QueryDict:
    """The accounts that are ticked in the table of accounts, or all that its filters choose."""
    query = QueryDict(mutable=True)
    found = chosen_accounts(request).order_by("name", "pk").values_list("pk", flat=True)
    query.setlist("account", [str(pk) for pk in found[:MOST_ACCOUNTS]])
    return query


def sent(request: UserRequest, query: QueryDict) -> HttpResponse:
    survey = Survey.objects.filter(pk__in=ids(query, "survey")).first()
    language = query.get("language", "")
    visible = visible_accounts(request.user)
    contacts = Contact.objects.filter(pk__in=ids(query, "contact"), account__in=visible)
    problem = "Choose a survey." if survey is None else "" if contacts else "Choose whom to ask."
    if survey is not None and not problem:
        try:
            done = send_survey(
                survey=survey, contacts=contacts, by=request.user, at=timezone.now(),
                language=language if language in Language.values else "",
            )  # fmt: skip
        except ValidationError as refused:
            problem = refused.messages[0]
        else:
            tell(request, survey, done)
            return HttpResponseRedirect(where_next(ids(query, "account")))
    page = build_send_page(request.user, query=query, today=localdate(), problem=problem)
    return render(request, "survey_send.html", {"page": page}, status=422)


def tell(request: UserRequest, survey: Survey, done: Sent) -> None:
    count = len(done.invitations)
    if count:
        people = f"{formats.plain(count)} contact{'s' if count > 1 else ''}"
        messages.success(request, f"{survey.name} is on its way to {people}.")
    if done.skipped:
        first = done.skipped[0]
        more = f" {len(done.skipped) - 1} more were not asked either." if len(done.skipped) > 1 else ""
        messages.error(request, f"{first.contact.name} {first.reason}.{more}")


def where_next(accounts: Collection[int]) -> str:
    return reverse("account-surveys", args=list(accounts)) if len(accounts) == 1 else reverse("surveys")
