"""Accounts whose score moved by so many points or more since a day, and why in the first place."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Abs, Lower

from accounts.models import Account
from scoring.core.movement import Cause
from scoring.queries.listing import beside_day
from scoring.queries.movement import MovedLine, Movement, movements_of

UP, DOWN = "up", "down"


def movers(accounts: QuerySet[Account], *, since: date, at_least: int, direction: str = "") -> QuerySet[Account]:
    """The accounts that moved, those that moved most first, with `before` and `moved` in hundredths.

    Who has no score on both days did not move.
    """
    compared = beside_day(accounts, since).annotate(
        before=F("earlier__score"), moved=F("health__score") - F("earlier__score")
    )
    rose, fell = Q(moved__gte=at_least), Q(moved__lte=-at_least)
    found = compared.filter({UP: rose, DOWN: fell}.get(direction, rose | fell))
    return found.order_by(Abs("moved").desc(), Lower("name"), "pk")


@dataclass(frozen=True)
class Moved:
    """How many rose or fell, and their ARR."""

    accounts: int = 0
    arr: Decimal = Decimal(0)


def moved_totals(found: QuerySet[Account]) -> dict[str, Moved]:
    """Over all movers, by their direction. One query."""
    rose, fell = Q(moved__gt=0), Q(moved__lt=0)
    amounts: dict[str, Any] = {
        "up": Count("pk", filter=rose),
        "down": Count("pk", filter=fell),
        "up_arr": Sum("health__arr_reporting", filter=rose, default=Decimal(0)),
        "down_arr": Sum("health__arr_reporting", filter=fell, default=Decimal(0)),
    }
    row = found.order_by().aggregate(**amounts)
    return {UP: Moved(row["up"], row["up_arr"]), DOWN: Moved(row["down"], row["down_arr"])}


@dataclass(frozen=True)
class MainCause:
    """The cause with the largest part in the direction of the movement, in hundredths, and its largest line."""

    cause: Cause
    part: int
    line: MovedLine | None


def main_causes(account_ids: Collection[int], *, first: date, last: date) -> dict[int, MainCause]:
    """Of each account whose movement has a cause."""
    found = movements_of(account_ids, first=first, last=last) if first < last else {}
    told = ((account, main_cause(movement)) for account, movement in found.items())
    return {account: cause for account, cause in told if cause is not None}


def main_cause(movement: Movement) -> MainCause | None:
    sign = 1 if movement.total >= 0 else -1
    cause, part = max(movement.causes.items(), key=lambda pair: sign * pair[1])
    if sign * part <= 0:
        return None
    line = max(movement.lines, key=lambda each: sign * each.causes.get(cause, 0))
    return MainCause(cause, part, line if sign * line.causes.get(cause, 0) > 0 else None)
