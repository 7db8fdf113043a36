"""Patterns in an account's use: its users by start month, its days by weekday, features by week, who came and went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from accounts import months
from accounts.models import Account, AccountDay, Feature, KnownDay, UsageMonth
from scoring.core import adoption
from scoring.core.arrays import Bools
from scoring.extract.usage import WINDOW
from scoring.product_use import APART_DAYS, WEEKS, months_until
from scoring.queries.use import DAYS, Use

WEEK = 7
# Days of 28: from so many on a user is of the level.
LEVELS = (0, 1, 5, 13)


@dataclass(frozen=True)
class MonthCohort:
    """Users first seen in a month, and how many of them were active in each month from then on; None: not known."""

    month: date
    users: int
    active: tuple[int | None, ...]


def month_cohorts(account: Account, *, last: date) -> list[MonthCohort]:
    """The users of the last 24 months that are over, by the month of their first day. Two queries."""
    wanted = months_until(last)
    sets = users_by_month(account, wanted)
    known = known_months(account, wanted)
    everyone = np.unique(np.concatenate([*sets.values(), np.zeros(0, dtype=np.uint64)]))
    active = np.array([np.isin(everyone, sets.get(month, [])) for month in wanted]).T.reshape(-1, len(wanted))
    first = active.argmax(axis=1)
    found = []
    for n, month in enumerate(wanted):
        own = active[first == n] if len(active) else active
        if len(own):
            counts = own[:, n:].sum(axis=0).tolist()
            told = (count if is_known else None for count, is_known in zip(counts, known[n:], strict=True))
            found.append(MonthCohort(month, len(own), tuple(told)))
    return found


def users_by_month(account: Account, wanted: Sequence[date]) -> dict[date, np.ndarray]:
    """The numbers of the users of each month, from the account's start on."""
    found = {}
    rows = UsageMonth.objects.filter(account=account, month__in=wanted).values_list("month", "users")
    for month, packed in rows:
        records = np.frombuffer(bytes(packed), dtype=months.USERS)
        skipped = min(max((account.started_on - month).days, 0), 31)
        found[month] = records["user"][records["days"] >> np.uint32(skipped) > 0]
    return found


def known_months(account: Account, wanted: Sequence[date]) -> list[bool]:
    """Of which months the source named users on at least half of the days from the start on."""
    first, last = wanted[0], (wanted[-1] + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    known = np.zeros((1, (last - first).days + 1), dtype=bool)
    rows = KnownDay.objects.filter(source_id=account.source_id, day__range=(first, last), has_users=True)
    for day in rows.values_list("day", flat=True):
        known[0, (day - first).days] = True
    edges = np.array([*((month - first).days for month in wanted), known.shape[1]])
    starts = np.array([(account.started_on - first).days])
    return [bool(told) for told in adoption.enough_of_months(known, starts=starts, edges=edges)[0]]


@dataclass(frozen=True)
class Day:
    """One day: None where nothing is known of it; `users` is None where the source names none."""

    day: date
    is_known: bool
    users: int | None
    events: int


def days_of(use: Use) -> list[Day]:
    """13 weeks from a Monday up to the last day. One query besides what `use` has read."""
    first = use.last - timedelta(days=use.last.weekday() + (WEEKS - 1) * WEEK)
    first = max(first, use.first)
    rows = AccountDay.objects.filter(account=use.account, day__range=(first, use.last))
    told = {day: (users, events) for day, users, events in rows.values_list("day", "users", "events")}
    found = []
    for n in range((use.last - first).days + 1):
        day = first + timedelta(days=n)
        users, events = told.get(day, (None, 0))
        is_known = day >= use.account.started_on and bool(day in told or use.known[0][(day - use.first).days])
        names_users = bool(use.known[1][(day - use.first).days])
        found.append(Day(day, is_known, users if day in told else 0 if names_users else None, events))
    return found


@dataclass(frozen=True)
class FeatureWeeks:
    """On how many days of each of 13 weeks (the oldest first) a feature was in use; None where use is not known."""

    feature: Feature
    days: tuple[int | None, ...]


def feature_weeks(use: Use) -> tuple[list[date], list[FeatureWeeks]]:
    """The last day of each week, and the features in use in any of them. One query."""
    ends = use.ends[-WEEKS:]
    ids, active = use.features
    counts = np.array([active[:, end - WEEK + 1 : end + 1].sum(axis=1) for end in ends]).T.reshape(-1, len(ends))
    known = [bool(use.known[0][end - WEEK + 1 : end + 1].any()) for end in ends.tolist()]
    names = Feature.objects.in_bulk([int(pk) for pk in ids])
    rows = [
        FeatureWeeks(names[int(pk)], tuple(n if ok else None for n, ok in zip(row, known, strict=True)))
        for pk, row in zip(ids, counts.tolist(), strict=True)
        if sum(row) and int(pk) in names
    ]
    rows.sort(key=lambda row: (-sum(n or 0 for n in row.days), row.feature.name))
    return use.week_days[-WEEKS:], rows


def user_flows(use: Use) -> dict[tuple[int, int], int] | None:
    """How many users went from which level to which in a quarter; None where either end is not known."""
    windows = [DAYS - 1 - APART_DAYS, DAYS - 1]
    known = [use.known[1][end - WINDOW + 1 : end + 1].sum() * 2 >= WINDOW for end in windows]
    if not all(known) or use.began > windows[0]:
        return None
    before, now = (levels(use.users, end) for end in windows)
    seen = (before > 0) | (now > 0)
    found = adoption.flows(groups=np.zeros(int(seen.sum()), dtype=np.int64), before=before[seen], now=now[seen])
    return found.get(0, {})


def levels(users: Bools, end: int) -> np.ndarray:
    """(U,): the place in LEVELS of each user's active days in the 28 that end with the column."""
    days = users[:, end - WINDOW + 1 : end + 1].sum(axis=1)
    return np.searchsorted(np.array(LEVELS), days, side="right").astype(np.int64) - 1
