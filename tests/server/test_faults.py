"""Real processes are killed at random points of a run over 10,000 accounts: it completes soon, and with the same bits.

How many kills of each kind there are is FAULT_KILLS; the points are drawn from a seed.
"""

import fcntl
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tests.server.installation import Running, free_port, status, wait_until
from tests.server.night import ACCOUNTS, DAY, HASTE, Night, Row, World, load
from tests.server.servers import broker, children_of, postgres_cluster

KILLS = int(os.environ.get("FAULT_KILLS", "2"))
KILLS_OF_A_RUN = 5
COMPLETES_WITHIN_SECONDS = 90
NOTHING_YET = (0, 0, 0, ACCOUNTS)
ALL_THERE = (ACCOUNTS, ACCOUNTS, ACCOUNTS, ACCOUNTS)
# Waits for a word, so that two processes start at the very same moment.
RECOMPUTE_AT_ONCE = """
import sys, time
from pathlib import Path
from django.utils import timezone
from scoring.pipeline import score_days
print("set", flush=True)
while not Path({go!r}).exists():
    time.sleep(0.001)
from datetime import date
score_days([date.fromisoformat({day!r})], clock=timezone.now)
"""
# As if beat had been off at the hour of the nightly run.
OVERDUE = """
from datetime import timedelta
from celery.beat import PersistentScheduler
from healthapp.celery import app
scheduler = PersistentScheduler(app, schedule_filename={name!r})
scheduler.schedule["nightly scores"].last_run_at -= timedelta(days=1)
scheduler.close()
"""


@dataclass
class Undisturbed:
    """What a night without any fault gives, and how long its run took to be written in the end."""

    snapshots: list[Row]
    closing_seconds: float


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    data = data_of_the_world(tmp_path_factory)
    with postgres_cluster(copy_of=data) as postgres, broker() as redis:
        yield World(postgres, redis, tmp_path_factory.mktemp("nights"))


