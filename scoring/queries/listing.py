"""The accounts as a table: its order, its totals over all rows, and the plans of the rows on a page."""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    Avg,
    Case,
    Count,
    Expression,
    F,
    FilteredRelation,
    FloatField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)  # fmt: skip
from django.db.models.functions import Coalesce, Lower, NullIf

from accounts.models import Account, MitigationPlan, Phase, StepState
from scoring.models import AccountHealth, Snapshot
from scoring.queries.facets import Totals
from scoring.queries.summaries import Amount, Health

DEFAULT_EBR_MONTHS = 6
BY_NAME = (Lower("name"), "pk")


def six_month_change() -> Expression:
    """The score less that of the first scored day of 26 weeks."""
    return F("health__score") - F("health__score_half_year_ago")


def place_of_phase() -> Expression:
    """Phases in the order of the journey."""
    return Case(*[When(phase=phase, then=Value(n)) for n, phase in enumerate(Phase.values)])


def share_of_steps_done() -> Subquery:
    """Of the open plan; nothing for an account without one."""
    is_done = Case(When(steps__state=StepState.DONE, then=1.0), default=0.0, output_field=FloatField())
    plans = MitigationPlan.objects.filter(account=OuterRef("pk"), closed_at=None).values("account")
    return Subquery(plans.annotate(share=Coalesce(Avg(is_done), 0.0)).values("share")[:1])


def worded(field: str) -> Expression:
    """A text in the order of its letters; an empty one counts as none."""
    return NullIf(Lower(field), Value(""))


# What each column sorts by. A column of days since sorts by the date, the other way round.
ORDERS: dict[str, Callable[[], Any]] = {
    "account": lambda: Lower("name"),
    "score": lambda: F("health__score"),
    "change": lambda: F("health__score") - F("health__score_month_ago"),
    "trend": six_month_change,
    "arr": lambda: F("health__arr_reporting"),
    "users": lambda: F("health__active_users"),
    "renewal": lambda: F("renewal_date"),
    "phase": place_of_phase,
    "segment": lambda: F("segment__position"),
    "ebr": lambda: F("health__last_ebr_on"),
    "plan": share_of_steps_done,
    "nps": lambda: F("health__nps"),
    "touch": lambda: F("health__last_touchpoint_on"),
    "owner": lambda: Lower("owner__name"),
    "domain": lambda: worded("domain"),
    "industry": lambda: worded("industry"),
    "size": lambda: worded("size_tier"),
    "country": lambda: worded("country"),
    "seats": lambda: F("seats"),
    "since": lambda: F("started_on"),
    "coverage": lambda: F("health__coverage"),
}
SINCE = {"touch"}


def beside_day(accounts: QuerySet[Account], day: date) -> QuerySet[Account]:
    """The accounts with `earlier`, their snapshot of a day: joined once, not looked up for each."""
    return accounts.annotate(earlier=FilteredRelation("snapshots", condition=Q(snapshots__as_of=day)))


def in_order(accounts: QuerySet[Account], *, sort: str, compared_on: date | None = None) -> QuerySet[Account]:
    """Sorted by a column (with a minus: down), ties by name; what has no value comes last in both directions.

    The change is that of a month, or since a day. Without a column they stand by name.
    """
    column, is_descending = sort.removeprefix("-"), sort.startswith("-")
    if not column:
        return accounts.order_by(*BY_NAME)
    by = ORDERS[column]()
    if column == "change" and compared_on:
        accounts, by = beside_day(accounts, compared_on), F("health__score") - F("earlier__score")
    first = by.desc(nulls_last=True) if is_descending != (column in SINCE) else by.asc(nulls_last=True)
    # By name the key itself serves: it has no gaps, and an index.
    ties = BY_NAME if column != "account" else ("pk",)
    if column == "account":
        first = by.desc() if is_descending else by.asc()
    return accounts.order_by(first, *ties)


def slice_of(accounts: QuerySet[Account], *, start: int, size: int) -> list[Account]:
    """So many accounts of a sorted choice, with what a row shows.

    Their keys are sorted first and the rows read afterwards: sorting whole rows takes twice as long.
    """
    ids = list(accounts.values_list("pk", flat=True)[start : start + size])
    found = {account.pk: account for account in listed(Account.objects.filter(pk__in=ids))}
    return [found[pk] for pk in ids if pk in found]


def earlier_scores(accounts: Collection[int] | QuerySet, *, day: date | None) -> dict[int, int | None]:
    """What accounts scored on a day, in hundredths; who was not scored then is not in it."""
    rows = Snapshot.objects.filter(account__in=accounts, as_of=day) if day else Snapshot.objects.none()
    return dict(rows.values_list("account_id", "score").iterator(chunk_size=10_000))


def listed(accounts: QuerySet[Account]) -> QuerySet[Account]:
    """The accounts with what a row shows."""
    return accounts.select_related("segment", "owner", "health")


def totals(accounts: QuerySet[Account]) -> Totals:
    """One query over all the accounts."""
    rows = list(
        accounts.values("band")  # type: ignore[misc]  # annotated by whoever chose the accounts
        .annotate(
            accounts=Count("pk"),
            score_sum=Sum("health__score", default=0),
            arr=Sum("health__arr_reporting", default=Decimal(0)),
            users=Sum("health__active_users"),
            as_of=Max("health__as_of"),
        )
        .order_by()
    )
    amounts = {row["band"]: Amount(row["accounts"], row["score_sum"], row["arr"]) for row in rows}
    days = [row["as_of"] for row in rows if row["as_of"]]
    users = [row["users"] for row in rows if row["users"] is not None]
    return Totals(Health(amounts), users=sum(users) if users else None, as_of=max(days, default=None))


def plan_steps(accounts: Collection[int] | QuerySet, *, today: date) -> dict[int, tuple[str, ...]]:
    """The steps of each account's open plan in order: done, doing, overdue or open. No plan, no entry."""
    plans = MitigationPlan.objects.filter(account__in=accounts, closed_at=None).order_by("steps__position")
    steps: dict[int, list[str]] = defaultdict(list)
    for account_id, state, due in plans.values_list("account_id", "steps__state", "steps__due_date"):
        steps[account_id] += [step_state(state, due=due, today=today)] if state else []
    return {account_id: tuple(states) for account_id, states in steps.items()}


def step_state(state: str, *, due: date, today: date) -> str:
    if state == StepState.DONE:
        return "done"
    if due < today:
        return "overdue"
    return "doing" if state == StepState.STARTED else "open"


def ebr_due_on(account: Account, *, health: AccountHealth | None) -> date:
    """The day by which the segment's cadence asks for the next EBR, counted from the last or from the start."""
    last = health.last_ebr_on if health else None
    months = account.segment.ebr_cadence_months if account.segment else DEFAULT_EBR_MONTHS
    return months_after(last or account.started_on, months=months)


def months_after(day: date, *, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
