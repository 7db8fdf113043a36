"""The tables of an installation, made once: `migrate` takes longer than most of what is tested with them."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from tests.server.installation import Installation


@dataclass
class Tables:
    """What `migrate` leaves on a new machine, to give to installations."""

    folder: Path
    model: str | None = None  # the address of a database with the tables, once somebody wanted it

    def give(self, installation: Installation) -> Installation:
        """The installation with its tables; its database must be empty."""
        url = installation.variables.get("DATABASE_URL")
        if url:
            copy_database(self.of_postgres(url), to=url)
        else:
            shutil.copytree(self.of_files, installation.folder, dirs_exist_ok=True)
        return installation

    @cached_property
    def of_files(self) -> Path:
        found = self.folder / "files"
        found.mkdir()
        migrate(Installation(found))
        return found

    def of_postgres(self, url: str) -> str:
        """A database on the same server, with the tables."""
        if self.model is None:
            self.model = at(url, f"healthapp_tables_{uuid.uuid4().hex[:12]}")
            execute(url, f"CREATE DATABASE {name_in(self.model)}")
            migrate(Installation(self.folder, {"DATABASE_URL": self.model}))
        return self.model


@contextmanager
def tables_in(folder: Path) -> Iterator[Tables]:
    """Gone after the block."""
    tables = Tables(folder)
    try:
        yield tables
    finally:
        if tables.model:
            execute(tables.model, f"DROP DATABASE {name_in(tables.model)} WITH (FORCE)")


def migrate(installation: Installation) -> None:
    installation.manage("migrate", "--verbosity", "0")


def copy_database(model: str, *, to: str) -> None:
    execute(to, f"DROP DATABASE {name_in(to)} WITH (FORCE)")
    execute(to, f"CREATE DATABASE {name_in(to)} TEMPLATE {name_in(model)}")


def execute(url: str, statement: str) -> None:
    """On the server of that address."""
    with closing(psycopg2.connect(at(url, "postgres"))) as server:
        server.autocommit = True
        server.cursor().execute(statement)


def at(url: str, database: str) -> str:
    return urlsplit(url)._replace(path=f"/{database}").geturl()


def name_in(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")
