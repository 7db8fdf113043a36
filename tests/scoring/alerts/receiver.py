"""A real HTTP target, in a thread or a process: it keeps what it takes, and behaves as the path says."""

import json
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Receiver:
    port: int = 0
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    asked: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"


def handler_of(receiver: Receiver, folder: Path | None = None) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.asked += 1
            body = self.rfile.read(int(self.headers["Content-Length"]))
            getattr(self, self.path.strip("/"))(body)

        def ok(self, body: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            receiver.taken.append((headers, body))
            if folder is not None:
                said = json.dumps({"headers": headers, "body": body.decode()})
                (folder / f"{time.monotonic_ns()}.json").write_text(said)
            self.answer(200, b"thanks")

        def hangs(self, body: bytes) -> None:
            """Until the folder says that it is well again."""
            assert folder is not None
            (folder / "asked").touch()
            while (folder / "slow").exists():
                time.sleep(0.05)
            self.ok(body)

        def broken(self, body: bytes) -> None:
            self.answer(500, b"broken")

        def busy(self, body: bytes) -> None:
            self.answer(429, b"later", ("Retry-After", "120"))

        def away(self, body: bytes) -> None:
            self.answer(302, b"", ("Location", receiver.url("ok")))

        def gone(self, body: bytes) -> None:
            self.answer(410, b"gone")

        def cut(self, body: bytes) -> None:
            self.connection.shutdown(socket.SHUT_RDWR)

        def drips(self, body: bytes) -> None:
            """A byte now and then: no single read takes long."""
            try:
                for letter in b"HTTP/1.0 200 OK\r\nX: " + b"x" * 100:
                    self.connection.send(bytes([letter]))
                    time.sleep(0.1)
            except OSError:
                return

        def answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
            self.send_response(status)
            for name, value in (*headers, ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            """Silent."""

    return Handler


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler_of(receiver)) as server:
        server.daemon_threads = True
        receiver.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield receiver
        server.shutdown()


if __name__ == "__main__":
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), handler_of(Receiver(), Path(sys.argv[2]))) as server:
        server.serve_forever()
