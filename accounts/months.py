"""An account's days of use, folded by month into packed records: what scoring reads instead of millions of rows.

Each column of UsageMonth holds the records of one dtype below, one after the other, in a stated order, so that the
same days always give the same bytes. A set of days is a whole number whose bit 0 is the first of the month.
"""

from calendar import monthrange
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import models, transaction
from django.db.models import Q

from accounts import bulk, locks
from accounts.models import Account, AccountDay, FeatureDay, UsageMonth, UserDay

# What stands for "not stated" in a column of whole numbers.
UNSTATED = 2**32 - 1
DAYS = np.dtype([("day", "u1"), ("users", "<u4"), ("events", "<u8"), ("errors", "<u4")])
USERS = np.dtype([("user", "<u8"), ("days", "<u4")])
TIMES = np.dtype([("day", "u1"), ("seconds", "<u4")])
FEATURES = np.dtype([("feature", "<u4"), ("days", "<u4")])
LOADS = np.dtype([("day", "u1"), ("loads", "<u4"), ("failed", "<u4"), ("ms", "<u8")])
COLUMNS = {"days": DAYS, "users": USERS, "times": TIMES, "features": FEATURES, "loads": LOADS}
# So many accounts are held in memory at once.
ACCOUNTS_AT_ONCE = 1_000


@dataclass(frozen=True)
class Tables:
    """What is read and written. A migration gives the models as they were then."""

    accounts: type[models.Model] = Account
    user_days: type[models.Model] = UserDay
    feature_days: type[models.Model] = FeatureDay
    account_days: type[models.Model] = AccountDay
    months: type[models.Model] = UsageMonth


PRESENT = Tables()
Array = npt.NDArray[Any]
# The bytes of one column by account id.
Packed = dict[int, bytes]
# An account, a day, and a user or feature.
Key = tuple[int, date, Any]


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def months_between(*, first: date, last: date) -> list[date]:
    """The first day of each month that the days from `first` to `last` touch."""
    months = [first_of_month(first)]
    while (later := first_of_month(months[-1] + timedelta(days=31))) <= last:
        months.append(later)
    return months


def fold_months(
    *,
    months: Collection[date],
    account_ids: Collection[int] | None = None,
    tables: Tables = PRESENT,
    on_change: Callable[[set[int]], None] | None = None,
) -> None:
    """Makes the packed months what the days say, for these accounts or for all. Twice gives the same.

    `on_change` is told, in the transaction, which accounts have other days than before.
    """
    for part in list(parts(account_ids, tables)):
        for month in sorted(months):
            with transaction.atomic():
                locks.add_up_alone()
                there = tables.months._default_manager.filter(part, month=month)
                before = stored_rows(there) if on_change else set()
                there._raw_delete(using=there.db)  # nothing points at it, so there is nothing to collect first
                rows = packed_rows(month, columns_of(month, part, tables))
                bulk.insert(model=tables.months, fields=("account_id", "month", *COLUMNS), rows=rows)
                if on_change:
                    on_change({account for account, *_ in before ^ set(rows)})


def stored_rows(there: models.QuerySet[Any]) -> set[tuple[Any, ...]]:
    return {
        (account, month, *map(bytes, packed))
        for account, month, *packed in there.values_list("account_id", "month", *COLUMNS)
    }


def parts(account_ids: Collection[int] | None, tables: Tables) -> Iterator[Q]:
    """Conditions that take the accounts a thousand at a time: named ones by id, all by ranges of ids."""
    if account_ids is not None:
        yield from (Q(account_id__in=some) for some in in_batches(sorted(account_ids)))
        return
    everyone = tables.accounts._default_manager.order_by("pk").values_list("pk", flat=True)
    for some in in_batches(list(everyone)):
        yield Q(account_id__gte=some[0], account_id__lte=some[-1])


def in_batches(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + ACCOUNTS_AT_ONCE] for start in range(0, len(ids), ACCOUNTS_AT_ONCE))


def columns_of(month: date, part: Q, tables: Tables) -> dict[str, Packed]:
    """The month's days of these accounts, packed."""
    # Days by name, not as a range: then the index is entered once a day, instead of read through for each part.
    here = part & Q(day__in=[month + timedelta(days=n) for n in range(monthrange(month.year, month.month)[1])])
    by_user = read(tables.user_days, here, month, user="user_key", seconds="seconds")
    by_feature = read(tables.feature_days, here, month, feature="feature_id")
    by_day = read(
        tables.account_days, here, month, users="users", events="events", errors="errors", loads="loads",
        failed="failed_loads", ms="load_ms",
    )  # fmt: skip
    return {
        "days": pack(DAYS, by_day),
        "users": pack(USERS, sets_of_days(by_user, "user")),
        "times": pack(TIMES, known(by_user, "seconds")),
        "features": pack(FEATURES, sets_of_days(by_feature, "feature")),
        "loads": pack(LOADS, known(by_day, "loads")),
    }


def read(table: type[models.Model], here: Q, month: date, **columns: str) -> dict[str, Array]:
    """Columns of day rows as whole numbers, with `account` and `day` (1 to 31)."""
    rows = table._default_manager.filter(here)
    found = list(rows.values_list("account_id", "day", *columns.values()))
    account, day, *others = zip(*found, strict=True) if found else ((), (), *(() for _ in columns))
    return {
        "account": np.array(account, dtype=np.int64),
        "day": np.array([(d - month).days + 1 for d in day], dtype=np.uint8),
        **{name: whole(name, values) for name, values in zip(columns, others, strict=True)},
    }


