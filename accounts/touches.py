"""A fact about an account is noted where it is written, in the same transaction; after it a doorbell rings.

What is noted stands in the database until it is settled: a ring that nobody hears costs time and no fact.
"""

# ruff: noqa: S608  # the names are those of our own models; values are parameters

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from celery import current_app
from django.db import connection, models, transaction
from django.db.models import F

from accounts import bulk
from accounts.models import (
    Account,
    AccountTouch,
    CommonTouch,
    ExchangeRate,
    Feature,
    Organization,
    RollUp,
    Segment,
)
from accounts.models.touches import Turn

# Scoring listens under this name; facts know nothing else of it.
DOORBELL = "scoring.tasks.rescore_touched"
# A ring that nobody heard by then is worth nothing: beat rings again.
RING_SECONDS = 30
FIELDS = ("account_id", "touched_at", "touches", "settled", "common", "turn")
COMMON = 1
COMMON_FACTS = (Organization, Segment, ExchangeRate, Feature)
PATHS = {"account": "account_id", "contact": "contact__account_id"}


@dataclass(frozen=True)
class Waiting:
    """Accounts of which something new is known: how often each had been touched when it was looked at."""

    touches: dict[int, int]
    common: int

    @property
    def account_ids(self) -> list[int]:
        return sorted(self.touches)


def touch(account_ids: Collection[int], *, at: datetime, turn: Turn = Turn.OWN) -> None:
    """Something new is known about these accounts, and so about those whose score is made of theirs.

    Call it in the transaction that writes the fact. Who waits already keeps the earlier turn.
    """
    if not account_ids:
        return
    table, accounts = bulk.table_of(AccountTouch), bulk.table_of(Account)
    bulk.run(
        f"WITH RECURSIVE touched (id) AS (SELECT id FROM {accounts} WHERE {among('id')} UNION"
        f" SELECT parent.id FROM touched JOIN {accounts} child ON child.id = touched.id"
        f" JOIN {accounts} parent ON parent.id = child.parent_id WHERE parent.roll_up <> '{RollUp.OWN.value}')"
        # In the order of ids, so that two writers never wait for each other.
        f" INSERT INTO {table} ({bulk.names(FIELDS)}) SELECT id, %s, 1, 0, 0, %s FROM touched WHERE true ORDER BY id"
        f" ON CONFLICT (account_id) DO UPDATE SET touched_at = excluded.touched_at, touches = {table}.touches + 1,"
        f" turn = CASE WHEN {table}.touches > {table}.settled AND {table}.turn < excluded.turn THEN {table}.turn"
        " ELSE excluded.turn END",
        [listed(account_ids), stamp(at), turn.value],
    )
    ring_after_commit()


def touch_accounts_of(source_ids: Collection[int], *, at: datetime) -> None:
    """A source spoke for a day: that is news about all of its accounts, also those that it does not name.

    There may be 100,000 of them: who has a fact of its own goes first.
    """
    if source_ids:
        ids = list(Account.objects.filter(source_id__in=source_ids).values_list("pk", flat=True))
        touch(ids, at=at, turn=Turn.SOURCE)


def touch_all(*, at: datetime) -> None:
    """Something changed that concerns every account. The night scores them all: nobody is called for it."""
    bulk.run(
        f"INSERT INTO {bulk.table_of(CommonTouch)} (id, touches, touched_at) VALUES (%s, 1, %s) ON CONFLICT (id)"
        f" DO UPDATE SET touches = {bulk.table_of(CommonTouch)}.touches + 1, touched_at = excluded.touched_at",
        (COMMON, stamp(at)),
    )


def touch_about(row: models.Model, *, at: datetime) -> None:
    """The accounts that a row is about, as it is stored now and as it is going to be."""
    if isinstance(row, COMMON_FACTS):
        touch_all(at=at)
    elif path := path_to_account(type(row)):
        stored = type(row)._default_manager.filter(pk=row.pk).values_list(path, flat=True)
        touch({*stored, account_of(row, path)}, at=at)


