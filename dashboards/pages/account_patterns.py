"""Patterns in an account's use, as the usage tab and its files show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.access import Action, visible_accounts
from accounts.models import Account, Feature
from dashboards import formats
from dashboards.charts.flows import Flow, Sankey, sankey
from dashboards.gate import UserRequest, requires
from dashboards.pages.files import csv_file
from dashboards.pages.product_usage_blocks import WEEKDAYS, Cell
from scoring.product_use import APART_DAYS
from scoring.queries.history import newest_scored_day
from scoring.queries.use import Use
from scoring.queries.use_patterns import Day, FeatureWeeks, days_of, feature_weeks, month_cohorts, user_flows

WEEK = 7
STEPS = 5
LEVEL_NAMES = ("Not active", "1 to 4 days", "5 to 12 days", "13 days on")


@dataclass(frozen=True)
class UserMonth:
    month: date
    users: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class DayCell:
    """`text` is what stands in the cell, `step` from 0 to 5 how dark it is; None where nothing is known."""

    text: str
    step: int | None
    title: str
    url: str = ""


@dataclass(frozen=True)
class WeekdayRow:
    name: str
    cells: tuple[DayCell | None, ...]


@dataclass(frozen=True)
class FeatureRow:
    feature: Feature
    cells: tuple[DayCell, ...]


@dataclass(frozen=True)
class Patterns:
    """Read when they are asked for. `before` and `as_of` are the two days between which users moved."""

    use: Use

    @property
    def as_of(self) -> date:
        return self.use.last

    @property
    def before(self) -> date:
        return date.fromordinal(self.use.last.toordinal() - APART_DAYS)

    @cached_property
    def cohorts(self) -> tuple[UserMonth, ...]:
        return tuple(
            UserMonth(found.month, found.users, tuple(user_cell(found.users, count) for count in found.active))
            for found in month_cohorts(self.use.account, last=self.use.last)
        )

    @property
    def ages(self) -> range:
        return range(max((len(row.cells) for row in self.cohorts), default=0))

    @cached_property
    def days(self) -> list[Day]:
        return days_of(self.use)

    @property
    def weeks(self) -> list[date]:
        return [day.day for day in self.days if day.day.weekday() == 0]

    @property
    def names_users(self) -> bool:
        return any(day.users for day in self.days)

    @property
    def is_known(self) -> bool:
        return any(day.is_known for day in self.days)

    @cached_property
    def weekdays(self) -> tuple[WeekdayRow, ...]:
        most = max((amount_of(day, self.names_users) for day in self.days), default=0)
        cells = [day_cell(day, self.use.account, by_user=self.names_users, most=most) for day in self.days]
        weeks = -(-len(cells) // WEEK)
        return tuple(
            WeekdayRow(name, tuple(cells[w * WEEK + n] if w * WEEK + n < len(cells) else None for w in range(weeks)))
            for n, name in enumerate(WEEKDAYS)
        )

    @cached_property
    def feature_weeks(self) -> tuple[list[date], list[FeatureWeeks]]:
        return feature_weeks(self.use)

    @property
    def features(self) -> tuple[FeatureRow, ...]:
        return tuple(
            FeatureRow(row.feature, tuple(week_cell(row.feature, days) for days in row.days))
            for row in self.feature_weeks[1]
        )

    @cached_property
    def flows(self) -> Sankey | None:
        """None where use is not known at both ends."""
        found = user_flows(self.use)
        if found is None:
            return None
        told = [Flow(before, now, count) for (before, now), count in found.items()]
        return sankey(told, name=lambda level: LEVEL_NAMES[level], order=lambda level: (-level,))


def user_cell(users: int, active: int | None) -> Cell:
    if active is None:
        return Cell(0, 0, "", "not known")
    return Cell(active, users, "", f"{formats.plain(active)} of {formats.plain(users)}")


def amount_of(day: Day, by_user: bool) -> int:
    return (day.users or 0) if by_user else day.events


def day_cell(day: Day, account: Account, *, by_user: bool, most: int) -> DayCell:
    if not day.is_known:
        return DayCell("?", None, f"{formats.day(day.day)}: not known")
    amount = amount_of(day, by_user)
    step = -(-amount * STEPS // most) if most else 0
    users = "" if day.users is None else f"{formats.plain(day.users)} users, "
    url = f"{reverse('account-rows', args=[account.pk, 'seat_utilisation'])}?day={day.day.isoformat()}"
    return DayCell(
        formats.plain(amount), step, f"{formats.day(day.day)}: {users}{formats.plain(day.events)} events", url
    )


def week_cell(feature: Feature, days: int | None) -> DayCell:
    if days is None:
        return DayCell("?", None, f"{feature.name}: not known")
    return DayCell(str(days), -(-days * STEPS // WEEK), f"{feature.name}: on {formats.span(days)} of the week")


def cohort_lines(found: Patterns) -> list[list[Any]]:
    rows = [
        [row.month, row.users, age, cell.active if cell.known else None]
        for row in found.cohorts
        for age, cell in enumerate(row.cells)
    ]
    return [["First seen", "Users", "Months since", "Active"], *rows]


def day_lines(found: Patterns) -> list[list[Any]]:
    rows = [[day.day, f"{day.day:%A}", "yes" if day.is_known else "no", day.users, day.events] for day in found.days]
    return [["Day", "Weekday", "Known", "Users", "Events"], *rows]


def feature_lines(found: Patterns) -> list[list[Any]]:
    weeks, rows = found.feature_weeks
    return [
        ["Feature", *(f"Week until {week.isoformat()}" for week in weeks)],
        *([r.feature.name, *r.days] for r in rows),
    ]


def flow_lines(found: Patterns) -> list[list[Any]]:
    ribbons: Sequence[Any] = found.flows.ribbons if found.flows else ()
    heads = [formats.day(found.before), formats.day(found.as_of), "Users"]
    return [heads, *([ribbon.before, ribbon.now, ribbon.flow.count] for ribbon in ribbons)]


BLOCKS = {"months": cohort_lines, "days": day_lines, "features": feature_lines, "users": flow_lines}


@requires(Action.VIEW_ACCOUNT)
def account_patterns_csv(request: UserRequest, pk: int) -> HttpResponse:
    """One of the tables."""
    account = get_object_or_404(visible_accounts(request.user), pk=pk)
    block = request.GET.get("block", "days")
    if block not in BLOCKS:
        raise Http404(f"A block is one of {', '.join(BLOCKS)}.")
    last = newest_scored_day(account.pk, until=localdate()) or localdate()
    return csv_file(f"account-{account.pk}-use-{block}", BLOCKS[block](Patterns(Use(account, last))))
