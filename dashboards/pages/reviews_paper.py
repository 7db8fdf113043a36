"""The weekly review on paper and as files: the agenda before it, the minutes after."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate

from accounts.access import Action
from accounts.models import PlanReview, ReviewOutcome, User
from accounts.operations.reviews import outcome_words
from dashboards.gate import UserRequest, requires
from dashboards.pages.choices import Choices, choices
from dashboards.pages.company import Company, company
from dashboards.pages.files import csv_file
from dashboards.pages.plan_rows import in_points
from dashboards.pages.reviews import Found, chosen_week, found_in, sight_for
from dashboards.pages.reviews_plan import EarlierReview, earlier_review
from dashboards.pages.reviews_queue import RULE_WORDS, Lines, QueueRow, facts_of, pressing, reasons
from dashboards.pages.weeks import BadWeek, Week
from scoring.queries.reviews import Coverage, ReviewRule, coverage_of, last_reviews, signed_off

# More than a meeting holds; the file has them all.
MOST_ON_PAPER = 300


@dataclass(frozen=True)
class AgendaItem:
    row: QueueRow
    last: EarlierReview | None


@dataclass(frozen=True)
class MinutesItem:
    """A decision. `is_replaced` where the account was signed off once more later that week."""

    account: int
    name: str
    csm: str
    outcome: str
    note: str
    by: str
    at: datetime
    score: Any
    reasons: tuple[str, ...]
    ending: str  # how the plan ended, where this closed it
    is_replaced: bool


@dataclass(frozen=True)
class Paper:
    """What both papers say on top. `groups` are the items of each CSM."""

    title: str
    company: Company
    choices: Choices
    week: Week
    today: date
    groups: list[tuple[str, list[Any]]]
    items: int
    left_out: int
    left: int
    counts: list[tuple[str, int]]
    coverage: Coverage
    csv_url: str
    back_url: str


def build_agenda(user: User, *, query: QueryDict, today: date) -> Paper:
    """What is left to review this week, by CSM, the most pressing first."""
    about, made, week, found = read(user, query=query, today=today)
    due = sorted(found.due, key=pressing)[:MOST_ON_PAPER]
    keys = [one.account for one in due]
    lines = Lines(facts_of(keys, today=today, scale=about.scale), None, made, about.scale)
    last = {review.account_id: earlier_review(review) for review in last_reviews(keys)}
    items = [
        AgendaItem(lines.of(one.account, one.name, one.csm, reasons=reasons(one, today=today)), last.get(one.account))
        for one in due
    ]
    rules = [(words, sum(rule in one.rules for one in found.due)) for rule, words in RULE_WORDS.items()]
    return Paper(
        title="Agenda", company=about, choices=made, week=week, today=today, groups=by_csm(items, "row.csm"),
        items=len(items), left_out=len(found.due) - len(due), left=len(found.due), counts=rules,
        coverage=coverage_of(sight_for(user, made)), csv_url=made.url(path=reverse("review-agenda-csv")),
        back_url=made.url(path=reverse("reviews")),
    )  # fmt: skip


def build_minutes(user: User, *, query: QueryDict, today: date) -> Paper:
    """What was decided in a week, by CSM."""
    about, made, week, found = read(user, query=query, today=today)
    held = list(signed_off(sight_for(user, made), start=week.start, end=week.end))
    items = minutes_items(held)
    counts = [(label, sum(review.outcome == value for review in held)) for value, label in ReviewOutcome.choices]
    return Paper(
        title="Minutes", company=about, choices=made, week=week, today=today,
        groups=by_csm(items[:MOST_ON_PAPER], "csm"), items=len(items), left_out=max(len(items) - MOST_ON_PAPER, 0),
        left=len(found.due), counts=counts, coverage=coverage_of(sight_for(user, made)),
        csv_url=made.url(path=reverse("review-minutes-csv")), back_url=made.url(path=reverse("reviews")),
    )  # fmt: skip


def read(user: User, *, query: QueryDict, today: date) -> tuple[Company, Choices, Week, Found]:
    made = choices(user, path=reverse("reviews"), query=query)
    week = chosen_week(query, today=today)
    return company(), made, week, found_in(sight_for(user, made), week, today=today, address=made.url())


def minutes_items(reviews: Sequence[PlanReview]) -> list[MinutesItem]:
    """In the order in which they were held."""
    newest = {review.account_id: review.pk for review in reversed(reviews)}
    return [minutes_item(review, is_replaced=newest[review.account_id] != review.pk) for review in reversed(reviews)]


def minutes_item(review: PlanReview, *, is_replaced: bool) -> MinutesItem:
    account = review.account
    return MinutesItem(
        account=account.pk,
        name=account.name,
        csm=account.owner.name if account.owner else "",
        outcome=outcome_words(review.outcome, has_plan=review.plan_id is not None),
        note=review.note,
        by=review.by.name,
        at=timezone.localtime(review.at),
        score=in_points(review.score_hundredths),
        reasons=tuple(RULE_WORDS[ReviewRule(rule)] for rule in review.rules),
        ending=ending_of(review),
        is_replaced=is_replaced,
    )


def ending_of(review: PlanReview) -> str:
    closed = review.plan is not None and review.outcome == ReviewOutcome.CLOSE
    return review.plan.get_outcome_display() if closed and review.plan else ""


def by_csm(items: Sequence[Any], name: str) -> list[tuple[str, list[Any]]]:
    """The items of each CSM by name, in their order; those without one at the end."""
    csm = attrgetter(name)
    ordered = sorted(items, key=lambda item: (not csm(item), csm(item)))
    return [(found or "Without CSM", list(theirs)) for found, theirs in groupby(ordered, key=csm)]


def shown(request: UserRequest, build: Any, template: str) -> HttpResponse:
    try:
        page = build(request.user, query=request.GET, today=localdate())
    except BadWeek as error:
        raise Http404(str(error)) from error
    return render(request, template, {"page": page, "workspace": page.company.name})


@requires(Action.VIEW_REVIEWS)
def agenda(request: UserRequest) -> HttpResponse:
    return shown(request, build_agenda, "review_agenda.html")


@requires(Action.VIEW_REVIEWS)
def minutes(request: UserRequest) -> HttpResponse:
    return shown(request, build_minutes, "review_minutes.html")


@requires(Action.VIEW_REVIEWS)
def agenda_csv(request: UserRequest) -> HttpResponse:
    """Everything that is left this week, not only what fits on paper."""
    today = localdate()
    about, _, week, found = found_or_404(request, today=today)
    names = ["Account", "CSM", "Score", f"ARR ({about.currency})", "Change since the plan opened", "Overdue steps"]
    lines: list[list[Any]] = [[*names, *RULE_WORDS.values()]]
    for due in sorted(found.due, key=pressing):
        figures = [in_points(due.score), due.arr, in_points(due.effect), due.overdue]
        lines.append([due.name, due.csm, *figures, *("yes" if rule in due.rules else "" for rule in RULE_WORDS)])
    return csv_file(f"agenda-{week.code}", lines)


@requires(Action.VIEW_REVIEWS)
def minutes_csv(request: UserRequest) -> HttpResponse:
    _, made, week, _ = found_or_404(request, today=localdate())
    held = list(signed_off(sight_for(request.user, made), start=week.start, end=week.end))
    return csv_file(f"minutes-{week.code}", minutes_lines(minutes_items(held)))


def minutes_lines(items: Sequence[MinutesItem]) -> Iterator[list[Any]]:
    yield ["Account", "CSM", "Outcome", "Note", "By", "At", "Score then", "In the queue because", "Replaced later",
           "Plan ended"]  # fmt: skip
    for item in items:
        yield [
            item.name, item.csm, item.outcome, item.note, item.by, item.at, item.score, "; ".join(item.reasons),
            "yes" if item.is_replaced else "", item.ending,
        ]  # fmt: skip


def found_or_404(request: UserRequest, *, today: date) -> tuple[Company, Choices, Week, Found]:
    try:
        return read(request.user, query=request.GET, today=today)
    except BadWeek as error:
        raise Http404(str(error)) from error
