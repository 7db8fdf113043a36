"""How many events a source may send in a minute: counted in the cache, where all processes see it.

A process tells the cache once a second what came through it. So a source may send a second's worth more than it should,
and a batch costs no trip to the cache.
"""

from dataclasses import dataclass
from threading import Lock

import structlog
from django.conf import settings
from django.core.cache import cache

log = structlog.get_logger(__name__)
MINUTE = 60
TOLD_EVERY_SECONDS = 1.0


@dataclass
class Tally:
    """What a source has sent in a minute, as far as this process knows."""

    minute: int
    # What the cache said last, what came through this process since then, and when that was.
    everywhere: int = 0
    here: int = 0
    told_at: float = 0.0


TALLIES: dict[int, Tally] = {}
LOCK = Lock()


def seconds_to_wait(source_id: int, *, now: float) -> int:
    """0 while the source may send, else the seconds until it may again."""
    if not settings.EVENTS_PER_MINUTE:
        return 0
    with LOCK:
        tally = tally_of(source_id, minute=int(now) // MINUTE)
        if now - tally.told_at >= TOLD_EVERY_SECONDS:
            tell(source_id, tally, now=now)
        is_over = tally.everywhere + tally.here >= settings.EVENTS_PER_MINUTE
    return MINUTE - int(now) % MINUTE if is_over else 0


def count(source_id: int, events: int, *, now: float) -> None:
    """Notes what the source has sent."""
    with LOCK:
        tally_of(source_id, minute=int(now) // MINUTE).here += events


def tally_of(source_id: int, *, minute: int) -> Tally:
    tally = TALLIES.get(source_id)
    if tally is None or tally.minute != minute:
        tally = TALLIES[source_id] = Tally(minute)
    return tally


def tell(source_id: int, tally: Tally, *, now: float) -> None:
    """Adds to the cache what came through here, and learns what came through all. Without a cache each counts alone."""
    name = f"events:{source_id}:{tally.minute}"
    tally.told_at = now
    try:
        cache.add(name, 0, timeout=2 * MINUTE)
        tally.everywhere, tally.here = cache.incr(name, tally.here), 0
    except Exception:
        log.warning("the cache is not there, each process limits rates by itself", exc_info=True)
