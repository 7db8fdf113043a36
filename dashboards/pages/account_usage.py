"""The usage of an account: seats, time, who comes back, features paid for; as a card and as a tab of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.timezone import localdate

from accounts.access import Action, visible_accounts
from accounts.models import Account, User
from accounts.queries.account import accounts_in_full
from dashboards import formats
from dashboards.charts.theme import Chart
from dashboards.charts.usage import Week, weekly
from dashboards.gate import UserRequest, requires
from dashboards.pages.account_head import Head, build_head, standing_of
from dashboards.pages.account_patterns import Patterns
from dashboards.pages.files import csv_file
from scoring.cards import Card
from scoring.core.curves import Curve, Linear, TargetCurve, Thresholds
from scoring.queries.history import newest_scored_day
from scoring.queries.lines import target_of
from scoring.queries.use import FeatureUse, Use, told, users_of

MONTH_WEEKS = 4
USERS_PER_PAGE = 20
MINUTES_PER_HOUR = 60
HEAT_STEPS = 5


@dataclass(frozen=True)
class Series:
    """One figure by week. `change` is against four weeks before, in the unit of `change_text`; None where unknown."""

    label: str
    value: str | None
    change: float | None
    change_text: str
    note: str
    chart: Chart


@dataclass(frozen=True)
class CohortCell:
    """`step` from 0 to 5 says how dark it is; None where nothing can be said."""

    text: str
    step: int | None


@dataclass(frozen=True)
class CohortRow:
    label: str
    users: int
    cells: tuple[CohortCell, ...]


@dataclass(frozen=True)
class UserRow:
    key: str
    last: date
    days: int
    events: int
    minutes: float | None


@dataclass(frozen=True)
class UsageBlock:
    """The series, and how many features are paid for and unused."""

    series: tuple[Series, ...]
    features: tuple[FeatureUse, ...]
    as_of: date

    @property
    def is_known(self) -> bool:
        return any(series.value is not None for series in self.series)

    @property
    def unused(self) -> tuple[FeatureUse, ...]:
        return tuple(row for row in self.features if row.is_unused)

    @property
    def knows_entitlements(self) -> bool:
        return any(row.paid_since for row in self.features)


@dataclass(frozen=True)
class UsagePage(Head):
    usage: UsageBlock
    cohort_heads: tuple[date, ...]
    cohorts: tuple[CohortRow, ...]
    users: tuple[UserRow, ...]
    users_page: Page
    patterns: Patterns


def build_usage(use: Use, *, card: Card | None) -> UsageBlock:
    """The four series of the last 26 weeks and the features. Five queries."""
    features = tuple(use.feature_rows())
    shown = seats_series(use, card), time_series(use, card), back_series(use), features_series(use, features)
    return UsageBlock(shown, features, use.last)


def seats_series(use: Use, card: Card | None) -> Series:
    targets = targets_of(use, card, keys=("utilisation_vs_target", "seat_utilisation"))
    users, seats = told(use.active_users)[-1], told(use.seats)[-1]
    note = "" if users is None else f"{formats.plain(users)} active in 28 days"
    note += f" of {formats.plain(seats)}" if note and seats else ""
    if targets[-1] is not None:
        note += f" · target {formats.percent(targets[-1])}"
    return series("seats", "Seats active", told(use.utilisation), formats.percent, use, note=note, targets=targets)


def time_series(use: Use, card: Card | None) -> Series:
    hours = targets_of(use, card, keys=("duration_index",))
    targets = [None if value is None else value * MINUTES_PER_HOUR for value in hours]
    note = "median of 15 days"
    return series("time", "Time per user and day", told(use.minutes), minutes_text, use, note=note, targets=targets)


def back_series(use: Use) -> Series:
    note = "of those active the week before"
    return series("back", "Users back each week", told(use.back), formats.percent, use, note=note)


def features_series(use: Use, features: Sequence[FeatureUse]) -> Series:
    paid = sum(row.paid_since is not None for row in features)
    note = f"in 28 days · {formats.plain(paid)} paid for" if paid else "in 28 days"
    return series("features", "Features in use", told(use.features_used), formats.plain, use, note=note)


def series(
    key: str, label: str, values: Sequence[float | None], text: Callable[[float], str], use: Use, *, note: str,
    targets: Sequence[float | None] = (),
) -> Series:  # fmt: skip
    now, before = values[-1], values[-1 - MONTH_WEEKS]
    change = None if now is None or before is None else now - before
    return Series(
        label=label,
        value=None if now is None else text(now),
        change=change,
        change_text="" if change is None else change_words(change, text),
        note=note,
        chart=weekly(
            [
                Week(day, value, target)
                for day, value, target in zip(use.week_days, values, targets or [None] * len(values), strict=True)
            ],
            id=f"usage-{key}",
            title=label,
            caption="last 26 weeks",
            text=text,
        ),
    )


def change_words(change: float, text: Callable[[float], str]) -> str:
    """The size of a change, without its sign: percentages differ by points."""
    return f"{formats.plain(abs(change) * 100)} pts" if text is formats.percent else text(abs(change))


def minutes_text(minutes: float) -> str:
    return f"{formats.plain(minutes)} min"


def targets_of(use: Use, card: Card | None, *, keys: tuple[str, ...]) -> list[float | None]:
    """What the card expects of the first of these measures that it has, at the end of each week."""
    item = next((item for item in card.items if item.measure.key in keys), None) if card else None
    if item is None:
        return [None] * len(use.week_days)
    if isinstance(item.curve, TargetCurve):
        return [target_of(item, started_on=use.account.started_on, day=day) for day in use.week_days]
    return [full_marks(item.curve)] * len(use.week_days)


def full_marks(curve: Curve) -> float | None:
    """The value from which there are 100 points."""
    match curve:
        case Linear():
            return curve.full
        case Thresholds():
            return curve.healthy
    return None


def cohort_rows(use: Use) -> tuple[CohortRow, ...]:
    """The earliest first."""
    return tuple(
        CohortRow(
            label="Earlier" if cohort.week is None else formats.short_day(cohort.week),
            users=cohort.users,
            cells=tuple(cohort_cell(share) for share in cohort.shares),
        )
        for cohort in use.cohorts()
    )


def cohort_cell(share: float | None) -> CohortCell:
    return CohortCell("", None) if share is None else CohortCell(formats.percent(share), round(share * HEAT_STEPS))


def user_row(found: Mapping[str, Any]) -> UserRow:
    minutes = found["time"] / 60 / found["timed"] if found["timed"] else None
    return UserRow(found["user_key"], found["last"], found["days"], found["total"], minutes)


def build_usage_page(account: Account, *, user: User, today: date, query: Mapping[str, str]) -> UsagePage:
    standing = standing_of(account, today=today)
    head = build_head(account, user=user, standing=standing, today=today, tab="usage")
    use = Use(account, standing.as_of or today)
    paged = Paginator(users_of(account, last=use.last), USERS_PER_PAGE).get_page(query.get("page"))
    return UsagePage(
        **vars(head),
        usage=build_usage(use, card=standing.explained.card if standing.explained else None),
        cohort_heads=tuple(use.cohort_days),
        cohorts=cohort_rows(use),
        users=tuple(user_row(found) for found in paged),
        users_page=paged,
        patterns=Patterns(use),
    )


@requires(Action.VIEW_ACCOUNT)
def account_usage(request: UserRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(accounts_in_full(request.user), pk=pk)
    page = build_usage_page(found, user=request.user, today=localdate(), query=request.GET.dict())
    return render(request, "account_usage.html", {"page": page})


@requires(Action.VIEW_ACCOUNT)
def account_users_csv(request: UserRequest, pk: int) -> HttpResponse:
    """Who was active in 28 days, all of them."""
    account = get_object_or_404(visible_accounts(request.user), pk=pk)
    last = newest_scored_day(account.pk, until=localdate()) or localdate()
    rows = (user_row(found) for found in users_of(account, last=last))
    lines = ([row.key, row.last, row.days, row.events, row.minutes] for row in rows)
    heads = ["User", "Last active", "Active days", "Events", "Minutes per active day"]
    return csv_file(f"account-{account.pk}-users-{last.isoformat()}", [heads, *lines])
