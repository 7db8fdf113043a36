"""The manager's weekly review: a queue by stated rules, one account at a time, and the risks that have no plan."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.access import Action, visible_accounts
from accounts.models import Account, User
from accounts.queries.judgments import waiting_for
from accounts.queries.plans import StepLoad, narrowed_plans, step_loads, visible_plans
from dashboards.filters import Filter
from dashboards.gate import UserRequest, requires
from dashboards.pages.approvals import ProposalRow, first_waiting
from dashboards.pages.choices import Choices, choices
from dashboards.pages.company import Company, company
from dashboards.pages.reviews_form import ReviewForm
from dashboards.pages.reviews_plan import ReviewPanel, build_panel
from dashboards.pages.reviews_queue import (
    FIRST_SHOWN,
    MORE,
    MOST_SHOWN,
    SHOWN,
    SORTS,
    Lines,
    Order,
    Queue,
    QueueRow,
    build_queue,
    facts_of,
    order_of,
    pressing,
)
from dashboards.pages.reviews_risks import RiskRow, risk_rows
from dashboards.pages.weeks import BadWeek, Week, week_from, week_of
from dashboards.remembered import remembered
from scoring.queries.plans import Risks, risks_without_plan
from scoring.queries.reviews import (
    Coverage,
    Due,
    Sight,
    Signed,
    coverage_of,
    due_for_review,
    left_unreviewed,
    signed_in,
)

RISKS_SHOWN, APPROVALS_SHOWN = 6, 5


@dataclass(frozen=True)
class ReviewsPage:
    company: Company
    choices: Choices
    week: Week
    this_week: Week
    today: date
    order: Order
    queue: Queue
    shown: int
    items: int
    reviewed: int
    overdue: list[StepLoad]
    panel: ReviewPanel | None
    risks: Risks
    coverage: Coverage
    approvals: list[ProposalRow]
    approvals_waiting: int
    is_chosen: bool

    @property
    def to_review(self) -> int:
        return self.items - self.reviewed

    @property
    def open_steps(self) -> int:
        return sum(row.open_steps for row in self.overdue)

    @property
    def overdue_steps(self) -> int:
        return sum(row.overdue for row in self.overdue)

    @property
    def most_overdue(self) -> int:
        return max((row.overdue for row in self.overdue), default=0)

    @property
    def is_this_week(self) -> bool:
        return self.week == self.this_week

    @cached_property
    def filters(self) -> list[Filter]:
        return [
            *self.choices.filters,
            self.choices.single("show", "Show", SHOWN),
            self.choices.single("sort", "Sort", SORTS),
        ]

    @property
    def earlier_url(self) -> str:
        return self.choices.url(week=self.week.after(-1).code, account=None, shown=None)

    @property
    def later_url(self) -> str:
        return self.choices.url(week=self.week.after(1).code, account=None, shown=None)

    @property
    def this_week_url(self) -> str:
        return self.choices.url(week=None, account=None, shown=None)

    @property
    def list_url(self) -> str:
        return self.choices.url(account=None)

    @property
    def more_url(self) -> str:
        return self.choices.url(shown=min(self.shown + MORE, MOST_SHOWN))

    @property
    def paper_url(self) -> str:
        """The agenda while something is left this week, the minutes of what was."""
        name = "review-agenda" if self.is_this_week else "review-minutes"
        return self.choices.url(path=reverse(name), account=None, shown=None, sort=None, show=None)

    @property
    def minutes_url(self) -> str:
        return self.choices.url(path=reverse("review-minutes"), account=None, shown=None, sort=None, show=None)

    @property
    def next_monday(self) -> date:
        return self.this_week.after(1).monday

    @cached_property
    def risk_rows(self) -> list[RiskRow]:
        return risk_rows(self.risks.shown, today=self.today, scale=self.company.scale)

    @property
    def weak_url(self) -> str:
        return self.choices.accounts_url(bands=self.company.scale.at_risk, plan="no")

    @property
    def sign_url(self) -> str:
        """Where the sign-off of the current account goes, with the choices that lead back here."""
        path = reverse("review-sign", args=[self.panel.account.pk]) if self.panel else ""
        return self.choices.url(path=path, account=None)


@dataclass(frozen=True)
class Found:
    """A week's queue before it is shown: what is left, what is signed off, and where the team stands."""

    due: list[Due]
    done: list[Signed]


@dataclass(frozen=True)
class Beside:
    """What stands around the queue: whose steps are late, risks without a plan, and how much has one."""

    overdue: list[StepLoad]
    risks: Risks
    coverage: Coverage


