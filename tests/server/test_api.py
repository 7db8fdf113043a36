"""The API with real processes: two of them and one Idempotency-Key, a kill in the midst, schemathesis as each role."""

import json
import os
import sqlite3
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest

from tests.server.installation import BIN, Installation, free_port, status, wait_until

HOOKS = "tests.server.api_hooks"
# Each role by itself; more by the variable, for a night.
FUZZ_SECONDS = int(os.environ.get("API_FUZZ_SECONDS", "10"))
ROLES = ("csm", "manager", "leader", "viewer", "ops")
# Names of other things, days that depend on each other: no schema says which of them are right. And one bad row never
# refuses its bulk: its verdict stands in an answer that is a success.
CONFIGURATION = f"""
hooks = "{HOOKS}"

[[operations]]
include-method = "POST"
checks.positive_data_acceptance.enabled = false

[[operations]]
include-path-regex = "/bulk$"
checks.negative_data_rejection.enabled = false
checks.positive_data_acceptance.enabled = false
"""
WORLD = """
from datetime import date, datetime, UTC
from accounts.ingest.intake import take_in
from accounts.ingest.records import AccountRecord, ContactRecord
from accounts.models import Organization, Role, Source, Team, User
from accounts.operations.tokens import create_token

at = datetime.now(UTC)
Organization.objects.create(pk=1, name="Kestrel Works", reporting_currency="USD")
north, source = Team.objects.create(name="North"), Source.objects.create(name="crm")
for role in Role.values:
    team = north if role in ("csm", "manager") else None
    user = User.objects.create_user(f"{role}@kestrel.example", name=role, role=role, team=team)
    _, text = create_token(user=user, name=role, scopes=["admin"], days=9, source=source, by=None, at=at)
    print(role, text)
accounts = [
    AccountRecord(external_id=f"a{n}", name="Acme", started_on=date(2025, 1, 1), owner_email="csm@kestrel.example")
    for n in range(3)
]
take_in(kind="accounts", records=accounts, source=source, at=at, by=None)
contacts = [ContactRecord(external_id="c1", account="a1", name="Ann")]
take_in(kind="contacts", records=contacts, source=source, at=at, by=None)
"""


@contextmanager
def served(installation: Installation, *, workers: int) -> Iterator[str]:
    """The address at which so many processes answer."""
    port = free_port()
    bound = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", "4", "--no-control-socket"]
    with installation.process(sys.executable, "-m", "gunicorn", "healthapp.wsgi", *bound, name="web"):
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: status(f"{url}/healthz") == 200, what="the server answers")
        yield url


def tokens_of(installation: Installation) -> dict[str, str]:
    return dict(line.split() for line in installation.shell(WORLD).splitlines() if len(line.split()) == 2)


def post(url: str, body: object, *, token: str, key: str) -> tuple[int, dict, bool]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Idempotency-Key": key}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return answer.status, json.load(answer), "Idempotent-Replayed" in answer.headers
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused), False


@pytest.fixture(params=["sqlite", "postgres"])
def installation(request, tmp_path, tables) -> Installation:
    variables = {"API_REQUESTS_PER_MINUTE": "1000000"}
    if request.param == "postgres":
        variables["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    return tables.give(Installation(tmp_path, variables))


def test_a_key_sent_to_two_processes_at_once_is_done_once(installation):
    token = tokens_of(installation)["ops"]
    with served(installation, workers=2) as url, ThreadPoolExecutor(8) as pool:
        for n in range(10):
            rows = {"rows": [{"external_id": f"t{n}-{m}", "account": "a1", "name": "Bo"} for m in range(200)]}
            address = f"{url}/api/v1/contacts/bulk"
            answers = list(pool.map(lambda _: post(address, rows, token=token, key=f"k{n}"), range(8)))  # noqa: B023
            done = [answer for code, answer, was_replayed in answers if code == 200 and not was_replayed]
            assert {code for code, *_ in answers} <= {200, 409}
            assert [answer["created"] for answer in done] == [200]
            assert all(answer == done[0] for code, answer, _ in answers if code == 200)


CLAIMS = "SELECT count(*) FROM accounts_keptanswer"


def is_claimed(installation: Installation) -> bool:
    """Asked of the database itself: a command would take longer than the work."""
    if url := installation.variables.get("DATABASE_URL"):
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            cursor.execute(CLAIMS)
            return cursor.fetchone() != (0,)
    with closing(sqlite3.connect(installation.folder / "healthapp.sqlite3")) as connection:
        return connection.execute(CLAIMS).fetchone() != (0,)


KILLED = """
from datetime import UTC, datetime, timedelta
from django.db.models import F
from accounts.models import Contact, KeptAnswer
print(KeptAnswer.objects.filter(status=None).count(), Contact.objects.filter(external_id__startswith="k").count())
KeptAnswer.objects.update(claimed_at=F("claimed_at") - timedelta(seconds=61))
"""


def test_a_process_killed_in_flight_leaves_nothing_half_done_and_blocks_the_key_for_its_lease(
    installation,
):
    """The lease is let run out by setting its beginning back."""
    token = tokens_of(installation)["ops"]
    rows = {"rows": [{"external_id": f"k{n}", "account": "a1", "name": "Bo"} for n in range(1000)]}
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "healthapp.wsgi", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    web = installation.launch(*command, "--threads", "4", name="killed")
    url = f"http://127.0.0.1:{port}"
    wait_until(lambda: status(f"{url}/healthz") == 200, what="the server answers")
    address = f"{url}/api/v1/contacts/bulk"
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(post, address, rows, token=token, key="once")
        wait_until(lambda: is_claimed(installation), what="the key is claimed", look_every=0.01)
        web.kill()
        was_answered = sent.exception() is None
    waiting, written = map(int, installation.shell(KILLED).split())
    assert (waiting, written) in {(1, 0), (0, 1000)}
    assert not was_answered or written == 1000
    with served(installation, workers=1) as again:
        code, answer, was_replayed = post(f"{again}/api/v1/contacts/bulk", rows, token=token, key="once")
    assert (code, answer["created"], was_replayed) == (200, 1000, waiting == 0)


@pytest.fixture
def server(embedded) -> Iterator[tuple[str, dict[str, str], Path]]:
    embedded.variables["API_REQUESTS_PER_MINUTE"] = "1000000"
    tokens = tokens_of(embedded)
    with served(embedded, workers=1) as url:
        yield url, tokens, embedded.folder


def test_schemathesis_finds_nothing_as_any_role(server, embedded):
    """Every call but revoking tokens, which would end the test; that has tests of its own."""
    url, tokens, folder = server
    (folder / "schemathesis.toml").write_text(CONFIGURATION)
    schema = folder / "openapi.json"
    embedded.manage("spectacular", "--format", "openapi-json", "--file", str(schema))
    for role in ROLES:
        done = embedded.run(
            str(BIN / "schemathesis"), "--config-file", str(folder / "schemathesis.toml"), "run", str(schema),
            "--url", url, "--header", f"Authorization: Bearer {tokens[role]}", "--exclude-method", "DELETE",
            "--phases", "coverage,fuzzing", "--max-examples", "3", "--max-time", str(FUZZ_SECONDS),
            "--continue-on-failure", "--no-color", "--generation-database", "none",
        )  # fmt: skip
        assert done.returncode == 0, (role, done.stdout[-6000:], done.stderr[-2000:])
        assert "Tested" in done.stdout
