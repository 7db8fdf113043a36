"""The dated history of accounts: read, amended, derived from contracts and churn, and applied to today's row.

Rows are only added or amended, never deleted: one that its contract no longer explains says the same as the one before.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts import bulk
from accounts.amendments import keep_former
from accounts.models import Account, AccountHistory, ChurnEvent, Contract, Status
from accounts.queries.exchange import Rates, load_rates

DATED = ("segment_id", "phase", "status", "owner_id", "arr", "currency", "seats", "renewal_date")
Values = dict[str, Any]
# The rows of one account by the day from which they hold.
Rows = dict[date, Values]
Histories = dict[int, Rows]


@dataclass(frozen=True, slots=True)
class Term:
    """What one contract says, on the days from `starts_on` to the day before `ends_on`."""

    starts_on: date
    ends_on: date | None
    renews_on: date | None
    arr: Decimal
    currency: str
    seats: int | None

    def is_open(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)

    @property
    def turns_on(self) -> date | None:
        return self.renews_on or self.ends_on


@dataclass(frozen=True, slots=True)
class Churn:
    day: date
    is_reactivation: bool


def derive_where_contracts_say(*, account_ids: Collection[int], at: datetime) -> list[str]:
    """As `derive_from_contracts`, for many accounts of which few have contracts or churned: the others cost nothing."""
    told = set(Contract.objects.filter(account_id__among=account_ids).values_list("account_id", flat=True))
    told |= set(ChurnEvent.objects.filter(account_id__among=account_ids).values_list("account_id", flat=True))
    sentences = derive_from_contracts(account_ids=told, at=at) if told else []
    others = AccountHistory.objects.filter(account_id__among=set(account_ids) - told)
    currencies = set(others.order_by().values_list("currency", flat=True).distinct())
    return [*dict.fromkeys([*sentences, *load_rates().unknown_sentences(currencies)])]


def derive_from_contracts(*, account_ids: Collection[int], at: datetime) -> list[str]:
    """Brings the history of these accounts to what their contracts and churn events say; returns warnings."""
    rates = load_rates()
    terms, churns = load_terms(account_ids), load_churns(account_ids)
    before = load(account_ids)
    from_contracts = set(
        Account.objects.filter(pk__among=account_ids, is_arr_from_contracts=True).values_list("pk", flat=True)
    )
    after: dict[int, Rows] = {}
    for account_id, rows in before.items():
        after[account_id] = amended = {day: dict(values) for day, values in rows.items()}
        is_derived = account_id in from_contracts
        derive_status(amended, churns[account_id], terms[account_id], is_derived=is_derived)
        if is_derived:
            derive_money(amended, terms[account_id], rates)
    store(before=before, after=after, at=at)
    settle(histories=after, at=at)
    currencies = {values["currency"] for rows in after.values() for values in rows.values()}
    return [*rates.missing_sentences(), *rates.unknown_sentences(currencies)]


def load(account_ids: Collection[int]) -> dict[int, Rows]:
    histories: dict[int, Rows] = {}
    rows = AccountHistory.objects.filter(account_id__among=account_ids)
    for account_id, valid_from, *values in rows.values_list("account_id", "valid_from", *DATED):
        histories.setdefault(account_id, {})[valid_from] = dict(zip(DATED, values, strict=True))
    return histories


def load_terms(account_ids: Collection[int]) -> dict[int, list[Term]]:
    terms: dict[int, list[Term]] = defaultdict(list)
    fields = ("starts_on", "ends_on", "renews_on", "arr", "currency", "seats")
    rows = Contract.objects.filter(account_id__among=account_ids)
    for account_id, *values in rows.values_list("account_id", *fields):
        terms[account_id].append(Term(*values))
    return terms


def load_churns(account_ids: Collection[int]) -> dict[int, list[Churn]]:
    churns: dict[int, list[Churn]] = defaultdict(list)
    events = ChurnEvent.objects.filter(account_id__among=account_ids).order_by("churned_on", "is_reactivation", "pk")
    for account_id, churned_on, is_reactivation in events.values_list("account_id", "churned_on", "is_reactivation"):
        churns[account_id].append(Churn(churned_on, is_reactivation))
    return churns


def store(*, before: dict[int, Rows], after: dict[int, Rows], at: datetime) -> None:
    """Writes the rows that are new or other than before; what an amended one said is kept."""
    amended = {
        (account_id, valid_from)
        for account_id, rows in before.items()
        for valid_from, values in rows.items()
        if after.get(account_id, {}).get(valid_from, values) != values
    }
    there: QuerySet[Any, Any] = AccountHistory.objects.filter(account_id__among={a for a, _ in amended}).values()
    keep_former(
        model=AccountHistory,
        rows=[row for row in there if (row["account_id"], row["valid_from"]) in amended],
        at=at,
    )
    bulk.upsert(
        model=AccountHistory,
        fields=("account_id", "valid_from", "recorded_at", *DATED),
        rows=[
            (account_id, valid_from, at, *(values[name] for name in DATED))
            for account_id, rows in after.items()
            for valid_from, values in rows.items()
            if before.get(account_id, {}).get(valid_from) != values
        ],
        unique=("account_id", "valid_from"),
    )


def settle(*, histories: dict[int, Rows], at: datetime) -> set[int]:
    """Makes each account what its history says of today; returns the accounts that changed."""
    today = timezone.localtime(at).date()
    stored = {
        account_id: dict(zip(DATED, values, strict=True))
        for account_id, *values in Account.objects.filter(pk__among=histories).values_list("pk", *DATED)
    }
    moved = {
        account_id: values
        for account_id, rows in histories.items()
        if rows and stored[account_id] != (values := in_force(rows, today))
    }
    bulk.update(
        model=Account,
        fields=("changed_at", *DATED),
        rows=[(account_id, at, *(values[name] for name in DATED)) for account_id, values in moved.items()],
    )
    return set(moved)


@transaction.atomic
def settle_due(*, at: datetime, days: int = 7) -> set[int]:
    """Settles the accounts of which something new holds since a few days, such as a change dated ahead."""
    today = timezone.localtime(at).date()
    recent = AccountHistory.objects.filter(valid_from__gt=today - timedelta(days=days), valid_from__lte=today)
    return settle(histories=load(set(recent.values_list("account_id", flat=True))), at=at)


def in_force(rows: Rows, day: date) -> Values:
    """What holds on a day; before the first row, what the first row says."""
    return rows[max((start for start in rows if start <= day), default=min(rows))]


def row_at(rows: Rows, day: date) -> Values:
    """The row that starts on that day, made from the one in force if there is none."""
    return rows.setdefault(day, dict(in_force(rows, day)))


def derive_money(rows: Rows, terms: list[Term], rates: Rates) -> None:
    """ARR, currency, seats and renewal date of every row, with a row wherever the open contracts change.

    The history begins where it was first stated: contracts add no row before that. Seats and renewal dates are
    left as they were stated where no contract says any.
    """
    first = min(rows)
    for day in sorted(turning_days(terms)):
        if day > first:
            row_at(rows, day)
    held = held_columns(terms)
    for day, values in rows.items():
        currency = terms[0].currency if "currency" in held else values["currency"]
        open_terms = [term for term in terms if term.is_open(day)]
        arr = sum((rates.convert(term.arr, term.currency, currency, day) for term in open_terms), Decimal(0))
        derived = {
            "currency": currency,
            "arr": arr.quantize(Decimal("0.01")),
            "seats": sum(term.seats or 0 for term in open_terms),
            "renewal_date": min((t.turns_on for t in open_terms if t.turns_on and t.turns_on > day), default=None),
        }
        values.update({name: value for name, value in derived.items() if name in held})


def turning_days(terms: Iterable[Term]) -> set[date]:
    """The days on which the set of open contracts, or their next renewal, becomes another."""
    days = {day for term in terms for day in (term.starts_on, term.ends_on, term.renews_on)}
    return {day for day in days if day is not None}


def held_columns(terms: Collection[Term]) -> set[str]:
    """The columns about which contracts have the say, where an account's figures come from them."""
    held = {"arr"}
    if len({term.currency for term in terms}) == 1:
        held.add("currency")
    if any(term.seats is not None for term in terms):
        held.add("seats")
    if any(term.turns_on for term in terms):
        held.add("renewal_date")
    return held


