"""Why the mean score of a portfolio moved between two days: a part of the portfolio page, and a page of its own."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action
from accounts.models import User
from dashboards.filters import read_selection
from dashboards.gate import UserRequest, requires
from dashboards.pages.movement_block import MovementBlock, asked_days, build_movement
from dashboards.pages.portfolio_choice import portfolio_selection
from scoring.queries.movement import movement_of_accounts
from scoring.queries.selection import Selection, selected_accounts
from scoring.queries.stale_groups import stale_count
from scoring.queries.summaries import scored_days
from scoring.store import months_before

MISSING = "There is nothing to compare: no account here has a score on two different days."
DAYS = ("first", "last")


@dataclass(frozen=True)
class PortfolioMovementPage:
    """`kept` are the parts of the address that choose the accounts."""

    movement: MovementBlock
    stale: int
    kept: tuple[tuple[str, str], ...]
    back_url: str


def build_portfolio_movement(
    user: User, *, selection: Selection, query: QueryDict, today: date
) -> PortfolioMovementPage:
    """The accounts of the selection as they are today, each with its own score of the two days."""
    days = scored_days()
    newest = days.newest or today
    asked = asked_days(query.dict(), first=months_before(newest, months=1), last=newest)
    first, last = (max((day for day in days.days if day <= each), default=None) for each in asked)
    accounts = selected_accounts(user, selection=selection, today=newest)
    ids = list(accounts.values_list("pk", flat=True))
    found = movement_of_accounts(ids, first=first, last=last) if first and last and first < last else None
    kept = tuple((name, value) for name, values in query.lists() if name not in DAYS for value in values)
    return PortfolioMovementPage(
        movement=build_movement(
            found, days=(first, last), asked=asked, url=reverse("portfolio-movement"), missing=MISSING
        ),
        stale=stale_count(accounts),
        kept=kept,
        back_url=f"{reverse('portfolio')}?{urlencode(kept)}" if kept else reverse("portfolio"),
    )


@requires(Action.VIEW_PORTFOLIO)
def portfolio_movement(request: UserRequest) -> HttpResponse:
    selection = portfolio_selection(read_selection(request.GET))
    page = build_portfolio_movement(request.user, selection=selection, query=request.GET, today=timezone.localdate())
    template = "_movement.html" if request.htmx else "portfolio_movement.html"  # type: ignore[attr-defined]
    return render(request, template, {"page": page, "movement": page.movement, "stale": page.stale})
