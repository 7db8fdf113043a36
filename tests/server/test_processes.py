"""Processes that live together: one that dies starts again after a pause, and all end when asked."""

import sys
import time

import pytest

from dashboards.management.processes import Child, Family

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
END = [sys.executable, "-c", "raise SystemExit(3)"]
DEAF = [sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"]


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def wait_for_end(child: Child) -> None:
    assert child.process is not None
    child.process.wait(timeout=10)


def test_a_child_that_dies_starts_again_after_a_pause(clock):
    child = Child("sleeper", SLEEP)
    family = Family([child], clock=clock)
    family.start()
    assert child.process is not None
    first = child.process.pid
    child.process.kill()
    wait_for_end(child)

    family.look_after()
    assert child.process is None
    clock.now += 0.9
    family.look_after()
    assert child.process is None
    clock.now += 0.2
    family.look_after()
    assert child.process is not None
    assert child.process.pid != first
    family.stop()


def test_the_pause_doubles_up_to_ten_seconds_and_is_short_again_after_a_good_life(clock):
    child = Child("short", END)
    family = Family([child], clock=clock)
    pauses = []
    for _ in range(6):
        child.start(now=clock())
        wait_for_end(child)
        family.look_after()
        pauses.append(child.start_again_at - clock())
    assert pauses == [1, 2, 4, 8, 10, 10]

    child.start(now=clock())
    wait_for_end(child)
    clock.now += 60
    family.look_after()
    assert child.start_again_at - clock() == 1


def test_stopping_ends_all_and_kills_the_deaf(clock, monkeypatch):
    monkeypatch.setattr("dashboards.management.processes.STOP_WITHIN_SECONDS", 0.2)
    family = Family([Child("sleeper", SLEEP), Child("deaf", DEAF)])
    family.start()
    time.sleep(0.5)
    family.stop()
    assert family.running() == []


def test_watching_ends_when_asked():
    family = Family([Child("sleeper", SLEEP)])
    family.start()
    family.ask_to_stop()
    family.watch()
    assert family.running() == []