def data_of_the_world(tmp_path_factory) -> Path:
    """The data of a stopped cluster with the world in it; made once, also for several test processes."""
    here = tmp_path_factory.getbasetemp()
    shared = here.parent if "PYTEST_XDIST_WORKER" in os.environ else here
    data = shared / "world"
    with (shared / "world.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not data.exists():
            with postgres_cluster() as postgres:
                load(postgres, folder=tmp_path_factory.mktemp("load"))
                postgres.stop()
                # Under its name only when it is whole.
                subprocess.run(["cp", "--archive", str(postgres.folder / "data"), f"{data}.part"], check=True)
            Path(f"{data}.part").rename(data)
    return data


@pytest.fixture(scope="module")
def undisturbed(world) -> Undisturbed:
    with world.night() as night:
        night.start_worker()
        night.ring("score_day", as_of=DAY.isoformat())
        wait_until(lambda: night.progress(DAY) == 1, what="all chunks are scored", look_every=0.01)
        began = time.monotonic()
        done(night)
        found = Undisturbed(night.snapshots(DAY), time.monotonic() - began)
        assert night.sight(DAY) == ALL_THERE
        return found


@pytest.fixture
def night(world) -> Iterator[Night]:
    with world.night() as night:
        yield night


@dataclass
class Crew:
    """The processes at work, and a chance that says where it hits."""

    night: Night
    worker: Running
    beat: Running
    chance: random.Random


def kill_worker_parent(crew: Crew) -> None:
    os.kill(crew.worker.pid, signal.SIGKILL)
    crew.worker.process.wait()
    crew.worker = crew.night.start_worker()


def kill_worker_child(crew: Crew) -> None:
    """Its parent makes another one by itself."""
    children = wait_until(lambda: children_of(crew.worker.pid), what="the worker has children")
    os.kill(crew.chance.choice(children), signal.SIGKILL)


def kill_beat(crew: Crew) -> None:
    """And all who work, so that nothing goes on before the new beat rings."""
    crew.beat.kill()
    for child in children_of(crew.worker.pid):
        os.kill(child, signal.SIGKILL)
    crew.beat = crew.night.start_beat()


def kill_postgres(crew: Crew) -> None:
    crew.night.postgres.kill()
    crew.night.postgres.start()


@pytest.mark.parametrize("kill", [kill_worker_parent, kill_worker_child, kill_beat, kill_postgres])
def test_a_run_completes_after_kills_at_random_points_and_equals_an_undisturbed_one(kill, world, undisturbed):
    chance = random.Random(kill.__name__)
    hits = 0
    while hits < KILLS:
        with world.night() as night:
            crew = Crew(night, night.start_worker(), night.start_beat(), chance)
            with whole_or_not_at_all(night):
                hits += disturbed_run(crew, kill, points(chance, min(KILLS - hits, KILLS_OF_A_RUN)), undisturbed)
            assert night.snapshots(DAY) == undisturbed.snapshots
            assert night.states(DAY) == ["done"]


def disturbed_run(crew: Crew, kill, points: list[float], undisturbed: Undisturbed) -> int:
    """A run that is hit at these points; says how often it was hit before it was done."""
    night, restarted = crew.night, []
    # Two rings: two children work on the run.
    night.ring("score_day", as_of=DAY.isoformat())
    night.ring("score_day", as_of=DAY.isoformat())
    for point in points:
        wait_for(point, night=night, closing_seconds=undisturbed.closing_seconds)
        if night.is_done(DAY):
            break
        kill(crew)
        restarted.append(time.monotonic())
    done(night)
    assert time.monotonic() - restarted[0] < COMPLETES_WITHIN_SECONDS
    return len(restarted)


def points(chance: random.Random, count: int) -> list[float]:
    """From 0, when the run begins, to 1, when all is scored, to 2, when all is written."""
    return sorted(chance.choice([chance.random(), chance.random(), 1 + chance.random()]) for _ in range(count))


def wait_for(point: float, *, night: Night, closing_seconds: float) -> None:
    """Until so much of the run is done. The writing is one transaction: how far that is only the clock knows."""
    wait_until(
        lambda: night.states(DAY) and (night.is_done(DAY) or night.progress(DAY) >= min(point, 1.0)),
        what=f"{point:.0%} of the run",
        seconds=COMPLETES_WITHIN_SECONDS,
        look_every=0.005,
    )
    time.sleep(max(0.0, point - 1) * closing_seconds)


def done(night: Night) -> None:
    wait_until(lambda: night.is_done(DAY), what="the run is done", seconds=COMPLETES_WITHIN_SECONDS, look_every=0.005)


@contextmanager
def whole_or_not_at_all(night: Night) -> Iterator[None]:
    """Somebody reads all the time, and at no time sees a part of a run, or an account without any health."""
    with night.reader(DAY) as seen:
        yield
    assert seen <= {NOTHING_YET, ALL_THERE}
    assert NOTHING_YET in seen
    assert night.sight(DAY) == ALL_THERE


def test_with_the_settings_as_shipped_a_killed_worker_is_made_up_for_in_time(world, undisturbed, settings):
    shipped = {name: str(getattr(settings, name)) for name in HASTE}
    with world.night(**shipped) as night, whole_or_not_at_all(night):
        night.start_beat()
        worker = night.start_worker()
        night.ring("score_day", as_of=DAY.isoformat())
        wait_until(lambda: night.holders(DAY), what="somebody holds a chunk", look_every=0.005)
        worker.kill()
        assert night.holders(DAY)
        night.start_worker()
        done(night)
        assert night.snapshots(DAY) == undisturbed.snapshots


@pytest.mark.parametrize("how", ["emptied", "killed"])
def test_a_broker_that_has_forgotten_everything_costs_nothing_but_time(how, night, undisturbed):
    crew = Crew(night, night.start_worker(), night.start_beat(), random.Random(how))
    with whole_or_not_at_all(night):
        night.ring("score_day", as_of=DAY.isoformat())
        wait_for(0.3, night=night, closing_seconds=0)
        if how == "killed":
            night.broker.kill()
            night.broker.start()
        else:
            night.broker.empty()
        for child in children_of(crew.worker.pid):
            os.kill(child, signal.SIGKILL)
        done(night)
    assert night.snapshots(DAY) == undisturbed.snapshots


def test_starts_at_the_same_moment_are_one_run(night, undisturbed):
    go = night.installation.folder / "go"
    code = RECOMPUTE_AT_ONCE.format(go=str(go), day=DAY.isoformat())
    starting = [night.start(sys.executable, "manage.py", "shell", "--no-imports", "--command", code) for _ in range(2)]
    wait_until(lambda: all(running.said("set") for running in starting), what="both are ready")
    with whole_or_not_at_all(night):
        go.touch()
        done(night)
        assert [running.process.wait(timeout=COMPLETES_WITHIN_SECONDS) for running in starting] == [0, 0]
    assert night.states(DAY) == ["done"]
    assert night.snapshots(DAY) == undisturbed.snapshots


def test_two_beats_and_two_workers_are_one_nightly_run(night):
    yesterday = timezone.localdate() - timedelta(days=1)
    for name in ("beat-0", "beat-1"):
        night.installation.shell(OVERDUE.format(name=str(night.installation.folder / name)))
    night.start_beat()
    night.start_beat()
    wait_until(lambda: night.said("Sending due task nightly scores") == 2, what="both beats have rung")
    night.start_worker()
    night.start_worker()
    wait_until(lambda: night.said("Task scoring.tasks.score_last_night") == 4, what="both rings came and were answered")
    wait_until(lambda: night.is_done(yesterday), what="the run is done")
    assert night.states(yesterday) == ["done"]
    assert len(night.snapshots(yesterday)) == night.sight(yesterday)[1] > 0


def test_the_web_process_finds_postgresql_again(night):
    port = free_port()
    address = f"http://127.0.0.1:{port}/healthz"
    night.start(sys.executable, "-m", "gunicorn", "healthapp.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4")
    wait_until(lambda: status(address) == 200, what="the web process answers")
    night.postgres.kill()
    assert status(address) == 500
    night.postgres.start()
    wait_until(lambda: status(address) == 200, what="the web process answers again", seconds=10)
    assert [status(address) for _ in range(8)] == [200] * 8
