"""What accounts are scored against and share: read once for as long as nobody changed it, where somebody keeps it.

Who scores accounts one by one keeps it under a stamp that grows with every change (accounts.touches); elsewhere
each reading asks the database.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
Kept = dict[Hashable, Any]

_kept: ContextVar[Kept | None] = ContextVar("what accounts share", default=None)
# One stamp at a time: a process that goes on for weeks keeps no old days.
_by_stamp: dict[Hashable, Kept] = {}


@contextmanager
def keep_shared(stamp: Hashable) -> Iterator[None]:
    """Inside, `shared` reads once per stamp and process."""
    if stamp not in _by_stamp:
        _by_stamp.clear()
    token = _kept.set(_by_stamp.setdefault(stamp, {}))
    try:
        yield
    finally:
        _kept.reset(token)


@contextmanager
def read_shared_once() -> Iterator[None]:
    """Inside, `shared` reads once; nothing is kept after it."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def shared(key: Hashable, read: Callable[[], T], *, keep: Callable[[T], bool] = lambda found: True) -> T:
    """What `read` gives; it is kept where `keep` says so of it."""
    kept = _kept.get()
    if kept is None:
        return read()
    if key in kept:
        return kept[key]  # type: ignore[no-any-return]
    found = read()
    if keep(found):
        kept[key] = found
    return found


def forget_shared() -> None:
    """For tests, which take the database back."""
    _by_stamp.clear()
