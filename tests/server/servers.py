"""A PostgreSQL and a Redis that belong to one test: on ports of their own, to be killed and started again at will."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import redis

from tests.needs import need
from tests.server.installation import wait_until

HOST = "127.0.0.1"
PROGRAMS = Path("/usr/lib/postgresql")
OWNER = "healthapp"


@dataclass
class Server:
    """A server process in the foreground of its own group, with its output in a file."""

    folder: Path
    port: int
    command: list[str]
    user: str | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, user=self.user
            )
        wait_until(self.answers, what=f"{self.command[0]} answers")

    def answers(self) -> bool:
        raise NotImplementedError

    def kill(self) -> None:
        """kill -9 of the server and all its children at once, as when a container or a machine dies."""
        assert self.process is not None
        # Stopped first: a child that it makes after they were counted would live on, and wait for the dead for ever.
        self.process.send_signal(signal.SIGSTOP)
        family = [self.process.pid, *children_of(self.process.pid)]
        for pid in family:
            kill_if_there(pid)
        self.process.wait()
        wait_until(lambda: not any(map(is_alive, family)), what="the server is gone")

    def stop(self) -> None:
        """Asks it to end, without waiting for whoever is connected."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=60)

    @property
    def log(self) -> Path:
        return self.folder / "log"


class Postgres(Server):
    """A cluster that keeps what it has committed, as PostgreSQL does when nobody changes its settings."""

    def url(self, database: str) -> str:
        return f"postgres://{OWNER}@{HOST}:{self.port}/{database}"

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        try:
            psycopg2.connect(self.url("postgres"), connect_timeout=3).close()
        except psycopg2.OperationalError:
            return False
        return True

    def execute(self, statement: str) -> None:
        connection = psycopg2.connect(self.url("postgres"))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()


class Broker(Server):
    """A Redis that keeps nothing on disk: killed, it has forgotten everything."""

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    def answers(self) -> bool:
        with redis.Redis.from_url(self.url) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

    def empty(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


@contextmanager
def postgres_cluster(*, copy_of: Path | None = None) -> Iterator[Postgres]:
    """A cluster, new or copied from the data of a stopped one; running, then stopped and removed."""
    with open_folder() as folder:
        data, port, user = folder / "data", lasting_port(), postgres_user()
        if user:
            shutil.chown(folder, user)
        if copy_of:
            subprocess.run(["cp", "--archive", str(copy_of), str(data)], check=True)
        else:
            make_cluster(data, user=user)
        settings = {"listen_addresses": HOST, "unix_socket_directories": str(folder), "shared_buffers": "256MB"}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        cluster = Postgres(folder, port, [program("postgres"), "-D", str(data), "-p", str(port), *options], user)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


def make_cluster(data: Path, *, user: str | None) -> None:
    about = ["--username", OWNER, "--auth", "trust", "--encoding", "UTF8", "--no-sync"]
    subprocess.run([program("initdb"), "-D", str(data), *about], check=True, stdout=subprocess.DEVNULL, user=user)


def program(name: str) -> str:
    """A program of the newest PostgreSQL here."""
    found = sorted(PROGRAMS.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    need(bool(found), what=f"PostgreSQL's {name} in {PROGRAMS}")
    return str(found[-1])


def postgres_user() -> str | None:
    """PostgreSQL refuses to run as root; everybody else runs it as themselves."""
    return "postgres" if os.geteuid() == 0 else None


@contextmanager
def broker() -> Iterator[Broker]:
    """A new, empty Redis, running; stopped afterwards."""
    found = shutil.which("redis-server")
    need(found is not None, what="redis-server")
    with open_folder() as folder:
        port = lasting_port()
        where = ["--bind", HOST, "--port", str(port), "--dir", str(folder)]
        server = Broker(folder, port, [str(found), *where, "--save", "", "--appendonly", "no"])
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that other users can pass through, which those of pytest are not."""
    with tempfile.TemporaryDirectory(prefix="healthapp-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def lasting_port() -> int:
    """A port that no outgoing connection is given: nobody takes it while its server is dead."""
    while True:
        port = random.randrange(20_000, 32_000)
        with closing(socket.socket()) as probe, suppress(OSError):
            probe.bind((HOST, port))
            return port


def children_of(pid: int) -> list[int]:
    """The children that still run."""
    found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True).stdout.split()
    return [child for child in map(int, found) if is_alive(child)]


def is_alive(pid: int) -> bool:
    """Whether it still runs; a zombie that nobody has buried yet does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def kill_if_there(pid: int) -> None:
    """kill -9; a process that ended meanwhile is as dead."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
