"""Packed months of use → arrays. What is zero and what is unknown is decided by the ledger of known days."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Max

from accounts.models import AccountDay
from scoring.core import cohorts, series
from scoring.core.arrays import Bools, Floats, Ints, clamped, divide, filled
from scoring.extract.attributes import Attributes
from scoring.extract.ledger import Known
from scoring.extract.months import Records, highest_day, only, records_of
from scoring.extract.scope import Scope

WINDOW = 28
DURATION_WINDOW = 15
LOYALTY_WINDOW = 180
QUIET_DAYS = 30
COHORT_WEEKS = 12
LONGEST_MONTH = 31
# Who was not active for a year is known as that: the reading of days ends there.
LOGIN_WINDOW = 365
SECONDS_PER_HOUR = 3600
MS_PER_SECOND = 1000
INSTANT_SECONDS, LOST_SECONDS = 1.0, 10.0


@dataclass(frozen=True)
class Users:
    """One entry per user of 180 days, ordered by account: U users of A accounts."""

    places: Ints  # (U,)
    last_day: Floats  # (U,) ordinal
    is_active: Bools  # (U,) in 28 days
    active_days: Ints  # (U,) in 28 days
    starts: Ints  # (U,) the first record of each in `records`
    records: Records  # ordered by account and user


@dataclass(frozen=True)
class Usage:
    """Reads each column of the months once, when a measure first asks for it."""

    scope: Scope
    attributes: Attributes
    known: Known

    def records(self, column: str, *, first: date) -> Records:
        return records_of(self.scope, column, first=first, last=self.scope.as_of, started=self.attributes.started)

    @cached_property
    def days(self) -> Records:
        """The account's days of 56."""
        return self.records("days", first=self.scope.first_day(window_days=2 * WINDOW))

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
        found = self.records("users", first=self.scope.first_day(window_days=LOYALTY_WINDOW))
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
        """Distinct users of 28 days. Source: our own, as a figure; `seat_utilisation` is its share of the seats."""
        counted = np.bincount(self.users.places[self.users.is_active], minlength=self.scope.size).astype(float)
        return np.where(np.isnan(self.known_days_by_user), np.nan, counted)

    @cached_property
    def known_days_by_user(self) -> Floats:
        return self.known.days(last=self.scope.as_of, window_days=WINDOW, by_user=True)

    def seat_utilisation(self) -> Floats:
        """Distinct users active in 28 days ÷ licensed seats. Source: the scoring contract."""
        return divide(self.active_users, self.attributes.seats)

    def stickiness(self) -> Floats:
        """Mean daily active users ÷ active users, 28 days.

        Source: the scoring contract; DAU ÷ MAU as in Croll and Yoskovitz, Lean Analytics (2013).
        """
        user_days = np.bincount(self.users.places, weights=self.users.active_days, minlength=self.scope.size)
        return divide(divide(user_days, self.known_days_by_user), self.active_users)

    def usage_trend(self) -> Floats:
        """Events per known day of 28 days ÷ those of the 28 days before: a gap in the data is no fall of usage.

        Source: the scoring contract.
        """
        middle = self.scope.as_of - timedelta(days=WINDOW)
        now = divide(
            self.sum_of("events", last=self.scope.as_of), self.known.days(last=self.scope.as_of, window_days=WINDOW)
        )
        earlier = divide(self.sum_of("events", last=middle), self.known.days(last=middle, window_days=WINDOW))
        was_there = self.attributes.started <= middle.toordinal() - WINDOW + 1
        return np.where(was_there, divide(now, earlier), np.nan)

    def error_share(self) -> Floats:
        """Errors ÷ events, 28 days. Source: our own definition, for sources that count errors but no page loads."""
        known = ~np.isnan(self.known.days(last=self.scope.as_of, window_days=WINDOW))
        day = self.scope.as_of
        return np.where(known, divide(self.sum_of("errors", last=day), self.sum_of("events", last=day)), np.nan)

    @cached_property
    def days_since_login(self) -> Floats:
        """Days from the last active day to the last known one; who never was active counts from the start, or a year.

        Source: the scoring contract. A feed that stopped says nothing about logins, so days are counted to its last
        day, and without a known day in 28 nothing is said.
        """
        first = self.scope.first_day(window_days=LOGIN_WINDOW)
        never = np.maximum(self.attributes.started, first.toordinal())
        return np.maximum(self.known.last_day - np.fmax(self.last_active, never), 0.0)

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
            scope = replace(self.scope, account_ids=self.scope.account_ids[quiet])
            earlier = AccountDay.objects.filter(day__range=window, events__gt=0)
            last[quiet] = scope.grouped(earlier, days=("last",), last=Max("day"))["last"]
        return last

    @cached_property
    def times(self) -> Records:
        """Seconds per active user and day, of twice 15 days."""
        return self.records("times", first=self.scope.first_day(window_days=2 * DURATION_WINDOW))

    @cached_property
    def duration_index(self) -> Floats:
        """The median of hours per active user and day, 15 days. Source: the scoring contract."""
        return self.median_hours(last=self.scope.as_of)

    def duration_trend(self) -> Floats:
        """The duration index ÷ that of the 15 days before. Source: the scoring contract."""
        before = self.median_hours(last=self.scope.as_of - timedelta(days=DURATION_WINDOW))
        return divide(self.duration_index, before)

    def median_hours(self, *, last: date) -> Floats:
        within = self.times.within(last - timedelta(days=DURATION_WINDOW - 1), last)
        return series.median_of_groups(
            self.times["seconds"][within], self.times.places[within], self.scope.size, unit=SECONDS_PER_HOUR
        )

    def loyalty_index(self) -> Floats:
        """1 − users with no activity for over 30 days ÷ users ever active in 180 days.

        Source: the scoring contract. Where under half of the last 31 days are known, who is quiet is not.
        """
        index = cohorts.loyalty_index(
            days_since_active=self.scope.as_of.toordinal() - self.users.last_day,
            account_index=self.users.places,
            accounts=self.scope.size,
            quiet_days=QUIET_DAYS,
        )
        known = self.known.days(last=self.scope.as_of, window_days=QUIET_DAYS + 1, by_user=True)
        return np.where(np.isnan(known), np.nan, index)

    def retention_index(self) -> Floats:
        """Σ k × (share of users back k weeks after their first) ÷ Σ k, over 12 weeks that end with the day.

        Source: the scoring contract, "later weeks weighted more"; cohorts as in product analytics, by the week of
        the first activity in the window. A week of which under half the days are known is passed over.
        """
        weeks, users = self.active_weeks
        return cohorts.retention_index(
            user_index=users, weeks=weeks, account_index=self.users.places, is_known=self.known.weeks(COHORT_WEEKS)
        )

    @property
    def active_weeks(self) -> tuple[Ints, Ints]:
        """Each pair of a week (0 the oldest) and a user who was active in it, once."""
        spans = self.known.spans_of_weeks(COHORT_WEEKS)
        sizes = np.diff(np.append(self.users.starts, len(self.users.records.places)))
        user_of = np.repeat(np.arange(len(self.users.starts)), sizes)
        recent = self.users.records.month_starts > spans[0][0].toordinal() - LONGEST_MONTH
        records, user_of = only(self.users.records, recent), user_of[recent]
        pairs = [neighbors_once(user_of[records.days_within(first, last) > 0]) for first, last in spans]
        weeks = np.repeat(np.arange(COHORT_WEEKS), [len(users) for users in pairs])
        return weeks, np.concatenate(pairs)

    def performance_index(self) -> Floats:
        """Share of page loads that succeed × speed, 28 days; speed falls from 1 at a second to 0 at ten.

        Source: the scoring contract names the two parts; the limits are those of Nielsen, Usability Engineering
        (1993), chapter 5: over a second interrupts a thought, over ten lose the reader.
        """
        loads, failed, took = (self.of_loads(name) for name in ("loads", "failed", "ms"))
        succeeded = loads - failed
        seconds = filled(divide(took, succeeded * MS_PER_SECOND), 0.0)
        speed = clamped((LOST_SECONDS - seconds) / (LOST_SECONDS - INSTANT_SECONDS), 0.0, 1.0)
        return divide(succeeded, loads) * speed

    def of_loads(self, name: str) -> Floats:
        """A figure of page loads, summed over 28 days."""
        within = self.loads.within(self.scope.first_day(window_days=WINDOW), self.scope.as_of)
        values = self.loads[name][within].astype(np.float64)
        return np.asarray(
            np.bincount(self.loads.places[within], weights=values, minlength=self.scope.size), dtype=np.float64
        )

    @cached_property
    def loads(self) -> Records:
        """The account's days of 28 on which page loads were measured."""
        return self.records("loads", first=self.scope.first_day(window_days=WINDOW))


def neighbors_once(ordered: Ints) -> Ints:
    """What np.unique gives for numbers that are in order already, in a fifth of the time."""
    return ordered[np.diff(ordered, prepend=-1) > 0]


def reduced(ufunc: Any, values: npt.NDArray[Any], starts: Ints) -> npt.NDArray[Any]:
    """The values of each group of neighbors, put together."""
    return np.asarray(ufunc.reduceat(values, starts)) if len(starts) else values
