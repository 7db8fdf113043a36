"""The ledger of known days → for how many days of a window we know what an account did.

A day is known for a source when that source delivered anything for anyone on it. A source brings facts of its own
accounts only, so that its silence or its word is about them and about nobody else's. Shapes: A accounts.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from django.db.models import Case, IntegerField, QuerySet, When

from accounts.models import KnownDay
from scoring.core.arrays import Bools, Floats, Ints
from scoring.extract.plans import Named
from scoring.extract.register import Register
from scoring.extract.scope import Scope

LEDGER_DAYS = 180
# A feed that brought nothing for so long says nothing about the present.
FRESH_DAYS = 28
DAYS_OF_WEEK = 7
# With fewer known days than this share of a window, its sum says too little: it is unknown.
MIN_KNOWN_RATIO = 0.5


@dataclass(frozen=True)
class Ledger:
    """The known days of a source (ordinals, in order), and whether a user was named on each."""

    days: Floats
    has_users: Bools

    def days_within(self, first: date, last: date, *, by_user: bool = False) -> Floats:
        within = (self.days >= first.toordinal()) & (self.days <= last.toordinal())
        return self.days[within & self.has_users] if by_user else self.days[within]


@dataclass(frozen=True)
class Known:
    scope: Scope
    register: Register

    @cached_property
    def ledgers(self) -> dict[int, Ledger]:
        """Known days of the last 180, by source."""
        first = self.scope.first_day(window_days=LEDGER_DAYS)
        sources, days, has_users = self.scope.columns_of(
            Named(("known days", first), lambda: known_days(first, self.scope.as_of)),
            "source_id", "day", "named", days=("day",), column="",
        )  # fmt: skip
        return {int(pk): Ledger(days[sources == pk], has_users[sources == pk] == 1) for pk in set(sources)}

    @cached_property
    def sources(self) -> Ints:
        """The source of each account: a source brings usage of its own accounts only, and is silent on others."""
        return self.register.sources.astype(np.int64)

    def days(self, *, last: date, window_days: int, by_user: bool = False) -> Floats:
        """Known days in the window per account, not counting those before its start; NaN below half a window."""
        counted = np.zeros(self.scope.size)
        for source, ledger in self.ledgers.items():
            mine = self.sources == source
            days = ledger.days_within(last - timedelta(days=window_days - 1), last, by_user=by_user)
            counted[mine] = len(days) - np.searchsorted(days, self.register.started[mine])
        lived = np.clip(last.toordinal() - self.register.started + 1, 1, window_days)
        return np.where(counted >= np.maximum(lived * MIN_KNOWN_RATIO, 1), counted, np.nan)

    @cached_property
    def last_day(self) -> Floats:
        """The last known day of each account's source, in 28 days; NaN where there is none."""
        last = self.scope.unknown()
        for source, ledger in self.ledgers.items():
            days = ledger.days_within(self.scope.first_day(window_days=FRESH_DAYS), self.scope.as_of)
            last[self.sources == source] = max(days, default=np.nan)
        return last

    def weeks(self, count: int) -> Bools:
        """(A, count): were users named on at least half of each week's days? The last week ends with the day."""
        found = np.zeros((self.scope.size, count), dtype=bool)
        for source, ledger in self.ledgers.items():
            for week, span in enumerate(self.spans_of_weeks(count)):
                named = len(ledger.days_within(*span, by_user=True))
                found[self.sources == source, week] = named >= DAYS_OF_WEEK * MIN_KNOWN_RATIO
        return found

    def spans_of_weeks(self, count: int) -> list[tuple[date, date]]:
        """The first and the last day of each of the weeks that end with the day, the oldest first."""
        ends = [self.scope.as_of - timedelta(days=DAYS_OF_WEEK * back) for back in reversed(range(count))]
        return [(last - timedelta(days=DAYS_OF_WEEK - 1), last) for last in ends]


def known_days(first: date, last: date) -> QuerySet[KnownDay]:
    """Each source's known days, with 1 in `named` where a user was named."""
    rows = KnownDay.objects.filter(day__range=(first, last)).order_by("source_id", "day")
    return rows.annotate(named=Case(When(has_users=True, then=1), default=0, output_field=IntegerField()))
