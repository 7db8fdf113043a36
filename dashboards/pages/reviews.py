"""The manager's weekly review: the queue of plans, one plan at a time, and the risks that have none."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.access import Action
from accounts.models import User
from accounts.queries.plans import narrowed_plans, plans_of_week, visible_plans, with_steps
from dashboards.filters import Filter
from dashboards.gate import UserRequest, requires
from dashboards.pages.choices import Choices, choices
from dashboards.pages.company import Company, company
from dashboards.pages.plan_rows import plan_row
from dashboards.pages.reviews_form import ReviewForm
from dashboards.pages.reviews_plan import PlanPanel, build_panel
from dashboards.pages.reviews_queue import SHOWN, SORTS, OverdueRow, Queue, build_queue, overdue_by_csm
from dashboards.pages.reviews_risks import RiskRow, risk_row
from dashboards.pages.weeks import BadWeek, Week, week_from, week_of
from scoring.models import WEAK
from scoring.queries.plans import Risks, risks_without_plan, with_health

RISKS_SHOWN = 6


@dataclass(frozen=True)
class ReviewsPage:
    company: Company
    choices: Choices
    week: Week
    this_week: Week
    today: date
    queue: Queue
    plans: int
    reviewed: int
    overdue_steps: int
    overdue: list[OverdueRow]
    panel: PlanPanel | None
    risks: Risks
    is_chosen: bool

    @property
    def to_review(self) -> int:
        return self.plans - self.reviewed

    @property
    def open_steps(self) -> int:
        return sum(row.open_steps for row in self.overdue)

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
        return self.choices.url(week=self.week.after(-1).code, plan=None)

    @property
    def later_url(self) -> str:
        return self.choices.url(week=self.week.after(1).code, plan=None)

    @property
    def this_week_url(self) -> str:
        return self.choices.url(week=None, plan=None)

    @property
    def list_url(self) -> str:
        return self.choices.url(plan=None)

    @property
    def next_monday(self) -> date:
        return self.this_week.after(1).monday

    @cached_property
    def risk_rows(self) -> list[RiskRow]:
        return [risk_row(risk, today=self.today, scale=self.company.scale) for risk in self.risks.shown]

    @property
    def weak_url(self) -> str:
        return self.choices.accounts_url(bands=(WEAK,), plan="no")

    @property
    def next_plan(self) -> int | None:
        found = self.queue.next_to_review()
        return found.plan.pk if found else None

    @property
    def mark_url(self) -> str:
        """Where the review of the current plan goes, with the choices that lead back here."""
        current = self.queue.current
        path = reverse("review-plan", args=[current.plan.pk]) if current else ""
        return self.choices.url(path=path, plan=None)


def build_reviews_page(user: User, *, query: QueryDict, today: date, chosen: int | None = None) -> ReviewsPage:
    """The week that the address names (else the present one), for the accounts that the user sees."""
    about = company()
    made = choices(user, path=reverse("reviews"), query=query)
    only: dict[str, Any] = {"owners": made.owner_ids, "teams": made.team_ids, "segments": made.slugs}
    this_week = week_of(today)
    week = week_from(query.get("week", "")) if query.get("week") else this_week
    found = plans_of_week(narrowed_plans(visible_plans(user), **only), start=week.start, end=week.end)
    plans = {plan.pk: plan for plan in with_health(with_steps(found))}
    rows = [plan_row(plan, today=today, scale=about.scale) for plan in plans.values()]
    queue = build_queue(list(plans.values()), rows, chosen=chosen, choices=made)
    current = queue.current
    return ReviewsPage(
        company=about,
        choices=made,
        week=week,
        this_week=this_week,
        today=today,
        queue=queue,
        plans=len(rows),
        reviewed=sum(plan.is_reviewed for plan in plans.values()),  # type: ignore[attr-defined]
        overdue_steps=sum(row.overdue for row in rows),
        overdue=overdue_by_csm(rows),
        panel=build_panel(plans[current.plan.pk], current.plan, today=today, scale=about.scale) if current else None,
        risks=risks_without_plan(user, limit=RISKS_SHOWN, **only),
        is_chosen=chosen is not None,
    )


@requires(Action.VIEW_REVIEWS)
def reviews(request: UserRequest) -> HttpResponse:
    chosen = request.GET.get("plan", "")
    return shown(request, form=ReviewForm(), chosen=int(chosen) if chosen.isdecimal() else None)


@require_POST
@requires(Action.REVIEW_PLAN)
def review_plan(request: UserRequest, pk: int) -> HttpResponse:
    """Mark a plan as reviewed and go on to the next; a refused note comes back with the reason."""
    found = get_object_or_404(visible_plans(request.user).select_related("account"), pk=pk)
    form = ReviewForm(request.POST)
    if not (form.is_valid() and form.save(plan=found, by=request.user, at=timezone.now())):
        return shown(request, form=form, chosen=pk, status=422)
    messages.success(request, f"{found.account.name} is reviewed.")
    query = request.GET.copy()
    query.pop("plan", None)
    if form.cleaned_data["next_plan"]:
        query["plan"] = str(form.cleaned_data["next_plan"])
    return redirect(f"{reverse('reviews')}?{query.urlencode()}" if query else reverse("reviews"))


def shown(request: UserRequest, *, form: ReviewForm, chosen: int | None, status: int = 200) -> HttpResponse:
    try:
        page = build_reviews_page(request.user, query=request.GET, today=localdate(), chosen=chosen)
    except BadWeek as error:
        raise Http404(str(error)) from error
    context = {"page": page, "form": form, "workspace": page.company.name}
    return render(request, "reviews.html", context, status=status)
