"""`manage.py serve`: web, worker and beat with one command, for one machine with nothing else installed."""

import signal
import socket
import sys
import time
from contextlib import closing
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.demo.people import CSMS, LEADER, MANAGERS, OPS, VIEWER
from accounts.models import User
from accounts.operations.demo import PASSWORD
from dashboards.management.processes import Child, Family

HOST = "127.0.0.1"
READY_WITHIN_SECONDS = 60.0
WEB_THREADS = 8


class Command(BaseCommand):
    help = "Runs web, worker and beat together until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        refuse_a_port_in_use(port)
        family = Family(children(port))
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, family.ask_to_stop)
        family.start()
        if is_answering(port, family=family):
            self.stdout.write(welcome(port))
            self.stdout.flush()
        family.watch()
        self.stdout.write("Stopped.")


def refuse_a_port_in_use(port: int) -> None:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError) as reason:
            raise CommandError(
                f"Port {port} cannot be used ({reason}). Stop what uses it, or choose another: make serve PORT=8010"
            ) from reason


def children(port: int) -> list[Child]:
    """The three processes. The worker takes one task at a time: SQLite has one writer anyway."""
    web = ["gunicorn", "healthapp.wsgi", "--bind", f"{HOST}:{port}", "--workers", "1", "--threads", str(WEB_THREADS)]
    celery = ["celery", "--app", "healthapp"]
    level = ["--loglevel", "WARNING"]
    return [
        Child("web", module(*web, "--no-control-socket", "--log-level", "warning")),
        Child(
            "worker",
            module(*celery, "--quiet", "worker", "--pool", "solo", "--without-gossip", "--without-mingle", *level),
        ),
        Child("beat", module(*celery, "--quiet", "beat", "--pidfile", "", *level)),
    ]


def module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def is_answering(port: int, *, family: Family) -> bool:
    """Waits until the web process takes connections; False when it was stopped before, or takes too long."""
    give_up_at = time.monotonic() + READY_WITHIN_SECONDS
    while not family.is_stopping and time.monotonic() < give_up_at:
        with closing(socket.socket()) as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return True
        family.look_after()
        time.sleep(0.1)
    return False


def welcome(port: int) -> str:
    """The address and, with the demo company loaded, one login per role."""
    people = (CSMS[0], MANAGERS[0], LEADER, VIEWER, OPS)
    present = set(User.objects.filter(email__in=[p.email for p in people]).values_list("email", flat=True))
    logins = [f"  {p.email:32} {p.title}" for p in people if p.email in present]
    lines = ["", f"healthapp is running at http://localhost:{port}", ""]
    if logins:
        lines += [f"Log in with the password {PASSWORD} as:", *logins, ""]
    return "\n".join([*lines, "Ctrl-C stops it."])
