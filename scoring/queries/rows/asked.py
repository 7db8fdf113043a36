"""What rows are asked about: one account as of a day, and the few things beside its rows that figures are made with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Model, Q

from accounts.models import Account, AccountHistory, KnownDay
from scoring.core import recency
from scoring.extract.ledger import LEDGER_DAYS, MIN_KNOWN_RATIO
from scoring.extract.scope import RECORDED_WITHIN_DAYS

Figure = Fraction | float | int | None
Row = tuple[Any, ...]
# Head and kind of a column: day, text, count, decimal, money, share or yes.
Column = tuple[str, str]
# What is not in the rows: its name, its value and its kind.
Input = tuple[str, Any, str]


@dataclass(frozen=True)
class Found:
    """Rows with their columns, and the figure that they make; None is unknown."""

    columns: tuple[Column, ...]
    rows: list[Row]
    value: Figure
    window: str
    inputs: tuple[Input, ...] = ()


@dataclass(frozen=True)
class Asked:
    account: Account
    day: date
    remembered: dict[str, Any] = field(default_factory=dict)

    def ago(self, days: int) -> date:
        return self.day - timedelta(days=days)

    def window(self, days: int, *, back: int = 0) -> tuple[date, date]:
        """The first and the last of so many days that end so many days before the day."""
        return self.ago(back + days - 1), self.ago(back)

    def window_of_use(self, days: int, *, back: int = 0) -> tuple[date, date]:
        """The same, without days before the account's start, on which it has no use."""
        first, last = self.window(days, back=back)
        return max(first, self.account.started_on), last

    @cached_property
    def state(self) -> AccountHistory | None:
        """What the account was on the day."""
        return self.state_on(self.day)

    def state_on(self, day: date) -> AccountHistory | None:
        rows = AccountHistory.objects.filter(account=self.account, valid_from__lte=day)
        return rows.select_related("segment", "owner").order_by("-valid_from").first()

    @property
    def seats(self) -> int | None:
        return (self.state.seats or None) if self.state else None

    @cached_property
    def known(self) -> list[tuple[date, bool]]:
        """The days that the account's source delivered, and whether it named users."""
        rows = KnownDay.objects.filter(source=self.account.source_id, day__range=self.window(LEDGER_DAYS))
        return list(rows.order_by("day").values_list("day", "has_users"))

    def known_days(self, days: int, *, back: int = 0, by_user: bool = False) -> int | None:
        """How many days of a window that the account lived are known; None where under half of them are."""
        first, last = self.window(days, back=back)
        first = max(first, self.account.started_on)
        count = sum(first <= day <= last and (has_users or not by_user) for day, has_users in self.known)
        lived = min(max((last - self.account.started_on).days + 1, 1), days)
        return count if count >= max(lived * MIN_KNOWN_RATIO, 1) else None

    def last_known(self, days: int) -> date | None:
        return max((day for day, _ in self.known if day >= self.ago(days - 1)), default=None)

    def is_recorded(self, model: type[Model], *, day: str, when: Q | None = None) -> bool:
        """Whether anybody recorded this kind of fact, for any account, in the year up to the day."""
        window = {f"{day}__gt": self.ago(RECORDED_WITHIN_DAYS), f"{day}__lte": self.day}
        return model._default_manager.filter(when or Q(), **window).exists()


Read = Callable[[Asked], Found]


def ratio(numerator: Figure, denominator: Figure) -> Figure:
    """A division in which nothing is known of what is over zero."""
    if numerator is None or denominator is None or denominator == 0:
        return None
    return Fraction(numerator) / Fraction(denominator)


def mean(values: Iterable[Figure]) -> Figure:
    known = [value for value in values if value is not None]
    return ratio(sum(Fraction(value) for value in known), len(known))


def whole_months(first: date, last: date) -> int | None:
    """Calendar months completed from one day to another; None before the first."""
    months = recency.whole_months_between(np.array([float(first.toordinal())]), last.toordinal())[0]
    return None if np.isnan(months) else int(months)


def words_of(days: int) -> str:
    return f"the {days} days that end with the day"


UP_TO_THE_DAY = "all up to the day"
ON_THE_DAY = "as it stood at the end of the day"
