"""A manager's team: the load of each CSM, and the lists behind each number. All set-based, whatever the team's size."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, FilteredRelation, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Lower

from accounts.access import visible_accounts
from accounts.models import Account, PlanStep, Segment, Status, StepState, User
from scoring.core.bands import AT_RISK
from scoring.extract.engagement import DEFAULT_TOUCH_DAYS
from scoring.queries.owed import owed_by
from scoring.queries.summaries import narrowed


@dataclass(frozen=True)
class Load:
    """What one CSM carries; `owner` is None for accounts without one."""

    owner: int | None
    csm: str
    team: str
    accounts: int
    arr: Decimal
    at_risk: int
    at_risk_arr: Decimal
    untouched: int
    open_steps: int = 0
    overdue: int = 0
    owed: int = 0
    changed: int = 0


def team_accounts(
    user: User, *, owners: Collection[int] = (), teams: Collection[int] = (), segments: Collection[str] = ()
) -> QuerySet[Account]:
    """The active accounts of the team; an empty choice leaves all that the user sees."""
    return narrowed(visible_accounts(user).filter(status=Status.ACTIVE), owners, teams, segments)


def loads(accounts: QuerySet[Account], *, user: User, today: date, since: date | None) -> list[Load]:
    """One for each CSM with accounts, the largest ARR at risk first. Bands are compared with `since`."""
    at_risk = Q(health__band__in=AT_RISK)
    rows = accounts.order_by().values_list("owner", "owner__name", "owner__team__name")
    counted = rows.annotate(
        all_accounts=Count("pk"), all_arr=Sum("health__arr_reporting", default=Decimal(0)),
        risky=Count("pk", filter=at_risk),
        risky_arr=Sum("health__arr_reporting", filter=at_risk, default=Decimal(0)),
        untouched=Count("pk", filter=is_untouched(today)),
    )  # fmt: skip
    steps = counts_of(open_steps(accounts), "plan__account__owner")
    late = counts_of(overdue_steps(accounts, today=today), "plan__account__owner")
    changed = counts_of(band_changes(accounts, since=since), "owner")
    owed = owed_counts(accounts, user=user, today=today)
    found = [
        Load(
            owner, name or "", team or "", number, arr, risky, risky_arr, idle, open_steps=steps.get(owner, 0),
            overdue=late.get(owner, 0), owed=owed.get(owner, 0), changed=changed.get(owner, 0),
        )
        for owner, name, team, number, arr, risky, risky_arr, idle in counted
    ]  # fmt: skip
    return sorted(found, key=lambda load: (-load.at_risk_arr, -load.arr, load.csm))


def counts_of(rows: QuerySet[Any], owner: str) -> dict[int | None, int]:
    return dict(rows.order_by().values_list(owner).annotate(n=Count("pk")))


def owed_counts(accounts: QuerySet[Account], *, user: User, today: date) -> dict[int | None, int]:
    """Values that are owed of each CSM's accounts. One query for each measure with a rhythm."""
    found: dict[int | None, int] = {}
    for one in owed_by(user, accounts=accounts, today=today):
        for owner, number in counts_of(one.accounts, "owner").items():
            found[owner] = found.get(owner, 0) + number
    return found


def is_untouched(today: date) -> Q:
    """No touchpoint within the segment's cadence, counted from the last one held, else from the account's start."""
    found = Q(segment=None) & last_before(today, DEFAULT_TOUCH_DAYS)
    for pk, days in Segment.objects.values_list("pk", "touchpoint_cadence_days"):
        found |= Q(segment=pk) & last_before(today, days)
    return found


def last_before(today: date, days: int) -> Q:
    day = today - timedelta(days=days)
    never = Q(health__last_touchpoint_on=None, started_on__lt=day)
    return Q(health__last_touchpoint_on__lt=day) | never


def untouched(accounts: QuerySet[Account], *, today: date) -> QuerySet[Account]:
    """Those longest without a touchpoint first."""
    found = accounts.filter(is_untouched(today)).annotate(
        last=Coalesce("health__last_touchpoint_on", "started_on"), touched_on=F("health__last_touchpoint_on")
    )
    return found.select_related("owner", "segment", "health").order_by("last", Lower("name"), "pk")


def open_steps(accounts: QuerySet[Account]) -> QuerySet[PlanStep]:
    """Steps that are still to be done, of open plans, the earliest due first."""
    steps = PlanStep.objects.filter(plan__account__in=accounts, plan__closed_at=None).exclude(state=StepState.DONE)
    people = steps.select_related("owner", "plan__account__owner", "plan__account__health")
    return people.order_by("due_date", Lower("plan__account__name"), "pk")


def overdue_steps(accounts: QuerySet[Account], *, today: date) -> QuerySet[PlanStep]:
    return open_steps(accounts).filter(due_date__lt=today)


def band_changes(accounts: QuerySet[Account], *, since: date | None) -> QuerySet[Account]:
    """Accounts whose band is another than on that day, with `before` and `band_before`; worse ones first."""
    if since is None:
        return accounts.none()
    beside = accounts.annotate(earlier=FilteredRelation("snapshots", condition=Q(snapshots__as_of=since)))
    told = beside.annotate(before=F("earlier__score"), band_before=F("earlier__band"))
    found = told.filter(band_before__isnull=False, health__isnull=False).exclude(health__band=F("band_before"))
    return found.select_related("owner", "segment", "health").order_by("-health__band", Lower("name"), "pk")
