"""docs/api.md: each of its commands runs against a live server, and every call of the description is among them."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from drf_spectacular.generators import SchemaGenerator

from accounts.operations.tokens import create_token
from tests.conftest import NOW
from tests.dashboards.api.world import living  # noqa: F401 - a fixture
from tests.needs import need

DOCS = Path(__file__).resolve().parents[3] / "docs" / "api.md"
BLOCK = re.compile(r"```(console|json)\n(.*?)```", re.DOTALL)
CALL = re.compile(r'"\$HOST(/[^"?]*)')


@pytest.fixture(autouse=True)
def fixed_clock():
    """None here: the server is another thread, whose requests take real time."""


def examples() -> Iterator[tuple[str, object | None]]:
    """Each curl command, with the JSON that the docs show right below it."""
    blocks = list(BLOCK.finditer(DOCS.read_text()))
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        commands = [part for part in re.split(r"^\$ ", block[2], flags=re.MULTILINE) if part.startswith("curl")]
        is_shown = after is not None and after[1] == "json" and after.start() - block.end() <= 2
        for command in commands if block[1] == "console" else ():
            yield command, json.loads(after[2]) if is_shown and command == commands[-1] else None


def method_of(command: str) -> str:
    stated = re.search(r"-X (\w+)", command)
    return stated[1] if stated else "POST" if " -d '" in command else "GET"


def run(command: str, *, host: str, token: str, account: int, last: int) -> tuple[int, str]:
    variables = {"HOST": host, "TOKEN": token, "ACCOUNT": str(account), "ID": str(last), "PATH": "/usr/bin:/bin"}
    asked = command.replace("curl", "curl --silent --show-error --write-out '\\n%{http_code}'", 1)
    done = subprocess.run(["bash", "-c", asked], env=variables, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, (command, done.stderr)
    body, _, status = done.stdout.rpartition("\n")
    return int(status), body


def unknown_names(shown: object, found: object, path: str = "") -> list[str]:
    """What the docs name and the answer does not have, however deep; of a list its first member."""
    if isinstance(shown, dict) and isinstance(found, dict):
        missing = [f"{path}.{name}" for name in shown if name not in found]
        return missing + [
            each
            for name in shown.keys() & found.keys()
            for each in unknown_names(shown[name], found[name], f"{path}.{name}")
        ]
    if isinstance(shown, list) and isinstance(found, list) and shown and found:
        return unknown_names(shown[0], found[0], f"{path}[0]")
    return []


def test_every_command_of_the_docs_runs_and_answers_as_shown(living, ops, live_server):  # noqa: F811
    need(shutil.which("curl") is not None, what="curl")
    _, token = create_token(user=ops, name="Docs", scopes=["admin"], days=30, source=None, by=None, at=NOW)
    other, _ = create_token(user=ops, name="Old", scopes=["read"], days=30, source=None, by=None, at=NOW)
    last, count = 0, 0
    for command, shown in examples():
        is_of_tokens = "/tokens/" in command
        status, body = run(
            command, host=live_server.url, token=token, account=living.pk, last=other.pk if is_of_tokens else last
        )
        assert status in {200, 201, 204}, (command, status, body[:500])
        found = json.loads(body) if body else None
        assert unknown_names(shown, found) == [], command
        last = found["id"] if isinstance(found, dict) and "id" in found else last
        count += 1
    assert count > 60


def test_every_call_of_the_description_has_an_example():
    schema = SchemaGenerator().get_schema(request=None, public=True)
    calls = {
        (method.upper(), re.sub(r"\{\w+\}", "#", path))
        for path, methods in schema["paths"].items()
        for method in methods
        if method in {"get", "post", "delete"}
    }
    shown = {(method_of(command), re.sub(r"\$\w+", "#", CALL.search(command)[1])) for command, _ in examples()}
    assert calls - shown == set()
    assert shown - calls == {("GET", "/api/v1/schema")}
