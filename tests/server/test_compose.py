"""docker-compose.yml without Docker: each service's command and health check, by hand, as production would run it."""

import os
import re
import shlex
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
import yaml

from tests.needs import need
from tests.server.installation import ROOT, Installation, free_port, wait_until

GIVEN = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ALLOWED_HOSTS": "health.example",
    "POSTGRES_PASSWORD": "only-for-this-test",
}
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(?::([-?])([^}]*))?\}")


def compose() -> dict:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def filled(value: str) -> str:
    """The text with its variables put in, as Compose does it: `:-` has a default, `:?` refuses to start."""

    def put_in(found: re.Match[str]) -> str:
        name, kind, rest = found.groups()
        if name in GIVEN:
            return GIVEN[name]
        assert kind == "-", f"{name} has no default and the test gives none"
        return rest

    return VARIABLE.sub(put_in, value).replace("$$", "$")


class Services:
    """The services of the file on this machine: the same commands, with the addresses of here."""

    def __init__(self, folder: Path, *, postgres_url: str, redis_url: str) -> None:
        self.port = free_port()
        broker = urlsplit(redis_url)
        self.addresses = {
            f"postgres://healthapp:{GIVEN['POSTGRES_PASSWORD']}@postgres:5432/healthapp": postgres_url,
            "redis://redis:6379/0": redis_url,
            "redis://redis:6379/1": broker.geturl(),
            "0.0.0.0:8000": f"127.0.0.1:{self.port}",
            "127.0.0.1:8000": f"127.0.0.1:{self.port}",
            "/var/lib/healthapp": str(folder),
        }
        self.folder = folder
        self.services = compose()["services"]

    def here(self, value: object) -> str:
        text = filled(str(value))
        for there, address in self.addresses.items():
            text = text.replace(there, address)
        return text

    def installation(self, name: str) -> Installation:
        variables = {key: self.here(value) for key, value in self.services[name]["environment"].items()}
        return Installation(self.folder, {**variables, "STATIC_ROOT": str(self.folder / "collected")})

    def command(self, name: str) -> list[str]:
        return [self.here(word) for word in self.services[name]["command"]]

    def is_healthy(self, name: str) -> bool:
        kind, *words = self.services[name]["healthcheck"]["test"]
        command = [self.here(word) for word in words]
        done = self.installation(name).run(*(command if kind == "CMD" else ["sh", "-c", command[0]]))
        return done.returncode == 0


@pytest.fixture
def services(tmp_path, postgres_url, redis_url, monkeypatch) -> Services:
    monkeypatch.setenv("HOSTNAME", os.uname().nodename)
    return Services(tmp_path, postgres_url=postgres_url, redis_url=redis_url)


def test_every_service_works_as_its_command_says(services):
    migrate = services.installation("migrate")
    assert migrate.run(*services.command("migrate")).returncode == 0
    assert migrate.run("python", "manage.py", "collectstatic", "--noinput", "--verbosity", "0").returncode == 0

    web = services.installation("web")
    assert not services.is_healthy("web")
    with web.process(*services.command("web"), name="web"):
        wait_until(lambda: services.is_healthy("web"), what="web answers /healthz")

    worker = services.installation("worker")
    worker.variables["HOSTNAME"] = os.uname().nodename
    with worker.process(*services.command("worker"), name="worker") as running:
        wait_until(lambda: running.said("ready."), what="the worker is ready")
        wait_until(lambda: services_ping(services), what="the worker answers a ping")
        worker.shell("from scoring.tasks import score_day; score_day.delay(as_of='2026-06-30')")
        runs = "from scoring.models import ScoringRun; print(list(ScoringRun.objects.values_list('as_of', flat=True)))"
        wait_until(lambda: worker.shell(runs) == "[datetime.date(2026, 6, 30)]", what="the worker has started the run")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=60) == 0

    beat = services.installation("beat")
    assert not services.is_healthy("beat")
    with beat.process(*services.command("beat"), name="beat") as running:
        wait_until(lambda: running.said("beat: Starting..."), what="beat has started")
        wait_until(lambda: services.is_healthy("beat"), what="beat has written its schedule")


def services_ping(services: Services) -> bool:
    kind, command = services.services["worker"]["healthcheck"]["test"]
    assert kind == "CMD-SHELL"
    installation = services.installation("worker")
    installation.variables["HOSTNAME"] = os.uname().nodename
    return installation.run("sh", "-c", services.here(command)).returncode == 0


def test_redis_runs_with_an_append_only_file(tmp_path):
    need(shutil.which("redis-server") is not None, what="redis-server")
    port = free_port()
    command = [*compose()["services"]["redis"]["command"], "--port", str(port), "--dir", str(tmp_path)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port) as client:
            wait_until(lambda: answers(client), what="redis answers")
            assert client.config_get("appendonly") == {"appendonly": "yes"}
    finally:
        server.terminate()
        server.wait(timeout=20)


def answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_postgres_is_healthy_when_it_takes_connections(postgres_url):
    need(shutil.which("pg_isready") is not None, what="pg_isready")
    _, command = compose()["services"]["postgres"]["healthcheck"]["test"]
    there = urlsplit(postgres_url)
    at = ["--host", there.hostname or "", "--port", str(there.port or 5432)]
    assert subprocess.run([*shlex.split(command), *at], capture_output=True).returncode == 0


def test_no_secret_has_a_default():
    text = (ROOT / "docker-compose.yml").read_text()
    for name, kind, _ in VARIABLE.findall(text):
        if "PASSWORD" in name or "SECRET" in name or name == "ALLOWED_HOSTS":
            # Mail without a login is a real case; everything else must be given.
            assert (name, kind) in {(name, "?"), ("EMAIL_PASSWORD", "-")}


def test_every_service_comes_back_and_says_how_it_is():
    for name, service in compose()["services"].items():
        assert service["restart"] == ("on-failure:3" if name == "migrate" else "unless-stopped")
        assert name == "migrate" or "healthcheck" in service
        assert service.get("volumes"), name


def test_only_the_web_service_has_a_port_and_it_is_of_this_machine():
    ports = {name: service["ports"] for name, service in compose()["services"].items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:${WEB_PORT:-8000}:8000"]}
