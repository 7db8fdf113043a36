"""Child processes that live and end together: started, watched, started again after a pause, stopped."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger(__name__)

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 10.0
# A process that lived this long was well: its next death starts again with the shortest pause.
WELL_AFTER_SECONDS = 60.0
STOP_WITHIN_SECONDS = 15.0
LOOK_EVERY_SECONDS = 0.2


@dataclass
class Child:
    """One process and how its last lives went."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause_seconds: float = FIRST_PAUSE_SECONDS

    def start(self, *, now: float) -> None:
        # A session of its own: Ctrl-C in the terminal reaches the parent alone, which then stops all in order.
        self.process = subprocess.Popen(self.command, start_new_session=True)  # noqa: S603 - our own command lines
        self.started_at = now

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def plan_restart(self, *, now: float) -> None:
        if now - self.started_at >= WELL_AFTER_SECONDS:
            self.pause_seconds = FIRST_PAUSE_SECONDS
        self.start_again_at = now + self.pause_seconds
        self.pause_seconds = min(self.pause_seconds * 2, LONGEST_PAUSE_SECONDS)


@dataclass
class Family:
    """Processes that are kept running until somebody stops them."""

    children: list[Child]
    clock: Callable[[], float] = time.monotonic
    is_stopping: bool = field(default=False, init=False)

    def start(self) -> None:
        for child in self.children:
            child.start(now=self.clock())

    def watch(self) -> None:
        """Keeps all running until `ask_to_stop`, then stops them."""
        try:
            while not self.is_stopping:
                self.look_after()
                time.sleep(LOOK_EVERY_SECONDS)
        finally:
            self.stop()

    def look_after(self) -> None:
        """One look at each child: notes a death, and ends the pause of one that waits."""
        now = self.clock()
        for child in self.children:
            if child.is_running():
                continue
            if child.process is not None:
                self.note_death(child, now=now)
            elif now >= child.start_again_at:
                child.start(now=now)

    def note_death(self, child: Child, *, now: float) -> None:
        code = child.process.returncode if child.process else None
        child.process = None
        child.plan_restart(now=now)
        pause = round(child.start_again_at - now)
        log.error("a process ended, it starts again", process=child.name, exit_code=code, in_seconds=pause)

    def ask_to_stop(self, *_: object) -> None:
        self.is_stopping = True

    def stop(self) -> None:
        """Asks every child to end; one that does not is killed. What it had leased is taken up at the next start."""
        for child in self.running():
            child.send_signal(signal.SIGTERM)
        deadline = self.clock() + STOP_WITHIN_SECONDS
        for process in self.running():
            try:
                process.wait(timeout=max(0.1, deadline - self.clock()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def running(self) -> list[subprocess.Popen[bytes]]:
        return [child.process for child in self.children if child.process is not None and child.is_running()]
