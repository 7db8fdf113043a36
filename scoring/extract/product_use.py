"""All accounts and their use of the product, as arrays: what the nightly study of use is made of.

Shapes: A accounts in the order of their ids, M months, D days, K pairs of an account and a feature.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from django.db.models import Q

from accounts import months
from accounts.models import Account, AccountDay, Entitlement, Feature, KnownDay, UsageMonth
from scoring.core.arrays import Bools, Floats, Ints
from scoring.core.groups import is_last_of
from scoring.extract.columns import columns
from scoring.extract.stints import history_until

WINDOW = 28
WEEK = 7
NEVER = 4_000_000  # an ordinal after all days
ALL_BITS = np.uint32(2**31 - 1)


@dataclass(frozen=True)
class Customers:
    """Who the accounts are today. Ordinals for days; `left` is NEVER for those that have not left."""

    ids: Ints
    started: Ints
    left: Ints
    sources: Ints
    owners: Ints  # -1 without one
    segments: Ints  # -1 without one

    def places(self, account_ids: Ints) -> tuple[Ints, Bools]:
        """Where each of the ids stands, and which of them are there at all."""
        if not len(self.ids):
            return np.zeros(len(account_ids), dtype=np.int64), np.zeros(len(account_ids), dtype=bool)
        places = np.minimum(np.searchsorted(self.ids, account_ids), len(self.ids) - 1).astype(np.int64)
        return places, self.ids[places] == account_ids

    def on(self, day: date) -> Bools:
        """(A,): who was a customer at the end of the day."""
        return (self.started <= day.toordinal()) & (self.left > day.toordinal())


def read_customers(as_of: date) -> Customers:
    """All accounts that had started by the day, those that left included."""
    rows = Account.objects.filter(started_on__lte=as_of).order_by()
    read = columns(rows, "pk", "started_on", "source_id", "owner_id", "segment_id", days=("started_on",))
    ids, started, sources, owners, segments = (np.where(np.isnan(c), -1, c).astype(np.int64) for c in read)
    order = np.argsort(ids)
    left = left_days(ids[order], as_of=as_of)
    return Customers(ids[order], started[order], left, sources[order], owners[order], segments[order])


def left_days(ids: Ints, *, as_of: date) -> Ints:
    """(A,): the day on which each account's last time as a customer ended."""
    history = history_until(as_of)
    gone = history.statuses != 0
    begins = np.append(True, (history.account_ids[1:] != history.account_ids[:-1]) | ~gone[:-1])[: len(gone)]
    # The rows after the last active one are one stretch; it began with the first of them.
    opened = np.maximum.accumulate(np.where(gone & begins, np.arange(len(gone)), 0))
    ends = is_last_of(history.account_ids) & gone
    found = np.full(len(ids), NEVER, dtype=np.int64)
    places = np.searchsorted(ids, history.account_ids[ends])
    there = places < len(ids)
    there[there] = ids[places[there]] == history.account_ids[ends][there]
    found[places[there]] = history.since[opened[ends]][there].astype(np.int64)
    return found


def known_days(customers: Customers, *, first: date, last: date) -> tuple[Bools, Ints]:
    """(S, D): the days of which each source spoke, and (A,) the row of each account's source."""
    sources = np.unique(customers.sources)
    found = np.zeros((len(sources), (last - first).days + 1), dtype=bool)
    rows = KnownDay.objects.filter(day__range=(first, last)).order_by()
    ids, days = columns(rows, "source_id", "day", days=("day",))
    if len(sources):
        places = np.minimum(np.searchsorted(sources, ids), len(sources) - 1)
        ours = sources[places] == ids
        found[places[ours], days[ours].astype(np.int64) - first.toordinal()] = True
    return found, np.searchsorted(sources, customers.sources).astype(np.int64)


def active_months(customers: Customers, *, wanted: Sequence[date]) -> Bools:
    """(A, M): whether each account was in use in each month, from its start on."""
    found = np.zeros((len(customers.ids), len(wanted)), dtype=bool)
    for n, month in enumerate(wanted):
        ids, _ = columns(UsageMonth.objects.filter(month=month).order_by(), "account_id", "account_id")
        places, there = customers.places(ids.astype(np.int64))
        found[places[there], n] = True
        found[:, n] &= customers.started < (month + timedelta(days=31)).replace(day=1).toordinal()
        for account_id, started in first_uses(month):
            place, is_there = customers.places(np.array([account_id]))
            found[place[is_there], n] &= started
    return found


