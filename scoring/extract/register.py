"""What accounts were from day to day: their dated history and their origin, each table read once.

Shapes: R rows of history in the order of account and day; A accounts in the order of their ids.
"""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import numpy as np
from django.db.models import F, QuerySet

from accounts.models import Account, AccountHistory, Phase, Status
from accounts.queries.exchange import load_rates
from scoring.core.arrays import Bools, Floats, Ints
from scoring.core.groups import is_last_of
from scoring.extract.money import currencies_of
from scoring.extract.plans import Named
from scoring.extract.scope import Scope
from scoring.extract.shared import shared
from scoring.extract.words import place_in

PHASES = [phase.value for phase in Phase]
HISTORY = ("valid_from", "status_code", "segment_id", "phase_code", "owner_id", "cents", "currency_code", "seats")


@dataclass(frozen=True)
class History:
    """Rows of history; codes are -1 and ids NaN where there is none."""

    account_ids: Ints
    since: Floats  # ordinal
    statuses: Floats  # 0 is active
    segments: Floats
    phases: Floats  # place in PHASES
    owners: Floats
    cents: Floats
    currencies: Floats  # place in currencies_of(rates)
    seats: Floats

    def at(self, rows: Ints | Bools) -> "History":
        """Some of the rows."""
        return History(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def on(self, day: date) -> "History":
        """The row of each account that holds at the end of the day."""
        until = self.at(self.since <= day.toordinal())
        return until.at(is_last_of(until.account_ids))


@dataclass(frozen=True)
class Register:
    """The history of accounts up to a day, when each started and where it comes from."""

    account_ids: Ints
    started: Floats  # ordinal
    sources: Floats
    history: History

    def active(self, day: date, *, segment_id: int | None = None) -> Ints:
        """The accounts that were active at the end of the day, sorted."""
        last = self.history.on(day)
        is_active = last.statuses == 0
        if segment_id is not None:
            is_active &= last.segments == segment_id
        there = self.account_ids[self.started <= day.toordinal()]
        return np.asarray(np.intersect1d(last.account_ids[is_active], there, assume_unique=True))

    def of(self, account_ids: Ints) -> "Register":
        """That of some of the accounts."""
        if np.array_equal(account_ids, self.account_ids):
            return self
        is_ours = np.isin(self.account_ids, account_ids)
        history = self.history.at(np.isin(self.history.account_ids, account_ids))
        return Register(self.account_ids[is_ours], self.started[is_ours], self.sources[is_ours], history)


def read_register(scope: Scope) -> Register:
    """The register of the accounts in scope, or of all between two ids."""
    ids, started, sources = scope.columns_of(
        Named("accounts", Account.objects.all), "pk", "started_on", "source_id", days=("started_on",), column="pk"
    )
    # The database gives rows in any order, and after a crash in another one.
    order = np.argsort(ids)
    return Register(ids[order].astype(np.int64), started[order], sources[order], read_history(scope))


def read_history(scope: Scope) -> History:
    """The rows of history up to the day."""
    currencies = currencies_of(shared("rates", load_rates))
    rows = Named(("history", *currencies), lambda: history_rows(scope, currencies=currencies))
    ids, since, *others = scope.columns_of(rows, "account_id", *HISTORY, days=("valid_from",))
    return History(ids.astype(np.int64), since, *others).at(np.lexsort((since, ids)))


def history_rows(scope: Scope, *, currencies: list[str]) -> QuerySet[Any]:
    """The rows up to the day, with words as their place in a list."""
    return AccountHistory.objects.filter(valid_from__lte=scope.seen).annotate(
        status_code=place_in("status", [Status.ACTIVE]),
        cents=F("arr") * 100,
        phase_code=place_in("phase", PHASES),
        currency_code=place_in("currency", currencies),
    )
