"""Why one account's score moved between two days: a part of the account page, and a page of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from accounts.access import Action, visible_accounts
from accounts.models import Account, User
from dashboards.gate import UserRequest, requires
from dashboards.pages.movement_block import MovementBlock, asked_days, build_movement
from scoring.queries.history import newest_scored_day
from scoring.queries.movement import Movement, movement_of_account
from scoring.queries.movement_children import child_id
from scoring.queries.staleness import stale_among
from scoring.store import months_before

MISSING = "There is nothing to compare: the account needs a score on two different days."


@dataclass(frozen=True)
class AccountMovementPage:
    account: Account
    movement: MovementBlock
    stale: int


def build_account_movement(
    account: Account, *, user: User, query: Mapping[str, str], today: date
) -> AccountMovementPage:
    """The newest scored days up to the two that were asked for; without any, the last day and a month before."""
    newest = newest_scored_day(account.pk, until=today) or today
    asked = asked_days(query, first=months_before(newest, months=1), last=newest)
    first, last = (newest_scored_day(account.pk, until=day) for day in asked)
    found = movement_of_account(account.pk, first=first, last=last) if first and last and first < last else None
    url = reverse("account-movement", args=[account.pk])
    names = names_in(found, user=user) if found else {}
    block = build_movement(found, days=(first, last), asked=asked, url=url, missing=MISSING, names=names)
    return AccountMovementPage(account, block, stale=len(stale_among([account])))


def names_in(movement: Movement, *, user: User) -> dict[int, str]:
    """The names of the accounts below whose lines moved, as far as the user sees them."""
    ids = [child for line in movement.lines if (child := child_id(line.key)) is not None]
    return dict(visible_accounts(user).filter(pk__in=ids).values_list("pk", "name")) if ids else {}


@requires(Action.VIEW_ACCOUNT)
def account_movement(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(visible_accounts(request.user).select_related("health"), pk=pk)
    page = build_account_movement(found, user=request.user, query=request.GET.dict(), today=timezone.localdate())
    template = "_movement.html" if request.htmx else "account_movement.html"  # type: ignore[attr-defined]
    return render(request, template, {"page": page, "movement": page.movement, "stale": page.stale})