def path_to_account(model: type[models.Model]) -> str:
    """The lookup of the account that the model's rows are about, empty where they are about none."""
    if model is Account:
        return "pk"
    names = {field.name for field in model._meta.get_fields()}
    return next((path for name, path in PATHS.items() if name in names), "")


def account_of(row: models.Model, path: str) -> int:
    """What the path leads to from a row that is not stored yet."""
    value = row
    for name in path.split("__"):
        value = getattr(value, name)
    return int(value)  # type: ignore[call-overload]


def among(column: str) -> str:
    """SQL: the column is one of many values given as one parameter."""
    return (
        f"{column} = ANY(%s)" if connection.vendor == "postgresql" else f"{column} IN (SELECT value FROM json_each(%s))"
    )


def listed(ids: Collection[int]) -> list[int] | str:
    """The parameter that `among` asks for."""
    return sorted(ids) if connection.vendor == "postgresql" else str(sorted(ids))


def stamp(at: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(at)


def ring_after_commit() -> None:
    """Once a transaction, however many accounts it touches."""
    if not any(entry[1] is ring for entry in connection.run_on_commit):
        transaction.on_commit(ring, robust=True)


def ring() -> None:
    """Call whoever scores. Whether anybody hears it does not matter to the writer of a fact."""
    current_app.send_task(DOORBELL, expires=RING_SECONDS, retry=False, ignore_result=True)


def is_waiting(account_id: int) -> bool:
    """Whether something is known about the account that its score does not know yet."""
    return AccountTouch.objects.filter(pk=account_id, touches__gt=F("settled")).exists()


def is_anybody_waiting() -> bool:
    return AccountTouch.objects.filter(touches__gt=F("settled")).exists()


def first_waiting(turn: Turn) -> int | None:
    """The account whose turn it is next among those."""
    rows = AccountTouch.objects.filter(touches__gt=F("settled"), turn=turn).order_by("touched_at", "account_id")
    return rows.values_list("account_id", flat=True).first()


def take_waiting(*, limit: int, turns: Collection[Turn] = tuple(Turn)) -> Waiting:
    """Some accounts that wait, by turns, those that wait longest first; nobody else gets them meanwhile."""
    rows = AccountTouch.objects.filter(touches__gt=F("settled"), turn__in=turns).order_by("turn", "touched_at")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return Waiting(touches=dict(rows.values_list("account_id", "touches")[:limit]), common=common_touches())


def settle(waiting: Waiting, *, as_of: date, at: datetime) -> None:
    """The accounts are scored as of the day. One that was touched meanwhile waits again."""
    if not waiting.touches:
        return
    rows = [(pk, touches, at, as_of, waiting.common) for pk, touches in waiting.touches.items()]
    if len(rows) == 1:
        pk, touches, *_ = rows[0]
        AccountTouch.objects.filter(pk=pk).update(
            settled=touches, settled_at=at, settled_for=as_of, common=waiting.common
        )
        return
    bulk.update(model=AccountTouch, fields=("settled", "settled_at", "settled_for", "common"), rows=rows)


def wake_settled_since(moment: datetime, *, as_of: date) -> None:
    """Those scored as of the day since that moment wait again: what was read before it may have taken their place."""
    since = AccountTouch.objects.filter(settled_for=as_of, settled_at__gte=moment, touches=F("settled"))
    if since.update(settled=F("settled") - 1):
        ring_after_commit()


def common_touches() -> int:
    return CommonTouch.objects.values_list("touches", flat=True).first() or 0


def untouched_since_settled(*, as_of: date, before: datetime) -> "models.QuerySet[AccountTouch]":
    """The accounts that were scored as of the day, before that moment, and of which nothing new is known since."""
    return AccountTouch.objects.filter(
        settled_for=as_of, settled_at__lt=before, touches=F("settled"), common=common_touches()
    )
