"""The measures of usage once more, slow and plain: one account, its raw usage rows, one day after the other.

None stands for "we do not know". Read it beside docs/measures.md; the fast code in scoring/extract is compared with it.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from statistics import median

from accounts.models import Account, Entitlement, Feature, UsageRow

Figure = Fraction | float | int | None


def ratio(numerator: Figure, denominator: Figure) -> Figure:
    """A division in which nothing is known of what is over zero."""
    if numerator is None or denominator is None or denominator == 0:
        return None
    return Fraction(numerator) / Fraction(denominator)


@dataclass(frozen=True)
class Usage:
    """An account on a day, with all usage rows of its source: others' rows tell which days are known."""

    account: Account
    as_of: date
    seats: int | None
    source_rows: list[UsageRow]
    key_features: list[Feature]
    entitlements: list[Entitlement]

    @cached_property
    def rows(self) -> list[UsageRow]:
        return [row for row in self.source_rows if row.account_id == self.account.pk]

    def window(self, days: int, *, back: int = 0) -> list[date]:
        """The days of a window that ends so many days before the as-of day."""
        return [self.as_of - timedelta(days=back + n) for n in range(days)]

    @cached_property
    def known(self) -> set[date]:
        return {row.day for row in self.source_rows if row.day <= self.as_of}

    @cached_property
    def known_by_user(self) -> set[date]:
        return {row.day for row in self.source_rows if row.user_key and row.day <= self.as_of}

    def known_days(self, window: list[date], known: set[date]) -> int | None:
        """How many days of the window are known since the account's start; None below half of them."""
        lived = [day for day in window if day >= self.account.started_on]
        count = len([day for day in lived if day in known])
        return count if count >= 1 and 2 * count >= max(len(lived), 1) else None

    @cached_property
    def user_days(self) -> dict[date, set[str]]:
        """Who was active on each day."""
        found: dict[date, set[str]] = defaultdict(set)
        for row in self.rows:
            if row.user_key and row.events > 0:
                found[row.day].add(row.user_key)
        return found

    def users_in(self, window: list[date]) -> set[str]:
        return set().union(*(self.user_days.get(day, set()) for day in window))

    def active_users(self) -> Figure:
        window = self.window(28)
        return None if self.known_days(window, self.known_by_user) is None else len(self.users_in(window))

    def seat_utilisation(self) -> Figure:
        return ratio(self.active_users(), self.seats)

    def stickiness(self) -> Figure:
        window = self.window(28)
        user_days = sum(len(self.user_days.get(day, set())) for day in window)
        return ratio(ratio(user_days, self.known_days(window, self.known_by_user)), self.active_users())

    def total(self, name: str, window: list[date]) -> Figure:
        """The sum of a column; None where there are rows and none of them states it."""
        stated = [getattr(row, name) for row in self.rows if row.day in window]
        told = [value for value in stated if value is not None]
        return None if stated and not told else sum(told)

    def usage_trend(self) -> Figure:
        now, before = self.window(28), self.window(28, back=28)
        if self.account.started_on > before[-1]:
            return None
        recent = ratio(self.total("events", now), self.known_days(now, self.known))
        return ratio(recent, ratio(self.total("events", before), self.known_days(before, self.known)))

    def error_share(self) -> Figure:
        window = self.window(28)
        if self.known_days(window, self.known) is None:
            return None
        return ratio(self.total("errors", window), self.total("events", window))

    @property
    def last_known(self) -> date | None:
        return max((day for day in self.window(28) if day in self.known), default=None)

    def days_since_login(self) -> Figure:
        if self.last_known is None:
            return None
        year = self.window(365)
        active = [row.day for row in self.rows if row.events > 0 and row.day in year]
        last = max([*active, max(self.account.started_on, year[-1])])
        return max((self.last_known - last).days, 0)

    def median_hours(self, window: list[date]) -> Figure:
        seconds: dict[tuple[date, str], list[int]] = defaultdict(list)
        for row in self.rows:
            if row.day in window and row.user_key and row.events > 0 and row.seconds is not None:
                seconds[row.day, row.user_key].append(row.seconds)
        return Fraction(median(sum(parts) * 2 for parts in seconds.values())) / 7200 if seconds else None

    def duration_index(self) -> Figure:
        return self.median_hours(self.window(15))

    def duration_trend(self) -> Figure:
        return ratio(self.median_hours(self.window(15)), self.median_hours(self.window(15, back=15)))

    def loyalty_index(self) -> Figure:
        last_month = self.window(31)
        if self.known_days(last_month, self.known_by_user) is None:
            return None
        ever, lately = self.users_in(self.window(180)), self.users_in(last_month)
        share = ratio(len(ever - lately), len(ever))
        return None if share is None else 1 - share

    def retention_index(self) -> Figure:
        weeks = [self.window(7, back=7 * (11 - n)) for n in range(12)]
        is_known = [2 * len([day for day in week if day in self.known_by_user]) >= 7 for week in weeks]
        active = [self.users_in(week) for week in weeks]
        first = {user: min(n for n in range(12) if user in active[n]) for user in set().union(*active)}
        total, weight = Fraction(0), 0
        for k in range(1, 12):
            due = [user for user, began in first.items() if began + k < 12 and is_known[began + k]]
            if due:
                total += k * Fraction(len([user for user in due if user in active[first[user] + k]]), len(due))
                weight += k
        return ratio(total, weight)

    def performance_index(self) -> Figure:
        rows = [row for row in self.rows if row.day in self.window(28) and row.loads is not None]
        loads, failed = sum(row.loads for row in rows), sum(row.failed_loads for row in rows)
        if loads == 0:
            return None
        if failed == loads:
            return 0
        seconds = Fraction(sum(row.load_ms for row in rows), (loads - failed) * 1000)
        speed = min(max((10 - seconds) / 9, Fraction(0)), Fraction(1))
        return Fraction(loads - failed, loads) * speed

    def entitled(self, feature: Feature) -> bool:
        so_far = [one for one in self.entitlements if one.starts_on <= self.as_of]
        running = [one for one in so_far if one.ends_on is None or one.ends_on > self.as_of]
        ours = {one.feature_id for one in running if one.account_id == self.account.pk}
        return not so_far or feature.pk in ours

    def days_used(self, feature: Feature) -> list[date]:
        days = [row.day for row in self.rows if row.feature_id == feature.pk and row.events > 0]
        return [day for day in days if day in self.window(90)]

    def feature_breadth(self) -> Figure:
        window = self.window(28)
        if self.known_days(window, self.known) is None:
            return None
        entitled = [feature for feature in self.key_features if self.entitled(feature)]
        return ratio(len([one for one in entitled if set(self.days_used(one)) & set(window)]), len(entitled))

    def days_key_feature_unused(self) -> Figure:
        last = [max(self.days_used(one)) for one in self.key_features if self.entitled(one) and self.days_used(one)]
        if not last or self.last_known is None:
            return None
        return max((self.last_known - min(last)).days, 0)
