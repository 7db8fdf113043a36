"""The index that finds a part of a name among 100,000 accounts, on PostgreSQL, where its pg_trgm may be used.

It is made after each migration, not by one: an extension that an administrator installs later is used from the next
migration on, and an index that no longer fits the code's expression is made anew. Without it searching reads all rows.
"""

from hashlib import sha256
from typing import Any

import structlog
from django.db import DatabaseError, connections, models, transaction
from django.db.models.sql import Query

from accounts.models import Account, Contact
from scoring.queries.finding import ADDRESS, NAMES, PERSON
from scoring.queries.search import Columns, searched

SEARCHED: tuple[tuple[type[models.Model], Columns], ...] = ((Account, NAMES), (Contact, PERSON), (Contact, ADDRESS))
log = structlog.get_logger()


def make_search_indexes(*, using: str = "default", **signal: Any) -> None:
    """Makes the indexes that are not there and takes out those that fit no longer; nothing on SQLite."""
    connection = connections[using]
    if connection.vendor != "postgresql":
        return
    wanted = {name_of(statement): statement for statement in statements(connection)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND indexname LIKE 'find_%'"
        )
        there = {name for (name,) in cursor.fetchall()}
        if there == wanted.keys():
            return
        try:
            with transaction.atomic(using=using):
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError as refused:
            log.warning("search_without_index", reason=str(refused).strip())
            return
        for name in there - wanted.keys():
            cursor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")
        for name in wanted.keys() - there:
            cursor.execute(wanted[name].replace("INDEX ON", f"INDEX {connection.ops.quote_name(name)} ON", 1))


def statements(connection: Any) -> list[str]:
    """CREATE INDEX of each table, without a name."""
    return [statement(connection, model, columns) for model, columns in SEARCHED]


def statement(connection: Any, model: type[models.Model], columns: Columns) -> str:
    query = Query(model, alias_cols=False)
    compiler = query.get_compiler(connection=connection)
    sql, params = compiler.compile(searched(*columns).resolve_expression(query, allow_joins=False))
    with connection.cursor() as cursor:
        expression = cursor.mogrify(sql, params).decode()
    return f"CREATE INDEX ON {connection.ops.quote_name(model._meta.db_table)} USING gin (({expression}) gin_trgm_ops)"


def name_of(statement: str) -> str:
    """The same for the same expression."""
    return f"find_{sha256(statement.encode()).hexdigest()[:16]}"
