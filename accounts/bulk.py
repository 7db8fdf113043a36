"""Many rows at once. The one module where databases differ: COPY on PostgreSQL, executemany on SQLite.

Fields are named as columns (`account_id`). Values are Python's; an empty one is None. The SQL is put together from
the names of our own models; values are always parameters.
"""

# ruff: noqa: S608

import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import connection, models

Row = Sequence[Any]
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
STAGE = "bulk_stage"
ROWS_AT_ONCE = 10_000


@models.CharField.register_lookup
class Among(models.Lookup):
    """`field__among=[…]`: as `in`, with thousands of values in one parameter instead of one each."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        lhs, params = self.process_lhs(compiler, connection)
        if connection.vendor == "postgresql":
            # PostgreSQL keeps no text with a NUL in it and refuses to look for one.
            return f"{lhs} = ANY(%s)", (*params, [value for value in self.rhs if "\x00" not in value])
        return f"{lhs} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(self.rhs))


@models.AutoField.register_lookup
@models.BigAutoField.register_lookup
@models.ForeignKey.register_lookup
class AmongKeys(Among):
    """The same of keys: Django makes a parameter of each, which takes it longer than the database takes to answer."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        lhs, params = self.process_lhs(compiler, connection)
        keys = list(self.rhs)
        if connection.vendor == "postgresql":
            return f"{lhs} = ANY(%s)", (*params, keys)
        return f"{lhs} IN (SELECT value FROM json_each(%s))", (*params, json.dumps(keys))


