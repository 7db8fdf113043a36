"""The rows of a query as numpy columns, without a Python object for each value.

PostgreSQL sends them as a binary COPY of columns that are never null and all eight bytes wide: that is an array, with
a few bytes between the values. SQLite hands over tuples. Shapes: R rows; every column is Floats (R,), NaN where the
value is null; a day is its ordinal.
"""

# ruff: noqa: S608  # the SQL is Django's own and values stay parameters

from collections.abc import Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from typing import Any

import numpy as np
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from scoring.core.arrays import Floats, Ints

# The header and the trailer of PostgreSQL's binary format (documentation of COPY, "Binary Format").
HEADER_BYTES, TRAILER_BYTES = 19, 2
# What julianday() gives for the day before 0001-01-01.
JULIAN_OF_ORDINAL_0 = 1721424.5


@dataclass(frozen=True)
class Query:
    """SQL for columns of numbers, the last perhaps of bytes. Making it takes longer than putting other values in."""

    sql: str  # of all columns, named c0, c1 …
    params: tuple[Any, ...]
    shown: tuple[str, ...]  # SQL for each number

    def put(self, values: Mapping[Any, Any]) -> "Query":
        """The same with other parameters in the place of some."""
        return replace(self, params=tuple(values.get(param, param) for param in self.params))

    def columns(self) -> tuple[Floats, ...]:
        text = f"{self.sql} SELECT {', '.join(self.shown)} FROM t"
        read = copied if is_postgresql() else fetched
        return read(text, self.params, len(self.shown))

    def blobs(self) -> "Blobs":
        """The numbers and a binary column after them. On PostgreSQL the rows are in no order."""
        width = len(self.shown)
        if is_postgresql():
            return joined(f"{self.sql} SELECT ", self.params, list(self.shown), blob=f"c{width}")
        with connection.cursor() as cursor:
            cursor.execute(f"{self.sql} SELECT {', '.join(self.shown)}, c{width} FROM t", self.params)
            found = cursor.fetchall()
        table = np.array([row[:-1] for row in found], dtype=np.float64).reshape(len(found), width)
        lengths = np.array([len(row[-1]) for row in found], dtype=np.int64)
        return Blobs(tuple(table[:, n] for n in range(width)), lengths, b"".join(row[-1] for row in found))


def query_of(rows: QuerySet[Any], *names: str, days: tuple[str, ...] = (), blob: str = "") -> Query | None:
    """The named fields or annotations of the rows; those in `days` are dates. None: there can be no rows."""
    wanted = (*names, blob) if blob else names
    try:
        sql, params = rows.values_list(*wanted).query.sql_with_params()
    except EmptyResultSet:
        return None
    inner = ", ".join(f"c{n}" for n in range(len(wanted)))
    shown = tuple(number(f"c{n}", is_day=name in days) for n, name in enumerate(names))
    return Query(f"WITH t({inner}) AS ({sql})", params, shown)


def columns(rows: QuerySet[Any], *names: str, days: tuple[str, ...] = ()) -> tuple[Floats, ...]:
    """The named fields or annotations of the rows; those in `days` are dates."""
    query = query_of(rows, *names, days=days)
    return query.columns() if query else tuple(np.empty(0) for _ in names)


def is_postgresql() -> bool:
    return connection.vendor == "postgresql"


def number(column: str, *, is_day: bool) -> str:
    """SQL for a value as a float."""
    if not is_postgresql():
        return f"julianday({column}) - {JULIAN_OF_ORDINAL_0}" if is_day else column
    value = f"({column} - DATE '0001-01-01' + 1)" if is_day else column
    return f"coalesce({value}::float8, 'NaN'::float8)"


def copied(sql: str, params: tuple[Any, ...], width: int) -> tuple[Floats, ...]:
    """PostgreSQL: each value stands after its length, each row after its number of values."""
    record = np.dtype([("count", ">i2"), *(p for n in range(width) for p in ((f"l{n}", ">i4"), (f"c{n}", ">f8")))])
    table = np.frombuffer(copy_out(sql, params), dtype=record)
    return tuple(table[f"c{n}"].astype(np.float64) for n in range(width))


def copy_out(sql: str, params: tuple[Any, ...]) -> memoryview:
    """What PostgreSQL sends for the query, without header and trailer."""
    buffer = BytesIO()
    with connection.wrap_database_errors, connection.cursor() as cursor:
        text = cursor.mogrify(sql, params).decode()
        cursor.copy_expert(f"COPY ({text}) TO STDOUT (FORMAT binary)", buffer)
    return buffer.getbuffer()[HEADER_BYTES:-TRAILER_BYTES]


def fetched(sql: str, params: tuple[Any, ...], width: int) -> tuple[Floats, ...]:
    """SQLite: tuples, turned by column; None becomes NaN."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found = cursor.fetchall()
    table = np.array(found, dtype=np.float64).reshape(len(found), width)
    return tuple(table[:, n] for n in range(width))


@dataclass(frozen=True)
class Blobs:
    """Numeric columns of rows, the bytes of their binary value, one after the other, and the length of each."""

    columns: tuple[Floats, ...]
    lengths: Ints  # (R,)
    data: bytes


def joined(wrapped: str, params: tuple[Any, ...], shown: list[str], *, blob: str) -> Blobs:
    """PostgreSQL puts each column together itself, all in one order, and sends one row."""
    parts = [f"string_agg(float8send({value}), '')" for value in shown]
    parts += [f"string_agg(float8send(octet_length({blob})::float8), '')", f"string_agg({blob}, '')"]
    *numbers, data = fields(copy_out(f"{wrapped} {', '.join(parts)} FROM t", params))
    *found, lengths = (np.frombuffer(part, dtype=">f8").astype(np.float64) for part in numbers)
    return Blobs(tuple(found), lengths.astype(np.int64), bytes(data))


def fields(row: memoryview) -> list[memoryview]:
    """The values of one row in PostgreSQL's binary format; null is empty."""
    found, at = [], 2
    while at < len(row):
        length = int.from_bytes(row[at : at + 4], "big", signed=True)
        found.append(row[at + 4 : at + 4 + max(length, 0)])
        at += 4 + max(length, 0)
    return found