def whole(name: str, values: tuple[Any, ...]) -> Array:
    if name == "user":
        return np.array([user_number(key) for key in values], dtype=np.uint64)
    return np.array([UNSTATED if value is None else value for value in values], dtype=np.uint64)


@lru_cache(maxsize=1_000_000)
def user_number(user_key: str) -> int:
    """A number for a user's key, the same everywhere; two users of an account never meet in it."""
    return int.from_bytes(blake2b(user_key.encode(), digest_size=8).digest(), "little")


def known(rows: Mapping[str, Array], name: str) -> dict[str, Array]:
    """The rows in which a column is stated."""
    keep = rows[name] != UNSTATED
    return {key: column[keep] for key, column in rows.items()}


def sets_of_days(rows: Mapping[str, Array], who: str) -> dict[str, Array]:
    """One row per account and user (or feature), with the set of its days instead of a row for each."""
    bits = np.left_shift(np.uint32(1), rows["day"].astype(np.uint32) - np.uint32(1))
    return united({"account": rows["account"], who: rows[who], "days": bits}, who)


def united(rows: Mapping[str, Array], who: str) -> dict[str, Array]:
    """The sets of days of the same account and user (or feature) as one."""
    order = np.lexsort((rows[who], rows["account"]))
    account, number, bits = rows["account"][order], rows[who][order], rows["days"][order]
    is_first = np.ones(len(account), dtype=bool)
    is_first[1:] = (account[1:] != account[:-1]) | (number[1:] != number[:-1])
    starts = np.flatnonzero(is_first)
    days = np.bitwise_or.reduceat(bits, starts) if len(starts) else bits
    return {"account": account[starts], who: number[starts], "days": days}


def pack(dtype: np.dtype[Any], rows: Mapping[str, Array]) -> Packed:
    """The records of each account as bytes, in the order of their fields."""
    names = list(dtype.names or ())
    order = np.lexsort([rows[name] for name in reversed(names)] + [rows["account"]])
    records = np.empty(len(order), dtype=dtype)
    for name in names:
        records[name] = rows[name][order]
    ids, starts = np.unique(rows["account"][order], return_index=True)
    data, size = records.tobytes(), dtype.itemsize
    edges = pairwise([*(starts * size).tolist(), len(data)])
    return {account: data[start:end] for account, (start, end) in zip(ids.tolist(), edges, strict=True)}


def packed_rows(month: date, columns: Mapping[str, Packed]) -> list[tuple[Any, ...]]:
    ids = sorted(set().union(*columns.values()))
    return [(account, month, *(columns[name].get(account, b"") for name in COLUMNS)) for account in ids]


def add_to_month(
    *,
    month: date,
    account_ids: Collection[int],
    user_days: Sequence[Key],
    feature_days: Sequence[Key],
    account_days: Mapping[str, Sequence[Any]],
) -> None:
    """Adds active days to the packed months of these accounts, and lays anew the days of accounts that are given.

    Only where no time of users changed: which time belonged to whom is not kept. The rest is as `fold_months` would do.
    """
    stored = {row[0]: row[1:] for row in stored_months(month, account_ids)}
    before = {name: unpacked(dtype, stored, at) for at, (name, dtype) in enumerate(COLUMNS.items())}
    days = {name: whole(name, tuple(values)) for name, values in account_days.items()}
    days["account"] = days["account"].astype(np.int64)
    columns = {
        "days": pack(DAYS, replaced(before["days"], days)),
        "users": pack(USERS, added(before["users"], user_days, month, "user")),
        "times": {account: bytes(packed[2]) for account, packed in stored.items()},
        "features": pack(FEATURES, added(before["features"], feature_days, month, "feature")),
        "loads": pack(LOADS, replaced(before["loads"], known(days, "loads"))),
    }
    rows = packed_rows(month, columns)
    bulk.upsert(model=UsageMonth, fields=("account_id", "month", *COLUMNS), rows=rows, unique=("account_id", "month"))


def stored_months(month: date, account_ids: Collection[int]) -> Iterator[tuple[Any, ...]]:
    for some in in_batches(sorted(account_ids)):
        rows = UsageMonth.objects.filter(month=month, account_id__in=some)
        yield from rows.values_list("account_id", *COLUMNS)


def unpacked(dtype: np.dtype[Any], stored: Mapping[int, Sequence[Any]], at: int) -> dict[str, Array]:
    """One column of these months as rows, with the account of each."""
    packed = [bytes(columns[at]) for columns in stored.values()]
    records = np.frombuffer(b"".join(packed), dtype=dtype)
    lengths = [len(data) // dtype.itemsize for data in packed]
    accounts = np.repeat(np.array(list(stored), dtype=np.int64), lengths)
    return {"account": accounts, **{name: records[name] for name in dtype.names or ()}}


def replaced(before: Mapping[str, Array], new: Mapping[str, Array]) -> dict[str, Array]:
    """The rows of days, the new ones in place of those of the same account and day."""
    keep = ~np.isin(place(before), place(new))
    return {name: np.concatenate([before[name][keep], new[name]]) for name in before}


def place(rows: Mapping[str, Array]) -> Array:
    """One number for an account and a day of a month."""
    return rows["account"].astype(np.int64) * 32 + rows["day"].astype(np.int64)


def added(before: Mapping[str, Array], new: Sequence[Key], month: date, who: str) -> dict[str, Array]:
    """The sets of days with the new days in them."""
    account, day, key = zip(*new, strict=True) if new else ((), (), ())
    rows = sets_of_days(
        {
            "account": np.array(account, dtype=np.int64),
            "day": np.array([each.day for each in day], dtype=np.uint8),
            who: whole(who, key),
        },
        who,
    )
    return united({name: np.concatenate([before[name], rows[name]]) for name in rows}, who)
