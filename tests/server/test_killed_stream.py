"""Events come all the time while processes are killed at random: what was acknowledged counts, and counts once.

How many kills of each kind there are is FAULT_KILLS; the moments are drawn from a seed.
"""

import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.server.installation import Installation, Running, free_port, status, wait_until
from tests.server.night import BEAT, WORKER
from tests.server.senders import Senders, counted, is_all_folded
from tests.server.servers import Broker, Postgres, broker, children_of, kill_if_there, postgres_cluster
from tests.server.test_killed_worker import FORTY_ACCOUNTS
from tests.server.test_touched import YESTERDAY

HOST = "127.0.0.1"
KILLS = int(os.environ.get("FAULT_KILLS", "2"))
# A process is back, and works, before it is hit again.
PAUSE_SECONDS = (0.5, 3.0)
FOLDED_WITHIN_SECONDS = 90
WEB = (sys.executable, "-m", "gunicorn", "healthapp.wsgi", "--threads", "4", "--workers", "2", "--no-control-socket")


@dataclass
class Site:
    """An installation at work: its processes, and a chance that says where it hits."""

    installation: Installation
    chance: random.Random
    postgres: Postgres | None = None
    port: int = field(default_factory=free_port)
    started: list[Running] = field(default_factory=list)

    def start(self, *command: str) -> Running:
        self.started.append(self.installation.launch(*command, name=f"process-{len(self.started)}"))
        return self.started[-1]

    def start_web(self) -> None:
        self.web = self.start(*WEB, "--bind", f"{HOST}:{self.port}")
        self.await_web()

    def await_web(self) -> None:
        wait_until(lambda: status(f"http://{HOST}:{self.port}/healthz") == 200, what="the web process answers")

    def start_worker(self) -> None:
        self.worker = self.start(*WORKER, "--without-gossip", "--hostname", f"worker{len(self.started)}@%h")

    def start_beat(self) -> None:
        self.start(*BEAT, "--schedule", str(self.installation.folder / "beat"))

    def start_all_in_one(self) -> None:
        self.family = self.start(sys.executable, "manage.py", "serve", "--port", str(self.port))
        self.await_web()

    def member(self, name: str) -> int:
        """The process of that name among those that `serve` started, when it is there."""
        return wait_until(lambda: next(named(self.family.pid, name), 0), what=f"there is a {name}")

    def end(self) -> None:
        for running in self.started:
            running.kill()


def named(parent: int, name: str) -> Iterator[int]:
    for child in children_of(parent):
        if name.encode() in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
            yield child


def kill_with_children(pid: int) -> None:
    for each in (pid, *children_of(pid)):
        kill_if_there(each)


def kill_web_worker(site: Site) -> None:
    """Its master makes another one by itself."""
    kill_if_there(site.chance.choice(wait_until(lambda: children_of(site.web.pid), what="there are workers")))


def kill_web_master(site: Site) -> None:
    """Alone: its workers notice that they are orphans."""
    os.kill(site.web.pid, signal.SIGKILL)
    site.web.process.wait()
    site.start_web()


def kill_consumer_parent(site: Site) -> None:
    os.kill(site.worker.pid, signal.SIGKILL)
    site.worker.process.wait()
    site.start_worker()


def kill_consumer_child(site: Site) -> None:
    """Its parent makes another one by itself."""
    kill_if_there(site.chance.choice(wait_until(lambda: children_of(site.worker.pid), what="there are children")))


def kill_postgres(site: Site) -> None:
    assert site.postgres is not None
    site.postgres.kill()
    time.sleep(site.chance.uniform(0, 1))
    site.postgres.start()


def kill_member_web(site: Site) -> None:
    site.await_web()
    kill_with_children(site.member("gunicorn"))


def kill_member_worker(site: Site) -> None:
    kill_with_children(site.member("worker"))


def kill_the_family(site: Site) -> None:
    """As when the machine goes down."""
    site.family.kill()
    site.start_all_in_one()


@dataclass
class World:
    postgres: Postgres
    broker: Broker


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    """Servers of our own to be killed, and a database that each test begins with a copy of."""
    with postgres_cluster() as postgres, broker() as redis:
        postgres.execute("CREATE DATABASE world")
        made(Installation(tmp_path_factory.mktemp("world"), {"DATABASE_URL": postgres.url("world")}))
        yield World(postgres, redis)


def made(installation: Installation) -> Installation:
    installation.manage("migrate", "--verbosity", "0")
    installation.shell(FORTY_ACCOUNTS)
    installation.shell(YESTERDAY)
    return installation


@contextmanager
def at_work(site: Site) -> Iterator[Site]:
    try:
        yield site
    finally:
        site.end()


@pytest.mark.parametrize(
    "kill", [kill_web_worker, kill_web_master, kill_consumer_parent, kill_consumer_child, kill_postgres]
)
def test_under_load_nothing_acknowledged_is_lost_and_nothing_counts_twice(kill, world, tmp_path):
    name = kill.__name__
    world.postgres.execute(f"CREATE DATABASE {name} TEMPLATE world")
    world.broker.empty()
    addresses = {"DATABASE_URL": world.postgres.url(name), "CELERY_BROKER_URL": world.broker.url}
    with at_work(Site(Installation(tmp_path, addresses), random.Random(name), world.postgres)) as site:
        site.start_web()
        site.start_worker()
        site.start_beat()
        disturbed(site, kill)


@pytest.mark.parametrize("kill", [kill_member_web, kill_member_worker, kill_the_family])
def test_on_one_machine_with_files_alone_the_same_holds(kill, tmp_path):
    with at_work(Site(made(Installation(tmp_path)), random.Random(kill.__name__))) as site:
        site.start_all_in_one()
        disturbed(site, kill)


def disturbed(site: Site, kill: Callable[[Site], None]) -> None:
    """Sends all the time, kills again and again, and compares what was acknowledged with what counts in the end."""
    key = site.installation.manage("create_source", "product").strip()
    with Senders(f"http://{HOST}:{site.port}/v1/batch", key) as senders:
        for _ in range(KILLS):
            time.sleep(site.chance.uniform(*PAUSE_SECONDS))
            kill(site)
        time.sleep(1)
    wait_until(lambda: is_all_folded(site.installation), what="everything is folded", seconds=FOLDED_WITHIN_SECONDS)
    found = counted(site.installation)
    assert senders.acknowledged
    assert {table: counts - senders.acknowledged for table, counts in found.items()} == dict.fromkeys(found, Counter())
    assert {table: senders.acknowledged - counts for table, counts in found.items()} == dict.fromkeys(found, Counter())
    print(f"{kill.__name__}: {KILLS} kills, {senders.told()}")