def first_uses(month: date) -> Iterator[tuple[int, bool]]:
    """The accounts that started in the month but not on its first day: whether they were in use from that day on."""
    later = (month + timedelta(days=31)).replace(day=1)
    rows = UsageMonth.objects.filter(month=month, account__started_on__gt=month, account__started_on__lt=later)
    for account_id, packed, started in rows.values_list("account_id", "days", "account__started_on").iterator():
        days = np.frombuffer(bytes(packed), dtype=months.DAYS)["day"]
        yield account_id, bool((days >= started.day).any())


@dataclass(frozen=True)
class FeatureDays:
    """(K,): on how many days of a window each account used each feature; only pairs with any."""

    places: Ints
    features: Ints
    days: Ints


def feature_days(customers: Customers, *, last: date) -> FeatureDays:
    """In the 28 days that end with `last`, from each account's start on."""
    first = last - timedelta(days=WINDOW - 1)
    parts = [features_of(customers, month, first, last) for month in months.months_between(first=first, last=last)]
    places, features, days = (np.concatenate(found) for found in zip(*parts, strict=True))
    keys, rows = np.unique(places * (1 << 32) + features, return_inverse=True)
    counted = np.bincount(rows, weights=days, minlength=len(keys)).astype(np.int64)
    used = counted > 0
    return FeatureDays(keys[used] >> 32, keys[used] & ((1 << 32) - 1), counted[used])


def features_of(customers: Customers, month: date, first: date, last: date) -> tuple[Ints, Ints, Ints]:
    rows = UsageMonth.objects.filter(month=month).order_by().values_list("account_id", "features")
    owners, lengths, packed = [], [], []
    for account_id, data in rows.iterator(chunk_size=10_000):
        owners.append(account_id)
        lengths.append(len(data) // months.FEATURES.itemsize)
        packed.append(bytes(data))
    records = np.frombuffer(b"".join(packed), dtype=months.FEATURES)
    places, there = customers.places(np.array(owners, dtype=np.int64))
    places, there = np.repeat(places, lengths), np.repeat(there, lengths)
    begin = np.maximum(customers.started[places] if len(places) else places, first.toordinal()) - month.toordinal()
    end = min((last - month).days, 30)
    kept = bits_between(np.clip(begin, 0, 31), end) & records["days"]
    return (
        places[there].astype(np.int64),
        records["feature"][there].astype(np.int64),
        np.bitwise_count(kept[there]).astype(np.int64),
    )


def bits_between(begin: Ints, end: int) -> "np.ndarray[tuple[int], np.dtype[np.uint32]]":
    """Masks of the days from `begin` (0 is the first of the month) up to and with `end`."""
    until = np.uint32((1 << (end + 1)) - 1)
    return np.asarray(until & ~((np.left_shift(np.uint64(1), begin.astype(np.uint64)) - 1).astype(np.uint32)))


def paid_features(customers: Customers, *, day: date) -> tuple[Ints, Ints]:
    """(K,) twice: the accounts' places and the features that they pay for on the day, each pair once."""
    running = Entitlement.objects.filter(starts_on__lte=day).filter(Q(ends_on=None) | Q(ends_on__gt=day)).order_by()
    ids, features = columns(running.values("account_id", "feature_id").distinct(), "account_id", "feature_id")
    places, there = customers.places(ids.astype(np.int64))
    pairs = np.unique(np.column_stack([places[there], features[there].astype(np.int64)]), axis=0)
    return pairs[:, 0], pairs[:, 1]


def feature_ids() -> Ints:
    return np.array(Feature.objects.order_by("pk").values_list("pk", flat=True), dtype=np.int64)


def used_on(customers: Customers, *, first: date, days: int) -> tuple[Ints, Ints, Floats, Ints]:
    """(R,) each: place, day from `first`, users (NaN: none are named) and events of the days of these customers."""
    wanted = [first + timedelta(days=n) for n in range(days)]
    rows = AccountDay.objects.filter(day__in=wanted).order_by()
    ids, day, users, events = columns(rows, "account_id", "day", "users", "events", days=("day",))
    places, there = customers.places(ids.astype(np.int64))
    if len(places):
        there &= (customers.started[places] <= day) & (customers.left[places] > day)
    return (
        places[there],
        (day[there] - first.toordinal()).astype(np.int64),
        users[there],
        events[there].astype(np.int64),
    )
