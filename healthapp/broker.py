"""The broker that is a folder, so that kill -9 harms nobody: what is written stands there whole or not at all.

kombu's own writes in place. A message cut off by a kill then ends the worker that reads it, a table of queues cut off
keeps every process from ever starting again, and a message may be read while it is still empty.
"""

import fcntl
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time_ns
from typing import Any

import structlog
from kombu.transport import filesystem
from kombu.utils.json import dumps

log = structlog.get_logger(__name__)
Table = list[Any]


class Channel(filesystem.Channel):  # type: ignore[misc]
    """kombu's, with files that appear at once."""

    def get_table(self, exchange: str) -> Table:
        """The queues of an exchange. A table that was cut off is none: whoever listens binds again at its start."""
        try:
            return list(super().get_table(exchange))
        except ValueError:
            log.warning("a table of queues cannot be read", exchange=exchange)
            return []

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self.change_table(exchange, lambda table: table if bound in table else [bound, *table])

    def _delete(self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any) -> None:
        bound = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self._purge(queue)
        self.change_table(exchange, lambda table: [each for each in table if each != bound])

    def change_table(self, exchange: str, change: Callable[[Table], Table]) -> None:
        file = self._exchange_file(exchange)
        with alone(self.control_folder):
            before = self.get_table(exchange)
            if (after := change(before)) != before:
                write_whole(file, after)

    def _put(self, queue: str, message: Any, **kwargs: Any) -> None:  # type: ignore[override]
        """In the order of time: names are read in their order, so all are as long, and two of one moment differ."""
        name = f"{time_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        write_whole(Path(self.data_folder_out) / name, message)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        """The next message that can be read."""
        while True:
            try:
                return super()._get(queue)
            except ValueError:
                log.warning("a message cannot be read", queue=queue)


class Transport(filesystem.Transport):  # type: ignore[misc]
    Channel = Channel


def write_whole(file: Path, content: Any) -> None:
    """Under another name first, which nobody reads."""
    draft = file.with_name(f"{file.name}.{os.getpid()}.draft")
    draft.write_text(dumps(content), encoding="utf-8")
    draft.replace(file)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else changes a table meanwhile; a process that is killed lets go."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
