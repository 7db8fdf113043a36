"""What each account was on the as-of day, from its dated history: a past score must not see the future."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b
from typing import Any

import numpy as np
from django.db.models import Case, Expression, F, IntegerField, QuerySet, Value, When

from accounts.models import Account, AccountHistory, Invoice, Phase, Status
from accounts.queries.exchange import Rates, load_rates
from scoring.core import recency
from scoring.core.arrays import Bools, Floats, Ints
from scoring.extract.columns import columns
from scoring.extract.plans import Asked, Named
from scoring.extract.scope import Scope
from scoring.extract.shared import shared

PHASES = [phase.value for phase in Phase]
UNKNOWN = -1
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


def is_active_now(asked: Asked, *, as_of: date) -> bool:
    """Whether the account that is asked was active at the end of the day."""
    (states,) = asked.columns(Named("states", lambda: states_on(as_of)), "is_active", days=())
    return bool(len(states)) and bool(states[-1] == 1)


def is_equal(field: str, value: str) -> Case:
    """SQL for 1 where the field has the value, else 0."""
    return Case(When(**{field: value}, then=1), default=0, output_field=IntegerField())


def is_last_of(groups: Floats | Ints) -> Bools:
    """Which rows are the last of their group, in rows ordered by group."""
    is_last = np.ones(len(groups), dtype=bool)
    is_last[:-1] = groups[1:] != groups[:-1]
    return is_last


def attributes(scope: Scope) -> Attributes:
    """What the accounts in scope were at the end of the day."""
    rates = shared("rates", load_rates)
    places, since, segments, phases, owners, amounts, currencies, seats = scope.read(
        Named(("history", *currencies_of(rates)), lambda: history(scope, currencies=currencies_of(rates))),
        "valid_from", "segment_id", "phase_code", "owner_id", "cents", "currency_code", "seats", days=("valid_from",),
    )  # fmt: skip
    is_newest = is_last_of(places)
    if is_newest.sum() != scope.size:
        raise ValueError("An account in scope has no history on the day.")
    # The database gives rows in any order, and after a crash in another one.
    started = scope.spread(
        *scope.read(Named("accounts", Account.objects.all), "started_on", days=("started_on",), column="pk")
    )
    industries, sizes = peer_codes(scope)
    return Attributes(
        account_ids=scope.account_ids,
        segments=codes(segments[is_newest]),
        phases=codes(phases[is_newest]),
        owners=codes(owners[is_newest]),
        arr_cents=in_reporting(amounts[is_newest], currencies[is_newest], rates, scope.as_of),
        seats=np.where(seats[is_newest] > 0, seats[is_newest], np.nan),
        started=started,
        months=recency.whole_months_between(started, scope.as_of.toordinal()),
        phase_since=since[start_of_last_stretch(places, phases)],
        industries=industries,
        sizes=sizes,
    )


def history(scope: Scope, *, currencies: list[str]) -> QuerySet[Any]:
    """The rows of history up to the day, oldest first per account, with words as their place in a list."""
    rows = AccountHistory.objects.filter(valid_from__lte=scope.seen).annotate(
        cents=F("arr") * 100, phase_code=place_in("phase", PHASES), currency_code=place_in("currency", currencies)
    )
    return rows.order_by("account_id", "valid_from")


def place_in(field: str, words: list[str]) -> Expression:
    """SQL for the place of the field's word in a list, -1 where it is not there."""
    cases = [When(**{field: word}, then=Value(place)) for place, word in enumerate(words)]
    return Case(*cases, default=Value(UNKNOWN), output_field=IntegerField())


def start_of_last_stretch(groups: Ints, values: Floats) -> Ints:
    """For each group, in rows ordered by group, the row with which its last unbroken stretch of one value began."""
    begins = np.ones(len(groups), dtype=bool)
    begins[1:] = (groups[1:] != groups[:-1]) | (values[1:] != values[:-1])
    begun = np.maximum.accumulate(np.where(begins, np.arange(len(groups)), 0))
    return np.asarray(begun[is_last_of(groups)], dtype=np.int64)


def currencies_of(rates: Rates) -> list[str]:
    """Every currency with a rate, the reporting one first; queries tell them by their place."""
    return [rates.reporting, *rates.by_currency]


def in_reporting(amounts: Floats, currencies: Floats, rates: Rates, day: date) -> Ints:
    """Amounts in cents → whole cents of the reporting currency. Raises UnknownRate."""
    found = np.rint(amounts).astype(np.int64)
    names = currencies_of(rates)
    # Exact decimals, for the accounts that pay in another currency.
    for row in np.flatnonzero(currencies != 0):
        code = int(currencies[row])
        name = names[code] if code >= 0 else one_without_rate(names)
        found[row] = cents(rates.in_reporting(Decimal(int(found[row])) / 100, name, day))
    return found


def one_without_rate(known: list[str]) -> str:
    """A currency in use that is not among those with a rate: for the message."""
    for model in (AccountHistory, Invoice):
        found = model._default_manager.exclude(currency__in=known).values_list("currency", flat=True).first()
        if found:
            return str(found)
    return "a currency"


def cents(amount: Decimal) -> int:
    """Whole cents, rounded half to even as money is."""
    return int((amount * 100).to_integral_value())


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
