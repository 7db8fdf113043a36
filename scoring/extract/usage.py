"""Usage days → arrays. Only here it is decided, from the ledger of known days, what is zero and what is unknown."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Count, Max, Q, QuerySet, Sum

from accounts.models import AccountDay, Entitlement, Feature, FeatureDay, KnownDay, UserDay
from scoring.core import cohorts, series
from scoring.core.arrays import Floats, divide
from scoring.extract.attributes import Attributes
from scoring.extract.scope import Scope

WINDOW = 28
DURATION_WINDOW = 15
LOYALTY_WINDOW = 180
# Who was not active for a year is known as that: the reading of days ends there.
LOGIN_WINDOW = 365
SECONDS_PER_HOUR = 3600
# With fewer known days than this share of a window, its sum says too little: it is unknown.
MIN_KNOWN_RATIO = 0.5


@dataclass(frozen=True)
class Usage:
    """Reads each table once, when a measure first asks for it."""

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
            [day.toordinal() for day in days if day in self.known and (self.known[day] or not by_user)], dtype=float
        )
        counted = (ordinals[np.newaxis, :] >= self.attributes.started[:, np.newaxis]).sum(axis=1).astype(float)
        lived = np.clip(last.toordinal() - self.attributes.started + 1, 1, window_days)
        return np.where(counted >= np.maximum(lived * MIN_KNOWN_RATIO, 1), counted, np.nan)

    def sums(self, *, last: date, window_days: int) -> dict[str, Floats]:
        """Sums over the account's days in the window; an account without rows has zeros."""
        first = last - timedelta(days=window_days - 1)
        rows = list(
            self.scope.rows(AccountDay.objects.filter(day__range=(first, last)))
            .values("account_id")
            .annotate(e=Sum("events"), u=Sum("users"), x=Sum("errors"))
            .values_list("account_id", "e", "u", "x")
        )
        names = ("events", "user_days", "errors")
        return {name: self.scope.column(rows, field=n + 1, empty=0.0) for n, name in enumerate(names)}

    @cached_property
    def recent(self) -> dict[str, Floats]:
        return self.sums(last=self.scope.as_of, window_days=WINDOW)

    @cached_property
    def active_users(self) -> Floats:
        """Distinct users of 28 days: they do not add up over days."""
        first = self.scope.first_day(window_days=WINDOW)
        rows = list(
            self.scope.rows(UserDay.objects.filter(day__range=(first, self.scope.as_of)))
            .values("account_id")
            .annotate(n=Count("user_key", distinct=True))
            .values_list("account_id", "n")
        )
        is_known = ~np.isnan(self.known_days(last=self.scope.as_of, window_days=WINDOW, by_user=True))
        return np.where(is_known, self.scope.column(rows, empty=0.0), np.nan)

    def seat_utilisation(self) -> Floats:
        return divide(self.active_users, self.attributes.seats)

    def stickiness(self) -> Floats:
        known = self.known_days(last=self.scope.as_of, window_days=WINDOW, by_user=True)
        return divide(divide(self.recent["user_days"], known), self.active_users)

    def usage_trend(self) -> Floats:
        """Events per known day, recent window ÷ the one before: so a gap in the data is no fall of usage."""
        middle = self.scope.as_of - timedelta(days=WINDOW)
        now = divide(self.recent["events"], self.known_days(last=self.scope.as_of, window_days=WINDOW))
        before = self.sums(last=middle, window_days=WINDOW)["events"]
        earlier = divide(before, self.known_days(last=middle, window_days=WINDOW))
        was_there = self.attributes.started <= middle.toordinal() - WINDOW + 1
        return np.where(was_there, divide(now, earlier), np.nan)

    def error_share(self) -> Floats:
        known = ~np.isnan(self.known_days(last=self.scope.as_of, window_days=WINDOW))
        return np.where(known, divide(self.recent["errors"], self.recent["events"]), np.nan)

    @cached_property
    def days_since_login(self) -> Floats:
        """Days since anyone was active, up to the last known day; who never was counts from the start, or a year."""
        first = self.scope.first_day(window_days=LOGIN_WINDOW)
        rows = list(
            self.scope.rows(AccountDay.objects.filter(day__range=(first, self.scope.as_of), events__gt=0))
            .values("account_id")
            .annotate(last=Max("day"))
            .values_list("account_id", "last")
        )
        never = np.maximum(self.attributes.started, first.toordinal())
        last = np.fmax(self.scope.dates(rows), never)
        last_known = max((day for day in self.known), default=None)
        if last_known is None:
            return np.full(self.scope.size, np.nan)
        return np.maximum(last_known.toordinal() - last, 0.0)

    def duration_index(self) -> Floats:
        """Median hours per active user and day."""
        first = self.scope.first_day(window_days=DURATION_WINDOW)
        rows = self.scope.rows(UserDay.objects.filter(day__range=(first, self.scope.as_of), seconds__isnull=False))
        return self.median_hours(list(rows.values_list("account_id", "seconds")))

    def median_hours(self, rows: list[tuple[int, int]]) -> Floats:
        if not rows:
            return np.full(self.scope.size, np.nan)
        places, is_ours = self.scope.places(row[0] for row in rows)
        hours = np.array([row[1] for row in rows], dtype=float) / SECONDS_PER_HOUR
        return series.median_of_groups(hours[is_ours], group_index=places[is_ours], groups=self.scope.size)

    def loyalty_index(self) -> Floats:
        first = self.scope.first_day(window_days=LOYALTY_WINDOW)
        rows = list(
            self.scope.rows(UserDay.objects.filter(day__range=(first, self.scope.as_of)))
            .values("account_id", "user_key")
            .annotate(last=Max("day"))
            .values_list("account_id", "last")
        )
        if not rows:
            return np.full(self.scope.size, np.nan)
        places, is_ours = self.scope.places(row[0] for row in rows)
        days = np.array([(self.scope.as_of - row[1]).days for row in rows], dtype=float)
        return cohorts.loyalty_index(
            days_since_active=days[is_ours], account_index=places[is_ours], accounts=self.scope.size
        )

    def feature_breadth(self) -> Floats:
        """Key features used ÷ key features entitled; where nobody records entitlements, all are entitled to all."""
        first = self.scope.first_day(window_days=WINDOW)
        used = pairs(
            self.scope.rows(
                FeatureDay.objects.filter(day__range=(first, self.scope.as_of), events__gt=0, feature__is_key=True)
            )
        )
        known = ~np.isnan(self.known_days(last=self.scope.as_of, window_days=WINDOW))
        if Entitlement.objects.exists():
            entitled = self.entitled
            counts = self.pairs_per_account(used & entitled, empty=0.0)
            return np.where(known, divide(counts, self.pairs_per_account(entitled, empty=np.nan)), np.nan)
        on_sale = np.full(self.scope.size, float(Feature.objects.filter(is_key=True).count()))
        return np.where(known, divide(self.pairs_per_account(used, empty=0.0), on_sale), np.nan)

    @property
    def entitled(self) -> set[tuple[int, int]]:
        day = self.scope.as_of
        running = Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gt=day)) & Q(feature__is_key=True)
        return pairs(self.scope.rows(Entitlement.objects.filter(running)))

    def pairs_per_account(self, found: set[tuple[int, int]], *, empty: float) -> Floats:
        return self.scope.column(list(Counter(account for account, _ in found).items()), empty=empty)


def pairs(rows: QuerySet[Any]) -> set[tuple[int, int]]:
    """(account, feature) of the rows, once each. Matched here: a join per row of use takes twenty times as long."""
    return set(rows.order_by().values_list("account_id", "feature_id").distinct())
