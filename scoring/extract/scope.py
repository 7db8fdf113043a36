"""Which accounts are scored, as of which day: what every reader of a fact table is given.

Shapes: A accounts in the order of their ids. A reader returns Floats (A,), NaN where we do not know.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Model, Q, QuerySet

from scoring.core.arrays import Floats, Ints

# A kind of fact that nobody recorded for a year is not recorded at all: then no row means that we do not know.
RECORDED_WITHIN_DAYS = 365


@dataclass(frozen=True)
class Scope:
    """Accounts (sorted ids) as of the end of a day."""

    account_ids: Ints
    as_of: date

    @cached_property
    def size(self) -> int:
        return len(self.account_ids)

    def first_day(self, *, window_days: int) -> date:
        """The first of the `window_days` whole days that end with the as-of day."""
        return self.as_of - timedelta(days=window_days - 1)

    def rows(self, queryset: QuerySet[Any], *, column: str = "account_id") -> QuerySet[Any]:
        """The rows of these accounts: by range where they are many, by id where they are few."""
        if self.size <= 100:
            return queryset.filter(**{f"{column}__in": self.account_ids.tolist()})
        first, last = int(self.account_ids[0]), int(self.account_ids[-1])
        return queryset.filter(**{f"{column}__gte": first, f"{column}__lte": last})

    def places(self, account_ids: Iterable[int]) -> tuple[Ints, Any]:
        """Where each row's account stands, and which rows are of an account in scope at all."""
        ids = np.fromiter(account_ids, dtype=np.int64)
        places = np.minimum(np.searchsorted(self.account_ids, ids), self.size - 1)
        return places, self.account_ids[places] == ids

    def column(self, rows: list[tuple[Any, ...]], *, field: int = 1, empty: float = np.nan) -> Floats:
        """One value per account from rows of (account id, …); the last row of an account counts."""
        values = np.full(self.size, empty)
        if rows:
            places, is_ours = self.places(row[0] for row in rows)
            found = np.array([np.nan if row[field] is None else row[field] for row in rows], dtype=np.float64)
            values[places[is_ours]] = found[is_ours]
        return values

    def dates(self, rows: list[tuple[Any, ...]], *, field: int = 1) -> Floats:
        """As `column`, for dates, as ordinals."""
        return self.column([(row[0], row[field] and row[field].toordinal()) for row in rows])

    def is_recorded(self, model: type[Model], *, day: str, when: Q | None = None) -> bool:
        """Whether anybody records this kind of fact at the time, for any account: only then no row is a true zero."""
        window = {f"{day}__gt": self.as_of - timedelta(days=RECORDED_WITHIN_DAYS), f"{day}__lte": self.as_of}
        return model._default_manager.filter(when or Q(), **window).exists()
