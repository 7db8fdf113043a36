"""From where something is done now: a page, the API, a command, a task. Who opens the way in says it, for the audit."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

LONGEST = 120
PAGE, API, COMMAND, TASK = "page", "api", "command", "task"
_here: ContextVar[str] = ContextVar("origin", default="")


def origin() -> str:
    """Empty where nobody said it."""
    return _here.get()


def told(way: str, name: str = "", *, token: str = "") -> str:
    """The way in and what it is called: `page 203.0.113.9`, `api 203.0.113.9, token 4 Sync`, `command ingest`."""
    said = f"{way} {name}".strip()
    return (f"{said}, token {token}" if token else said)[:LONGEST]


def come_from(where: str) -> None:
    """Says it more exactly, until whoever opened the way in closes it."""
    _here.set(where)


@contextmanager
def coming_from(where: str) -> Iterator[None]:
    """Everything inside is done from there."""
    before = _here.set(where)
    try:
        yield
    finally:
        _here.reset(before)


def of_command(argv: Sequence[str]) -> str:
    """`manage.py ingest …` is `command ingest`."""
    return told(COMMAND, argv[1]) if len(argv) > 1 else COMMAND


def of_task(name: str) -> str:
    """`accounts.tasks.send_mails` is `task send_mails`."""
    return told(TASK, name.rpartition(".")[2])


def without_address(where: str) -> str:
    """Of a page that was opened without a login: a customer's people leave no address with us."""
    return PAGE if where.startswith(f"{PAGE} ") else where
