"""Stands between a client and a server, and spoils some of what passes, in the ways in which networks do."""

import http.client
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "127.0.0.1"
Fault = Callable[["Handler", bytes], None]


@dataclass
class Plan:
    """Which faults are still to come: one for every second request, in their order."""

    server_port: int
    faults: list[str]
    seen: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    requests: int = 0

    def next(self) -> str:
        with self.lock:
            self.requests += 1
            fault = self.faults.pop(0) if self.faults and self.requests % 2 else "none"
            self.seen[fault] += 1
            return fault


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    plan: Plan

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            FAULTS[self.plan.next()](self, body)
        except OSError:
            # The server is not there just now.
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Quiet."""

    def forward(self, body: bytes, *, upto: int | None = None) -> tuple[int, dict[str, str], bytes]:
        """What the server answers; with `upto` it gets a part of the body and then nothing more."""
        with closing(http.client.HTTPConnection(HOST, self.plan.server_port, timeout=30)) as line:
            line.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                line.putheader(name, value)
            line.endheaders(body[:upto])
            if upto is not None:
                assert line.sock is not None
                line.sock.shutdown(socket.SHUT_WR)
            answer = line.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def answer(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in {"connection", "content-length", "transfer-encoding"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def none(line: Handler, body: bytes) -> None:
    line.answer(*line.forward(body))


def refused(line: Handler, body: bytes) -> None:
    """A 500 of something in between: the server never saw the request."""
    line.answer(500, {}, b"oops")


def failed_late(line: Handler, body: bytes) -> None:
    """A 500 although the server has committed."""
    line.forward(body)
    line.answer(500, {}, b"oops")


def slowed(line: Handler, body: bytes) -> None:
    line.answer(429, {"Retry-After": "1"}, b'{"code":"too_many_requests","message":"Wait."}')


def cut_before(line: Handler, body: bytes) -> None:
    """The client is cut off, the server never saw the request."""
    line.hang_up()


def cut_within(line: Handler, body: bytes) -> None:
    """The server gets half of the body."""
    line.forward(body, upto=len(body) // 2)
    line.hang_up()


def lost_answer(line: Handler, body: bytes) -> None:
    """The server has committed and answered; nobody hears it."""
    line.forward(body)
    line.hang_up()


def half_answer(line: Handler, body: bytes) -> None:
    status, _, content = line.forward(body)
    line.send_response_only(status)
    line.send_header("Content-Length", str(len(content)))
    line.end_headers()
    line.wfile.write(content[: len(content) // 2])
    line.wfile.flush()
    line.hang_up()


FAULTS: dict[str, Fault] = {
    each.__name__: each
    for each in (none, refused, failed_late, slowed, cut_before, cut_within, lost_answer, half_answer)
}


@contextmanager
def proxy(*, server_port: int, faults: list[str]) -> Iterator[tuple[int, Plan]]:
    """A proxy that runs for the length of the block: its port, and the plan that it follows."""
    plan = Plan(server_port, faults)
    with ThreadingHTTPServer((HOST, 0), type("Line", (Handler,), {"plan": plan})) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port, plan
        server.shutdown()
        thread.join()
