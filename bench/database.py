"""A new, empty database beside the configured one, of the same kind, for the length of a benchmark."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from django.conf import settings
from django.db import connection


@contextmanager
def empty_database() -> Iterator[None]:
    """Made with all tables, used by everything inside the block, and dropped. On SQLite it is a file, not memory."""
    configured = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(settings.VAR_DIR / "bench.sqlite3")
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(configured, verbosity=0)


class Watch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self.began = perf_counter()

    @property
    def seconds(self) -> float:
        return perf_counter() - self.began