def insert(*, model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> None:
    """New rows; one that is there already is an IntegrityError."""
    prepared = ready(model, fields, rows)
    if connection.vendor == "postgresql":
        copy(table_of(model), fields, io.StringIO(copy_lines(prepared)))
    else:
        executemany(f"{insert_into(model, fields)} VALUES ({marks(fields)})", prepared)


def packed(*, model: type[models.Model], columns: Mapping[str, Sequence[Any]]) -> bytes:
    """Rows made ready for `insert_packed`, so that who writes them needs no time for it.

    They are given as columns of numbers, bytes, None and text as the database takes it, without tabs or line ends: a
    column at a time is ten times as fast as a value at a time.
    """
    if connection.vendor == "postgresql":
        texts = [copy_column(values) for values in columns.values()]
        return ("\n".join(map("\t".join, zip(*texts, strict=True))) + "\n").encode() if any(texts) else b""
    binary = [isinstance(column(model, field), models.BinaryField) for field in columns]
    return json.dumps([as_text(row, binary) for row in zip(*columns.values(), strict=True)]).encode()


def copy_column(values: Sequence[Any]) -> list[str]:
    if values and isinstance(values[0], bytes):
        return ["\\\\x" + value.hex() for value in values]
    return ["\\N" if value is None else str(value) for value in values]


def insert_packed(*, model: type[models.Model], fields: Sequence[str], packed: bytes, table: str = "") -> int:
    """New rows, as `packed` made them, into the model's table or another of the same columns; says how many."""
    if not packed:
        return 0
    into = connection.ops.quote_name(table) if table else table_of(model)
    if connection.vendor == "postgresql":
        return copy(into, fields, io.BytesIO(packed))
    binary = [isinstance(column(model, field), models.BinaryField) for field in fields]
    rows = [from_text(row, binary) for row in json.loads(packed)]
    executemany(f"INSERT INTO {into} ({names(fields)}) VALUES ({marks(fields)})", rows)
    return len(rows)


def as_text(row: Row, binary: list[bool]) -> list[Any]:
    """JSON has no bytes: each becomes the character of the same number."""
    return [value.decode("latin-1") if is_bytes else value for value, is_bytes in zip(row, binary, strict=True)]


def from_text(row: Row, binary: list[bool]) -> list[Any]:
    return [value.encode("latin-1") if is_bytes else value for value, is_bytes in zip(row, binary, strict=True)]


def upsert(*, model: type[models.Model], fields: Sequence[str], rows: Iterable[Row], unique: Sequence[str]) -> None:
    """New rows, and new values for those that are there by their `unique` fields. Call it inside a transaction."""
    prepared = ready(model, fields, rows)
    if connection.vendor == "postgresql":
        stage(model, fields, prepared)
        # Sorted, so that two writers lock the rows in the same order.
        run(
            f"{insert_into(model, fields)} SELECT {names(fields)} FROM {STAGE} ORDER BY {names(unique)}"
            f" {on_conflict(tuple(fields), tuple(unique))}"
        )
    else:
        executemany(
            f"{insert_into(model, fields)} VALUES ({marks(fields)}) {on_conflict(tuple(fields), tuple(unique))}",
            prepared,
        )


def add(
    *,
    model: type[models.Model],
    fields: Sequence[str],
    rows: Iterable[Row],
    unique: Sequence[str],
    summed: Sequence[str],
) -> None:
    """New rows; to those that are there by their `unique` fields the `summed` ones are added, the others replaced.

    None adds nothing and replaces nothing. Call it inside a transaction.
    """
    prepared, conflict = ready(model, fields, rows), on_conflict_add(model, fields, unique, summed)
    if connection.vendor == "postgresql":
        stage(model, fields, prepared)
        run(f"{insert_into(model, fields)} SELECT {names(fields)} FROM {STAGE} ORDER BY {names(unique)} {conflict}")
    else:
        executemany(f"{insert_into(model, fields)} VALUES ({marks(fields)}) {conflict}", prepared)


def update(*, model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> None:
    """New values for rows that exist: each row of values starts with the primary key. Call it inside a transaction."""
    key = str(model._meta.pk.column)
    columns = (key, *fields)
    prepared = ready(model, columns, rows)
    if connection.vendor == "postgresql":
        stage(model, columns, prepared)
        settings = ", ".join(f"{name} = {STAGE}.{name}" for name in map(connection.ops.quote_name, fields))
        run(f"UPDATE {table_of(model)} SET {settings} FROM {STAGE} WHERE {table_of(model)}.{key} = {STAGE}.{key}")
    else:
        settings = ", ".join(f"{connection.ops.quote_name(name)} = %s" for name in fields)
        executemany(
            f"UPDATE {table_of(model)} SET {settings} WHERE {key} = %s", ((*row[1:], row[0]) for row in prepared)
        )


def insert_from(
    *,
    model: type[models.Model],
    fields: Sequence[str],
    select: models.QuerySet[Any],
    unique: Sequence[str] = (),
) -> int:
    """The rows of `select` (a values_list in the order of `fields`), written inside the database; says how many."""
    sql, params = select.query.sql_with_params()
    conflict = f" {on_conflict(tuple(fields), tuple(unique))}" if unique else ""
    return run(f"{insert_into(model, fields)} {sql}{conflict}", params)


def empty_stage(*, model: type[models.Model], fields: Sequence[str]) -> str:
    """An empty temporary table of the same column types; its name. Only this connection sees it."""
    run(f"DROP TABLE IF EXISTS {STAGE}")
    ending = "ON COMMIT DROP " if connection.vendor == "postgresql" else ""
    select = f"SELECT {names(fields)} FROM {table_of(model)} WHERE false"
    run(f"CREATE TEMPORARY TABLE {STAGE} {ending}AS {select}")
    return STAGE


def stage(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> None:
    """PostgreSQL: the rows in a temporary table."""
    empty_stage(model=model, fields=fields)
    copy(STAGE, fields, io.StringIO(copy_lines(rows)))


def table_of(model: type[models.Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def names(fields: Sequence[str]) -> str:
    return ", ".join(connection.ops.quote_name(field) for field in fields)


def marks(fields: Sequence[str]) -> str:
    return ", ".join(["%s"] * len(fields))


def insert_into(model: type[models.Model], fields: Sequence[str]) -> str:
    return f"INSERT INTO {table_of(model)} ({names(fields)})"


@lru_cache(maxsize=100)
def on_conflict(fields: tuple[str, ...], unique: tuple[str, ...]) -> str:
    changing = [connection.ops.quote_name(field) for field in fields if field not in unique]
    action = "UPDATE SET " + ", ".join(f"{name} = excluded.{name}" for name in changing) if changing else "NOTHING"
    return f"ON CONFLICT ({names(unique)}) DO {action}"


def on_conflict_add(
    model: type[models.Model], fields: Sequence[str], unique: Sequence[str], summed: Sequence[str]
) -> str:
    def value(name: str) -> str:
        there, new = f"{table_of(model)}.{name}", f"excluded.{name}"
        return f"COALESCE({there} + {new}, {new}, {there})" if name in summed else f"COALESCE({new}, {there})"

    settings = ", ".join(f"{name} = {value(name)}" for name in fields if name not in unique)
    return f"ON CONFLICT ({names(unique)}) DO UPDATE SET {settings}"


def run(sql: str, params: Sequence[Any] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.rowcount


def executemany(sql: str, rows: Iterable[Row]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(sql, rows)  # type: ignore[arg-type]  # an iterator will do


def ready(model: type[models.Model], fields: Sequence[str], rows: Iterable[Row]) -> Iterable[Row]:
    """The rows with the values of special columns as the database takes them."""
    converters = [(at, convert) for at, name in enumerate(fields) if (convert := converter(column(model, name)))]
    return (converted(row, converters) for row in rows) if converters else rows


def converted(row: Row, converters: list[tuple[int, Callable[[Any], Any]]]) -> Row:
    values = list(row)
    for at, convert in converters:
        if values[at] is not None:
            values[at] = convert(values[at])
    return values


def column(model: type[models.Model], name: str) -> "models.Field":
    return next(field for field in model._meta.concrete_fields if field.column == name)


def converter(field: "models.Field") -> Callable[[Any], Any] | None:
    if isinstance(field, models.DateTimeField):
        # Most rows of a batch carry the same time of recording.
        return lru_cache(maxsize=1_000)(connection.ops.adapt_datetimefield_value)
    if isinstance(field, models.DecimalField):
        return decimal_converter(field)
    if isinstance(field, models.JSONField):
        return lambda value: json.dumps(value, cls=field.encoder, separators=(",", ":"))
    return None


def decimal_converter(field: "models.DecimalField") -> Callable[[Decimal], Any]:
    step = Decimal(1).scaleb(-field.decimal_places)

    def convert(value: Decimal) -> Any:
        exact = value.quantize(step, rounding=ROUND_HALF_UP)
        return connection.ops.adapt_decimalfield_value(exact, field.max_digits, field.decimal_places)

    return convert


def copy_lines(rows: Iterable[Row]) -> str:
    """Column by column, some thousand rows at a time: a value that comes again is made text once."""
    left, lines = iter(rows), []
    while some := list(islice(left, ROWS_AT_ONCE)):
        texts = [copy_texts(values) for values in zip(*some, strict=True)]
        lines.append("\n".join(map("\t".join, zip(*texts, strict=True))) + "\n")
    return "".join(lines)


def copy_texts(values: Sequence[Any]) -> list[str]:
    texts = {value: copy_text(value) for value in set(values)}
    return [texts[value] for value in values]


def copy(table: str, fields: Sequence[str], text: io.StringIO | io.BytesIO) -> int:
    with connection.wrap_database_errors, connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({names(fields)}) FROM STDIN", text)
        return cursor.rowcount


def copy_text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return value.translate(ESCAPES) if isinstance(value, str) else str(value)
