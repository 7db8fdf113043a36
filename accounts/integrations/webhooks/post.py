"""One message, one answer, within a time: redirects are not followed, proxies not asked, long answers not read."""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime

from accounts.integrations.webhooks.addresses import Place, RefusedAddress, place_of

CONNECT_SECONDS = 5.0
READ_BYTES = 2_000
AGENT = "healthapp-webhooks/1"


@dataclass(frozen=True)
class Answer:
    """What came back. Without a status there was none, and `said` says why."""

    status: int | None
    said: str
    retry_after_seconds: int | None = None
    is_refused_here: bool = False

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Checked(http.client.HTTPConnection):
    """Connects to the address that was checked, whatever the name leads to by now."""

    def __init__(self, place: Place, *, seconds: float) -> None:
        super().__init__(place.host, place.port, timeout=seconds)
        self.place = place

    def connect(self) -> None:
        place = self.place
        self.sock = socket.create_connection((place.ip, place.port), timeout=min(CONNECT_SECONDS, self.timeout or 0))
        self.sock.settimeout(self.timeout)
        if place.is_tls:
            # The certificate must be that of the name.
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=place.host)


def post(url: str, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Answer:
    """Never raises for what the other side does."""
    try:
        return exchange(Checked(place_of(url), seconds=seconds), body, headers, seconds=seconds)
    except RefusedAddress as refused:
        return Answer(None, str(refused), is_refused_here=True)
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        return Answer(None, f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def exchange(server: Checked, body: bytes, headers: Mapping[str, str], *, seconds: float) -> Answer:
    """All of it ends in that time: a server that answers a byte a second is cut off."""
    watch = threading.Timer(seconds, cut, [server])
    watch.daemon = True
    watch.start()
    try:
        server.request("POST", server.place.path, body=body, headers={**headers, "User-Agent": AGENT})
        answer = server.getresponse()
        said = answer.read(READ_BYTES).decode("utf-8", "replace").replace("\x00", "")
        return Answer(answer.status, said, retry_after_seconds=pause_of(answer.headers))
    finally:
        watch.cancel()
        server.close()


def cut(server: Checked) -> None:
    try:
        if server.sock is not None:
            server.sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It was over already.
        return


def pause_of(headers: Message) -> int | None:
    """Retry-After is a number of seconds, or a date by the clock of the other side, which says its time too."""
    said = headers.get("Retry-After", "").strip()
    if said.isdigit():
        return int(said[:9])
    try:
        pause = parsedate_to_datetime(said) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):
        return None
    return max(0, int(pause.total_seconds()))