def beside_for(sight: Sight, made: Choices, *, today: date) -> Beside:
    """For a whole company what took long is kept for a minute."""
    only: dict[str, Any] = {"owners": sight.owners, "teams": sight.teams, "segments": sight.segments}

    def make() -> Beside:
        plans = narrowed_plans(visible_plans(sight.user), **only)
        risks = risks_without_plan(sight.user, limit=RISKS_SHOWN, **only)
        return Beside(step_loads(plans, today=today), risks, coverage_of(sight))

    chosen = made.url(account=None, shown=None, sort=None, show=None, week=None)
    return remembered("beside", sight.user, address=chosen, today=today, make=make)


def sight_for(user: User, made: Choices) -> Sight:
    return Sight(user, owners=made.owner_ids, teams=made.team_ids, segments=made.slugs)


def chosen_week(query: QueryDict, *, today: date) -> Week:
    """The week that the address names, else the present one; none to come. Raises BadWeek."""
    this_week = week_of(today)
    week = week_from(query.get("week", "")) if query.get("week") else this_week
    if week.monday > this_week.monday:
        raise BadWeek("That week has not begun.")
    return week


def found_in(sight: Sight, week: Week, *, today: date, address: str) -> Found:
    """For a team at once; for a whole company what took long is kept for a minute."""

    def left() -> list[Due]:
        if week == week_of(today):
            return sorted(due_for_review(sight, today=today), key=pressing)
        return sorted(left_unreviewed(sight, start=week.start, end=week.end), key=pressing)

    due = remembered("reviews", sight.user, address=address, today=today, make=left)
    done = signed_in(sight, start=week.start, end=week.end)
    signed = {review.account for review in done}
    return Found([one for one in due if one.account not in signed], done)


def build_reviews_page(user: User, *, query: QueryDict, today: date, chosen: int | None = None) -> ReviewsPage:
    """The week that the address names (else the present one), for the accounts that the user sees."""
    about = company()
    made = choices(user, path=reverse("reviews"), query=query)
    sight, week = sight_for(user, made), chosen_week(query, today=today)
    address = made.url(account=None, shown=None, sort=None, show=None)
    found, beside = found_in(sight, week, today=today, address=address), beside_for(sight, made, today=today)
    order = order_of(found.due, found.done, chosen=chosen, choices=made)
    shown = shown_in(query)
    queue = build_queue(order, shown=shown, today=today, choices=made, scale=about.scale)
    approvals = first_waiting(user, limit=APPROVALS_SHOWN, today=today)
    signed = len({review.account for review in found.done})
    return ReviewsPage(
        company=about, choices=made, week=week, this_week=week_of(today), today=today, order=order, queue=queue,
        shown=shown, items=len(found.due) + signed, reviewed=signed,
        overdue=beside.overdue,
        panel=panel_of(user, order, queue, choices=made, today=today, about=about),
        risks=beside.risks,
        coverage=beside.coverage,
        approvals=approvals,
        approvals_waiting=waiting_for(user).count() if approvals else 0,
        is_chosen=chosen is not None,
    )  # fmt: skip


def shown_in(query: QueryDict) -> int:
    asked = query.get("shown", "")
    return min(int(asked), MOST_SHOWN) if asked.isdecimal() and len(asked) < 5 else FIRST_SHOWN


def panel_of(
    user: User, order: Order, queue: Queue, *, choices: Choices, today: date, about: Company
) -> ReviewPanel | None:
    """The current account, in the queue or not, as long as it is in sight."""
    if order.current is None:
        return None
    account = visible_accounts(user).select_related("owner").filter(pk=order.current).first()
    if account is None:
        return None
    row = next((row for row in queue.rows if row.is_current), None)
    row = row or line_of(account, order, choices=choices, today=today, about=about)
    return build_panel(account, row, today=today, scale=about.scale)


def line_of(account: Account, order: Order, *, choices: Choices, today: date, about: Company) -> QueueRow:
    facts = facts_of([account.pk], today=today, scale=about.scale)
    owner = account.owner.name if account.owner else ""
    return Lines(facts, order.current, choices, about.scale).of(account.pk, account.name, owner)


@requires(Action.VIEW_REVIEWS)
def reviews(request: UserRequest) -> HttpResponse:
    chosen = request.GET.get("account", "")
    found = int(chosen) if chosen.isdecimal() and len(chosen) < 19 else None
    return shown_page(request, form=ReviewForm(), chosen=found)


def shown_page(request: UserRequest, *, form: ReviewForm, chosen: int | None, status: int = 200) -> HttpResponse:
    try:
        page = build_reviews_page(request.user, query=request.GET, today=localdate(), chosen=chosen)
    except BadWeek as error:
        raise Http404(str(error)) from error
    context = {"page": page, "form": form, "workspace": page.company.name}
    return render(request, "reviews.html", context, status=status)
