"""An installation of its own for a test: variables, real processes, a database and a Redis that nobody else uses."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
WAIT_SECONDS = 60.0
T = TypeVar("T")


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(happened: Callable[[], T], *, what: str, seconds: float = WAIT_SECONDS, look_every: float = 0.1) -> T:
    """What `happened` gave when it was first true. Fails when that takes too long."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        if found := happened():
            return found
        time.sleep(look_every)
    raise AssertionError(f"waited {seconds:.0f} s in vain until {what}")


def status(url: str) -> int:
    """The HTTP status with which somebody answers; 0 when nobody does."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own address
            return answer.status
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code
    except OSError:
        return 0


@dataclass
class Installation:
    """healthapp with its own folder; commands and processes see these variables and no others of ours."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        system = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
        here = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "VAR_DIR": str(self.folder), "PYTHONUNBUFFERED": "1"}
        return {**system, **here, "DJANGO_SETTINGS_MODULE": "healthapp.settings", **self.variables}

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command to its end, without a judgement on its exit code."""
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300)

    def manage(self, *arguments: str) -> str:
        """What a management command prints; it must succeed."""
        done = self.run(sys.executable, "manage.py", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        """What a few lines of Python print, with Django set up."""
        return self.manage("shell", "--no-imports", "--command", code).strip()

    def launch(self, *command: str, name: str) -> "Running":
        """A process in a group of its own; its output is kept in a file."""
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            started = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        return Running(started, log)

    @contextmanager
    def process(self, *command: str, name: str) -> Iterator["Running"]:
        """A process that runs for the length of the block."""
        running = self.launch(*command, name=name)
        try:
            yield running
        finally:
            running.stop()


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def said(self, words: str) -> bool:
        """Whether the words were printed; a process that has ended by then is a failure."""
        if words in self.log.read_text():
            return True
        assert self.process.poll() is None, self.log.read_text()
        return False

    def stop(self) -> None:
        """Asks it to end; kills it when it does not."""
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self) -> None:
        """kill -9 of the process and its children at once, without a chance to say goodbye."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()
