"""New usage rows → what they add to days, months and the ledger: the tables that rebuilding the days would give.

Building a day anew reads every row of every account on it, which a stream cannot wait for. Rows only ever come, so
what stands there plus what is new is the same, for the accounts and days of the new rows alone.
"""

# ruff: noqa: S608  # the names are those of our own models; values are parameters

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from accounts import bulk, touches
from accounts.models import AccountDay, FeatureDay, KnownDay, UserDay
from accounts.months import add_to_month, first_of_month, fold_months

# What an account's day adds up, in the order of its columns; and after it whether anybody was named.
SUMS = ("events", "seconds", "errors", "loads", "failed_loads", "load_ms")
SHOWN = ("users", "events", "errors", "loads", "failed_loads", "load_ms")
NAMED = len(SUMS)
# The columns of a row as accounts.ingest.usage.CONTENT names them.
Row = tuple[int, int | None, str, str, date, int, int | None, int | None, int | None, int | None, int | None]
Totals = list[Any]
AccountAndDay = tuple[int, date]


@dataclass(slots=True)
class Added:
    """What new rows come to, by each key of a table of days."""

    user_days: dict[tuple[int, date, str], Totals] = field(default_factory=dict)
    feature_days: dict[tuple[int, date, int], int] = field(default_factory=lambda: defaultdict(int))
    account_days: dict[AccountAndDay, Totals] = field(default_factory=dict)

    @property
    def account_ids(self) -> set[int]:
        return {account for account, _ in self.account_days}


def add_rows(*, rows: Iterable[Row]) -> set[int]:
    """Adds rows that were just written to all days that they name; returns their accounts.

    Call it in the transaction that writes the rows, which holds `accounts.locks`.
    """
    added = added_up(rows)
    write_user_days(added)
    write_feature_days(added)
    write_account_days(added)
    write_months(added)
    return added.account_ids


def added_up(rows: Iterable[Row]) -> Added:
    """Pure sums; None is what no row states."""
    added = Added()
    users, features, days = added.user_days, added.feature_days, added.account_days
    for account, feature, user, _, day, events, *stated in rows:
        total = days.get((account, day))
        if total is None:
            total = days[account, day] = [0, None, None, None, None, None, False]
        total[0] += events
        add_stated(total, stated)
        total[NAMED] = total[NAMED] or bool(user)
        if events and user:
            active = users.setdefault((account, day, user), [0, None])
            active[0] += events
            if stated[0] is not None:
                active[1] = stated[0] + (active[1] or 0)
        if events and feature is not None:
            features[account, day, feature] += events
    return added


def add_stated(total: Totals, stated: Sequence[int | None]) -> None:
    for at, value in enumerate(stated, start=1):
        if value is not None:
            total[at] = value + (total[at] or 0)


def write_user_days(added: Added) -> None:
    bulk.add(
        model=UserDay,
        fields=("account_id", "day", "user_key", "events", "seconds"),
        rows=((*key, *totals) for key, totals in added.user_days.items()),
        unique=("day", "account_id", "user_key"),
        summed=("events", "seconds"),
    )


def write_feature_days(added: Added) -> None:
    bulk.add(
        model=FeatureDay,
        fields=("account_id", "day", "feature_id", "events"),
        rows=((*key, events) for key, events in added.feature_days.items()),
        unique=("day", "account_id", "feature_id"),
        summed=("events",),
    )


def write_account_days(added: Added) -> None:
    """After the days of users, which are counted here: whoever is active has exactly one."""
    users = users_of(key for key, totals in added.account_days.items() if totals[NAMED])
    bulk.add(
        model=AccountDay,
        fields=("account_id", "day", "users", *SUMS),
        rows=((*key, users.get(key), *totals[:NAMED]) for key, totals in added.account_days.items()),
        unique=("day", "account_id"),
        summed=SUMS,
    )


def users_of(keys: Iterable[AccountAndDay]) -> dict[AccountAndDay, int]:
    """How many users were active; 0 where none of those who were named was."""
    wanted = list(keys)
    counted = dict.fromkeys(wanted, 0)
    sql = (
        f"SELECT account_id, count(*) FROM {bulk.table_of(UserDay)} WHERE day = %s AND {touches.among('account_id')}"
        " GROUP BY account_id"
    )
    for day, accounts in by_day(wanted).items():
        counted.update({(account, day): users for account, users in fetched(sql, day, accounts)})
    return counted


def by_day(keys: Iterable[AccountAndDay]) -> dict[date, list[int]]:
    days: dict[date, list[int]] = defaultdict(list)
    for account, day in keys:
        days[day].append(account)
    return days


def fetched(sql: str, day: date, accounts: Collection[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        parameters: list[Any] = [connection.ops.adapt_datefield_value(day), touches.listed(accounts)]
        cursor.execute(sql, parameters)
        return cursor.fetchall()


def write_months(added: Added) -> None:
    """Each month is packed once; where time was measured, anew from its days."""
    timed = by_month(key for key, (_, seconds) in added.user_days.items() if seconds is not None)
    for month, accounts in sorted(by_month(added.account_days).items()):
        if slow := timed[month]:
            fold_months(months=[month], account_ids=slow)
        if quick := accounts - slow:
            add_quickly(added, month, quick)


def by_month(keys: Iterable[Any]) -> dict[date, set[int]]:
    """The accounts of keys by the month of their days."""
    months: dict[date, set[int]] = defaultdict(set)
    for account, day, *_ in keys:
        months[first_of_month(day)].add(account)
    return months


def add_quickly(added: Added, month: date, accounts: set[int]) -> None:
    def here(keys: Iterable[Any]) -> list[Any]:
        return [key for key in keys if key[0] in accounts and first_of_month(key[1]) == month]

    add_to_month(
        month=month,
        account_ids=accounts,
        user_days=here(added.user_days),
        feature_days=here(added.feature_days),
        account_days=as_columns(stored_days(here(added.account_days))),
    )


def stored_days(keys: Sequence[AccountAndDay]) -> Iterator[tuple[Any, ...]]:
    """What the table says of these days now."""
    sql = (
        f"SELECT account_id, {bulk.names(SHOWN)} FROM {bulk.table_of(AccountDay)} WHERE day = %s"
        f" AND {touches.among('account_id')}"
    )
    for day, accounts in by_day(keys).items():
        for account, *values in fetched(sql, day, accounts):
            yield account, day.day, *values


def as_columns(rows: Iterable[tuple[Any, ...]]) -> dict[str, Sequence[Any]]:
    names = ("account", "day", "users", "events", "errors", "loads", "failed", "ms")
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(names)
    return dict(zip(names, columns, strict=True))


def speak_for(days: Collection[tuple[int, date, bool]], *, at: datetime) -> None:
    """Days of which sources brought use, and whether they named users. News about a day touches all its accounts."""
    stored = KnownDay.objects.filter(source_id__in={s for s, *_ in days}, day__in={day for _, day, _ in days})
    there = {(source, day): named for source, day, named in stored.values_list("source_id", "day", "has_users")}
    told: dict[tuple[int, date], bool] = defaultdict(bool)
    for source, day, named in days:
        told[source, day] |= named
    news = {key: named for key, named in told.items() if key not in there or named > there[key]}
    bulk.upsert(
        model=KnownDay,
        fields=("source_id", "day", "has_users"),
        rows=[(*key, named) for key, named in news.items()],
        unique=("source_id", "day"),
    )
    touches.touch_accounts_of({source for source, _ in news}, at=at)
