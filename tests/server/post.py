"""A real mail server process: it keeps what it takes as files, and is slow or refuses as files in its folder say."""

import asyncio
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from socket import create_connection
from typing import Any

from tests.server.installation import ROOT, free_port, wait_until


class Keeper:
    """Takes what it gets. `refused` names recipients that it does not know; while `slow` is there it keeps silent."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.taken = folder, 0

    @classmethod
    def from_cli(cls, parser: ArgumentParser, folder: str) -> "Keeper":
        return cls(Path(folder))

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        for name, answer in (("refused", "550 No such person"), ("later", "450 Ask later")):
            if (self.folder / name).exists() and address in (self.folder / name).read_text().split():
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        while (self.folder / "slow").exists():
            (self.folder / "asked").touch()
            await asyncio.sleep(0.05)
        self.taken += 1
        (self.folder / f"{self.taken:04}-{id(self)}.eml").write_bytes(envelope.content)
        return "250 Taken"


@dataclass
class Post:
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def variables(self) -> dict[str, str]:
        return {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(self.port), "EMAIL_TLS": "no"}

    @property
    def mails(self) -> list[Message]:
        return [message_from_bytes(path.read_bytes()) for path in sorted(self.folder.glob("*.eml"))]

    def start(self) -> None:
        where = ["-n", "-l", f"127.0.0.1:{self.port}", "-c", "tests.server.post.Keeper", str(self.folder)]
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "aiosmtpd", *where], cwd=ROOT, stderr=subprocess.DEVNULL
        )
        wait_until(self.answers, what="the mail server answers")

    def answers(self) -> bool:
        try:
            create_connection(("127.0.0.1", self.port), timeout=3).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def post_office(folder: Path) -> Iterator[Post]:
    """A mail server, running; killed afterwards."""
    folder.mkdir()
    office = Post(folder, free_port())
    office.start()
    try:
        yield office
    finally:
        office.kill()
