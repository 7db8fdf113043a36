"""What tests with real processes stand on: a throw-away PostgreSQL database, a Redis database of their own."""

import os
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis

from tests.needs import need
from tests.server.installation import Installation
from tests.server.tables import Tables, tables_in

POSTGRES = os.environ.get("TEST_POSTGRES_URL", "postgres://127.0.0.1:5432/postgres")
REDIS = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/15")
LOCK = "healthapp-test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/server" in str(item.path):
            item.add_marker(pytest.mark.server)


@pytest.fixture(scope="session")
def tables(tmp_path_factory) -> Iterator[Tables]:
    """The tables of a new installation, made once."""
    with tables_in(tmp_path_factory.mktemp("tables")) as made:
        yield made


@pytest.fixture
def embedded(tmp_path, tables) -> Installation:
    """Nothing set, as on a new machine; the tables are made."""
    return tables.give(Installation(tmp_path))


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A new, empty PostgreSQL database, dropped afterwards."""
    try:
        server = psycopg2.connect(POSTGRES, connect_timeout=3)
    except psycopg2.OperationalError:
        need(False, what="PostgreSQL at TEST_POSTGRES_URL")
    server.autocommit = True
    name = f"healthapp_test_{uuid.uuid4().hex[:12]}"
    with server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        yield urlsplit(POSTGRES)._replace(path=f"/{name}").geturl()
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.close()


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A Redis database that no other test uses at the same time, emptied afterwards."""
    for number in range(15, 0, -1):
        url = urlsplit(REDIS)._replace(path=f"/{number}").geturl()
        with redis.Redis.from_url(url, socket_connect_timeout=3) as client:
            try:
                is_ours = client.dbsize() == 0 and client.set(LOCK, "taken", nx=True, ex=600)
            except redis.ConnectionError:
                need(False, what="Redis at TEST_REDIS_URL")
            if is_ours:
                yield url
                client.flushdb()
                return
    need(False, what="An empty Redis database")
