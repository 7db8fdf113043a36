"""What an account's use looks like: week by week, by cohort, by user, and feature by feature.

Windows, and what is unknown, are as the measures have them (docs/measures.md): the newest figures agree with theirs.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Count, Max, Q, QuerySet, Sum

from accounts import months
from accounts.models import Account, AccountHistory, Entitlement, Feature, KnownDay, UsageMonth, UserDay
from scoring.core import weeks
from scoring.core.arrays import Bools, Floats, Ints, divide
from scoring.extract.usage import DURATION_WINDOW, WINDOW

WEEKS = 26
COHORT_WEEKS = 12
DAYS = WEEKS * weeks.WEEK + WINDOW
SECONDS_PER_MINUTE = 60


@dataclass(frozen=True)
class FeatureUse:
    """A feature that is paid for or in use. `days` are those of 28 on which it was; None where use is not known."""

    feature: Feature
    paid_since: date | None
    last_used: date | None
    days: int | None

    @property
    def is_unused(self) -> bool:
        """Paid for, and known not to be in use."""
        return self.paid_since is not None and self.days == 0


@dataclass(frozen=True)
class Cohort:
    """Users first active in a week (None: before the weeks shown), and the share of them active in each week."""

    week: date | None
    users: int
    shares: tuple[float | None, ...]


@dataclass(frozen=True)
class Use:
    """Reads once what was packed; D days that end with `last`."""

    account: Account
    last: date

    @property
    def first(self) -> date:
        return self.last - timedelta(days=DAYS - 1)

    @cached_property
    def ends(self) -> Ints:
        return weeks.week_ends(DAYS, WEEKS)

    @property
    def week_days(self) -> list[date]:
        """The last day of each week, the oldest first."""
        return [self.first + timedelta(days=int(end)) for end in self.ends]

    @cached_property
    def packed(self) -> list[tuple[Any, ...]]:
        wanted = months.months_between(first=self.first, last=self.last)
        rows = UsageMonth.objects.filter(account=self.account, month__in=wanted).order_by("month")
        return list(rows.values_list("month", "users", "times", "features"))

    def records(self, column: str) -> tuple[npt.NDArray[Any], Ints]:
        """The records of a column, and for each the place of its month's first day among the days."""
        place = 1 + ("users", "times", "features").index(column)
        dtype = months.COLUMNS[column]
        parts = [np.frombuffer(bytes(row[place]), dtype=dtype) for row in self.packed]
        starts = [(row[0] - self.first).days for row in self.packed]
        if not parts:
            return np.zeros(0, dtype=dtype), np.zeros(0, dtype=np.int64)
        return np.concatenate(parts), np.repeat(np.array(starts), [len(part) for part in parts]).astype(np.int64)

    @cached_property
    def began(self) -> int:
        """The first day that counts: what came before an account's start is not its own."""
        return max((self.account.started_on - self.first).days, 0)

    def active(self, column: str, name: str) -> tuple[npt.NDArray[Any], Bools]:
        """Who or what was active (U,), and on which days (U, D)."""
        records, starts = self.records(column)
        keys, rows = np.unique(records[name], return_inverse=True)
        found = np.zeros((len(keys), DAYS), dtype=bool)
        for bit in range(31):
            days = starts + bit
            keep = (records["days"] >> np.uint32(bit) & np.uint32(1) == 1) & (days >= self.began) & (days < DAYS)
            found[rows[keep], days[keep]] = True
        return keys, found

    @cached_property
    def users(self) -> Bools:
        return self.active("users", "user")[1]

    @cached_property
    def features(self) -> tuple[npt.NDArray[Any], Bools]:
        return self.active("features", "feature")

    @cached_property
    def known(self) -> tuple[Bools, Bools]:
        """(D,) twice: the days that the account's source spoke of, and those on which it named users."""
        rows = KnownDay.objects.filter(source_id=self.account.source_id, day__range=(self.first, self.last))
        found = np.zeros(DAYS, dtype=bool), np.zeros(DAYS, dtype=bool)
        for day, has_users in rows.values_list("day", "has_users"):
            found[0][(day - self.first).days] = True
            found[1][(day - self.first).days] = has_users
        return found

    def where_known(self, values: Floats, *, window_days: int, by_user: bool) -> Floats:
        known = weeks.enough_known(self.known[by_user], self.ends, window_days=window_days, first=self.began)
        return np.where(known, values, np.nan)

    @cached_property
    def active_users(self) -> Floats:
        counted = weeks.active_in_windows(self.users, self.ends, window_days=WINDOW)
        return self.where_known(counted, window_days=WINDOW, by_user=True)

    @cached_property
    def seats(self) -> Floats:
        """The licensed seats at the end of each week."""
        rows = AccountHistory.objects.filter(account=self.account, valid_from__lte=self.last).order_by("valid_from")
        history = list(rows.values_list("valid_from", "seats"))
        held = [[seats for since, seats in history if since <= day][-1:] for day in self.week_days]
        return np.array([found[0] if found and found[0] else np.nan for found in held], dtype=np.float64)

    @cached_property
    def utilisation(self) -> Floats:
        return divide(self.active_users, self.seats)

    @cached_property
    def minutes(self) -> Floats:
        """The median of minutes per active user and day, 15 days."""
        records, starts = self.records("times")
        days = starts + records["day"].astype(np.int64) - 1
        keep = days >= self.began
        found = weeks.median_in_windows(
            records["seconds"][keep].astype(np.float64), days[keep], self.ends, window_days=DURATION_WINDOW
        )
        return found / SECONDS_PER_MINUTE

    @cached_property
    def in_week(self) -> Bools:
        return weeks.active_weeks(self.users, self.ends)

    @cached_property
    def known_weeks(self) -> Bools:
        return weeks.enough_known(self.known[1], self.ends, window_days=weeks.WEEK, first=self.began)

    @cached_property
    def back(self) -> Floats:
        return weeks.back_from_week_before(self.in_week, self.known_weeks)

    @cached_property
    def features_used(self) -> Floats:
        counted = weeks.active_in_windows(self.features[1], self.ends, window_days=WINDOW)
        return self.where_known(counted, window_days=WINDOW, by_user=False)

    @property
    def cohort_days(self) -> list[date]:
        """The first day of each of the weeks that cohorts are shown for."""
        return [day - timedelta(days=weeks.WEEK - 1) for day in self.week_days[-COHORT_WEEKS:]]

    def cohorts(self) -> list[Cohort]:
        """Who was active before the last 12 weeks as one cohort, then those first seen in each of them."""
        before = self.in_week[:, :-COHORT_WEEKS].any(axis=1)
        recent, known = self.in_week[:, -COHORT_WEEKS:], self.known_weeks[-COHORT_WEEKS:]
        sizes, shares = weeks.cohorts(recent[~before], known)
        found = [
            Cohort(day, int(size), told(row))
            for day, size, row in zip(self.cohort_days, sizes, shares, strict=True)
            if size
        ]
        if before.any():
            early = np.where(known, divide(recent[before].sum(axis=0), before.sum()), np.nan)
            found.insert(0, Cohort(None, int(before.sum()), told(early)))
        return found

    def feature_rows(self) -> list[FeatureUse]:
        """The features that are paid for, and those in use: what is paid for and unused first. Two queries."""
        running = Entitlement.objects.filter(account=self.account, starts_on__lte=self.last)
        running = running.filter(Q(ends_on=None) | Q(ends_on__gt=self.last)).order_by("-starts_on")
        paid = dict(running.values_list("feature_id", "starts_on"))
        keys, active = self.features
        used = {int(key): row for key, row in zip(keys, active, strict=True) if row.any()}
        found = Feature.objects.filter(pk__in={*paid, *used}).order_by("name", "pk")
        rows = [self.feature_row(feature, paid.get(feature.pk), used.get(feature.pk)) for feature in found]
        return sorted(rows, key=lambda row: (not row.is_unused, row.paid_since is None))

    def feature_row(self, feature: Feature, paid_since: date | None, active: Bools | None) -> FeatureUse:
        is_known = not np.isnan(self.features_used[-1])
        days = 0 if active is None else int(active[-WINDOW:].sum())
        last = None if active is None else self.first + timedelta(days=int(np.flatnonzero(active)[-1]))
        return FeatureUse(feature, paid_since, last, days if is_known else None)


def told(values: Floats) -> tuple[float | None, ...]:
    """NaN as None, for pages."""
    return tuple(None if np.isnan(value) else float(value) for value in values)


def users_of(account: Account, *, last: date) -> QuerySet[UserDay, Any]:
    """Who was active in 28 days, the busiest first: days, events, seconds where time is measured."""
    # Days by name, not as a range: then the index is entered once a day.
    days = [last - timedelta(days=n) for n in range(WINDOW)]
    rows = UserDay.objects.filter(account=account, day__in=days, day__gte=account.started_on).values("user_key")
    found = rows.annotate(
        last=Max("day"), days=Count("day"), total=Sum("events"), time=Sum("seconds"), timed=Count("seconds")
    )
    return found.order_by("-days", "-total", "user_key")
