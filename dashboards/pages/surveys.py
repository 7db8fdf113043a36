"""What surveys brought: answers one by one, or summed by contact, account, role and kind."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.access import Action, can
from accounts.models import SUBJECTS, Persona, SurveyKind, SurveyResponse, TouchpointKind, User
from accounts.queries.answers import (
    SILENT_AFTER_DAYS,
    Totals,
    in_full,
    is_open,
    is_silent,
    summed,
    totals,
    totals_of,
    visible_responses,
)
from dashboards import formats
from dashboards.filters import Filter
from dashboards.gate import UserRequest, requires
from dashboards.pages.choices import Choices, choices
from dashboards.pages.files import csv_file, streamed_csv

PER_PAGE = 50
VIEWS = {"answers": "Answers", "contacts": "Contacts", "accounts": "Accounts", "roles": "Roles", "kinds": "Kinds"}
STATES = {"": "All", "answered": "Answered", "open": "Open", "silent": "Silent"}
PERIODS = {"90": "90 days", "": "A year", "all": "All time"}
# By what each view sums: the first column is what the row is called.
KEYS = {
    "contacts": ("contact__name", "account__name", "contact", "account"),
    "accounts": ("account__name", "account"),
    "roles": ("contact__persona",),
    "kinds": ("kind", "touchpoint__kind"),
}
SAID = {5: "good", 4: "good", 3: "fair", 2: "to improve", 1: "to improve"}


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class AnswerRow:
    account: str
    account_pk: int
    contact: str
    role: str
    survey: str
    after: str
    asked_on: date
    answered_on: date | None
    age_days: int  # of the answer, or of the question
    score: int | None
    shown: str
    comment: str
    about: tuple[str, ...]
    state: str


@dataclass(frozen=True)
class SumRow:
    name: str
    second: str
    account_pk: int | None
    totals: Totals
    age_days: int | None


@dataclass(frozen=True)
class SurveysPage:
    choices: Choices
    filters: list[Filter]
    view: str
    tabs: list[Tab]
    totals: Totals
    answers: list[AnswerRow]
    sums: list[SumRow]
    page: Page
    csv_url: str
    may_send: bool
    may_edit: bool
    is_filtered: bool
    silent_after: int
    today: date


def build_surveys_page(user: User, *, query: QueryDict, today: date) -> SurveysPage:
    made = choices(user, path=reverse("surveys"), query=query)
    found, view = narrowed(visible_responses(user), made, today=today), view_of(query)
    rows: Any = in_full(found) if view == "answers" else summed(found, *KEYS[view], today=today)
    page = Paginator(rows, PER_PAGE).get_page(query.get("page"))
    own = [made.single("kind", "Kind", {"": "All", **dict(SurveyKind.choices)}),
           made.single("state", "State", STATES), made.single("days", "Asked in", PERIODS)]  # fmt: skip
    return SurveysPage(
        choices=made,
        filters=[*own, *made.filters],
        view=view,
        tabs=[
            Tab(label, made.url(by=None if key == "answers" else key, page=None), key == view)
            for key, label in VIEWS.items()
        ],
        totals=totals(found, today=today),
        answers=[answer_row(one, today=today) for one in page] if view == "answers" else [],
        sums=[] if view == "answers" else [sum_row(view, row, today=today) for row in page],
        page=page,
        csv_url=made.url(path=reverse("surveys-csv"), page=None),
        may_send=can(user, Action.SEND_SURVEYS),
        may_edit=can(user, Action.EDIT_SURVEYS),
        is_filtered=any(one.is_set for one in (*own, *made.filters)),
        silent_after=SILENT_AFTER_DAYS,
        today=today,
    )


def view_of(query: QueryDict) -> str:
    view = query.get("by", "answers")
    return view if view in VIEWS else "answers"


def narrowed(responses: QuerySet[SurveyResponse], made: Choices, *, today: date) -> QuerySet[SurveyResponse]:
    """The chosen ones: by whose accounts they are, kind, state and since when they were asked."""
    query = made.query
    chosen = {
        "account__owner__in": made.owner_ids,
        "account__owner__team__in": made.team_ids,
        "account__segment__slug__in": made.slugs,
    }
    states = {"answered": Q(answered_on__isnull=False), "open": is_open(today=today), "silent": is_silent(today=today)}
    found = responses.filter(Q(**{lookup: values for lookup, values in chosen.items() if values}))
    found = found.filter(states.get(query.get("state", ""), Q()))
    if (kind := query.get("kind", "")) in SurveyKind.values:
        found = found.filter(kind=kind)
    period = query.get("days", "")
    if period == "all":
        return found
    return found.filter(asked_on__gt=today - timedelta(days=90 if period == "90" else 365))


def answer_row(one: SurveyResponse, *, today: date) -> AnswerRow:
    invitation = getattr(one, "invitation", None)
    return AnswerRow(
        account=one.account.name,
        account_pk=one.account_id,
        contact=one.contact.name if one.contact else "",
        role=one.contact.get_persona_display() if one.contact else "",
        survey=invitation.survey.name if invitation else one.get_kind_display(),
        after=one.touchpoint.get_kind_display() if one.touchpoint else "",
        asked_on=one.asked_on,
        answered_on=one.answered_on,
        age_days=(today - (one.answered_on or one.asked_on)).days,
        score=one.score,
        shown=shown_score(one),
        comment=one.comment,
        about=tuple(about(one)),
        state=state_of(one, today=today),
    )


def shown_score(one: SurveyResponse) -> str:
    return "" if one.score is None else f"{one.score} of {10 if one.kind == SurveyKind.NPS else 5}"


def about(one: SurveyResponse) -> Iterator[str]:
    """Product good, process to improve."""
    for subject in SUBJECTS:
        if value := getattr(one, f"about_{subject}"):
            yield f"{subject.capitalize()} {SAID[value]}"


def state_of(one: SurveyResponse, *, today: date) -> str:
    if one.answered_on:
        return "answered"
    return "open" if (today - one.asked_on).days < SILENT_AFTER_DAYS else "silent"


def sum_row(view: str, row: dict[str, Any], *, today: date) -> SumRow:
    found = totals_of(row)
    name, second = named(view, row)
    age = (today - found.last_on).days if found.last_on else None
    return SumRow(name, second, row.get("account"), found, age)


def named(view: str, row: dict[str, Any]) -> tuple[str, str]:
    if view == "contacts":
        return row["contact__name"] or "Nobody named", row["account__name"]
    if view == "accounts":
        return row["account__name"], ""
    if view == "roles":
        code = row["contact__persona"]
        return str(Persona(code).label) if code else "No persona", ""
    after = row["touchpoint__kind"]
    return str(SurveyKind(row["kind"]).label), f"after {TouchpointKind(after).label}" if after else "not after an event"


ANSWER_HEAD = [
    "Account", "Contact", "Role", "Survey", "After", "Asked on", "Answered on", "State", "Score", "Comment", "About",
]  # fmt: skip
SUM_HEAD = ["Name", "Of", "Asked", "Answered", "Response rate", "NPS", "CSAT", "Open", "Silent", "Last answer"]


def answer_lines(rows: Iterable[AnswerRow]) -> Iterator[list[Any]]:
    yield ANSWER_HEAD
    for row in rows:
        yield [
            row.account, row.contact, row.role, row.survey, row.after, row.asked_on, row.answered_on, row.state,
            row.score, row.comment, ", ".join(row.about),
        ]  # fmt: skip


def sum_lines(rows: Iterable[SumRow]) -> Iterator[list[Any]]:
    yield SUM_HEAD
    for row in rows:
        of = row.totals
        yield [
            row.name, row.second, of.asked, of.answered, of.rate, rounded(of.nps), rounded(of.csat), of.open,
            of.silent, of.last_on,
        ]  # fmt: skip


def rounded(value: float | None) -> Any:
    return None if value is None else formats.rounded(value, places=2)


@requires(Action.VIEW_SURVEYS)
def surveys(request: UserRequest) -> HttpResponse:
    page = build_surveys_page(request.user, query=request.GET, today=localdate())
    return render(request, "surveys.html", {"page": page})


@requires(Action.VIEW_SURVEYS)
def surveys_csv(request: UserRequest) -> HttpResponse:
    """All rows of the view and its filters."""
    today, view = localdate(), view_of(request.GET)
    made = choices(request.user, path=reverse("surveys"), query=request.GET)
    found = narrowed(visible_responses(request.user), made, today=today)
    if view == "answers":
        answers = (answer_row(one, today=today) for one in in_full(found).iterator(chunk_size=500))
        return streamed_csv("surveys", answer_lines(answers))  # type: ignore[return-value]
    rows = (sum_row(view, row, today=today) for row in summed(found, *KEYS[view], today=today))
    return csv_file(f"surveys-by-{view}", sum_lines(rows))
