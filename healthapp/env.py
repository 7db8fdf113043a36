"""Typed reading of environment variables: a wrong or missing one stops the start with a sentence."""

import os
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import available_timezones

from django.core.exceptions import ImproperlyConfigured

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off"}


def text(name: str, *, default: str | None = None) -> str:
    """The variable's text. Without a default a missing one is refused."""
    value = os.environ.get(name, "").strip()
    if value:
        return value
    if default is None:
        raise ImproperlyConfigured(f"{name} is not set. Set it in the environment; .env.example says what it is for.")
    return default


def flag(name: str, *, default: bool) -> bool:
    """True or false, written as yes/no, true/false, on/off or 1/0."""
    word = text(name, default=str(default)).lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name} is {word!r}. Write yes or no.")


def number(name: str, *, default: int, at_least: int = 0) -> int:
    """A whole number, not below `at_least`."""
    written = text(name, default=str(default))
    try:
        value = int(written)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {written!r}. Write a whole number.") from None
    if value < at_least:
        raise ImproperlyConfigured(f"{name} is {value}. It must be at least {at_least}.")
    return value


def words(name: str, *, default: str = "") -> list[str]:
    """A list, separated by commas."""
    return [word.strip() for word in text(name, default=default).split(",") if word.strip()]


def choice(name: str, *, default: str, among: set[str]) -> str:
    """One of the words allowed, in capitals."""
    word = text(name, default=default).upper()
    if word not in among:
        raise ImproperlyConfigured(f"{name} is {word!r}. Write one of {', '.join(sorted(among))}.")
    return word


def zone(name: str, *, default: str) -> str:
    """A time zone by its name, such as Europe/Berlin."""
    written = text(name, default=default)
    if written not in available_timezones():
        raise ImproperlyConfigured(f"{name} is {written!r}. Write the name of a time zone, such as Europe/Berlin.")
    return written


def address(name: str, *, default: str, schemes: set[str]) -> str:
    """The address of a service, with one of the schemes allowed; unset means the default."""
    written = text(name, default=default)
    if written != default and (urlsplit(written).scheme not in schemes or not urlsplit(written).hostname):
        allowed = ", ".join(f"{scheme}://" for scheme in sorted(schemes))
        raise ImproperlyConfigured(f"{name} is no such address. Write one with a host that starts with {allowed}.")
    return written


def database(name: str, *, folder: Path) -> dict[str, object]:
    """Django's database settings from a URL; unset means a SQLite file in `folder`."""
    url = text(name, default="")
    if not url:
        return sqlite(folder / "healthapp.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite" and parts.path:
        return sqlite(Path(unquote(parts.path)))
    if parts.scheme in {"postgres", "postgresql"} and parts.path.strip("/"):
        return postgresql(name, parts)
    raise ImproperlyConfigured(
        f"{name} is not a database address. Write postgres://user:password@host:5432/name or sqlite:////path/file."
    )


def postgresql(name: str, parts: SplitResult) -> dict[str, object]:
    """PostgreSQL with connections that are kept for a minute and looked at before each request."""
    try:
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} has a port that is not a number. Write one such as 5432.") from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        # Compiling a query takes longer than any of ours runs; counting distinct users needs room to sort.
        "OPTIONS": {"options": "-c jit=off -c work_mem=32MB"},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def sqlite(path: Path) -> dict[str, object]:
    """SQLite that several processes can share: write-ahead log, writers queue instead of failing."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000; PRAGMA temp_store=MEMORY"
            ),
        },
    }
