"""`manage.py serve` on a new machine: one command starts all, keeps it running and stops it."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import closing

from tests.server.installation import Installation, free_port, status, wait_until


def process_ids(pattern: str) -> set[int]:
    found = subprocess.run(["pgrep", "-f", pattern], capture_output=True, text=True)
    return {int(line) for line in found.stdout.split()}


def test_web_worker_and_beat_run_together_come_back_and_stop(embedded):
    port = free_port()
    with embedded.process(sys.executable, "manage.py", "serve", "--port", str(port), name="serve") as serve:
        wait_until(
            lambda: serve.said(f"healthapp is running at http://localhost:{port}"), what="the address is printed"
        )
        assert status(f"http://127.0.0.1:{port}/healthz") == 200
        assert status(f"http://127.0.0.1:{port}/") == 200
        mine = {int(child) for child in children_of(serve.process.pid)}
        assert len(mine) == 3

        web = process_ids(f"gunicorn .*127.0.0.1:{port}") & mine
        os.kill(web.pop(), signal.SIGKILL)
        wait_until(lambda: serve.said("it starts again"), what="the death is logged")
        wait_until(lambda: status(f"http://127.0.0.1:{port}/healthz") == 200, what="the web process is back")
        assert re.search(r"a process ended, it starts again.*exit_code=-9.*process=web", serve.log.read_text())

        mine = {int(child) for child in children_of(serve.process.pid)}
        serve.process.send_signal(signal.SIGINT)
        assert serve.process.wait(timeout=30) == 0
        assert "Stopped." in serve.log.read_text()
        wait_until(lambda: not any(is_alive(child) for child in mine), what="all children are gone", seconds=5)


def children_of(parent: int) -> list[str]:
    return subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True).stdout.split()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_port_in_use_is_said_in_a_sentence(tmp_path):
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = Installation(tmp_path).run(sys.executable, "manage.py", "serve", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: Port {port} cannot be used")
    assert "Traceback" not in done.stderr
