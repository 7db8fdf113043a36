"""The mitigation plans of the accounts that a user sees, open and closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.access import Action, can
from accounts.models import MitigationPlan, User
from accounts.queries.handover import plans_without_owner
from accounts.queries.plans import most_overdue_first, narrowed_plans, plan_counts, visible_plans, with_steps
from dashboards.gate import UserRequest, requires
from dashboards.pages.choices import Choices, choices
from dashboards.pages.company import Company, company
from dashboards.pages.files import csv_file
from dashboards.pages.plan_rows import PlanRow, plan_rows
from scoring.queries.plans import with_health

PER_PAGE = 25
STATES = {"open": "Open", "closed": "Closed", "all": "All"}


@dataclass(frozen=True)
class Tab:
    label: str
    url: str
    count: int
    is_current: bool


@dataclass(frozen=True)
class PlansPage:
    company: Company
    choices: Choices
    state: str
    tabs: list[Tab]
    page: Page
    rows: list[PlanRow]
    may_see_effect: bool
    csv_url: str
    today: date
    # Open plans of which somebody who owned them, or a step, has left; None for who cannot hand over.
    without_owner: int | None

    @property
    def open(self) -> int:
        return self.tabs[0].count

    @property
    def is_filtered(self) -> bool:
        return any(found.is_set for found in self.choices.filters)


def build_plans_page(user: User, *, query: QueryDict, today: date) -> PlansPage:
    """One page of plans, those with the most overdue steps first."""
    about = company()
    made = choices(user, path=reverse("plans"), query=query)
    plans = chosen_plans(user, made)
    state = state_of(query)
    page = Paginator(in_state(plans, state, today=today), PER_PAGE).get_page(query.get("page"))
    return PlansPage(
        may_see_effect=can(user, Action.VIEW_PLAN_EFFECT),
        company=about,
        choices=made,
        state=state,
        tabs=tabs(plan_counts(plans), state=state, made=made),
        page=page,
        rows=plan_rows(page, today=today, scale=about.scale),
        csv_url=made.url(path=reverse("plans-csv"), page=None),
        today=today,
        without_owner=plans_without_owner(plans) if can(user, Action.EDIT_ACCOUNT) else None,
    )


def chosen_plans(user: User, made: Choices) -> QuerySet[MitigationPlan]:
    return narrowed_plans(visible_plans(user), owners=made.owner_ids, teams=made.team_ids, segments=made.slugs)


def state_of(query: QueryDict) -> str:
    state = query.get("state", "open")
    return state if state in STATES else "open"


def in_state(plans: QuerySet[MitigationPlan], state: str, *, today: date) -> QuerySet[MitigationPlan]:
    """The plans of a tab with all that a row shows."""
    kept = plans if state == "all" else plans.filter(closed_at__isnull=state == "open")
    return with_health(with_steps(most_overdue_first(kept, today=today)))


def tabs(counts: tuple[int, int], *, state: str, made: Choices) -> list[Tab]:
    """The states with their numbers; the first is the default and needs no parameter."""
    numbers = {"open": counts[0], "closed": counts[1], "all": sum(counts)}
    return [
        Tab(
            label=label,
            url=made.url(state=None if key == "open" else key, page=None),
            count=numbers[key],
            is_current=key == state,
        )
        for key, label in STATES.items()
    ]


HEAD = [
    "Account", "Segment", "CSM", "Plan owner", "Reason", "Goal", "Opened", "Closed", "Outcome", "Closing note",
    "Score", "Band", "Score at opening", "Steps", "Done", "Overdue", "Last review", "Silent sources", "Target band",
    "Target date", "Target reached", "Playbook", "Steps without owner",
]  # fmt: skip


def lines(rows: Sequence[PlanRow]) -> list[list[Any]]:
    """The plans as a file has them."""
    return [HEAD] + [
        [
            row.account, row.segment, row.csm, row.owner, row.reason, row.goal, row.opened_on, row.closed_on,
            row.outcome, row.closing_note, row.score, row.band_name, row.score_at_opening, len(row.steps),
            row.done, row.overdue, row.last_review_on, ", ".join(row.silent_sources), row.target, row.target_date,
            yes_or_no(row), row.playbook, row.steps_without_owner,
        ]
        for row in rows
    ]  # fmt: skip


def yes_or_no(row: PlanRow) -> str:
    """Whether the target band is reached; empty where none is aimed at."""
    return ("yes" if row.is_target_reached else "no") if row.target else ""


@requires(Action.VIEW_PLANS)
def plans(request: UserRequest) -> HttpResponse:
    page = build_plans_page(request.user, query=request.GET, today=localdate())
    return render(request, "plans.html", {"page": page, "workspace": page.company.name})


@requires(Action.VIEW_PLANS)
def plans_csv(request: UserRequest) -> HttpResponse:
    """All plans of the tab and its filters, not only the page that is shown."""
    today, about = localdate(), company()
    made = choices(request.user, path=reverse("plans"), query=request.GET)
    found = in_state(chosen_plans(request.user, made), state_of(request.GET), today=today)
    return csv_file("plans", lines(plan_rows(found, today=today, scale=about.scale)))