def derive_status(rows: Rows, churns: list[Churn], terms: list[Term], *, is_derived: bool) -> None:
    """Churned from an event on whose day no contract is open, until a contract opens or a reactivation."""
    first = min(rows)
    for churn in churns:
        if churn.day < first:
            continue
        if churn.is_reactivation:
            revive(rows, churn.day)
        elif not any(term.is_open(churn.day) for term in terms):
            lose(rows, churn.day, until=next_opening(churn.day, churns, terms))
        elif is_derived and rows.get(churn.day, {}).get("status") == Status.CHURNED:
            # The event came before its contracts did: it no longer stands.
            revive(rows, churn.day)


def next_opening(day: date, churns: list[Churn], terms: list[Term]) -> date | None:
    reactivations = [churn.day for churn in churns if churn.is_reactivation and churn.day > day]
    openings = [term.starts_on for term in terms if term.starts_on > day]
    return min((*reactivations, *openings), default=None)


def lose(rows: Rows, day: date, *, until: date | None) -> None:
    row_at(rows, day)
    if until is not None and row_at(rows, until)["status"] == Status.CHURNED:
        revive(rows, until)
    for start, values in rows.items():
        if start >= day and (until is None or start < until):
            values["status"] = Status.CHURNED.value


def revive(rows: Rows, day: date) -> None:
    """Active from that day on, up to the next row that is active already."""
    row_at(rows, day)
    for start in sorted(start for start in rows if start >= day):
        if rows[start]["status"] != Status.CHURNED:
            break
        rows[start]["status"] = Status.ACTIVE.value
