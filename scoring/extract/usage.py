"""Packed months of use → arrays. Only here it is decided, from the ledger of known days, what is zero and unknown."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Max, Q

from accounts.models import AccountDay, Entitlement, Feature, KnownDay
from scoring.core import cohorts, series
from scoring.core.arrays import Floats, Ints, divide
from scoring.extract.attributes import Attributes
from scoring.extract.months import Records, highest_day, records_of
from scoring.extract.scope import Scope

WINDOW = 28
DURATION_WINDOW = 15
LOYALTY_WINDOW = 180
FEATURE_WINDOW = 90
COHORT_WEEKS = 12
# Who was not active for a year is known as that: the reading of days ends there.
LOGIN_WINDOW = 365
SECONDS_PER_HOUR = 3600
# With fewer known days than this share of a window, its sum says too little: it is unknown.
MIN_KNOWN_RATIO = 0.5


@dataclass(frozen=True)
class Users:
    """One entry per user of 180 days, ordered by account: U users of A accounts."""

    places: Ints  # (U,)
    last_day: Floats  # (U,) ordinal
    is_active: npt.NDArray[np.bool_]  # (U,) in 28 days
    active_days: Ints  # (U,) in 28 days
    starts: Ints  # (U,) the first record of each in `records`
    records: Records  # ordered by account and user


@dataclass(frozen=True)
class Usage:
    """Reads each column of the months once, when a measure first asks for it."""

    scope: Scope
    attributes: Attributes

    @cached_property
    def known(self) -> dict[date, bool]:
        """Known days of the last 180: was a user named on it?"""
        first = self.scope.first_day(window_days=LOYALTY_WINDOW)
        known: dict[date, bool] = {}
        for day, has_users in KnownDay.objects.filter(day__range=(first, self.scope.as_of)).values_list(
            "day", "has_users"
        ):
            known[day] = known.get(day, False) or has_users
        return known

    def known_days(self, *, last: date, window_days: int, by_user: bool = False) -> Floats:
        """Known days in the window per account, not counting those before its start; NaN below half a window."""
        days = [last - timedelta(days=back) for back in range(window_days)]
        ordinals = np.array(
            sorted(day.toordinal() for day in days if day in self.known and (self.known[day] or not by_user)),
            dtype=float,
        )
        counted = (len(ordinals) - np.searchsorted(ordinals, self.attributes.started)).astype(float)
        lived = np.clip(last.toordinal() - self.attributes.started + 1, 1, window_days)
        return np.where(counted >= np.maximum(lived * MIN_KNOWN_RATIO, 1), counted, np.nan)

    @cached_property
    def days(self) -> Records:
        """The account's days of 56."""
        return records_of(self.scope, "days", first=self.scope.first_day(window_days=2 * WINDOW), last=self.scope.as_of)

    def sum_of(self, name: str, *, last: date, window_days: int = WINDOW) -> Floats:
        """A figure summed over the account's days in the window; 0 without rows, NaN where no day states it."""
        return self.sums(self.days, name, last=last, window_days=window_days)

    def sums(self, records: Records, name: str, *, last: date, window_days: int) -> Floats:
        within = records.within(last - timedelta(days=window_days - 1), last)
        values, places = records.stated(name)[within], records.places[within]
        stated = ~np.isnan(values)
        total = np.bincount(places[stated], weights=values[stated], minlength=self.scope.size)
        has_days = np.bincount(places, minlength=self.scope.size) > 0
        has_stated = np.bincount(places[stated], minlength=self.scope.size) > 0
        return np.where(has_days & ~has_stated, np.nan, total)

    @cached_property
    def users(self) -> Users:
        """Everyone who was active in 180 days, once each: distinct users do not add up over days."""
        found = records_of(
            self.scope, "users", first=self.scope.first_day(window_days=LOYALTY_WINDOW), last=self.scope.as_of
        )
        order = np.lexsort((found["user"], found.places))
        ordered = Records(found.records[order], found.places[order], found.month_starts[order])
        sets = ordered.days_within(self.scope.first_day(window_days=LOYALTY_WINDOW), self.scope.as_of)
        ordered = only(ordered, sets > 0)
        first = np.ones(len(ordered.places), dtype=bool)
        first[1:] = (ordered.places[1:] != ordered.places[:-1]) | (ordered["user"][1:] != ordered["user"][:-1])
        starts = np.flatnonzero(first)
        recent = ordered.days_within(self.scope.first_day(window_days=WINDOW), self.scope.as_of)
        until_now = ordered.days_within(self.scope.first_day(window_days=LOYALTY_WINDOW), self.scope.as_of)
        active_days = reduced(np.add, np.bitwise_count(recent).astype(np.int64), starts)
        return Users(
            places=ordered.places[starts],
            last_day=reduced(np.maximum, highest_day(until_now, ordered.month_starts), starts),
            is_active=active_days > 0,
            active_days=active_days,
            starts=starts,
            records=ordered,
        )

    @cached_property
    def active_users(self) -> Floats:
        """Distinct users of 28 days."""
        counted = np.bincount(self.users.places[self.users.is_active], minlength=self.scope.size).astype(float)
        return np.where(np.isnan(self.known_days_by_user), np.nan, counted)

    @cached_property
    def known_days_by_user(self) -> Floats:
        return self.known_days(last=self.scope.as_of, window_days=WINDOW, by_user=True)

    def seat_utilisation(self) -> Floats:
        return divide(self.active_users, self.attributes.seats)

    def stickiness(self) -> Floats:
        user_days = np.bincount(self.users.places, weights=self.users.active_days, minlength=self.scope.size)
        return divide(divide(user_days, self.known_days_by_user), self.active_users)

    def usage_trend(self) -> Floats:
        """Events per known day, recent window ÷ the one before: so a gap in the data is no fall of usage."""
        middle = self.scope.as_of - timedelta(days=WINDOW)
        now = divide(
            self.sum_of("events", last=self.scope.as_of), self.known_days(last=self.scope.as_of, window_days=WINDOW)
        )
        earlier = divide(self.sum_of("events", last=middle), self.known_days(last=middle, window_days=WINDOW))
        was_there = self.attributes.started <= middle.toordinal() - WINDOW + 1
        return np.where(was_there, divide(now, earlier), np.nan)

    def error_share(self) -> Floats:
        known = ~np.isnan(self.known_days(last=self.scope.as_of, window_days=WINDOW))
        day = self.scope.as_of
        return np.where(known, divide(self.sum_of("errors", last=day), self.sum_of("events", last=day)), np.nan)

    @cached_property
    def days_since_login(self) -> Floats:
        """Days since anyone was active, up to the last known day; who never was counts from the start, or a year."""
        last_known = max(self.known, default=None)
        if last_known is None:
            return self.scope.unknown()
        first = self.scope.first_day(window_days=LOGIN_WINDOW)
        never = np.maximum(self.attributes.started, first.toordinal())
        return np.maximum(last_known.toordinal() - np.fmax(self.last_active, never), 0.0)

    @cached_property
    def last_active(self) -> Floats:
        """The last active day; the days themselves are asked only for those who were quiet for two months."""
        is_active = self.days["events"] > 0
        last = np.full(self.scope.size, -np.inf)
        in_time = self.days.days <= self.scope.as_of.toordinal()
        np.maximum.at(last, self.days.places[is_active & in_time], self.days.days[is_active & in_time].astype(float))
        quiet = np.flatnonzero(np.isinf(last))
        if len(quiet):
            window = (self.scope.first_day(window_days=LOGIN_WINDOW), self.scope.first_day(window_days=2 * WINDOW))
            scope = Scope(self.scope.account_ids[quiet], self.scope.as_of, self.scope.known_at)
            earlier = AccountDay.objects.filter(day__range=window, events__gt=0)
            last[quiet] = scope.grouped(earlier, days=("last",), last=Max("day"))["last"]
        return last

    @cached_property
    def times(self) -> Records:
        """Seconds per active user and day, of twice 15 days."""
        return records_of(
            self.scope, "times", first=self.scope.first_day(window_days=2 * DURATION_WINDOW), last=self.scope.as_of
        )

    def duration_index(self) -> Floats:
        """Median hours per active user and day."""
        return self.median_hours(last=self.scope.as_of)

    def duration_trend(self) -> Floats:
        """The duration index ÷ that of the 15 days before."""
        before = self.median_hours(last=self.scope.as_of - timedelta(days=DURATION_WINDOW))
        return divide(self.median_hours(last=self.scope.as_of), before)

    def median_hours(self, *, last: date) -> Floats:
        within = self.times.within(last - timedelta(days=DURATION_WINDOW - 1), last)
        hours = self.times["seconds"][within].astype(np.float64) / SECONDS_PER_HOUR
        return series.median_of_groups(hours, group_index=self.times.places[within], groups=self.scope.size)

    def loyalty_index(self) -> Floats:
        return cohorts.loyalty_index(
            days_since_active=self.scope.as_of.toordinal() - self.users.last_day,
            account_index=self.users.places,
            accounts=self.scope.size,
        )

    def retention_index(self) -> Floats:
        """Users who come back in the weeks after their first, over 12 weeks that end with the day."""
        weeks, users = self.active_weeks
        return cohorts.retention_index(
            user_index=users,
            weeks=weeks,
            account_index=self.users.places,
            accounts=self.scope.size,
            last_week=COHORT_WEEKS - 1,
        )

    @property
    def active_weeks(self) -> tuple[Ints, Ints]:
        """Each pair of a week (0 the oldest) and a user who was active in it, once."""
        records = self.users.records
        sizes = np.diff(np.append(self.users.starts, len(records.places)))
        user_of = np.repeat(np.arange(len(self.users.starts)), sizes)
        pairs: list[Ints] = []
        for week in range(COHORT_WEEKS):
            last = self.scope.as_of - timedelta(days=7 * (COHORT_WEEKS - 1 - week))
            was_active = records.days_within(last - timedelta(days=6), last) > 0
            pairs.append(np.unique(user_of[was_active]))
        weeks = np.repeat(np.arange(COHORT_WEEKS), [len(users) for users in pairs])
        return weeks, np.concatenate(pairs)

    @cached_property
    def features(self) -> Records:
        """The account's features of 90 days, with the days on which each was in use."""
        return records_of(
            self.scope, "features", first=self.scope.first_day(window_days=FEATURE_WINDOW), last=self.scope.as_of
        )

    @cached_property
    def key_features(self) -> Ints:
        return np.array(sorted(Feature.objects.filter(is_key=True).values_list("pk", flat=True)), dtype=np.int64)

    @cached_property
    def used(self) -> npt.NDArray[np.bool_]:
        """(A, key features): in use in 28 days?"""
        return self.grid(self.scope.first_day(window_days=WINDOW))

    def grid(self, first: date) -> npt.NDArray[np.bool_]:
        """(A, key features): in use from `first` to the day?"""
        in_use = self.features.days_within(first, self.scope.as_of) > 0
        feature = self.features["feature"].astype(np.int64)
        columns = np.searchsorted(self.key_features, feature)
        is_key = np.isin(feature, self.key_features) & in_use
        found = np.zeros((self.scope.size, len(self.key_features)), dtype=bool)
        found[self.features.places[is_key], columns[is_key]] = True
        return found

    @cached_property
    def entitled(self) -> npt.NDArray[np.bool_]:
        """(A, key features): paid for on the day? Where nobody records entitlements, all are entitled to all."""
        shape = (self.scope.size, len(self.key_features))
        if not self.scope.known(Entitlement.objects.all()).exists():
            return np.ones(shape, dtype=bool)
        day = self.scope.as_of
        running = Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gt=day)) & Q(feature__is_key=True)
        places, features = self.scope.read(Entitlement.objects.filter(running), "feature_id")
        found = np.zeros(shape, dtype=bool)
        found[places, np.searchsorted(self.key_features, features)] = True
        return found

    def feature_breadth(self) -> Floats:
        """Key features used ÷ key features entitled."""
        known = ~np.isnan(self.known_days(last=self.scope.as_of, window_days=WINDOW))
        counts = (self.used & self.entitled).sum(axis=1)
        return np.where(known, divide(counts, self.entitled.sum(axis=1)), np.nan)


def only(records: Records, keep: npt.NDArray[np.bool_]) -> Records:
    return Records(records.records[keep], records.places[keep], records.month_starts[keep])


def reduced(ufunc: Any, values: npt.NDArray[Any], starts: Ints) -> npt.NDArray[Any]:
    """The values of each group of neighbors, put together."""
    return np.asarray(ufunc.reduceat(values, starts)) if len(starts) else values
