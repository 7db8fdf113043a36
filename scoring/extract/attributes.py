"""What each account was on the as-of day, from its dated history: a past score must not see the future."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from django.db.models import Case, IntegerField, QuerySet, When

from accounts.models import Account, AccountHistory, Status
from accounts.queries.exchange import load_rates
from scoring.core import recency
from scoring.core.arrays import Floats, Ints
from scoring.core.groups import is_last_of, start_of_last_stretch
from scoring.extract.columns import columns
from scoring.extract.money import in_reporting
from scoring.extract.plans import Named
from scoring.extract.register import Register
from scoring.extract.scope import Scope
from scoring.extract.shared import shared
from scoring.extract.words import UNKNOWN

FEW = 1_000


@dataclass(frozen=True)
class Attributes:
    """One entry per active account, in the order of ids. Ids and codes are -1 where there is none."""

    account_ids: Ints
    segments: Ints
    phases: Ints  # place in PHASES
    owners: Ints
    arr_cents: Ints  # in the reporting currency
    seats: Floats
    started: Floats  # ordinal
    months: Floats  # whole months in contract
    phase_since: Floats  # ordinal of the day on which the present phase began
    industries: Ints
    sizes: Ints


def active_account_ids(
    *,
    as_of: date,
    segment_id: int | None = None,
    between: tuple[int, int] | None = None,
    among: Collection[int] | None = None,
    known_at: datetime | None = None,
) -> Ints:
    """The accounts that were active at the end of the day, sorted; `between` are the first and the last id."""
    rows = states_on(as_of)
    if between:
        rows = rows.filter(account_id__gte=between[0], account_id__lte=between[1])
    if among is not None:
        rows = rows.filter(account_id__in=among)
    if known_at:
        rows = rows.filter(recorded_at__lte=known_at)
    ids, is_active, segments = columns(rows, "account_id", "is_active", "segment_id")
    chosen = is_last_of(ids) & (is_active == 1)
    if segment_id is not None:
        chosen &= segments == segment_id
    return ids[chosen].astype(np.int64)


def states_on(as_of: date) -> QuerySet[Any]:
    """Each account's history up to the day, oldest first, with 1 in `is_active` where it says active."""
    rows = AccountHistory.objects.filter(valid_from__lte=as_of, account__started_on__lte=as_of)
    return rows.annotate(is_active=is_equal("status", Status.ACTIVE)).order_by("account_id", "valid_from")


def is_equal(field: str, value: str) -> Case:
    """SQL for 1 where the field has the value, else 0."""
    return Case(When(**{field: value}, then=1), default=0, output_field=IntegerField())


def attributes(scope: Scope, register: Register) -> Attributes:
    """What the accounts in scope were at the end of the day; the register is theirs, up to the day."""
    rates, history = shared("rates", load_rates), register.history
    newest = history.at(is_last_of(history.account_ids))
    if len(newest.account_ids) != scope.size:
        raise ValueError("An account in scope has no history on the day.")
    industries, sizes = peer_codes(scope)
    return Attributes(
        account_ids=scope.account_ids,
        segments=codes(newest.segments),
        phases=codes(newest.phases),
        owners=codes(newest.owners),
        arr_cents=in_reporting(newest.cents, newest.currencies, rates, scope.as_of),
        seats=np.where(newest.seats > 0, newest.seats, np.nan),
        started=register.started,
        months=recency.whole_months_between(register.started, scope.as_of.toordinal()),
        phase_since=history.since[start_of_last_stretch(history.account_ids, history.phases)],
        industries=industries,
        sizes=sizes,
    )


def codes(values: Floats) -> Ints:
    """Ids as whole numbers, -1 where there is none."""
    return np.where(np.isnan(values), UNKNOWN, values).astype(np.int64)


def peer_codes(scope: Scope) -> tuple[Ints, Ints]:
    """Industry and size tier of each account, as numbers."""
    named, columns = Named("accounts", Account.objects.all), ("pk", "industry", "size_tier")
    if scope.asked is not None:
        read: Iterable[tuple[Any, ...]] = scope.asked.tuples(named, *columns, about="pk")
    else:
        rows = scope.rows(named.make(), column="pk").order_by("pk").values_list(*columns)
        # A few need no cursor on the server.
        read = rows.iterator(chunk_size=10_000) if scope.size > FEW else rows
    found = [(pk, text_code(industry), text_code(size)) for pk, industry, size in read]
    table = np.array(found, dtype=np.int64).reshape(len(found), 3)
    is_ours = scope.places(table[:, 0].astype(np.float64))[1]
    return table[is_ours, 1], table[is_ours, 2]


@lru_cache(maxsize=10_000)
def text_code(text: str) -> int:
    """A number that stands for a text, the same in every chunk and every process; -1 for no text."""
    if not text:
        return UNKNOWN
    return int.from_bytes(blake2b(text.casefold().encode(), digest_size=7).digest())
