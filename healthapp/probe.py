"""Asks an address as a load balancer does: `python -m healthapp.probe http://127.0.0.1:8000/healthz`."""

import http.client
import os
import sys
from urllib.parse import urlsplit

WAIT_SECONDS = 8


def status_of(address: str, *, host: str) -> int:
    """The status that the address answers to a visitor who asks for `host`."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=WAIT_SECONDS)
    connection.request("GET", parts.path, headers={"Host": host, "Accept": "text/plain"})
    return connection.getresponse().status


def allowed_host() -> str:
    """A host that this installation answers to: the first of ALLOWED_HOSTS."""
    first = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    return first if first and first != "*" else "localhost"


if __name__ == "__main__":
    status = status_of(sys.argv[1], host=allowed_host())
    print(f"{sys.argv[1]} answers {status}")  # noqa: T201
    sys.exit(status != 200)
