"""Which accounts are scored, as of which day: what every reader of a fact table is given.

Shapes: A accounts in the order of their ids. A reader returns Floats (A,), NaN where we do not know.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import Model, Q, QuerySet

from accounts.models import Account
from scoring.core.arrays import Bools, Floats, Ints
from scoring.extract.columns import Blobs, Query, query_of
from scoring.extract.plans import Asked, Named, Rows, made
from scoring.extract.shared import shared

# A kind of fact that nobody recorded for a year is not recorded at all: then no row means that we do not know.
RECORDED_WITHIN_DAYS = 365
# Up to so many accounts are named one by one, where they are few among all ids between the first and the last.
BY_ID = 2_000
SPARSE = 2
# Stand for the first and the last account where SQL is made: no account has such an id.
MARKS = (-987_654_321_001, -987_654_321_002)
ScoresBefore = Mapping[date, tuple[Ints, Floats]]


@dataclass(frozen=True)
class Scope:
    """Accounts (sorted ids) as of the end of a day."""

    account_ids: Ints
    as_of: date
    # Facts recorded later are not seen: for scoring a date as it was known then. None is: as known now.
    known_at: datetime | None = None
    # Facts dated later are not seen, though days count on to the as-of day: for telling what time alone changed.
    facts_until: date | None = None
    # The same for what our own people judge or enter by hand alone.
    ratings_until: date | None = None
    # The day whose definitions of custom measures hold; None is the as-of day.
    defined_on: date | None = None
    # What a replay compares with in the place of the kept scores: (ids, points) of the day 30 days before, or nothing.
    scores_before: ScoresBefore | None = None
    # One account, read by the plan of the day; None is: each query as it comes.
    asked: Asked | None = None
    # The first and the last id of all accounts that are read, where the scope is not known yet.
    span: tuple[int, int] | None = None

    @cached_property
    def seen(self) -> date:
        """The last day of which facts are seen."""
        return self.as_of if self.facts_until is None else min(self.as_of, self.facts_until)

    @cached_property
    def definitions_day(self) -> date:
        return self.defined_on or self.as_of

    @cached_property
    def size(self) -> int:
        return len(self.account_ids)

    def first_day(self, *, window_days: int) -> date:
        """The first of the `window_days` whole days that end with the as-of day."""
        return self.as_of - timedelta(days=window_days - 1)

    def rows(self, queryset: QuerySet[Any], *, column: str = "account_id") -> QuerySet[Any]:
        """The rows of these accounts, as far as they were known: by range where they are many, else by id."""
        if self.is_sparse:
            return self.known(queryset.filter(**{f"{column}__in": self.account_ids.tolist()}))
        return self.known(between(queryset, column, *self.ends))

    @cached_property
    def ends(self) -> tuple[int, int]:
        """The first and the last id."""
        return self.span or (int(self.account_ids[0]), int(self.account_ids[-1]))

    @cached_property
    def is_sparse(self) -> bool:
        """Whether naming the accounts is better than a range."""
        if self.span is not None:
            return False
        first, last = self.ends
        return self.size <= BY_ID and last - first >= self.size * SPARSE

    def known(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Only what was recorded by then, where a date is scored as known then."""
        # Account itself is today's row; what it was on a date stands in its history.
        if self.known_at is None or queryset.model is Account or not hasattr(queryset.model, "recorded_at"):
            return queryset
        return queryset.filter(recorded_at__lte=self.known_at)

    def places(self, account_ids: Floats | Ints) -> tuple[Ints, Bools]:
        """Where each row's account stands, and which rows are of an account in scope at all."""
        places = np.minimum(np.searchsorted(self.account_ids, account_ids), self.size - 1)
        return places, self.account_ids[places] == account_ids

    def read(self, rows: Rows, *names: str, days: tuple[str, ...] = (), column: str = "account_id") -> tuple[Any, ...]:
        """Columns of the rows of these accounts, the first the place of the row's account (Ints), the others Floats."""
        ids, *others = self.columns_of(rows, column, *names, days=days, column=column)
        places, is_ours = self.places(ids)
        return places[is_ours], *(other[is_ours] for other in others)

    def grouped(
        self, rows: Rows, *, empty: float = np.nan, days: tuple[str, ...] = (), **figures: Any
    ) -> dict[str, Floats]:
        """One grouped pass over the rows: each figure per account (A,), `empty` for an account without rows."""
        ids, *found = self.columns_of(by_account(rows, figures), "account_id", *figures, days=days)
        places, is_ours = self.places(ids)
        return {
            name: self.spread(places[is_ours], values[is_ours], empty=np.nan if name in days else empty)
            for name, values in zip(figures, found, strict=True)
        }

    def columns_of(
        self, rows: Rows, *names: str, days: tuple[str, ...] = (), column: str = "account_id"
    ) -> tuple[Floats, ...]:
        """Columns of the rows of these accounts and perhaps of others; with an empty `column`, of all rows."""
        if self.asked is not None and isinstance(rows, Named):
            return self.asked.columns(rows, *names, days=days, about=column)
        query = self.query(rows, *names, days=days, column=column)
        return query.columns() if query else tuple(np.empty(0) for _ in names)

    def query(
        self, rows: Rows, *names: str, days: tuple[str, ...], column: str = "account_id", blob: str = ""
    ) -> Query | None:
        """SQL for the columns. That of a named query is made once for all ranges of accounts."""
        if not column:
            return query_of(made(rows), *names, days=days, blob=blob)
        if not isinstance(rows, Named) or self.is_sparse:
            return query_of(self.rows(made(rows), column=column), *names, days=days, blob=blob)
        key = ("query", rows.name, names, column, blob, self.as_of, self.seen, self.known_at, self.ratings_until)
        made_once = shared(
            (*key, self.definitions_day),
            lambda: query_of(self.known(between(rows.make(), column, *MARKS)), *names, days=days, blob=blob),
        )
        return made_once.put(dict(zip(MARKS, self.ends, strict=True))) if made_once else None

    def blobs_of(self, rows: Rows, *names: str, blob: str, days: tuple[str, ...] = ()) -> Blobs:
        """Numbers and a binary field of the rows of these accounts and perhaps of others."""
        if self.asked is not None and isinstance(rows, Named):
            return self.asked.blobs(rows, *names, blob=blob, days=days)
        query = self.query(rows, *names, days=days, blob=blob)
        return query.blobs() if query else Blobs(tuple(np.empty(0) for _ in names), np.empty(0, dtype=np.int64), b"")

    def spread(self, places: Ints, values: Floats, *, empty: float = np.nan) -> Floats:
        """One value per account; the last row of an account counts."""
        column = np.full(self.size, empty)
        column[places] = values
        return column

    def unknown(self) -> Floats:
        """What we say of a kind of fact that nobody records."""
        return np.full(self.size, np.nan)

    def is_recorded(self, model: type[Model], *, day: str, when: Q | None = None) -> bool:
        """Whether anybody records this kind of fact at the time, for any account: only then no row is a true zero."""
        window = {f"{day}__gt": self.as_of - timedelta(days=RECORDED_WITHIN_DAYS), f"{day}__lte": self.seen}
        return self.is_any((model, day, str(when)), lambda: model._default_manager.filter(when or Q(), **window))

    def is_any(self, name: Hashable, rows: Callable[[], QuerySet[Any]]) -> bool:
        """Whether there is any such row, of whatever account. Facts come and stay: only a yes is kept."""
        key = (name, self.as_of, self.seen, self.known_at, self.ratings_until)
        return shared(key, lambda: self.known(rows()).exists(), keep=bool)


def by_account(rows: Rows, figures: dict[str, Any]) -> Rows:
    """The figures of each account with rows."""
    if isinstance(rows, Named):
        return Named(rows.name, lambda: made(by_account(rows.make(), figures)))
    return rows.order_by().values("account_id").annotate(**figures)


def between(rows: QuerySet[Any], column: str, first: int, last: int) -> QuerySet[Any]:
    """The rows of the accounts from the first id to the last."""
    return rows.filter(**{f"{column}__gte": first, f"{column}__lte": last})
