"""Reading the facts of one account: its queries are put together once a day and process, and sent as one statement.

Making SQL out of a query takes Django longer than the database takes to answer it, thirty times for an account. So a
query that has a name is made once, with a mark in the place of the account, and kept. PostgreSQL prepares all that
are kept as one statement, whose single row brings the answers to all; SQLite is asked one by one.
"""

# ruff: noqa: S608  # the SQL is Django's own and values are put in by the driver

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from scoring.core.arrays import Floats
from scoring.extract.columns import Blobs, is_postgresql, number

# Stands for the account where SQL is made: no account has it.
MARK = -987_654_321_987
# As many as the cards of a day and of the one before.
PLANS_KEPT = 64


@dataclass(frozen=True)
class Named:
    """A query that is made when it is needed. One name means one query, but for the account and the day."""

    name: Hashable
    make: Callable[[], QuerySet[Any]]


Rows = QuerySet[Any] | Named


def made(rows: Rows) -> QuerySet[Any]:
    return rows.make() if isinstance(rows, Named) else rows


@dataclass(frozen=True)
class Statement:
    """SQL for numbers as floats, and perhaps a binary field, of the rows of the marked account."""

    sql: str
    params: tuple[Any, ...]
    width: int
    is_blob: bool

    def of(self, account_id: int) -> list[tuple[Any, ...]]:
        """The rows."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [account_id if value == MARK else value for value in self.params])
            return cursor.fetchall()

    def as_one_row(self, *, alias: str) -> str:
        """PostgreSQL: all rows as one, their numbers in one string of bytes and their binary fields in another."""
        columns = [f"c{n}" for n in range(self.width)]
        numbers = [f"float8send({name})" for name in columns]
        parts = [f"string_agg({' || '.join(numbers)}, '')"]
        if self.is_blob:
            parts.append("string_agg(blob, '')")
        with connection.cursor() as cursor:
            text = cursor.mogrify(self.sql, self.params).decode()
        names = ", ".join([*columns, *(["blob"] if self.is_blob else [])])
        return f"(SELECT {', '.join(parts)} FROM ({text.replace(str(MARK), '$1')}) AS rows({names})) AS {alias}"

    def as_one_list(self, *, alias: str) -> str:
        """PostgreSQL: all rows as one list of lists, for rows that are not numbers."""
        with connection.cursor() as cursor:
            text = cursor.mogrify(self.sql, self.params).decode()
        columns = [f"c{n}" for n in range(self.width)]
        row = f"json_build_array({', '.join(columns)})"
        rows = f"({text.replace(str(MARK), '$1')}) AS rows({', '.join(columns)})"
        return f"(SELECT coalesce(json_agg({row}), '[]') FROM {rows}) AS {alias}"

    def table(self, found: bytes | memoryview | None) -> Floats:
        numbers = np.frombuffer(found or b"", dtype=">f8").astype(np.float64)
        return numbers.reshape(-1, self.width)


def statement_of(rows: QuerySet[Any], *names: str, days: tuple[str, ...], blob: str) -> Statement | None:
    """None where Django knows that there are no rows."""
    wanted = (*names, blob) if blob else names
    try:
        sql, params = rows.values_list(*wanted).query.sql_with_params()
    except EmptyResultSet:
        return None
    inner = ", ".join(f"c{n}" for n in range(len(wanted)))
    shown = [number(f"c{n}", is_day=name in days) for n, name in enumerate(names)]
    if blob:
        length = f"octet_length(c{len(names)})::float8" if is_postgresql() else f"length(c{len(names)})"
        shown += [length, f"c{len(names)}"]
    text = f"WITH t({inner}) AS ({sql}) SELECT {', '.join(shown)} FROM t"
    return Statement(text, tuple(params), len(names) + bool(blob), bool(blob))


@dataclass
class Plan:
    """The queries that accounts were asked so far, by name. `part` tells it from others of the day."""

    part: str = ""
    statements: dict[Hashable, Statement | None] = field(default_factory=dict)
    # Those whose rows are not numbers.
    others: dict[Hashable, Statement] = field(default_factory=dict)
    # The connection that prepared them, and how many there were.
    prepared: tuple[Any, int] = (None, 0)

    def fetch_all(self, account_id: int) -> dict[Hashable, Any]:
        """The answers to all of them in one go, on PostgreSQL."""
        asked = {name: statement for name, statement in self.statements.items() if statement}
        if not (asked or self.others) or not is_postgresql():
            return {}
        with connection.cursor() as cursor:
            self.prepare(cursor, list(asked.values()))
            cursor.execute(f"EXECUTE {self.name} (%s)", [account_id])
            values = iter(cursor.fetchone())
        numbers = {
            name: (next(values), next(values)) if statement.is_blob else (next(values),)
            for name, statement in asked.items()
        }
        return numbers | {name: next(values) for name in self.others}

    def prepare(self, cursor: Any, statements: list[Statement]) -> None:
        known = len(self.statements) + len(self.others)
        if self.prepared == (connection.connection, known):
            return
        self.prepared = (connection.connection, known)
        numbers = [statement.as_one_row(alias=f"s{n}") for n, statement in enumerate(statements)]
        others = [statement.as_one_list(alias=f"o{n}") for n, statement in enumerate(self.others.values())]
        rows = ", ".join([*numbers, *others])
        # One plan for all accounts: making one takes longer than following it.
        cursor.execute("SET plan_cache_mode = force_generic_plan")
        cursor.execute(f"DEALLOCATE {self.name}" if self.is_prepared(cursor) else "SELECT 1")
        cursor.execute(f"PREPARE {self.name} (bigint) AS SELECT * FROM {rows}")

    def is_prepared(self, cursor: Any) -> bool:
        cursor.execute("SELECT 1 FROM pg_prepared_statements WHERE name = %s", [self.name])
        return cursor.fetchone() is not None

    @property
    def name(self) -> str:
        return f"facts_of_an_account_{self.part}"


@lru_cache(maxsize=PLANS_KEPT)
def plan_of(day: date, part: str) -> Plan:
    """The plan of the day, as queries have their dates in them, for accounts of which the same is asked."""
    return Plan(part)


class Asked:
    """One account being read by a plan."""

    def __init__(self, plan: Plan, account_id: int) -> None:
        self.plan, self.account_id = plan, account_id
        self.found = plan.fetch_all(account_id)

    def columns(self, rows: Named, *names: str, days: tuple[str, ...], about: str = "account_id") -> tuple[Floats, ...]:
        """As columns.columns."""
        key = (rows.name, names)
        statement = self.statement(key, rows, *names, days=days, about=about)
        if statement is None:
            return tuple(np.empty(0) for _ in names)
        if key in self.found:
            table = statement.table(self.found[key][0])
        else:
            found = statement.of(self.account_id)
            table = np.array(found, dtype=np.float64).reshape(len(found), statement.width)
        return tuple(table[:, n] for n in range(len(names)))

    def blobs(self, rows: Named, *names: str, blob: str, days: tuple[str, ...]) -> Blobs:
        """As columns.blobs."""
        key = (rows.name, (*names, blob))
        statement = self.statement(key, rows, *names, days=days, blob=blob)
        if statement is None:
            raise ValueError(f"{rows.name} can have no rows.")
        if key in self.found:
            numbers, data = self.found[key]
            table, joined = statement.table(numbers), bytes(data or b"")
        else:
            found = statement.of(self.account_id)
            table = np.array([row[:-1] for row in found], dtype=np.float64).reshape(len(found), statement.width)
            joined = b"".join(bytes(row[-1]) for row in found)
        columns = tuple(table[:, n] for n in range(len(names)))
        return Blobs(columns, table[:, len(names)].astype(np.int64), joined)

    def tuples(self, rows: Named, *names: str, about: str = "account_id") -> list[tuple[Any, ...]]:
        """The rows of texts and whole numbers."""
        key = ("tuples", rows.name, names)
        if key in self.found:
            return [tuple(row) for row in self.found[key]]
        if key not in self.plan.others:
            chosen = made(rows).filter(**{about: MARK}).values_list(*names)
            sql, params = chosen.query.sql_with_params()
            self.plan.others[key] = Statement(sql, tuple(params), len(names), is_blob=False)
        return self.plan.others[key].of(self.account_id)

    def statement(
        self, key: Hashable, rows: Named, *names: str, days: tuple[str, ...], about: str = "account_id", blob: str = ""
    ) -> Statement | None:
        if key not in self.plan.statements:
            chosen = made(rows).filter(**{about: MARK}) if about else made(rows)
            self.plan.statements[key] = statement_of(chosen, *names, days=days, blob=blob)
        return self.plan.statements[key]
