"""Calls the consumer. A ring costs as much as taking in a hundred events: a process rings ten times a second at most.

Rings are made by a thread of their own: no answer waits for the broker, also where there is none. What is to be done
stands in the inbox; a ring that is lost costs time until beat rings again, and no event.
"""

import threading
import time

import structlog
from celery import current_app

log = structlog.get_logger(__name__)
# The consumer listens under this name.
DOORBELL = "accounts.tasks.fold_events"
RING_EVERY_SECONDS = 0.1
# A ring that nobody heard by then is worth nothing: beat rings again.
RING_SECONDS = 30


class Bell:
    """Rings soon after it was asked to, once for all who asked meanwhile."""

    def __init__(self) -> None:
        self.wanted = threading.Event()
        self.lock = threading.Lock()
        self.ringer: threading.Thread | None = None

    def ring(self) -> None:
        self.wanted.set()
        if self.ringer is None or not self.ringer.is_alive():
            self.start()

    def start(self) -> None:
        """A thread does not survive the fork of its process: the first ring of each process starts one."""
        with self.lock:
            if self.ringer is None or not self.ringer.is_alive():
                self.ringer = threading.Thread(target=self.keep_ringing, name="doorbell", daemon=True)
                self.ringer.start()

    def keep_ringing(self) -> None:
        while self.wanted.wait():
            self.wanted.clear()
            send()
            time.sleep(RING_EVERY_SECONDS)


def send() -> None:
    try:
        current_app.send_task(DOORBELL, expires=RING_SECONDS, retry=False, ignore_result=True)
    except Exception:
        log.warning("the broker is not there, events wait for the next ring", exc_info=True)


BELL = Bell()


def ring() -> None:
    """Somebody has put events into the inbox."""
    BELL.ring()
